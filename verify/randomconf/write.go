package randomconf

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// ServerAddress is the server's address in the configurations of DHCPv4 and
// ServerAddress6 in those of DHCPv6: it lies in a subnet without addresses to
// give.
const (
	ServerAddress  = "10.255.0.1"
	ServerAddress6 = "2001:db8:ff::1"
)

// writer writes one configuration.
type writer struct {
	r       *rand.Rand
	b       strings.Builder
	depth   int
	v6      bool
	subnets int // written so far
	hosts   int
	classes []string
	groups  []string
	named   int
	inPool  bool // where allow and deny are permits
}

// Write gives a configuration for DHCPv4, or DHCPv6.
func Write(seed uint64, v6 bool) []byte {
	w := &writer{r: rand.New(rand.NewPCG(seed, 0x64686370)), v6: v6}
	w.prologue()
	for range 2 + w.r.IntN(4) {
		w.class()
	}
	w.statements(1 + w.r.IntN(5))
	for range 1 + w.r.IntN(3) {
		w.host("")
	}
	if w.chance(70) {
		w.group(2)
	}
	if w.chance(80) {
		w.sharedNetwork()
	}
	for range 2 + w.r.IntN(3) {
		w.subnet()
	}
	if w.chance(50) {
		w.statements(1 + w.r.IntN(3))
	}
	return []byte(w.b.String())
}

func (w *writer) chance(percent int) bool { return w.r.IntN(100) < percent }

func (w *writer) pick(list ...string) string { return list[w.r.IntN(len(list))] }

func (w *writer) line(format string, args ...any) {
	w.b.WriteString(strings.Repeat("  ", w.depth))
	fmt.Fprintf(&w.b, format, args...)
	w.b.WriteByte('\n')
}

func (w *writer) block(head string, body func()) {
	w.line("%s {", head)
	w.depth++
	body()
	w.depth--
	w.line("}")
}

func (w *writer) prologue() {
	if w.v6 {
		w.line("option dhcp6.spot code 900 = text;")
		w.line("option space acme code width 2 length width 2;")
		w.line("option acme.one code 1 = text;")
		w.line("option acme.two code 2 = unsigned integer 16;")
		w.line("option vsio.acme code 4491 = encapsulate acme;")
		w.line("subnet6 2001:db8:ff::/64 { }")
	} else {
		w.line("ping-check false;")
		w.line("option spot code 200 = text;")
		w.line("option numbers code 201 = { unsigned integer 8, ip-address };")
		w.line("option space acme;")
		w.line("option acme.one code 1 = text;")
		w.line("option acme.two code 2 = unsigned integer 16;")
		w.line("option acme.three code 33 = ip-address;")
		w.line("option space site;")
		w.line("option site.spot code 230 = text;")
		w.line("subnet 10.255.0.0 netmask 255.255.255.0 { }")
	}
	w.line(`define twice(what) { return concat(pick-first-value(what, "none"), pick-first-value(what, "none")); }`)
	w.line(`define choose(what, which) { if what = which { return "same"; } return "other"; }`)
	if w.chance(60) {
		w.line("set color = %s;", w.pick(`"red"`, `"blue"`))
	}
	if w.chance(50) {
		w.line("authoritative;")
	}
}

// vendors, users and hosts are what clients say; conditions ask for it.
var (
	vendors = []string{"PXEClient:Arch:00000", "PXEClient:Arch:00007", "MSFT 5.0", "Acme-Phone-7", "acme"}
	users   = []string{"iPXE", "lab"}
	names   = []string{"alpha", "Beta", "gamma-1"}
	circuit = []string{"port1", "port2", "slot 3"}
)

func (w *writer) class() {
	name := fmt.Sprintf("c%d", len(w.classes))
	switch {
	case w.chance(50):
		w.block(fmt.Sprintf("class %q", name), func() {
			w.line("match if %s;", w.condition(2, false))
			w.statements(w.r.IntN(4))
			if w.chance(15) && !w.v6 {
				w.line("lease limit %d;", 1+w.r.IntN(3))
			}
		})
	case w.chance(75):
		what := w.pick("option vendor-class-identifier", "substring(option vendor-class-identifier, 0, 4)", "option agent.circuit-id", "hardware")
		if w.v6 {
			what = w.pick("option dhcp6.user-class", "substring(option dhcp6.client-id, 4, 5)", "v6relay(1, option dhcp6.interface-id)")
			what = strings.ReplaceAll(what, "dhcp6.user-class", "dhcp6.client-arch-type")
		}
		w.block(fmt.Sprintf("class %q", name), func() {
			w.line("match %s;", what)
			w.statements(w.r.IntN(3))
		})
		values := []string{`"MSFT 5.0"`, `"PXEC"`, `"port1"`, `"acme"`, "1:2:0:0:0:0:11", `"Acme"`}
		if w.v6 {
			values = []string{"00:07", "02:00:00:00:00", `"port1"`}
		}
		for _, v := range values {
			if !w.chance(70) {
				continue
			}
			if w.chance(50) {
				w.line("subclass %q %s;", name, v)
				continue
			}
			w.block(fmt.Sprintf("subclass %q %s", name, v), func() { w.statements(1 + w.r.IntN(2)) })
		}
	default:
		w.block(fmt.Sprintf("class %q", name), func() {
			if w.v6 {
				w.line("spawn with option dhcp6.client-arch-type;")
			} else {
				w.line("spawn with %s;", w.pick("option agent.circuit-id", "option user-class"))
				if w.chance(50) {
					w.line("lease limit %d;", 1+w.r.IntN(3))
				}
			}
			w.statements(w.r.IntN(2))
		})
	}
	w.classes = append(w.classes, name)
}

