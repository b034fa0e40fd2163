package translator

import (
	"fmt"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/option"
	"github.com/keamigrate/keamigrate/translator/model"
)

// shellValue is a value of dhcpd's in the script: a constant, or a variable of
// the shell.
type shellValue struct {
	constant []byte
	name     string // of the variable; empty for constants
	// hex: the variable holds the octets as hexadecimal digits. Otherwise it
	// holds them as they are, and none can be NUL.
	hex bool
	// nullable: the variable is not set when the value does not exist.
	nullable bool
	null     bool  // the value never exists
	why      error // the value cannot be known: why
}

func (v shellValue) isConstant() bool { return v.name == "" && !v.null }

// word returns a value that is no null and not hex as one word.
func (v shellValue) word() string {
	if v.name == "" {
		return shellQuote(string(v.constant))
	}
	return `"$` + v.name + `"`
}

// isSet is a test that the value exists; it does for certain when it is empty.
func (v shellValue) isSet() string {
	if !v.nullable {
		return ""
	}
	return fmt.Sprintf(`[ -n "${%s+x}" ]`, v.name)
}

// data writes what computes an expression and returns the value.
func (h *handler) data(e dhcpdconf.Expr, depth int) (shellValue, error) {
	if depth > maxExprDepth {
		return shellValue{}, cannot(e, "the expression is nested too deeply")
	}
	if c, ok := model.Fold(e); ok {
		if c.Numeric {
			return shellValue{}, cannot(e, "a number stands where data is wanted")
		}
		return shellValue{constant: c.Data}, nil
	}
	switch e := e.(type) {
	case *dhcpdconf.OptionValue:
		return h.option(e, e.Option, e.Config)
	case *dhcpdconf.Variable:
		return h.variable(e)
	case *dhcpdconf.Atom:
		if h.t.v6() {
			return h.atom6(e)
		}
		switch e.Name {
		case "leased-address":
			t := h.s.temp()
			h.s.line(`%s=$(%s "$address")`, t, h.s.call("address_hex"))
			return shellValue{name: t, hex: true}, nil
		case "hardware":
			t := h.s.temp()
			h.s.line(`%s=$(%s)`, t, h.s.call("hardware"))
			return shellValue{name: t, hex: true}, nil
		case "null":
			return shellValue{null: true}, nil
		}
		return shellValue{}, cannot(e, "Kea gives scripts no variable for %s", e.Name)
	case *dhcpdconf.Call:
		return h.call(e, depth)
	}
	return shellValue{}, cannot(e, "the script cannot compute this value")
}

// relayAgentInformation is the one option of which Kea gives scripts the content.
const relayAgentInformation = 82

// option returns an option of the client's message. There is none when a
// lease expires, nor in DHCPv6 when it is released.
func (h *handler) option(e dhcpdconf.Expr, def *option.Def, config bool) (shellValue, error) {
	if def == nil {
		return shellValue{}, cannot(e, "the option is not known")
	}
	name := def.Name
	if def.Space != "" && def.Space != "dhcp" {
		name = def.Space + "." + def.Name
	}
	switch {
	case config:
		return shellValue{}, cannot(e, "Kea gives scripts no variable for config-option %s", name)
	case h.event == "expiry" || h.event == "release" && h.t.v6():
		return shellValue{null: true}, nil
	case h.t.v6():
		return h.option6(e, def, name)
	case def.Space == "agent":
		h.agent = true
		return h.hexVariable(fmt.Sprintf("QUERY4_OPTION_%d_SUB_OPTION_%d", relayAgentInformation, def.Code)), nil
	case name == "dhcp-client-identifier":
		return h.hexVariable("client_id"), nil
	case name == "host-name", name == "fqdn.fqdn", name == "fqdn.hostname":
		return h.clientName(name), nil
	}
	return shellValue{}, cannot(e, "Kea gives scripts no variable for option %s", name)
}

