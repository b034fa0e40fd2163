package exchange_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/exchange"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

var (
	randomConfigurations = flag.Int("random-kea", 20, "how many random configurations of Kea TestParityRandom compares")
	randomSeed           = flag.Uint64("random-kea-seed", 1, "the seed of the first of them")
)

// TestParityRandom is TestParity with configurations and clients made by chance:
// what nobody has thought of. A configuration that differs is printed as an archive
// for golden/kea.
func TestParityRandom(t *testing.T) {
	for i := range *randomConfigurations {
		seed := *randomSeed + uint64(i)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			program := oracle.Kea(t, keaversion.V3_0, "dhcp4")
			if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
				t.Skip("frames in a namespace need root")
			}
			conf, clients := randomKea(rand.New(rand.NewPCG(seed, 7)))
			a := parityOf(t, conf, clients)
			var differences []string
			for range 3 {
				want, err := exchange.AskKea(t.Context(), program, a.conf, a.network, a.clients, nil)
				if err != nil {
					t.Fatalf("%v\n%s", err, conf)
				}
				got, err := exchange.AskKeasrv(t.Context(), a.conf, a.network, a.clients, want.Messages)
				if err != nil {
					t.Fatalf("%v\n%s", err, conf)
				}
				if differences = parityDifferences(a, want, got); len(differences) == 0 {
					return
				}
			}
			t.Errorf("%s\nSeed %d.\n-- kea.json --\n%s\n-- clients.txt --\n%s", strings.Join(differences, "\n"), seed, conf, strings.Join(clients, "\n"))
		})
	}
}

