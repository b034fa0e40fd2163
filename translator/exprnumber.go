package translator

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// keaNumber is a numeric expression of dhcpd's: a constant, the number in some
// bytes of the packet, or what arithmetic makes of a number of one byte. Kea's
// language has no numbers, so they are compared by their bytes.
type keaNumber struct {
	isConst bool
	num     uint64

	text   string   // big-endian bytes
	width  int      // how many
	exists []string // there is a number when all of these hold; none: always
	// made is what arithmetic makes of the byte; nil: the number is the bytes.
	made func(uint64) (uint64, bool)
}

// isNumeric reports whether an expression is a number and not data.
func isNumeric(e dhcpdconf.Expr) bool {
	switch e := e.(type) {
	case *dhcpdconf.Literal:
		return e.Kind == dhcpdconf.LiteralNumber
	case *dhcpdconf.Call:
		return e.Name == "extract-int"
	case *dhcpdconf.Binary:
		return strings.Contains("+-*/%&|^", e.Op)
	case *dhcpdconf.Atom:
		return e.Name == "lease-time" || e.Name == "client-state"
	}
	return false
}

func (x expressions) number(e dhcpdconf.Expr, depth int) (keaNumber, error) {
	if depth > maxExprDepth {
		return keaNumber{}, cannot(e, "the expression is nested too deeply")
	}
	if c, ok := model.Fold(e); ok && c.Numeric {
		return keaNumber{isConst: true, num: uint64(c.Num)}, nil
	}
	switch e := e.(type) {
	case *dhcpdconf.Call:
		if e.Name == "extract-int" && len(e.Args) == 2 {
			return x.extract(e, depth)
		}
	case *dhcpdconf.Binary:
		return x.arithmetic(e, depth)
	}
	return keaNumber{}, cannot(e, "this number has no counterpart in Kea's expressions")
}

// extract reads a number from the first bytes of data; there is none where the
// data are shorter.
func (x expressions) extract(e *dhcpdconf.Call, depth int) (keaNumber, error) {
	bits, err := number(e.Args[1])
	if err != nil {
		return keaNumber{}, err
	}
	if bits != 8 && bits != 16 && bits != 32 {
		return keaNumber{}, cannot(e, "numbers have 8, 16 or 32 bits")
	}
	of, err := x.data(e.Args[0], depth+1)
	if err != nil {
		return keaNumber{}, err
	}
	n := keaNumber{width: int(bits / 8)}
	if of.length < n.width {
		n.exists = []string{fmt.Sprintf("not (substring(%s,%d,1) == '')", of.text, n.width-1)}
		if of.filled {
			n.exists = append(n.exists, of.exists...)
		}
	} else {
		n.exists = of.exists
	}
	n.text = of.text
	if of.length != n.width && of.most != n.width {
		n.text = fmt.Sprintf("substring(%s,0,%d)", of.text, n.width)
	}
	return n, nil
}

// arithmetic of one number from the packet with constants.
func (x expressions) arithmetic(e *dhcpdconf.Binary, depth int) (keaNumber, error) {
	a, err := x.number(e.X, depth+1)
	if err != nil {
		return a, err
	}
	b, err := x.number(e.Y, depth+1)
	if err != nil {
		return b, err
	}
	compute := func(n, m uint64) (uint64, bool) { return model.Compute(e.Op, n, m) }
	switch {
	case a.isConst == b.isConst: // two constants here are a division by zero
		return a, cannot(e, "Kea's expressions have no arithmetic")
	case a.isConst:
		constant := a.num
		a, compute = b, func(n, _ uint64) (uint64, bool) { return model.Compute(e.Op, constant, n) }
	}
	if a.width != 1 {
		return a, cannot(e, "Kea's expressions have no arithmetic; what it makes of one byte can be listed, but these are more")
	}
	before := a.made
	a.made = func(n uint64) (uint64, bool) {
		ok := true
		if before != nil {
			n, ok = before(n)
		}
		if !ok {
			return 0, false
		}
		return compute(n, b.num)
	}
	return a, nil
}

// equalNumbers compares two numbers.
func (x expressions) equalNumbers(e *dhcpdconf.Binary, depth int) (string, error) {
	a, err := x.number(e.X, depth+1)
	if err != nil {
		return "", err
	}
	b, err := x.number(e.Y, depth+1)
	if err != nil {
		return "", err
	}
	if a.isConst {
		a, b = b, a
	}
	switch {
	case a.isConst:
		return truth(a.num == b.num), nil
	case b.isConst && a.made != nil:
		return a.listed(b.num), nil
	case b.isConst:
		if b.num>>(8*a.width) != 0 {
			return truth(false), nil
		}
		return a.text + " == " + literal(bigEndian(b.num, a.width)), nil
	case a.made != nil || b.made != nil:
		return "", cannot(e, "Kea's expressions have no arithmetic")
	}
	width := max(a.width, b.width)
	return a.padded(width).equals(b.padded(width)), nil
}

func bigEndian(n uint64, width int) []byte {
	raw := make([]byte, width)
	for i := range raw {
		raw[i] = byte(n >> (8 * (width - 1 - i)))
	}
	return raw
}

// padded is the number in so many bytes, fewer or more than it has.
func (n keaNumber) padded(width int) keaData {
	d := keaData{text: n.text, exists: n.exists, some: true, most: width, length: width}
	switch {
	case n.width > width:
		d.text = fmt.Sprintf("substring(%s,%d,%d)", n.text, n.width-width, width)
	case n.width < width:
		d.text = fmt.Sprintf("concat(%s, %s)", "0x"+strings.Repeat("00", width-n.width), n.text)
		d.filled = len(n.exists) > 0
	}
	return d
}

// listed lists the bytes from which arithmetic makes a number: those digits of
// the byte that matter, or the whole byte.
func (n keaNumber) listed(want uint64) string {
	var fits [256]bool
	for i := range fits {
		made, ok := n.made(uint64(i))
		fits[i] = ok && made == want
	}
	high, low, whole := []string{}, []string{}, []string{}
	byHigh, byLow := true, true
	for i, fit := range fits {
		byHigh = byHigh && fit == fits[i&0xf0]
		byLow = byLow && fit == fits[i&0x0f]
		if !fit {
			continue
		}
		whole = append(whole, n.text+" == "+literal([]byte{byte(i)}))
		digit := func(at, d int) string {
			return fmt.Sprintf("substring(hexstring(%s, ''),%d,1) == '%x'", n.text, at, d)
		}
		if i&0x0f == 0 {
			high = append(high, digit(0, i>>4))
		}
		if i>>4 == 0 {
			low = append(low, digit(1, i))
		}
	}
	list := whole
	switch {
	case len(whole) == 0:
		return truth(false)
	case len(whole) == len(fits) && len(n.exists) == 0:
		return truth(true)
	case len(whole) == len(fits):
		return all(n.exists)
	case byLow:
		list = low
	case byHigh:
		list = high
	}
	return anyTest(list)
}

// encode writes a number as bytes.
func (x expressions) encode(e *dhcpdconf.Call, depth int) (keaData, error) {
	bits, err := number(e.Args[1])
	if err != nil {
		return keaData{}, err
	}
	n, err := x.number(e.Args[0], depth+1)
	if err != nil {
		return keaData{}, err
	}
	if n.isConst || n.made != nil || !slices.Contains([]int64{8, 16, 32}, bits) {
		return keaData{}, cannot(e, "Kea's expressions have no arithmetic")
	}
	return n.padded(int(bits / 8)), nil
}