// clientName is the name that the client sends, or its first label for
// fqdn.hostname, as the lease has it.
func (h *handler) clientName(option string) shellValue {
	h.hostName = true
	if option != "fqdn.hostname" {
		return shellValue{name: "host_name", nullable: true}
	}
	t := h.s.temp()
	h.s.line("unset %s", t)
	h.s.line(`[ -z "${host_name+x}" ] || %s=${host_name%%%%.*}`, t)
	return shellValue{name: t, nullable: true}
}

// hexVariable reads a variable such as "0x0A0B" or "0a:0b", which need not be set.
func (h *handler) hexVariable(from string) shellValue {
	t := h.s.temp()
	h.s.line("unset %s", t)
	h.s.line(`[ -z "${%s+x}" ] || %s=$(%s "$%s")`, from, t, h.s.call("digits"), from)
	return shellValue{name: t, hex: true, nullable: true}
}

// variable returns a variable of dhcpd's. Those that the block has not set keep
// what an earlier event of the lease or the configuration around has set.
func (h *handler) variable(e *dhcpdconf.Variable) (shellValue, error) {
	if v, ok := h.variables[e.Name]; ok {
		if v.why != nil {
			return shellValue{}, cannot(e, "the variable %s is not known: %s", e.Name, v.why)
		}
		return v, nil
	}
	if set := h.global[e.Name]; set != nil && h.set[e.Name] == 1 {
		// dhcpd executes it for each message, and keeps it with the lease.
		if c, ok := model.Fold(set.Expr); ok && !c.Numeric {
			h.ledger().mark(set, h.moved)
			return shellValue{constant: c.Data}, nil
		}
	}
	if h.set[e.Name] > 0 {
		return shellValue{}, cannot(e, "the variable %s is set outside this block", e.Name)
	}
	return shellValue{null: true}, nil
}

func (h *handler) call(e *dhcpdconf.Call, depth int) (shellValue, error) {
	switch {
	case e.User:
		return shellValue{}, cannot(e, "the function %s is not translated", e.Name)
	case e.Name == "binary-to-ascii" && len(e.Args) == 4:
		return h.ascii(e, depth)
	case e.Name == "concat" && len(e.Args) > 0:
		return h.concat(e, depth)
	case (e.Name == "pick-first-value" || e.Name == "pick") && len(e.Args) > 0:
		return h.pick(e, depth)
	case (e.Name == "lcase" || e.Name == "ucase") && len(e.Args) == 1:
		from, to := "A-Z", "a-z"
		if e.Name == "ucase" {
			from, to = to, from
		}
		of, err := h.data(e.Args[0], depth+1)
		if err != nil || of.null {
			return of, err
		}
		if of.hex {
			return shellValue{}, cannot(e, "the script cannot change the case of octets that need not be text")
		}
		return h.derived(of, false, func(t string) string {
			return fmt.Sprintf(`%[1]s=$(printf '%%sx' %[2]s | tr %[3]s %[4]s) && %[1]s=${%[1]s%%?}`, t, of.word(), from, to)
		}), nil
	case e.Name == "substring" && len(e.Args) == 3:
		off, err := number(e.Args[1])
		if err != nil {
			return shellValue{}, err
		}
		n, err := number(e.Args[2])
		if err != nil {
			return shellValue{}, err
		}
		of, err := h.octets(e.Args[0], depth+1)
		if err != nil || of.null {
			return of, err
		}
		return h.derived(of, true, func(t string) string {
			if n == 0 {
				return t + "="
			}
			return fmt.Sprintf(`%s=$(printf %%s "$%s" | cut -c %d-%d)`, t, of.name, 2*off+1, 2*(off+n))
		}), nil
	case e.Name == "suffix" && len(e.Args) == 2:
		n, err := number(e.Args[1])
		if err != nil {
			return shellValue{}, err
		}
		of, err := h.octets(e.Args[0], depth+1)
		if err != nil || of.null {
			return of, err
		}
		return h.derived(of, true, func(t string) string {
			return fmt.Sprintf(`%s=$(printf %%s "$%s" | tail -c %d)`, t, of.name, 2*n)
		}), nil
	case e.Name == "reverse" && len(e.Args) == 2:
		width, err := number(e.Args[0])
		if err != nil {
			return shellValue{}, err
		}
		if width < 1 || width > 255 {
			return shellValue{}, cannot(e, "the width of reverse is out of range")
		}
		of, err := h.octets(e.Args[1], depth+1)
		if err != nil || of.null {
			return of, err
		}
		v := h.derived(of, true, func(t string) string {
			return fmt.Sprintf(`%[1]s=$(%[2]s %[3]d "$%[4]s") || unset %[1]s`, t, h.s.call("reversed"), 2*width, of.name)
		})
		v.nullable = v.nullable || width > 1
		return v, nil
	case e.Name == "encode-int" && len(e.Args) == 2:
		return h.encodeInt(e)
	}
	return shellValue{}, cannot(e, "the script cannot compute %s", e.Name)
}

