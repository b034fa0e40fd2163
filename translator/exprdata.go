package translator

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/parser/option"
	"github.com/keamigrate/keamigrate/translator/model"
)

// data translates a data expression.
func (x expressions) data(e dhcpdconf.Expr, depth int) (keaData, error) {
	if depth > maxExprDepth {
		return keaData{}, cannot(e, "the expression is nested too deeply")
	}
	if c, ok := model.Fold(e); ok {
		if c.Numeric {
			return keaData{}, cannot(e, "a number stands where data is wanted")
		}
		return keaData{text: literal(c.Data), constant: c.Data, isConst: true}, nil
	}
	switch e := e.(type) {
	case *dhcpdconf.OptionValue:
		if e.Config {
			return keaData{}, cannot(e, "config-option is what the server will send, which Kea's tests do not see")
		}
		ref, err := x.option(e, e.Option)
		if err != nil {
			return keaData{}, err
		}
		return keaData{text: ref + ".hex", exists: []string{ref + ".exists"}}, nil
	case *dhcpdconf.Atom:
		if e.Name == "hardware" && !x.v6 {
			return keaData{text: "concat(substring(pkt4.htype,-1,all), pkt4.mac)"}, nil
		}
		return keaData{}, cannot(e, "%s has no counterpart in Kea's tests", e.Name)
	case *dhcpdconf.Call:
		return x.call(e, depth)
	}
	return keaData{}, cannot(e, "this value has no counterpart in Kea's tests")
}

func (x expressions) call(e *dhcpdconf.Call, depth int) (keaData, error) {
	if e.User {
		return keaData{}, cannot(e, "the function %s is not translated", e.Name)
	}
	switch {
	case e.Name == "substring" && len(e.Args) == 3:
		return x.substring(e, depth)
	case e.Name == "suffix" && len(e.Args) == 2:
		n, err := number(e.Args[1])
		if err != nil {
			return keaData{}, err
		}
		of, err := x.data(e.Args[0], depth+1)
		if err != nil {
			return keaData{}, err
		}
		// dhcpd returns shorter data whole, Kea nothing.
		cut := fmt.Sprintf("substring(%s,-%d,all)", of.text, n)
		of.text = fmt.Sprintf("ifelse(%s == '', %s, %s)", cut, of.text, cut)
		return of, nil
	case (e.Name == "lcase" || e.Name == "ucase") && len(e.Args) == 1:
		if x.target < keaversion.V2_6 {
			return keaData{}, cannot(e, "Kea has %s from 2.6 on", e.Name)
		}
		of, err := x.data(e.Args[0], depth+1)
		of.text = e.Name + "(" + of.text + ")"
		return of, err
	case e.Name == "concat" && len(e.Args) > 0:
		var joined keaData
		for i, arg := range e.Args {
			part, err := x.data(arg, depth+1)
			if err != nil {
				return keaData{}, err
			}
			joined.exists = append(joined.exists, part.exists...)
			if i == 0 {
				joined.text = part.text
			} else {
				joined.text = "concat(" + joined.text + ", " + part.text + ")"
			}
		}
		return joined, nil
	case (e.Name == "pick-first-value" || e.Name == "pick") && len(e.Args) > 0:
		return x.pick(e, depth)
	case e.Name == "packet" && len(e.Args) == 2 && !x.v6:
		return x.packet(e)
	}
	return keaData{}, cannot(e, "%s has no counterpart in Kea's tests", e.Name)
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
	for _, f := range headerFields {
		switch {
		case off == f.offset && n == f.length:
			return keaData{text: f.kea}, nil
		case n > 0 && off >= f.offset && off+n <= f.offset+f.length:
			return keaData{text: fmt.Sprintf("substring(%s,%d,%d)", f.kea, off-f.offset, n)}, nil
		}
	}
	return keaData{}, cannot(e, "this part of the packet's header has no name in Kea's tests")
}

func number(e dhcpdconf.Expr) (int64, error) {
	c, ok := model.Fold(e)
	if !ok || !c.Numeric || c.Num < 0 {
		return 0, cannot(e, "a position is not a constant")
	}
	return c.Num, nil
}

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
		return keaData{text: fmt.Sprintf("substring(pkt4.mac,%d,%d)", off-1, n)}, nil
	}
	of, err := x.data(e.Args[0], depth+1)
	if err != nil {
		return keaData{}, err
	}
	of.text = fmt.Sprintf("substring(%s,%d,%d)", of.text, off, n)
	return of, nil
}

// pick gives the first argument that has a value.
func (x expressions) pick(e *dhcpdconf.Call, depth int) (keaData, error) {
	parts := make([]keaData, len(e.Args))
	for i, arg := range e.Args {
		part, err := x.data(arg, depth+1)
		if err != nil {
			return keaData{}, err
		}
		parts[i] = part
		if len(part.exists) == 0 {
			parts = parts[:i+1]
			break
		}
	}
	last := parts[len(parts)-1]
	out := keaData{text: last.text}
	var any []string
	if len(last.exists) > 0 {
		any = append(any, "("+all(last.exists)+")")
	}
	for i := len(parts) - 2; i >= 0; i-- {
		out.text = "ifelse(" + all(parts[i].exists) + ", " + parts[i].text + ", " + out.text + ")"
		if len(any) > 0 {
			any = append([]string{"(" + all(parts[i].exists) + ")"}, any...)
		}
	}
	if len(any) > 0 {
		out.exists = []string{strings.Join(any, " or ")}
	}
	return out, nil
}

// option returns how a test names an option of the request.
func (x expressions) option(e dhcpdconf.Expr, d *option.Def) (string, error) {
	if d == nil {
		return "", cannot(e, "the option is not known")
	}
	switch {
	case d.Space == "dhcp" && !x.v6, d.Space == "dhcp6" && x.v6:
		return fmt.Sprintf("option[%d]", d.Code), nil
	case d.Space == "agent" && !x.v6:
		return fmt.Sprintf("relay4[%d]", d.Code), nil
	}
	return "", cannot(e, "options of the space %s are not translated in tests", d.Space)
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
