package translator

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/parser/option"
	"github.com/keamigrate/keamigrate/translator/model"
)

// keaData is a data expression of dhcpd's in Kea's language. dhcpd knows data
// without a value (an absent option), Kea takes that for empty text, so the
// conditions for a value travel along.
type keaData struct {
	text   string   // a string expression
	exists []string // dhcpd's value exists when all of these hold; none: always
	// filled: where the value does not exist the text need not be empty.
	filled bool
	// hollow: it may be a part that lies behind the end of the data, which
	// dhcpd takes for no text to search in.
	hollow bool
	some   bool // where it exists, it is never without bytes
	null   bool // there is never a value; text is ''
	most   int  // it has at most this many bytes; 0: not known
	length int  // it has exactly this many bytes, if it exists; 0: not known

	constant []byte // when isConst
	isConst  bool
}

func constantData(b []byte) keaData {
	return keaData{text: literal(b), constant: b, isConst: true, some: len(b) > 0, most: len(b), length: len(b)}
}

func noData() keaData { return keaData{text: "''", null: true, exists: []string{truth(false)}} }

// sized is data that always has n bytes.
func sized(text string, n int) keaData { return keaData{text: text, some: true, most: n, length: n} }

// caseSince is the first version that has lcase and ucase.
const caseSince = keaversion.V2_6

// maxExprText bounds how long an expression may become: some parts are written
// several times.
const maxExprText = 64 << 10

// data translates a data expression.
func (x expressions) data(e dhcpdconf.Expr, depth int) (keaData, error) {
	d, err := x.dataOf(e, depth)
	if err == nil && len(d.text) > maxExprText {
		err = cannot(e, "the expression is too long in Kea's language")
	}
	return d, err
}

func (x expressions) dataOf(e dhcpdconf.Expr, depth int) (keaData, error) {
	if depth > maxExprDepth {
		return keaData{}, cannot(e, "the expression is nested too deeply")
	}
	if c, ok := model.Fold(e); ok {
		if c.Numeric {
			return keaData{}, cannot(e, "a number stands where data is wanted")
		}
		return constantData(c.Data), nil
	}
	switch e := e.(type) {
	case *dhcpdconf.OptionValue:
		if e.Config {
			return keaData{}, cannot(e, "config-option is what the server will send, which Kea's expressions do not see")
		}
		ref, err := x.option(e, e.Option)
		switch {
		case err != nil:
			return keaData{}, err
		case ref == "":
			return noData(), nil
		}
		if x.outer != nil && e.Option.Space == "dhcp" && x.outer.read[e.Option.Code] != "" {
			return keaData{}, cannot(e, "the file looks into the option %s, so Kea takes it apart and has not its bytes as they came", e.Option.Name)
		}
		d := keaData{text: ref + ".hex", exists: []string{ref + ".exists"}}
		if kea, ok := option.KeaLookup(option.V4, "dhcp4", e.Option.Code, x.target); ok && e.Option.Space == "dhcp" && kea.Type == "ipv4-address" && !kea.Array {
			d.most, d.length = 4, 4
		}
		return d, nil
	case *dhcpdconf.Atom:
		switch {
		case e.Name == "hardware" && !x.v6:
			return keaData{text: "concat(substring(pkt4.htype,-1,all), pkt4.mac)", some: true, most: 1 + mostHardware}, nil
		case e.Name == "hardware", e.Name == "null": // DHCPv6 messages have no hardware address
			return noData(), nil
		case (e.Name == "filename" || e.Name == "server-name") && x.unseen != nil:
			if !x.v6 {
				x.unseen(e.Name)
			}
			return noData(), nil
		}
		return keaData{}, cannot(e, "%s has no counterpart in Kea's expressions", e.Name)
	case *dhcpdconf.Call:
		return x.call(e, depth)
	}
	return keaData{}, cannot(e, "this value has no counterpart in Kea's expressions")
}

// mostHardware is the size of chaddr (RFC 2131 section 2).
const mostHardware = 16

