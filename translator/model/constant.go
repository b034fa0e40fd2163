package model

import (
	"math/big"
	"strconv"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

// Constant is what an expression gives for every packet: data or a number.
type Constant struct {
	Data    []byte
	Num     int64
	Numeric bool
}

// maxFold bounds how deep Fold follows an expression.
const maxFold = 1000

// Fold returns the value of an expression that is the same for every packet;
// ok is false when it depends on the packet, the lease, or the time of day.
func Fold(e dhcpdconf.Expr) (c Constant, ok bool) { return fold(e, 0) }

func fold(e dhcpdconf.Expr, depth int) (Constant, bool) {
	if depth > maxFold {
		return Constant{}, false
	}
	switch e := e.(type) {
	case *dhcpdconf.Literal:
		switch e.Kind {
		case dhcpdconf.LiteralNumber:
			return Constant{Num: e.Num, Numeric: true}, true
		case dhcpdconf.LiteralText, dhcpdconf.LiteralHex, dhcpdconf.LiteralAddress:
			return Constant{Data: e.Data}, true
		}
	case *dhcpdconf.Call:
		return foldCall(e, depth)
	case *dhcpdconf.Binary:
		return foldBinary(e, depth)
	}
	return Constant{}, false
}

func foldCall(e *dhcpdconf.Call, depth int) (Constant, bool) {
	if e.User {
		return Constant{}, false
	}
	if (e.Name == "pick-first-value" || e.Name == "pick") && len(e.Args) > 0 {
		return fold(e.Args[0], depth+1) // a constant always has a value
	}
	args := make([]Constant, len(e.Args))
	for i, a := range e.Args {
		c, ok := fold(a, depth+1)
		if !ok {
			return Constant{}, false
		}
		args[i] = c
	}
	data := func(b []byte) (Constant, bool) { return Constant{Data: b}, true }
	switch {
	case e.Name == "concat":
		var all []byte
		for _, a := range args {
			if a.Numeric {
				return Constant{}, false
			}
			all = append(all, a.Data...)
		}
		return data(all)
	case e.Name == "lcase" && len(args) == 1:
		return data(mapped(args[0].Data, asciiLower))
	case e.Name == "ucase" && len(args) == 1:
		return data(mapped(args[0].Data, asciiUpper))
	case e.Name == "substring" && len(args) == 3 && args[1].Numeric && args[2].Numeric:
		b, off, n := args[0].Data, args[1].Num, args[2].Num
		if off < 0 || n < 0 || off >= int64(len(b)) {
			return data(nil)
		}
		return data(b[off:min(int64(len(b)), off+n)])
	case e.Name == "suffix" && len(args) == 2 && args[1].Numeric:
		b, n := args[0].Data, args[1].Num
		if n < 0 || n >= int64(len(b)) {
			return data(b)
		}
		return data(b[int64(len(b))-n:])
	case e.Name == "encode-int" && len(args) == 2 && args[0].Numeric && args[1].Numeric:
		return encodeInt(args[0].Num, args[1].Num)
	case e.Name == "extract-int" && len(args) == 2 && args[1].Numeric:
		n := args[1].Num / 8
		if n != 1 && n != 2 && n != 4 || n > int64(len(args[0].Data)) {
			return Constant{}, false
		}
		return Constant{Num: new(big.Int).SetBytes(args[0].Data[:n]).Int64(), Numeric: true}, true
	case e.Name == "reverse" && len(args) == 2 && args[0].Numeric && args[0].Num > 0:
		return reverse(args[0].Num, args[1].Data)
	case e.Name == "binary-to-ascii" && len(args) == 4 && args[0].Numeric && args[1].Numeric:
		return binaryToASCII(args[0].Num, args[1].Num, args[2].Data, args[3].Data)
	}
	return Constant{}, false
}

// mapped changes each byte; data need not be text.
func mapped(b []byte, change func(byte) byte) []byte {
	out := make([]byte, len(b))
	for i, c := range b {
		out[i] = change(c)
	}
	return out
}

func asciiLower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func asciiUpper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

func encodeInt(n, width int64) (Constant, bool) {
	switch width {
	case 8:
		return Constant{Data: []byte{byte(n)}}, true
	case 16:
		return Constant{Data: []byte{byte(n >> 8), byte(n)}}, true
	case 32:
		return Constant{Data: []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}}, true
	}
	return Constant{}, false
}

// reverse turns chunks of width bytes round; dhcpd gives nothing when the
// length is not a multiple of the width.
func reverse(width int64, b []byte) (Constant, bool) {
	n := int64(len(b))
	if n%width != 0 {
		return Constant{}, false
	}
	out := make([]byte, 0, n)
	for i := n - width; i >= 0; i -= width {
		out = append(out, b[i:i+width]...)
	}
	return Constant{Data: out}, true
}

func binaryToASCII(base, width int64, sep, b []byte) (Constant, bool) {
	n := int(width / 8)
	if base < 2 || base > 36 || n != 1 && n != 2 && n != 4 || len(b)%n != 0 {
		return Constant{}, false
	}
	var out []byte
	for i := 0; i < len(b); i += n {
		if i > 0 {
			out = append(out, sep...)
		}
		var v uint64
		for _, c := range b[i : i+n] {
			v = v<<8 | uint64(c)
		}
		out = strconv.AppendUint(out, v, int(base))
	}
	return Constant{Data: out}, true
}