// encodeInt knows one number that is no constant, the lifetime of a lease that
// was just given.
func (h *handler) encodeInt(e *dhcpdconf.Call) (shellValue, error) {
	a, ok := e.Args[0].(*dhcpdconf.Atom)
	width, err := number(e.Args[1])
	switch {
	case !ok || a.Name != "lease-time":
		return shellValue{}, cannot(e, "the script cannot compute this number")
	case err != nil:
		return shellValue{}, err
	case h.t.v6():
		return shellValue{null: true}, nil
	case width != 32:
		return shellValue{}, cannot(e, "the script writes lease-time as a number of 32 bits only")
	case h.event != "commit":
		return shellValue{}, cannot(e, "Kea gives scripts no variable for what is left of the lease-time")
	}
	t := h.s.temp()
	h.s.line(`%s=$(printf %%08x "$lifetime")`, t)
	return shellValue{name: t, hex: true}, nil
}

// derived writes what computes a new variable from a value, unless that has none.
func (h *handler) derived(of shellValue, hex bool, compute func(t string) string) shellValue {
	t := h.s.temp()
	if !of.nullable {
		h.s.line("%s", compute(t))
		return shellValue{name: t, hex: hex}
	}
	h.s.line("unset %s", t)
	h.s.open("if %s; then", of.isSet())
	h.s.line("%s", compute(t))
	h.s.closed("fi")
	return shellValue{name: t, hex: hex, nullable: true}
}

// octets computes an expression as a variable with hexadecimal digits.
func (h *handler) octets(e dhcpdconf.Expr, depth int) (shellValue, error) {
	v, err := h.data(e, depth)
	if err != nil || v.null {
		return v, err
	}
	return h.toHex(v), nil
}

func (h *handler) toHex(v shellValue) shellValue {
	switch {
	case v.name == "":
		t := h.s.temp()
		h.s.line("%s=%x", t, v.constant)
		return shellValue{name: t, hex: true}
	case v.hex:
		return v
	}
	return h.derived(v, true, func(t string) string {
		return fmt.Sprintf(`%s=$(%s "$%s")`, t, h.s.call("to_hex"), v.name)
	})
}

// toText turns octets into a text as arguments of a program hold it: a NUL
// ends it.
func (h *handler) toText(v shellValue) shellValue {
	if !v.hex || v.null {
		return v
	}
	return h.derived(v, false, func(t string) string {
		return fmt.Sprintf(`%[1]s=$(%[2]s "$%[3]s") && %[1]s=${%[1]s%%?}`, t, h.s.call("to_text"), v.name)
	})
}

