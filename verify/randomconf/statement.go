package randomconf

import "fmt"

// deepest is how deep conditions are within each other.
const deepest = 5

func (w *writer) statements(n int) {
	for range n {
		w.statement()
	}
}

func (w *writer) statement() {
	switch p := w.r.IntN(100); {
	case p < 40:
		w.option()
	case p < 60:
		w.parameter()
	case p < 75 && w.depth < deepest:
		w.condition1()
	case p < 80 && w.depth < deepest:
		w.choice()
	case p < 86:
		w.line("set %s = %s;", w.variable(), w.data(2))
	case p < 88:
		w.line("unset %s;", w.variable())
	case p < 91:
		w.line("log(debug, %s);", w.data(1))
	case p < 93 && !w.v6:
		w.line("vendor-option-space acme;")
	default:
		w.option()
	}
}

func (w *writer) variable() string { return w.pick("color", "girth", "shape") }

// option writes a statement that sets an option.
func (w *writer) option() {
	verb := w.pick("option", "option", "option", "option", "supersede", "append", "prepend", "default", "send")
	if w.v6 {
		w.option6(verb)
		return
	}
	switch w.r.IntN(11) {
	case 0:
		w.line("%s domain-name-servers 192.0.2.%d;", verb, w.r.IntN(255))
	case 1:
		w.line("%s domain-name \"d%d.example\";", verb, w.r.IntN(9))
	case 2:
		w.line("%s domain-search \"a%d.example\", \"b.example\";", verb, w.r.IntN(9))
	case 3:
		w.line("%s spot = %s;", verb, w.data(3))
	case 4:
		w.line("%s root-path = %s;", verb, w.data(2))
	case 5:
		w.line("%s acme.one \"one%d\";", verb, w.r.IntN(9))
	case 6:
		w.line("%s acme.%s;", verb, w.pick("two 7", "two 513", "three 192.0.2.9"))
	case 7:
		w.line("option numbers %d 192.0.2.%d;", w.r.IntN(256), w.r.IntN(256))
	case 8:
		w.line("%s %s;", verb, w.pick("ntp-servers 192.0.2.1, 192.0.2.2", "time-offset -3600", "ip-forwarding on", "routers 10.0.0.1", "interface-mtu 1400",
			"host-name \"given\"", "tftp-server-name \"tftp\"", "bootfile-name \"boot\"", "dhcp-renewal-time 100", "dhcp-rebinding-time 170", "broadcast-address 10.0.0.255"))
	case 9:
		if w.chance(15) {
			w.line("option dhcp-parameter-request-list 1, 15, 200, 6;")
			return
		}
		w.line("option dhcp-server-identifier 192.0.2.250;")
	default:
		w.line("%s host-name = %s;", verb, w.data(2))
	}
}

func (w *writer) option6(verb string) {
	switch w.r.IntN(8) {
	case 0:
		w.line("%s dhcp6.name-servers 2001:db8::%x;", verb, w.r.IntN(255))
	case 1:
		w.line("%s dhcp6.domain-search \"a%d.example\";", verb, w.r.IntN(9))
	case 2:
		w.line("%s dhcp6.spot = %s;", verb, w.data(3))
	case 3:
		w.line("%s acme.one \"one%d\";", verb, w.r.IntN(9))
	case 4:
		w.line("%s acme.two %d;", verb, w.r.IntN(999))
	case 5:
		w.line("%s dhcp6.bootfile-url = %s;", verb, w.data(2))
	case 6:
		w.line("option %s;", w.pick("dhcp6.preference 7", "dhcp6.info-refresh-time 600", "dhcp-renewal-time 100", "dhcp-rebinding-time 170", "dhcp6.rapid-commit"))
	default:
		w.line("%s dhcp6.sntp-servers 2001:db8::%x, 2001:db8::5;", verb, w.r.IntN(255))
	}
}

