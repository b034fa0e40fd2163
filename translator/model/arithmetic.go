package model

import "github.com/keamigrate/keamigrate/parser/dhcpdconf"

// foldBinary computes with two constant numbers.
func foldBinary(e *dhcpdconf.Binary, depth int) (Constant, bool) {
	x, ok := fold(e.X, depth+1)
	if !ok || !x.Numeric {
		return Constant{}, false
	}
	y, ok := fold(e.Y, depth+1)
	if !ok || !y.Numeric {
		return Constant{}, false
	}
	n, ok := Compute(e.Op, uint64(x.Num), uint64(y.Num))
	return Constant{Num: int64(n), Numeric: true}, ok
}

// Compute does what dhcpd's arithmetic does with two numbers, which are
// unsigned long there (dhcp-eval(5); common/tree.c). ok is false for operators
// that are not arithmetic, and for a division by zero, which has no value.
func Compute(op string, x, y uint64) (n uint64, ok bool) {
	switch op {
	case "+":
		return x + y, true
	case "-":
		return x - y, true
	case "*":
		return x * y, true
	case "/":
		if y == 0 {
			return 0, false
		}
		return x / y, true
	case "%":
		if y == 0 {
			return 0, false
		}
		return x % y, true
	case "&":
		return x & y, true
	case "|":
		return x | y, true
	case "^":
		return x ^ y, true
	}
	return 0, false
}
