package classify

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"

	"github.com/keamigrate/keamigrate/parser/keaexpr"
	"github.com/keamigrate/keamigrate/parser/option"
)

// Test is a compiled truth value. Its error means that the expression could not
// be evaluated, such as a number of three bytes; Kea takes that for "no" and logs
// it.
type Test func(*Query) (bool, error)

// Text is a compiled string of bytes, valid until the query is reset. Its error is
// as with Test.
type Text func(*Query) ([]byte, error)

// Compiler compiles expressions of DHCPv4.
type Compiler struct {
	Names *Names
	// Definition finds the definition of an option by its code, for the value
	// ".text".
	Definition func(code uint32) (option.KeaDef, bool)
	// Code finds the code of an option by its name.
	Code func(name string) (uint32, bool)
}

// Test compiles a truth value.
func (c *Compiler) Test(e keaexpr.Expr) (Test, error) {
	switch e := e.(type) {
	case *keaexpr.Not:
		x, err := c.Test(e.X)
		if err != nil {
			return nil, err
		}
		return func(q *Query) (bool, error) {
			v, err := x(q)
			return !v, err
		}, nil
	case *keaexpr.Logic:
		if e.Op == "or" {
			return c.either(e)
		}
		return c.logic(e)
	case *keaexpr.Equal:
		return c.equal(e)
	case *keaexpr.Exists:
		return c.exists(&e.Of)
	case *keaexpr.Member:
		id := c.Names.ID(e.Class)
		return func(q *Query) (bool, error) { return q.Classes.Has(id), nil }, nil
	case *keaexpr.Match:
		return c.match(e)
	}
	return nil, fmt.Errorf("%T is no truth value", e)
}

func (c *Compiler) logic(e *keaexpr.Logic) (Test, error) {
	x, err := c.Test(e.X)
	if err != nil {
		return nil, err
	}
	y, err := c.Test(e.Y)
	if err != nil {
		return nil, err
	}
	if e.Op == "and" {
		return func(q *Query) (bool, error) {
			if v, err := x(q); !v || err != nil {
				return false, err
			}
			return y(q)
		}, nil
	}
	and := e.Op == "sand"
	return func(q *Query) (bool, error) {
		a, errA := x(q)
		b, errB := y(q)
		if err := errors.Join(errA, errB); err != nil {
			return false, err
		}
		if and {
			return a && b, nil
		}
		return a || b, nil
	}, nil
}

func (c *Compiler) equal(e *keaexpr.Equal) (Test, error) {
	x, err := c.Text(e.X)
	if err != nil {
		return nil, err
	}
	y, err := c.Text(e.Y)
	if err != nil {
		return nil, err
	}
	return func(q *Query) (bool, error) {
		a, err := x(q)
		if err != nil {
			return false, err
		}
		b, err := y(q)
		return err == nil && string(a) == string(b), err
	}, nil
}

func (c *Compiler) match(e *keaexpr.Match) (Test, error) {
	// Kea's is an ECMAScript expression for the whole value; Go's own syntax is
	// nearly that, and takes linear time.
	re, err := regexp.Compile(`^(?s:` + e.Pattern + `)$`)
	if err != nil {
		return nil, fmt.Errorf("the regular expression %q: %w", e.Pattern, err)
	}
	x, err := c.Text(e.X)
	if err != nil {
		return nil, err
	}
	return func(q *Query) (bool, error) {
		v, err := x(q)
		return err == nil && re.Match(v), err
	}, nil
}

// Text compiles a string of bytes.
func (c *Compiler) Text(e keaexpr.Expr) (Text, error) {
	switch e := e.(type) {
	case *keaexpr.Literal:
		value, err := literal(e)
		return func(*Query) ([]byte, error) { return value, nil }, err
	case *keaexpr.Concat:
		return c.concat(e.X, e.Y)
	case *keaexpr.Value:
		return c.value(e)
	case *keaexpr.Packet:
		return packetField(e)
	case *keaexpr.Call:
		return c.call(e)
	}
	return nil, fmt.Errorf("%T is no string", e)
}