func (w *writer) parameter() {
	if w.v6 {
		w.line("%s;", w.pick("default-lease-time 1000", "default-lease-time 300", "preferred-lifetime 200", "max-lease-time 50", "dhcpv6-set-tee-times true",
			"limit-addrs-per-ia 2", "default-lease-time = encode-int(2000, 32)", "dhcp-cache-threshold 0"))
		return
	}
	flags := []string{
		"use-host-decl-names on", "use-lease-addr-for-default-route on", "always-broadcast on", "echo-client-id on", "one-lease-per-client on",
		"stash-agent-options off", "ignore-client-uids on", "dhcp-cache-threshold 0", "min-secs 2", "get-lease-hostnames off",
	}
	rare := []string{"deny unknown-clients", "deny booting", "deny bootp", "ignore bootp", "allow booting", "allow unknown-clients", "deny duplicates", "deny declines", "site-option-space \"site\""}
	switch p := w.r.IntN(100); {
	case p < 40:
		w.line("%s %s;", w.pick("default-lease-time", "max-lease-time", "min-lease-time"), w.pick("60", "300", "600", "3600", "100000"))
	case p < 45:
		w.line("default-lease-time = %s;", w.pick("encode-int(500, 32)", `pick-first-value(option dhcp-lease-time, "x")`, "option agent.circuit-id"))
	case p < 55:
		w.line("filename %s;", w.pick(`"boot"`, `"pxe"`))
	case p < 60:
		w.line("filename = %s;", w.data(2))
	case p < 68:
		w.line("next-server 192.0.2.%d;", w.r.IntN(255))
	case p < 72:
		w.line("server-name \"srv\";")
	case p < 90:
		w.line("%s;", w.pick(flags...))
	case !w.inPool:
		w.line("%s;", w.pick(rare...))
	}
}

// condition1 writes if, elsif and else.
func (w *writer) condition1() {
	w.block("if ("+w.condition(2, true)+")", func() {
		w.statements(1 + w.r.IntN(2))
		if w.chance(10) {
			w.line("break;")
		}
	})
	for w.chance(30) {
		w.block("elsif ("+w.condition(1, true)+")", func() { w.statements(1) })
	}
	if w.chance(50) {
		w.block("else", func() { w.statements(1 + w.r.IntN(2)) })
	}
}

func (w *writer) choice() {
	values := vendors
	what := "option vendor-class-identifier"
	if w.v6 {
		what, values = "substring(option dhcp6.client-id, 8, 1)", []string{"\\000", "\\001"}
	}
	w.block("switch ("+what+")", func() {
		for _, v := range values[:2+w.r.IntN(len(values)-1)] {
			w.line("case \"%s\":", v)
			w.statements(1)
			if w.chance(60) {
				w.line("break;")
			}
		}
		if w.chance(50) {
			w.line("default:")
			w.statements(1)
		}
	})
}

// condition is a boolean expression. leased says that it may ask for what is
// known of the lease.
func (w *writer) condition(depth int, leased bool) string {
	if depth > 0 && w.chance(45) {
		a, b := w.condition(depth-1, leased), w.condition(depth-1, leased)
		switch w.r.IntN(4) {
		case 0:
			return fmt.Sprintf("not (%s)", a)
		case 1:
			return fmt.Sprintf("(%s) and (%s)", a, b)
		case 2:
			return fmt.Sprintf("(%s) or (%s)", a, b)
		}
		return fmt.Sprintf("(%s) %s (%s) %s (%s)", a, w.pick("and", "or"), b, w.pick("and", "or"), w.condition(0, leased))
	}
	if w.v6 {
		return w.condition6(leased)
	}
	switch w.r.IntN(9) {
	case 0:
		return "option vendor-class-identifier = " + quoted(w.pick(vendors...))
	case 1:
		return "substring(option vendor-class-identifier, 0, 9) = \"PXEClient\""
	case 2:
		return "exists " + w.pick("user-class", "agent.circuit-id", "host-name", "dhcp-client-identifier", "dhcp-requested-address")
	case 3:
		return "option user-class != " + quoted(w.pick(users...))
	case 4:
		return w.pick("option vendor-class-identifier", "option host-name", "option agent.circuit-id") + " " + w.pick("~=", "~~") + " " +
			quoted(w.pick("^acme", "A[a-z]+-", "[0-9]$", "(alpha|port)", "x*", "a.*1", "[^a-z]$"))
	case 5:
		return "suffix(hardware, 1) = " + w.pick("11", "12", "41", "42")
	case 6:
		return "extract-int(packet(28, 4), 32) = 33554432"
	case 7:
		if leased {
			return w.pick("known", "static", "defined(color)", "defined(girth)", "leased-address = 0a:00:00:0a", "host-decl-name = \"h1\"")
		}
		return "known"
	}
	return w.data(1) + " " + w.pick("=", "!=") + " " + w.data(1)
}

