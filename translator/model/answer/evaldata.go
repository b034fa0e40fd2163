package answer

import (
	"bytes"
	"strconv"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/option"
)

// data evaluates an expression that gives bytes; ok is false for null.
func (e *env) data(x dhcpdconf.Expr) (b []byte, ok bool) {
	if e.tooDeep() {
		return nil, false
	}
	e.depth++
	defer func() { e.depth-- }()
	switch x := x.(type) {
	case *dhcpdconf.Literal:
		switch x.Kind {
		case dhcpdconf.LiteralText, dhcpdconf.LiteralHex, dhcpdconf.LiteralAddress:
			return x.Data, true
		case dhcpdconf.LiteralHost:
			return e.run.server.addresses(x.Host)
		}
	case *dhcpdconf.OptionValue:
		if x.Config {
			return e.optionOf(e.out, x.Option.Space, x.Option.Code)
		}
		return e.optionOf(e.in, x.Option.Space, x.Option.Code)
	case *dhcpdconf.Variable:
		if v := e.variable(x.Name); v != nil && v.kind == isData {
			return v.data, true
		}
	case *dhcpdconf.Atom:
		return e.atom(x.Name)
	case *dhcpdconf.Call:
		if x.User {
			// dhcpd has the value and says that there is none.
			if v := e.use(x); v != nil && v.kind == isData {
				return v.data, false
			}
			return nil, false
		}
		return e.dataCall(x)
	}
	return nil, false
}

func (e *env) atom(name string) ([]byte, bool) {
	switch name {
	case "hardware":
		switch {
		case e.query != nil && e.query.raw != nil:
			return e.query.hardware(), true
		case e.lease != nil:
			return e.lease.hardware, true
		}
	case "leased-address":
		if e.lease != nil {
			return e.lease.address.AsSlice(), true
		}
	case "host-decl-name":
		if e.lease != nil && e.lease.host != nil {
			return []byte(e.lease.host.decl.Stmt.Name.Text), true
		}
	case "filename":
		return e.field(fileAt, fileLength)
	case "server-name":
		return e.field(snameAt, snameLength)
	}
	return nil, false
}

// field is a field of text of a DHCPv4 message.
func (e *env) field(at, size int) ([]byte, bool) {
	if e.query == nil || len(e.query.raw) < at+size || e.query.raw[at] == 0 {
		return nil, false
	}
	return untilNUL(e.query.raw[at : at+size]), true
}

func untilNUL(b []byte) []byte {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return b[:i]
	}
	return b
}

func (e *env) dataCall(x *dhcpdconf.Call) ([]byte, bool) {
	switch x.Name {
	case "pick-first-value", "pick":
		var left []byte // by a function, of which dhcpd says that there is no value
		for _, arg := range x.Args {
			b, ok := e.data(arg)
			if ok {
				return b, true
			}
			if b != nil {
				left = b
			}
		}
		return left, false
	case "concat":
		var all []byte
		whole := true
		for _, arg := range x.Args { // all of them, also behind one without value
			b, ok := e.data(arg)
			whole = whole && ok
			all = append(all, b...)
		}
		if !whole {
			return nil, false
		}
		return all, true
	case "gethostname":
		name := e.run.server.settings.HostName
		return []byte(name), name != ""
	case "gethostbyname":
		if lit, ok := x.Args[0].(*dhcpdconf.Literal); ok && lit.Kind == dhcpdconf.LiteralText {
			return e.run.server.addresses(string(lit.Data))
		}
		return nil, false
	case "encode-int":
		n, ok := e.number(x.Args[0])
		if !ok {
			return nil, false
		}
		b := []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
		return b[4-size(x.Args[1]):], true
	case "packet":
		return e.packet(x.Args[0], x.Args[1])
	case "v6relay":
		return e.relay(x.Args[0], x.Args[1])
	}
	return e.reshape(x)
}

// size is the number of bytes that a width of 8, 16 or 32 bits stands for.
func size(x dhcpdconf.Expr) int {
	if lit, ok := x.(*dhcpdconf.Literal); ok && (lit.Num == 16 || lit.Num == 32) {
		return int(lit.Num / 8)
	}
	return 1
}

// reshape evaluates the functions that make bytes of other bytes.
func (e *env) reshape(x *dhcpdconf.Call) ([]byte, bool) {
	switch x.Name {
	case "lcase", "ucase":
		b, ok := e.data(x.Args[0])
		if !ok {
			return nil, false
		}
		out := bytes.Clone(b)
		for i, c := range out {
			switch {
			case x.Name == "lcase" && 'A' <= c && c <= 'Z':
				out[i] += 'a' - 'A'
			case x.Name == "ucase" && 'a' <= c && c <= 'z':
				out[i] -= 'a' - 'A'
			}
		}
		return out, true
	case "substring":
		b, ok := e.data(x.Args[0])
		off, okOff := e.number(x.Args[1])
		n, okN := e.number(x.Args[2])
		switch {
		case !ok || !okOff || !okN:
			return nil, false
		case off >= uint64(len(b)):
			return []byte{}, true
		}
		b = b[off:]
		return b[:min(n, uint64(len(b)))], true
	case "suffix":
		b, ok := e.data(x.Args[0])
		n, okN := e.number(x.Args[1])
		if !ok || !okN {
			return nil, false
		}
		if uint64(len(b)) > n {
			b = b[uint64(len(b))-n:]
		}
		return b, true
	case "reverse":
		width, okWidth := e.number(x.Args[0])
		b, ok := e.data(x.Args[1])
		if !ok || !okWidth || width == 0 || uint64(len(b))%width != 0 {
			return nil, false
		}
		out := make([]byte, 0, len(b))
		for i := uint64(len(b)); i > 0; i -= width {
			out = append(out, b[i-width:i]...)
		}
		return out, true
	case "binary-to-ascii":
		base, ok1 := e.number(x.Args[0])
		width, ok2 := e.number(x.Args[1])
		separator, ok3 := e.data(x.Args[2])
		b, ok4 := e.data(x.Args[3])
		if !ok1 || !ok2 || !ok3 || !ok4 {
			return nil, false
		}
		return toText(base, width, separator, b)
	}
	return nil, false
}