func (x expressions) call(e *dhcpdconf.Call, depth int) (keaData, error) {
	switch {
	case e.User:
		return keaData{}, cannot(e, "the function %s is not translated", e.Name)
	case e.Name == "substring" && len(e.Args) == 3:
		return x.substring(e, depth)
	case e.Name == "suffix" && len(e.Args) == 2:
		return x.suffix(e, depth)
	case (e.Name == "lcase" || e.Name == "ucase") && len(e.Args) == 1:
		if x.target < caseSince {
			return keaData{}, cannot(e, "Kea has %s from %s on", e.Name, caseSince)
		}
		of, err := x.data(e.Args[0], depth+1)
		of.text = e.Name + "(" + of.text + ")"
		return of, err
	case e.Name == "concat" && len(e.Args) > 0:
		return x.concat(e, depth)
	case (e.Name == "pick-first-value" || e.Name == "pick") && len(e.Args) > 0:
		return x.pick(e, depth)
	case e.Name == "packet" && len(e.Args) == 2 && !x.v6:
		return x.packet(e)
	case e.Name == "binary-to-ascii" && len(e.Args) == 4:
		return x.ascii(e, depth)
	case e.Name == "encode-int" && len(e.Args) == 2:
		return x.encode(e, depth)
	case e.Name == "v6relay" && len(e.Args) == 2 && x.v6:
		n, err := number(e.Args[0])
		if err != nil {
			return keaData{}, err
		}
		switch { // Kea counts from the server, or with a minus sign from the client
		case n == 0:
			x.relay = ""
		case n < 32:
			x.relay = fmt.Sprintf("relay6[-%d].", n)
		default:
			x.relay = "relay6[0]."
		}
		return x.data(e.Args[1], depth+1)
	}
	return keaData{}, cannot(e, "%s has no counterpart in Kea's expressions", e.Name)
}

// concat joins values; without one of them there is no value.
func (x expressions) concat(e *dhcpdconf.Call, depth int) (keaData, error) {
	var out keaData
	fixed, bounded, constants, optional := true, true, false, 0
	for _, arg := range e.Args {
		part, err := x.data(arg, depth+1)
		if err != nil {
			return keaData{}, err
		}
		if part.null {
			return noData(), nil
		}
		constants = constants || len(part.exists) == 0
		if len(part.exists) > 0 {
			optional++
		}
		out.filled = out.filled || part.filled
		out.some = out.some || part.some
		fixed = fixed && (part.length > 0 || part.isConst)
		bounded = bounded && (part.most > 0 || part.isConst)
		out.most, out.length = out.most+part.most, out.length+part.length
		switch {
		case part.isConst && len(part.constant) == 0:
			continue
		case out.text == "":
			out.text = part.text
		default:
			out.text = "concat(" + out.text + ", " + part.text + ")"
		}
		out.exists = union(out.exists, part.exists)
	}
	out.filled = out.filled || len(out.exists) > 0 && constants || optional > 1
	if !fixed {
		out.length = 0
	}
	if !bounded {
		out.most = 0
	}
	return out, nil
}

// headerFields are the fields of a DHCPv4 header that Kea's tests know, by
// offset and length (RFC 2131, section 2).
var headerFields = []struct {
	offset, length int64
	kea            string
}{
	{1, 1, "substring(pkt4.htype,-1,all)"},
	{2, 1, "substring(pkt4.hlen,-1,all)"},
	{4, 4, "pkt4.transid"},
	{12, 4, "pkt4.ciaddr"},
	{16, 4, "pkt4.yiaddr"},
	{20, 4, "pkt4.siaddr"},
	{24, 4, "pkt4.giaddr"},
	{28, 6, "pkt4.mac"},
}