func (w *writer) condition6(leased bool) string {
	switch w.r.IntN(5) {
	case 0:
		return "substring(option dhcp6.client-id, 9, 1) = " + w.pick("11", "12", "41")
	case 1:
		return "exists dhcp6." + w.pick("client-arch-type", "oro", "ia-pd", "name-servers")
	case 2:
		return "v6relay(1, option dhcp6.interface-id) = \"port1\""
	case 3:
		if leased {
			return w.pick("known", "static", "defined(color)")
		}
		return "known"
	}
	return w.data(1) + " " + w.pick("=", "!=") + " " + w.data(1)
}

func quoted(s string) string { return `"` + s + `"` }

// data is an expression that gives bytes.
func (w *writer) data(depth int) string {
	if depth > 0 && w.chance(65) {
		d := func() string { return w.data(depth - 1) }
		switch w.r.IntN(11) {
		case 0:
			return fmt.Sprintf("substring(%s, %d, %d)", d(), w.r.IntN(4), 1+w.r.IntN(6))
		case 1:
			return fmt.Sprintf("suffix(%s, %d)", d(), w.r.IntN(5))
		case 2:
			return fmt.Sprintf("concat(%s, %s)", d(), d())
		case 3:
			return fmt.Sprintf("pick-first-value(%s, %s)", d(), d())
		case 4:
			return fmt.Sprintf("%s(%s)", w.pick("lcase", "ucase"), d())
		case 5:
			return fmt.Sprintf("reverse(%d, %s)", 1+w.r.IntN(2), d())
		case 6:
			return fmt.Sprintf("binary-to-ascii(%s, 8, %s, %s)", w.pick("10", "16", "8"), w.pick(`":"`, `"-"`, `"."`), d())
		case 7:
			return fmt.Sprintf("encode-int(%s, %s)", w.number(1), w.pick("8", "16", "32"))
		case 8:
			return fmt.Sprintf("twice(%s)", d())
		case 9:
			return fmt.Sprintf("choose(%s, %s)", d(), d())
		}
		return fmt.Sprintf("concat(%s, \"-\", %s)", d(), d())
	}
	if w.v6 {
		return w.pick("option dhcp6.client-id", "option dhcp6.client-arch-type", `"text"`, "01:02:ab", "null", "color",
			"config-option dhcp6.bootfile-url", "v6relay(1, option dhcp6.interface-id)", "option dhcp6.oro")
	}
	return w.pick("option vendor-class-identifier", "option host-name", "option user-class", "option agent.circuit-id", "option dhcp-client-identifier", "hardware",
		"leased-address", "host-decl-name", "config-option domain-name", "config-option spot", "packet(0, 4)", "packet(28, 6)", `"text"`, `"\101b\x43"`, "01:02:ab", "null",
		"color", "girth", "option fqdn.fqdn", "option dhcp-requested-address")
}

// number is a numeric expression.
func (w *writer) number(depth int) string {
	if depth > 0 && w.chance(60) {
		return fmt.Sprintf("(%s %s %s)", w.number(depth-1), w.pick("+", "*", "/", "%", "&", "|", "^"), w.number(depth-1))
	}
	if w.v6 {
		return w.pick("1", "7", "300", "65537")
	}
	return w.pick("0", "1", "7", "300", "65537", "extract-int(packet(28, 4), 32)", "extract-int(hardware, 16)", "lease-time")
}