// ascii is binary-to-ascii. An address in its usual form is at hand.
func (h *handler) ascii(e *dhcpdconf.Call, depth int) (shellValue, error) {
	base, err := number(e.Args[0])
	if err != nil {
		return shellValue{}, err
	}
	width, err := number(e.Args[1])
	if err != nil {
		return shellValue{}, err
	}
	sep, ok := model.Fold(e.Args[2])
	conversion, known := map[int64]string{8: "o", 10: "u", 16: "x"}[base]
	switch {
	case !ok || sep.Numeric:
		return shellValue{}, cannot(e.Args[2], "the separator is not a constant")
	case !known:
		return shellValue{}, cannot(e, "the script writes numbers to the bases 8, 10 and 16 only")
	case width != 8 && width != 16 && width != 32:
		return shellValue{}, cannot(e, "the width is not 8, 16 or 32")
	}
	if a, ok := e.Args[3].(*dhcpdconf.Atom); ok && !h.t.v6() && a.Name == "leased-address" && base == 10 && width == 8 && string(sep.Data) == "." {
		return shellValue{name: "address"}, nil
	}
	if c, ok := e.Args[3].(*dhcpdconf.Call); ok && c.Name == "encode-int" && base == 10 && width == 32 {
		if a, ok := c.Args[0].(*dhcpdconf.Atom); ok && a.Name == "lease-time" && h.event == "commit" && !h.t.v6() {
			return shellValue{name: "lifetime"}, nil
		}
	}
	of, err := h.octets(e.Args[3], depth+1)
	if err != nil || of.null {
		return of, err
	}
	v := h.derived(of, false, func(t string) string {
		return fmt.Sprintf(`if %[1]s=$(%[2]s %[3]s %[4]d %[5]s "$%[6]s"); then %[1]s=${%[1]s%%?}; else unset %[1]s; fi`,
			t, h.s.call("ascii"), conversion, width/4, shellQuote(string(sep.Data)), of.name)
	})
	v.nullable = v.nullable || width > 8
	return v, nil
}

// concat has no value when one of its parts has none.
func (h *handler) concat(e *dhcpdconf.Call, depth int) (shellValue, error) {
	parts := make([]shellValue, len(e.Args))
	hex := false
	for i, arg := range e.Args {
		v, err := h.data(arg, depth+1)
		if err != nil {
			return v, err
		}
		if v.null {
			return shellValue{null: true}, nil
		}
		parts[i] = v
		hex = hex || v.hex || v.isConstant() && strings.IndexByte(string(v.constant), 0) >= 0
	}
	var text strings.Builder
	var tests []string
	for _, v := range parts {
		if hex {
			v = h.toHex(v)
		}
		text.WriteString(v.word())
		if test := v.isSet(); test != "" {
			tests = append(tests, test)
		}
	}
	t := h.s.temp()
	if len(tests) == 0 {
		h.s.line("%s=%s", t, text.String())
		return shellValue{name: t, hex: hex}, nil
	}
	h.s.line("unset %s", t)
	h.s.open("if %s; then", strings.Join(tests, " && "))
	h.s.line("%s=%s", t, text.String())
	h.s.closed("fi")
	return shellValue{name: t, hex: hex, nullable: true}, nil
}

// pick gives the first of its arguments that has a value.
func (h *handler) pick(e *dhcpdconf.Call, depth int) (shellValue, error) {
	var parts []shellValue
	hex := false
	for _, arg := range e.Args {
		v, err := h.data(arg, depth+1)
		if err != nil {
			return v, err
		}
		if v.null {
			continue
		}
		parts = append(parts, v)
		hex = hex || v.hex || v.isConstant() && strings.IndexByte(string(v.constant), 0) >= 0
		if !v.nullable {
			break
		}
	}
	switch len(parts) {
	case 0:
		return shellValue{null: true}, nil
	case 1:
		return parts[0], nil
	}
	for i := range parts {
		if hex {
			parts[i] = h.toHex(parts[i])
		}
	}
	t := h.s.temp()
	h.s.line("unset %s", t)
	for i, v := range parts {
		switch test := v.isSet(); {
		case i == 0:
			h.s.open("if %s; then", test)
		case test != "":
			h.s.open("elif %s; then", test)
		default:
			h.s.open("else")
		}
		h.s.line("%s=%s", t, v.word())
		h.s.indent--
	}
	h.s.line("fi")
	return shellValue{name: t, hex: hex, nullable: parts[len(parts)-1].nullable}, nil
}