// packet translates "packet(offset, length)" where it lies within a field of
// the header that Kea's tests know.
func (x expressions) packet(e *dhcpdconf.Call) (keaData, error) {
	off, err := number(e.Args[0])
	if err != nil {
		return keaData{}, err
	}
	n, err := number(e.Args[1])
	if err != nil {
		return keaData{}, err
	}
	if off == 0 && n == 1 {
		return constantData([]byte{1}), nil // BOOTREQUEST: servers get nothing else
	}
	for _, f := range headerFields {
		switch {
		case off == f.offset && n == f.length:
			return sized(f.kea, int(n)), nil
		case n > 0 && off >= f.offset && off+n <= f.offset+f.length:
			return sized(fmt.Sprintf("substring(%s,%d,%d)", f.kea, off-f.offset, n), int(n)), nil
		}
	}
	return keaData{}, cannot(e, "this part of the packet's header has no name in Kea's expressions")
}

func number(e dhcpdconf.Expr) (int64, error) {
	c, ok := model.Fold(e)
	if !ok || !c.Numeric || c.Num < 0 {
		return 0, cannot(e, "a position is not a constant")
	}
	return c.Num, nil
}

// maxPosition is the highest position in data that is worth naming: options
// are shorter.
const maxPosition = 1 << 16

func (x expressions) substring(e *dhcpdconf.Call, depth int) (keaData, error) {
	off, err := number(e.Args[1])
	if err != nil {
		return keaData{}, err
	}
	n, err := number(e.Args[2])
	if err != nil {
		return keaData{}, err
	}
	// The first byte of hardware is the type, which Kea keeps apart.
	if a, ok := e.Args[0].(*dhcpdconf.Atom); ok && a.Name == "hardware" && !x.v6 && off > 0 {
		return keaData{text: "pkt4.mac", most: mostHardware}.cut(off-1, n), nil
	}
	of, err := x.data(e.Args[0], depth+1)
	if err != nil {
		return keaData{}, err
	}
	return of.cut(off, n), nil
}

// cut is a part of the data, empty where there is nothing.
func (d keaData) cut(off, n int64) keaData {
	d.hollow = d.hollow || int64(d.length) <= off
	switch {
	case n == 0, off >= maxPosition:
		return keaData{text: "''", exists: d.exists, null: d.null, hollow: true}
	case n >= maxPosition:
		d.text = fmt.Sprintf("substring(%s,%d,all)", d.text, off)
	default:
		d.text = fmt.Sprintf("substring(%s,%d,%d)", d.text, off, n)
		if d.most == 0 || int64(d.most) > n {
			d.most = int(n)
		}
	}
	d.some = int64(d.length) > off
	if int64(d.length) >= off+n && n < maxPosition {
		d.length = int(n)
	} else {
		d.length = 0
	}
	return d
}

// suffix: dhcpd returns shorter data whole, Kea's substring nothing.
func (x expressions) suffix(e *dhcpdconf.Call, depth int) (keaData, error) {
	n, err := number(e.Args[1])
	if err != nil {
		return keaData{}, err
	}
	if n == 2 {
		if digits, ok, err := x.twoDigits(e.Args[0], depth); ok || err != nil {
			return digits, err
		}
	}
	of, err := x.data(e.Args[0], depth+1)
	if err != nil {
		return keaData{}, err
	}
	if n == 0 {
		return keaData{text: "''", exists: of.exists, null: of.null}, nil
	}
	if n >= maxPosition || of.most > 0 && int64(of.most) <= n {
		return of, nil
	}
	cut := fmt.Sprintf("substring(%s,-%d,all)", of.text, n)
	hardware := false
	if a, ok := e.Args[0].(*dhcpdconf.Atom); ok && a.Name == "hardware" {
		hardware = true // the type before it matters for shorter addresses only
		cut = fmt.Sprintf("substring(pkt4.mac,-%d,all)", n)
	}
	if (n > 1 || hardware) && int64(of.length) < n { // data of no byte is empty either way
		of.text = fmt.Sprintf("ifelse(%s == '', %s, %s)", cut, of.text, cut)
	} else {
		of.text = cut
	}
	of.most = int(n)
	if int64(of.length) >= n {
		of.length = int(n)
	}
	return of, nil
}