func literal(e *keaexpr.Literal) ([]byte, error) {
	switch e.Form {
	case keaexpr.String:
		return []byte(e.Value), nil
	case keaexpr.Hex:
		digits := e.Value
		if len(digits)%2 != 0 {
			digits = "0" + digits
		}
		return hex.DecodeString(digits)
	case keaexpr.Integer:
		n, err := strconv.ParseUint(e.Value, 10, 32)
		return binary.BigEndian.AppendUint32(nil, uint32(n)), err
	case keaexpr.Address:
		a, err := netip.ParseAddr(e.Value)
		return a.AsSlice(), err
	}
	return nil, fmt.Errorf("literal %q of an unknown form", e.Value)
}

func (c *Compiler) concat(left, right keaexpr.Expr) (Text, error) {
	x, err := c.Text(left)
	if err != nil {
		return nil, err
	}
	y, err := c.Text(right)
	if err != nil {
		return nil, err
	}
	return func(q *Query) ([]byte, error) {
		a, err := x(q)
		if err != nil {
			return nil, err
		}
		b, err := y(q)
		if err != nil {
			return nil, err
		}
		start := len(q.scratch)
		q.scratch = append(append(q.scratch, a...), b...)
		return q.keep(start), nil
	}, nil
}

// packetField compiles pkt.iface, pkt4.mac and the like.
func packetField(e *keaexpr.Packet) (Text, error) {
	number := func(f func(*Query) uint32) Text {
		return func(q *Query) ([]byte, error) {
			start := len(q.scratch)
			q.scratch = binary.BigEndian.AppendUint32(q.scratch, f(q))
			return q.keep(start), nil
		}
	}
	address := func(f func(*Query) netip.Addr) Text {
		return func(q *Query) ([]byte, error) {
			start := len(q.scratch)
			if a := f(q); a.Is4() {
				four := a.As4()
				q.scratch = append(q.scratch, four[:]...)
			} else if a.Is6() {
				sixteen := a.As16()
				q.scratch = append(q.scratch, sixteen[:]...)
			}
			return q.keep(start), nil
		}
	}
	switch e.Object + "." + e.Field {
	case "pkt.iface":
		return func(q *Query) ([]byte, error) {
			start := len(q.scratch)
			q.scratch = append(q.scratch, q.Interface...)
			return q.keep(start), nil
		}, nil
	case "pkt.src":
		return address(func(q *Query) netip.Addr { return q.Src }), nil
	case "pkt.dst":
		return address(func(q *Query) netip.Addr { return q.Dst }), nil
	case "pkt.len":
		return number(func(q *Query) uint32 { return uint32(len(q.Message.Raw())) }), nil
	case "pkt4.mac":
		return func(q *Query) ([]byte, error) { return q.Message.HWAddr(), nil }, nil
	case "pkt4.hlen":
		return number(func(q *Query) uint32 { return uint32(len(q.Message.HWAddr())) }), nil
	case "pkt4.htype":
		return number(func(q *Query) uint32 { return uint32(q.Message.HType()) }), nil
	case "pkt4.ciaddr":
		return address(func(q *Query) netip.Addr { return q.Message.CIAddr() }), nil
	case "pkt4.giaddr":
		return address(func(q *Query) netip.Addr { return q.Message.GIAddr() }), nil
	case "pkt4.yiaddr":
		return address(func(q *Query) netip.Addr { return q.Message.YIAddr() }), nil
	case "pkt4.siaddr":
		return address(func(q *Query) netip.Addr { return q.Message.SIAddr() }), nil
	case "pkt4.msgtype":
		return number(func(q *Query) uint32 {
			if t, ok := q.Message.Option(53); ok && len(t) == 1 {
				return uint32(t[0])
			}
			return 0
		}), nil
	case "pkt4.transid":
		return number(func(q *Query) uint32 { return q.Message.XID() }), nil
	}
	return nil, fmt.Errorf("%s.%s is no field of a DHCPv4 packet", e.Object, e.Field)
}