func parityOf(t *testing.T, conf []byte, lines []string) *parityArchive {
	t.Helper()
	a := &parityArchive{network: parityNetwork, skip: map[string]bool{}}
	var err error
	if a.conf, _, err = keaconf.ReadDHCP4("kea.json", conf, nil); err != nil {
		t.Fatalf("%v\n%s", err, conf)
	}
	for _, line := range lines {
		c, err := client.ParseList(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		a.clients = append(a.clients, c...)
	}
	return a
}

// keaMaker makes a configuration by chance.
type keaMaker struct {
	*rand.Rand
	classes []string
	ids     int
}

type object = map[string]any

func randomKea(r *rand.Rand) ([]byte, []string) {
	m := &keaMaker{Rand: r}
	conf := object{"valid-lifetime": 1000 + m.IntN(3)*1000}
	m.parameters(conf, true)
	m.maybe(conf, 3, "echo-client-id", m.truth)
	m.maybe(conf, 3, "early-global-reservations-lookup", m.truth)
	m.maybe(conf, 3, "stash-agent-options", m.truth)
	if m.one(3) {
		ids := []string{"hw-address", "client-id", "circuit-id", "duid"}
		m.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		conf["host-reservation-identifiers"] = ids[:1+m.IntN(len(ids))]
	}
	if m.one(4) {
		conf["compatibility"] = object{pick(m, "ignore-rai-link-selection", "ignore-dhcp-server-identifier", "exclude-first-last-24", "lenient-option-parsing"): true}
	}
	if m.one(3) {
		conf["dhcp-ddns"] = object{"enable-updates": m.truth()}
	}
	conf["client-classes"] = m.clientClasses()
	conf["option-data"] = m.options(3)
	conf["option-def"] = []object{{"name": "own", "code": 222, "type": "string"}, {"name": "enc", "code": 223, "type": "empty", "encapsulate": "inner"}, {"name": "in1", "code": 1, "space": "inner", "type": "uint8"}}
	if m.one(2) {
		conf["reservations"] = m.reservations(0)
	}
	alone := []object{}
	for range 1 + m.IntN(2) {
		alone = append(alone, m.subnet())
	}
	conf["subnet4"] = alone
	networks := []object{}
	for i := range m.IntN(3) {
		n := object{"name": fmt.Sprintf("net%d", i)}
		m.parameters(n, false)
		delete(n, "authoritative") // has to be the same in its subnets
		delete(n, "match-client-id")
		m.guards(n, 6)
		if m.one(2) {
			n["option-data"] = m.options(2)
		}
		if m.one(4) {
			n["relay"] = object{"ip-addresses": []string{fmt.Sprintf("10.200.%d.1", i)}}
		}
		subnets := []object{}
		for range 1 + m.IntN(3) {
			s := m.subnet()
			delete(s, "authoritative")
			delete(s, "match-client-id")
			subnets = append(subnets, s)
		}
		n["subnet4"] = subnets
		networks = append(networks, n)
	}
	conf["shared-networks"] = networks
	text, err := json.Marshal(object{"Dhcp4": conf})
	if err != nil {
		panic(err) // maps and texts
	}
	var clients []string
	for range 14 {
		clients = append(clients, m.client())
	}
	return text, clients
}

func (m *keaMaker) one(in int) bool { return m.IntN(in) == 0 }

func (m *keaMaker) truth() any { return m.one(2) }

func (m *keaMaker) maybe(o object, in int, key string, value func() any) {
	if m.one(in) {
		o[key] = value()
	}
}

func pick[T any](m *keaMaker, of ...T) T { return of[m.IntN(len(of))] }

// parameters are what scopes inherit.
func (m *keaMaker) parameters(o object, global bool) {
	number := func(of ...int) func() any { return func() any { return pick(m, of...) } }
	text := func(of ...string) func() any { return func() any { return pick(m, of...) } }
	if m.one(5) {
		v := 1000 + m.IntN(3)*1000
		o["min-valid-lifetime"], o["valid-lifetime"], o["max-valid-lifetime"] = v-500, v, v+500
	} else if !global {
		m.maybe(o, 4, "valid-lifetime", number(600, 1500, 5000))
		if _, ok := o["valid-lifetime"]; ok {
			o["min-valid-lifetime"], o["max-valid-lifetime"] = 100, 9000
		}
	}
	m.maybe(o, 5, "renew-timer", number(100, 700, 3000))
	m.maybe(o, 5, "rebind-timer", number(200, 800, 4000))
	m.maybe(o, 4, "calculate-tee-times", m.truth)
	m.maybe(o, 6, "t1-percent", func() any { return pick(m, 0.3, 0.45) })
	m.maybe(o, 6, "t2-percent", func() any { return pick(m, 0.6, 0.95) })
	m.maybe(o, 5, "match-client-id", m.truth)
	m.maybe(o, 5, "authoritative", m.truth)
	m.maybe(o, 5, "cache-threshold", func() any { return pick(m, 0.0, 0.5) })
	m.maybe(o, 6, "cache-max-age", number(0, 500))
	m.maybe(o, 7, "offer-lifetime", number(0, 60))
	m.maybe(o, 5, "next-server", text("10.9.9.9", "0.0.0.0"))
	m.maybe(o, 5, "server-hostname", text("srv", ""))
	m.maybe(o, 5, "boot-file-name", text("boot", ""))
	m.maybe(o, 5, "store-extended-info", m.truth)
	m.maybe(o, 4, "reservations-global", m.truth)
	m.maybe(o, 4, "reservations-in-subnet", m.truth)
	m.maybe(o, 5, "reservations-out-of-pool", m.truth)
	if on, set := o["reservations-in-subnet"].(bool); set && !on {
		delete(o, "reservations-out-of-pool")
	}
	m.maybe(o, 5, "hostname-char-set", text("[^A-Za-z0-9.-]", "[x-z]", ""))
	m.maybe(o, 5, "hostname-char-replacement", text("", "Q"))
	m.maybe(o, 4, "ddns-replace-client-name", text("never", "always", "when-present", "when-not-present"))
	m.maybe(o, 5, "ddns-generated-prefix", text("gen", "host"))
	m.maybe(o, 4, "ddns-qualifying-suffix", text("example.org", "test.", ""))
	m.maybe(o, 6, "ddns-send-updates", m.truth)
	m.maybe(o, 6, "ddns-override-no-update", m.truth)
	m.maybe(o, 6, "ddns-override-client-update", m.truth)
}

var randomOptions = []object{
	{"name": "routers", "data": "10.0.0.1"}, {"name": "domain-name-servers", "data": "10.0.0.2, 10.0.0.3"}, {"name": "domain-name", "data": "example.com"},
	{"name": "ntp-servers", "data": "10.0.0.4"}, {"name": "log-servers", "data": "10.0.0.5"}, {"name": "host-name", "data": "configured"}, {"name": "root-path", "data": "/root"},
	{"name": "own", "data": "text"}, {"name": "enc"}, {"name": "in1", "space": "inner", "data": "7"}, {"name": "boot-file-name", "data": "b67"}, {"name": "tftp-server-name", "data": "t66"},
	{"name": "dhcp-server-identifier", "data": "10.0.0.1"}, {"name": "v6-only-preferred", "data": "1800"}, {"name": "vendor-encapsulated-options"},
	{"code": 5, "space": "vendor-encapsulated-options-space", "csv-format": false, "data": "0102"}, {"name": "vivso-suboptions", "data": "4491"}, {"name": "vivso-suboptions", "data": "25623"},
	{"name": "tftp-servers", "space": "vendor-4491", "data": "10.0.0.6"}, {"code": 9, "space": "vendor-25623", "csv-format": false, "data": "aabb"}, {"code": 231, "csv-format": false, "data": "c0ffee"},
	{"name": "domain-search", "data": "a.example, b.example"}, {"name": "dhcp-message", "data": "hello"}, {"name": "subnet-mask", "data": "255.255.0.0"}, {"name": "dhcp-renewal-time", "data": "33"},
}

// options are some options; none comes twice for the same clients.
func (m *keaMaker) options(about int) []object {
	out := []object{}
	said := map[string]bool{}
	for range m.IntN(2*about + 1) {
		o := object{}
		for k, v := range pick(m, randomOptions...) {
			o[k] = v
		}
		key := fmt.Sprint(o["name"], o["code"], o["space"])
		if said[key] {
			continue
		}
		said[key] = true
		if text, ok := o["data"].(string); ok && strings.HasPrefix(text, "10.0.0.") && o["name"] != "dhcp-server-identifier" {
			o["data"] = fmt.Sprintf("10.0.%d.%d", m.IntN(9), m.IntN(200)+1)
		}
		m.maybe(o, 6, "always-send", m.truth)
		m.maybe(o, 10, "never-send", m.truth)
		if len(m.classes) > 0 && m.one(6) {
			o["client-classes"] = []string{pick(m, m.classes...)}
		}
		out = append(out, o)
	}
	return out
}

func (m *keaMaker) clientClasses() []object {
	tests := []string{"option[60].text == 'a'", "option[60].text == 'b'", "option[60].exists", "substring(pkt4.mac, 5, 1) == 0x03", "relay4[1].hex == 'c1'", "member('KNOWN')", "not member('KNOWN')",
		"member('UNKNOWN') and option[60].exists", "pkt4.msgtype == 3", "option[12].text == 'name'", "substring(option[61].hex, 1, 1) == 0x09", "option[55].hex == 0x01", "pkt4.giaddr == 10.1.0.1", "hexstring(pkt4.mac, ':') == '02:00:00:00:00:02'"}
	out := []object{}
	for i := range 3 + m.IntN(4) {
		name := fmt.Sprintf("c%d", i)
		k := object{"name": name}
		switch {
		case m.one(7):
			k["template-test"] = "substring(option[60].text, 0, all)"
		case m.one(6): // joined in other ways
		case i > 0 && m.one(4):
			k["test"] = fmt.Sprintf("%smember('%s')", pick(m, "", "not "), pick(m, m.classes...))
		default:
			k["test"] = pick(m, tests...)
		}
		m.maybe(k, 4, "only-in-additional-list", m.truth)
		if m.one(4) {
			v := 300 + m.IntN(4)*100
			k["valid-lifetime"] = v
			if m.one(2) {
				k["min-valid-lifetime"], k["max-valid-lifetime"] = v-100, v+100
			}
		}
		m.maybe(k, 5, "next-server", func() any { return "10.8.8.8" })
		m.maybe(k, 5, "boot-file-name", func() any { return "cls" + name })
		m.maybe(k, 5, "server-hostname", func() any { return "srv" + name })
		m.maybe(k, 10, "offer-lifetime", func() any { return pick(m, 0, 30) })
		k["option-data"] = m.options(1)
		m.classes = append(m.classes, name)
		out = append(out, k)
	}
	if m.one(4) {
		out = append(out, object{"name": "SPAWN_c0_a", "option-data": m.options(1)})
	}
	return out
}

func (m *keaMaker) guards(o object, in int) {
	if m.one(in) {
		o["client-classes"] = []string{pick(m, m.classes...)}
	}
	if m.one(in) {
		o["evaluate-additional-classes"] = []string{pick(m, m.classes...)}
	}
}

func (m *keaMaker) subnet() object {
	m.ids++
	n := m.ids
	s := object{"id": n, "subnet": fmt.Sprintf("10.%d.0.0/24", n)}
	m.parameters(s, false)
	m.guards(s, 6)
	s["option-data"] = m.options(2)
	pools := []object{}
	first := 10
	for i := range m.IntN(4) {
		last := first + m.IntN(4)
		p := object{"pool": fmt.Sprintf("10.%[1]d.0.%[2]d - 10.%[1]d.0.%[3]d", n, first, last)}
		m.guards(p, 5)
		if m.one(3) {
			p["option-data"] = m.options(1)
		}
		if m.one(4) {
			p["pool-id"] = i + 1
		}
		m.maybe(p, 8, "ddns-qualifying-suffix", func() any { return "pool.example" })
		pools = append(pools, p)
		first = last + 1 + m.IntN(5)
	}
	s["pools"] = pools
	if m.one(2) {
		s["reservations"] = m.reservations(n)
	}
	return s
}

// reservations are of different clients and addresses.
func (m *keaMaker) reservations(subnet int) []object {
	out := []object{}
	macs, addresses := m.Perm(6), m.Perm(14)
	for i := range 1 + m.IntN(3) {
		r := object{}
		mac := macs[i] + 1
		switch m.IntN(5) {
		case 0:
			r["client-id"] = fmt.Sprintf("01:%02x", mac)
		case 1:
			r["circuit-id"] = fmt.Sprintf("'c%d'", mac%3)
			r["hostname"] = fmt.Sprintf("circuit%d", i)
		default:
			r["hw-address"] = fmt.Sprintf("02:00:00:00:00:%02x", mac)
		}
		if _, circuit := r["circuit-id"]; circuit && i > 0 {
			continue // two of them could be the same
		}
		if m.one(2) {
			n := subnet
			if n == 0 {
				n = 1 + m.IntN(3)
			}
			r["ip-address"] = fmt.Sprintf("10.%d.0.%d", n, 8+addresses[i])
		}
		m.maybe(r, 3, "hostname", func() any { return pick(m, "reserved", "Full.Name.", "with.dots") })
		m.maybe(r, 4, "client-classes", func() any { return []string{pick(m, m.classes...)} })
		m.maybe(r, 4, "next-server", func() any { return "10.7.7.7" })
		m.maybe(r, 4, "boot-file-name", func() any { return "hostboot" })
		if m.one(3) {
			r["option-data"] = m.options(1)
		}
		out = append(out, r)
	}
	return out
}

func (m *keaMaker) client() string {
	mac := 1 + m.IntN(8)
	words := []string{fmt.Sprintf("mac=02:00:00:00:00:%02x", mac), fmt.Sprintf("relay=10.%d.0.1", 1+m.IntN(max(m.ids, 1)))}
	add := func(in int, word func() string) {
		if m.one(in) {
			words = append(words, word())
		}
	}
	add(3, func() string { return "vendor-class=" + pick(m, "a", "b", "x") })
	add(3, func() string { return fmt.Sprintf("client-id=01:%02x", pick(m, mac, 9)) })
	add(4, func() string { return fmt.Sprintf("circuit-id=c%d", m.IntN(3)) })
	add(3, func() string {
		return "hostname=" + pick(m, "name", "Name.Sub", "xyz_1", "full.example.org.", "a..b")
	})
	add(4, func() string {
		return "opt81=" + pick(m, "0x0100006e616d65", "0x0500000466756c6c076578616d706c6500", "0x00000068", "0x080000686f7374", "0x050000", "0x04000003616263")
	})
	add(4, func() string { return fmt.Sprintf("lease-time=%d", pick(m, 60, 1200, 100000)) })
	add(5, func() string { return fmt.Sprintf("request=10.%d.0.%d", 1+m.IntN(3), 9+m.IntN(10)) })
	add(8, func() string { return "opt124=0x0000118b03026162" })
	add(8, func() string { return "opt125=0x0000118b0401020209" })
	add(9, func() string { return fmt.Sprintf("link-selection=10.%d.0.0", 1+m.IntN(3)) })
	add(9, func() string { return fmt.Sprintf("subnet-selection=10.%d.0.0", 1+m.IntN(3)) })
	add(9, func() string { return "broadcast" })
	words = append(words, "prl="+pick(m, "1,3,6,15", "1,3,6,12,15,42,43,66,67", "7,17,222,223,231", "108,1,3", "51,54,56,58,59,119,125", "1,3,12,81,4,7"))
	words = append(words, "do="+pick(m, "discover,request", "discover,request,renew", "discover,request,rebind", "discover", "reboot", "discover,request,release", "discover,request,decline", "inform", "renew", "discover,request,reboot", "rebind"))
	return strings.Join(words, " ")
}