// toText writes numbers of width bits with a separator between them.
func toText(base, width uint64, separator, b []byte) ([]byte, bool) {
	if width != 8 && width != 16 && width != 32 || base < 2 || base > 16 {
		return nil, false
	}
	n := int(width / 8)
	if len(b)%n != 0 {
		return nil, false
	}
	out := []byte{}
	for i := 0; i < len(b); i += n {
		if i > 0 {
			out = append(out, separator...)
		}
		out = strconv.AppendUint(out, bigEndian(b[i:i+n]), int(base))
	}
	return out, true
}

func bigEndian(b []byte) uint64 {
	var n uint64
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

// packet gives bytes of the client's DHCPv4 message.
func (e *env) packet(off, length dhcpdconf.Expr) ([]byte, bool) {
	if e.query == nil || e.query.raw == nil {
		return nil, false
	}
	at, ok := e.number(off)
	n, okN := e.number(length)
	if !ok || !okN || at >= uint64(len(e.query.raw)) {
		return nil, false
	}
	b := e.query.raw[at:]
	return b[:min(n, uint64(len(b)))], true
}

// maxRelays is the number of relays that "v6relay" can count to; more means
// the one closest to the server.
const maxRelays = 32

// relay evaluates an expression with the message of a DHCPv6 relay, counted
// from the client.
func (e *env) relay(which, inner dhcpdconf.Expr) ([]byte, bool) {
	n, ok := e.number(which)
	if !ok || n > 0 && (e.query == nil || e.query.relay == nil) {
		return nil, false
	}
	sub := *e
	left := n
	for ; left > 0 && sub.query.relay != nil; left-- {
		sub.query = sub.query.relay
		sub.in = sub.query.options
	}
	if n <= maxRelays && left > 0 {
		return nil, false
	}
	return sub.data(inner)
}

// number evaluates a numeric expression.
func (e *env) number(x dhcpdconf.Expr) (n uint64, ok bool) {
	if e.tooDeep() {
		return 0, false
	}
	e.depth++
	defer func() { e.depth-- }()
	switch x := x.(type) {
	case *dhcpdconf.Literal:
		return uint64(x.Num), x.Kind == dhcpdconf.LiteralNumber
	case *dhcpdconf.Variable:
		if v := e.variable(x.Name); v != nil && v.kind == isNumber {
			return v.num, true
		}
	case *dhcpdconf.Atom:
		if x.Name == "lease-time" && e.lease != nil && e.lease.ends >= e.run.now {
			return uint64(e.lease.ends - e.run.now), true
		}
	case *dhcpdconf.Call:
		if x.User {
			e.use(x) // and forgets what it gave
			return 0, false
		}
		if x.Name != "extract-int" {
			return 0, false
		}
		b, ok := e.data(x.Args[0])
		width := size(x.Args[1])
		switch {
		case !ok:
			return 0, false
		case width == 1 && len(b) == 0:
			return 0, true
		case len(b) < width:
			return 0, false
		}
		return bigEndian(b[:width]), true
	case *dhcpdconf.Binary:
		a, okA := e.number(x.X)
		b, okB := e.number(x.Y)
		if !okA || !okB {
			return 0, false
		}
		return arithmetic(x.Op, a, b)
	}
	return 0, false
}

func arithmetic(op string, a, b uint64) (uint64, bool) {
	switch op {
	case "+":
		return a + b, true
	case "-":
		return a - b, true
	case "*":
		return a * b, true
	case "/":
		if b == 0 {
			return 0, false
		}
		return a / b, true
	case "%":
		if b == 0 {
			return 0, false
		}
		return a % b, true
	case "&":
		return a & b, true
	case "|":
		return a | b, true
	case "^":
		return a ^ b, true
	}
	return 0, false
}

// joinNames joins two compressed lists of names.
func joinNames(a, b []byte) ([]byte, bool) {
	f := option.Format{Fields: []option.Field{{Kind: option.CompressedDomainList}}}
	var all []option.Value
	for _, list := range [][]byte{a, b} {
		names, err := f.Decode(list)
		if err != nil {
			return nil, false
		}
		all = append(all, names...)
	}
	out, err := f.Encode(all)
	return out, err == nil
}