// twoDigits reads what people write to have two hexadecimal digits of a byte:
// the last two of a zero and those that binary-to-ascii writes.
func (x expressions) twoDigits(e dhcpdconf.Expr, depth int) (d keaData, ok bool, err error) {
	call, isCall := e.(*dhcpdconf.Call)
	if !isCall || call.User || call.Name != "concat" || len(call.Args) != 2 {
		return d, false, nil
	}
	zero, constant := model.Fold(call.Args[0])
	form, ascii := asciiFormOf(call.Args[1])
	if !constant || string(zero.Data) != "0" || !ascii || form.base != 16 || form.width != 8 {
		return d, false, nil
	}
	of, err := x.data(form.of, depth+1)
	if err != nil || of.most != 1 || of.isConst || of.filled {
		return d, false, err
	}
	hex := "hexstring(" + of.text + ", '')"
	if of.length == 1 {
		return keaData{text: hex, exists: of.exists, some: true, most: 2, length: 2}, true, nil
	}
	return keaData{
		text:   fmt.Sprintf("ifelse(%s == '', '0', %s)", of.text, hex),
		exists: of.exists, filled: len(of.exists) > 0, some: true, most: 2,
	}, true, nil
}

// pick gives the first argument that has a value.
func (x expressions) pick(e *dhcpdconf.Call, depth int) (keaData, error) {
	var parts []keaData
	for _, arg := range e.Args {
		part, err := x.data(arg, depth+1)
		if err != nil {
			return keaData{}, err
		}
		if part.null {
			continue
		}
		parts = append(parts, part)
		if len(part.exists) == 0 {
			break
		}
	}
	if len(parts) == 0 {
		return noData(), nil
	}
	out := parts[len(parts)-1]
	out.isConst, out.constant = false, nil
	some := []string{all(out.exists)}
	always := len(out.exists) == 0
	for _, p := range slices.Backward(parts[:len(parts)-1]) {
		there := all(p.exists)
		some = append([]string{there}, some...)
		out.text = fmt.Sprintf("ifelse(%s, %s, %s)", there, p.text, out.text)
		out.some = out.some && p.some
		if p.length != out.length {
			out.length = 0
		}
		if p.most == 0 || out.most == 0 {
			out.most = 0
		} else {
			out.most = max(p.most, out.most)
		}
	}
	out.exists = nil
	if !always {
		out.exists = []string{anyTest(some)}
	}
	return out, nil
}

// option returns how an expression names an option of the request; "" is one
// that is never there.
func (x expressions) option(e dhcpdconf.Expr, d *option.Def) (string, error) {
	if d == nil {
		return "", cannot(e, "the option is not known")
	}
	const clientID6 = 1
	if x.ofReply && (d.Space != "dhcp6" || d.Code != clientID6) {
		return "", cannot(e, "in the value of an option of DHCPv6 dhcpd reads the options that it sends, and Kea those of the client")
	}
	if d.Code == optionRequestedAddress && d.Space == "dhcp" && !x.v6 && x.offered != nil {
		x.offered()
	}
	switch {
	case d.Space == "dhcp" && !x.v6, d.Space == "dhcp6" && x.v6:
		return fmt.Sprintf("%soption[%d]", x.relay, d.Code), nil
	case d.Space == "agent" && !x.v6:
		return fmt.Sprintf("relay4[%d]", d.Code), nil
	}
	return x.inner(e, d)
}

// literal writes bytes as Kea's expressions take them: in single quotes where
// they are plain text, else in hexadecimal. Kea's text has no escapes.
func literal(b []byte) string {
	if len(b) > 0 && printable(b) && !bytes.ContainsAny(b, "'\\") {
		return "'" + string(b) + "'"
	}
	if len(b) == 0 {
		return "''"
	}
	return "0x" + strings.ToUpper(hex.EncodeToString(b))
}

func printable(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}