func (w *writer) group(depth int) {
	head, name := "group", ""
	if w.chance(40) {
		w.named++
		name = fmt.Sprintf("g%d", w.named)
		head += " " + name
	}
	w.block(head, func() {
		w.statements(1 + w.r.IntN(3))
		for range w.r.IntN(3) {
			w.host("")
		}
		if w.chance(60) {
			w.subnet()
		}
		if depth > 0 && w.chance(40) {
			w.group(depth - 1)
		}
		if w.chance(30) {
			w.class()
		}
	})
	if name != "" { // dhcpd knows it from here on
		w.groups = append(w.groups, name)
	}
}

func (w *writer) sharedNetwork() {
	w.block(fmt.Sprintf("shared-network n%d", w.subnets), func() {
		w.statements(w.r.IntN(3))
		first := w.subnets
		w.subnet()
		w.subnet()
		if w.chance(50) && !w.v6 {
			w.pool(first)
		}
	})
}

func (w *writer) subnet() {
	n := w.subnets
	w.subnets++
	head := fmt.Sprintf("subnet 10.0.%d.0 netmask 255.255.255.0", n)
	if w.v6 {
		head = fmt.Sprintf("subnet6 2001:db8:%x::/64", n)
	}
	w.block(head, func() {
		w.statements(w.r.IntN(4))
		if w.chance(60) {
			w.loose(n)
		}
		for range w.r.IntN(3) {
			w.pool(n)
		}
		if w.chance(30) {
			w.statements(1)
		}
		if w.chance(40) {
			w.host(w.fixed(n))
		}
		if w.chance(15) {
			w.class()
		}
		if w.chance(20) {
			w.line("%s;", w.pick("authoritative", "not authoritative"))
		}
	})
}

// loose writes a range outside of pools.
func (w *writer) loose(n int) {
	w.named++
	at := 10 + w.named%20*10
	if w.v6 {
		w.line("range6 2001:db8:%x::%x:10 2001:db8:%x::%x:%x;", n, w.named, n, w.named, 0x10+w.r.IntN(0xf0))
		if w.chance(30) {
			w.line("prefix6 2001:db8:%x:: 2001:db8:%x:: /%d;", 0x1000+w.named*256, 0x1000+w.named*256+w.r.IntN(64), 48)
		}
		return
	}
	word := ""
	if w.chance(15) {
		word = "dynamic-bootp "
	}
	w.line("range %s10.0.%d.%d 10.0.%d.%d;", word, n, at, n, at+w.r.IntN(9))
}

func (w *writer) pool(n int) {
	head := "pool"
	if w.v6 {
		head = "pool6"
	}
	w.block(head, func() {
		w.loose(n)
		if w.chance(50) {
			w.inPool = true
			w.statements(1 + w.r.IntN(2))
			w.inPool = false
		}
		for range w.r.IntN(3) {
			w.line("%s %s;", w.pick("allow", "deny"), w.permit())
		}
	})
}

func (w *writer) permit() string {
	list := []string{"known clients", "unknown-clients", "all clients", "unauthenticated clients"}
	if !w.v6 {
		list = append(list, "dynamic bootp clients")
	}
	if len(w.classes) > 0 && w.chance(60) {
		return fmt.Sprintf("members of %q", w.classes[w.r.IntN(len(w.classes))])
	}
	return w.pick(list...)
}

// fixed is a fixed address in a subnet.
func (w *writer) fixed(n int) string {
	if w.v6 {
		return fmt.Sprintf("2001:db8:%x::f%d", n, w.r.IntN(5))
	}
	return fmt.Sprintf("10.0.%d.%d", n, 220+w.r.IntN(20))
}

// host writes a host with one of the identities that clients have.
func (w *writer) host(address string) {
	w.hosts++
	w.block(fmt.Sprintf("host h%d", w.hosts), func() {
		k := w.r.IntN(6)
		switch {
		case w.v6 && w.chance(50):
			w.line("host-identifier option dhcp6.client-id 00:03:00:01:02:00:00:00:00:%02x;", 0x11+k)
		case w.chance(60):
			w.line("hardware ethernet 02:00:00:00:00:%02x;", 0x11+k)
		case w.v6:
			w.line("host-identifier v6relopt 1 dhcp6.interface-id \"port1\";")
		case w.chance(50):
			w.line("uid \"id%d\";", k)
		case w.chance(50):
			w.line("host-identifier option agent.circuit-id \"slot 3\";")
		default:
			w.line("option dhcp-client-identifier \"id%d\";", k)
		}
		if address == "" && w.chance(30) && w.subnets > 0 {
			address = w.fixed(w.r.IntN(w.subnets))
		}
		if address != "" {
			word := "fixed-address"
			if w.v6 {
				word = "fixed-address6"
			}
			w.line("%s %s;", word, address)
		}
		if w.v6 && w.chance(20) {
			w.line("fixed-prefix6 2001:db8:%x::/48;", 0x8000+w.hosts)
		}
		if len(w.groups) > 0 && w.chance(30) {
			w.line("group %s;", w.pick(w.groups...))
		}
		w.statements(w.r.IntN(4))
	})
}
