package translator

import (
	"slices"
	"strconv"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// A subnet of a shared network can change while Kea looks for an address, so it
// puts a client into the classes of its reservation only when it has the address
// (measured on 2.2.0, 2.6.3 and 3.0.4): too late for lifetimes, for tests that
// name these classes, and for DROP. There the classes look at what the host is
// recognised by themselves.

// mostSharedHosts is how many identifiers such tests may name altogether: Kea
// evaluates them for each packet.
const mostSharedHosts = 256

// sharedNetworkHosts gives the classes of reservations in shared networks tests.
func (t *translation) sharedNetworkHosts() {
	index := map[string]int{} // classes without a test
	for i, c := range t.classes {
		if c.Test == "" && c.TemplateTest == "" && !onlyForAnswers(c.Name) {
			index[c.Name] = i
		}
	}
	type wanted struct {
		class, test string
	}
	var list []wanted
	untested := false
	seen := map[wanted]bool{}
	var scopes []*model.Scope
	for _, r := range t.hosts {
		if r.subnet == nil || !r.subnet.Network.Explicit() {
			continue
		}
		res := t.reservation(r)
		for _, class := range res.ClientClasses {
			if _, ok := index[class]; !ok {
				continue
			}
			if len(scopes) == 0 || scopes[len(scopes)-1] != &r.from.Scope {
				scopes = append(scopes, &r.from.Scope)
			}
			test := t.identityTest(res)
			if test == "" {
				untested = true
				continue
			}
			l := t.at(r.subnet.Network)
			if where := l.test; where != "" {
				if l.relayed { // those without a relay may be there
					where = anyTest([]string{where, t.withoutRelay()})
				}
				test = all([]string{test, where})
			}
			if w := (wanted{class, test}); !seen[w] {
				seen[w] = true
				list = append(list, w)
			}
		}
	}
	if len(list) > mostSharedHosts || untested {
		f := Finding{
			Code: "host-classes-late", Severity: S3, Verdict: Approximated,
			Fields:   []string{"lease-time", "preferred-lifetime", "T1", "T2", "options", "siaddr", "sname", "file", "answered"},
			Clients:  "hosts with addresses in shared networks that set lifetimes or have conditions, and those with BOOTP",
			Audience: Audience{Scopes: scopes},
			Message:  "Kea puts a client into the classes of its reservation in a shared network only when it has the address: too late for lifetimes, for tests of other classes, and for refusing it.",
			Remedy:   "give the subnets of such hosts no shared network, or set lifetimes for the whole subnet",
		}
		t.ledger.add(nil, f, t.root()+"/client-classes")
	}
	if len(list) > mostSharedHosts {
		return
	}
	tests := map[string][]string{}
	for _, w := range list {
		tests[w.class] = append(tests[w.class], w.test)
	}
	// First of all, so that what a host sets wins over what classes set.
	var first, others []keaconf.ClientClass
	for _, c := range t.classes {
		if some := tests[c.Name]; some != nil {
			// Elsewhere a client has no reservation.
			c.Test = all([]string{isKnown, anyTest(some)})
			first = append(first, c)
		} else {
			others = append(others, c)
		}
	}
	t.classes = slices.Concat(first, others)
	t.shiftClasses(len(first))
}

// shiftClasses corrects the places of findings after so many classes were put
// before those that they name.
func (t *translation) shiftClasses(by int) {
	list := t.root() + "/client-classes/"
	for i := range t.ledger.findings {
		for j, pointer := range t.ledger.findings[i].Places {
			rest, ok := strings.CutPrefix(pointer, list)
			if !ok {
				continue
			}
			number, inside, deeper := strings.Cut(rest, "/")
			n, err := strconv.Atoi(number)
			if err != nil {
				continue
			}
			moved := list + strconv.Itoa(n+by)
			if deeper {
				moved += "/" + inside
			}
			t.ledger.findings[i].Places[j] = moved
		}
	}
}

// onlyForAnswers reports whether a class is needed only when the client has its
// address.
func onlyForAnswers(name string) bool {
	return name == skipDDNS || name == outsidePools ||
		slices.ContainsFunc([]string{"named-", "vendor-of-", "computed-host-"}, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// identityTest tests whether a client is the one of a reservation; "" if that takes
// a hook.
func (t *translation) identityTest(res *keaconf.Reservation) string {
	hex := func(text string) string { return "0x" + strings.ReplaceAll(text, ":", "") }
	switch {
	case t.v6() && res.DUID != "":
		return "option[1].hex == " + hex(res.DUID)
	case t.v6() && res.HWAddress != "":
		return duidTest(hex(res.HWAddress))
	case t.v6():
		return ""
	case res.HWAddress != "":
		return "pkt4.mac == " + hex(res.HWAddress)
	case res.ClientID != "":
		return "option[61].hex == " + hex(res.ClientID)
	case res.Extra != nil && res.Extra.CircuitID != "":
		return "relay4[1].hex == " + hex(res.Extra.CircuitID)
	}
	return ""
}

// duidTest tests for the Ethernet address in a DUID, with or without a time in it
// (RFC 8415 section 11): it is what dhcpd takes for the hardware address.
func duidTest(address string) string {
	const ethernet, link, linkTime = "0001", "0x0003", "0x0001"
	return anyTest([]string{
		"option[1].hex == " + link + ethernet + strings.TrimPrefix(address, "0x"),
		all([]string{"substring(option[1].hex, 0, 4) == " + linkTime + ethernet, "substring(option[1].hex, 8, all) == " + address}),
	})
}

// withoutRelay tests for clients that are on a link of the server itself.
func (t *translation) withoutRelay() string {
	if t.v6() {
		return "relay6[-1].linkaddr == ''"
	}
	return "pkt4.giaddr == 0.0.0.0"
}

var sharedHostCodes = []CodeInfo{
	{"host-classes-late", S3, "Hosts in shared networks and their classes",
		"What a host sets beyond options and boot fields, and what conditions in it set, needs client classes that its reservation names. In a shared network Kea puts a client into these classes only when it has the address, which is too late for lifetimes, for tests of other classes, and for refusing a BOOTP client. With up to 256 identifiers the classes get tests on the hardware address, the client identifier or the DUID instead; with more this finding names the hosts."},
}
