package verify_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
)

// A mutation is one fault that somebody could make in a configuration of Kea.
type mutation struct {
	name  string // what is done, and where
	apply func(root map[string]any)
}

// tree turns a configuration into maps and lists that can be changed.
func tree(n *keaconf.Node) any {
	switch n.Kind {
	case keaconf.Map:
		m := map[string]any{}
		for i := range n.Items {
			m[n.Items[i].Key] = tree(&n.Items[i])
		}
		return m
	case keaconf.Array:
		list := make([]any, len(n.Items))
		for i := range n.Items {
			list[i] = tree(&n.Items[i])
		}
		return list
	}
	return n.Value()
}

// copyOf is a copy of a tree.
func copyOf(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := map[string]any{}
		for k, x := range v {
			m[k] = copyOf(x)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = copyOf(v[i])
		}
		return list
	}
	return v
}

// path leads to a map within a tree.
type path []any

func (p path) String() string {
	var b strings.Builder
	for _, k := range p {
		fmt.Fprint(&b, "/", k)
	}
	return b.String()
}

func (p path) in(root map[string]any) map[string]any {
	var v any = root
	for _, k := range p {
		switch k := k.(type) {
		case string:
			v = v.(map[string]any)[k]
		case int:
			v = v.([]any)[k]
		}
	}
	return v.(map[string]any)
}

// planner collects the mutations of a configuration.
type planner struct {
	root map[string]any
	list []mutation
}

// mutations are all faults that can be planted in a configuration, one at a time.
func mutations(root map[string]any) []mutation {
	p := &planner{root: root}
	p.scope(path{"Dhcp4"}, "global")
	return p.list
}

func (p *planner) add(at path, what string, change func(m map[string]any)) {
	p.list = append(p.list, mutation{fmt.Sprintf("%s: %s", at, what), func(root map[string]any) { change(at.in(root)) }})
}

func listOf(m map[string]any, key string) []any {
	list, _ := m[key].([]any)
	return list
}

func with(p path, keys ...any) path { return append(slices.Clone(p), keys...) }

func (p *planner) scope(at path, kind string) {
	m := at.in(p.root)
	p.options(at, m, kind)
	p.parameters(at, m)
	for i, r := range listOf(m, "reservations") {
		p.drop(at, "reservations", i, "reservation lost")
		p.reservation(with(at, "reservations", i), r.(map[string]any))
	}
	for i, c := range listOf(m, "client-classes") {
		if class, ok := c.(map[string]any); ok { // subnets have a list of names there
			p.class(with(at, "client-classes", i), class)
		}
	}
	for i := range listOf(m, "pools") {
		p.drop(at, "pools", i, "pool lost")
		p.pool(with(at, "pools", i))
	}
	for i := range listOf(m, "subnet4") {
		p.drop(at, "subnet4", i, "subnet lost")
		p.scope(with(at, "subnet4", i), "subnet")
	}
	for i := range listOf(m, "shared-networks") {
		p.dissolve(at, i)
		p.scope(with(at, "shared-networks", i), "network")
	}
	p.turns(at, m, kind)
	if kind != "global" {
		p.guards(at, m)
	}
}

func (p *planner) drop(at path, key string, i int, what string) {
	p.add(at, fmt.Sprintf("%s: %s/%d", what, key, i), func(m map[string]any) {
		m[key] = slices.Delete(slices.Clone(m[key].([]any)), i, i+1)
	})
}

// options changes, drops and moves options.
func (p *planner) options(at path, m map[string]any, kind string) {
	for i, o := range listOf(m, "option-data") {
		o := o.(map[string]any)
		p.drop(at, "option-data", i, "option dropped")
		if data, ok := o["data"].(string); ok {
			if other, ok := otherValue(data, o["csv-format"]); ok {
				p.add(with(at, "option-data", i), "option changed to "+other, func(m map[string]any) { m["data"] = other })
			}
		}
		if on, ok := o["always-send"].(bool); ok && on {
			p.add(with(at, "option-data", i), "no longer sent always", func(m map[string]any) { delete(m, "always-send") })
		} else {
			p.add(with(at, "option-data", i), "sent always", func(m map[string]any) { m["always-send"] = true })
		}
		p.add(with(at, "option-data", i), "never sent", func(m map[string]any) { m["never-send"] = true })
		if data, ok := o["data"].(string); ok && strings.Contains(data, ", ") {
			p.add(with(at, "option-data", i), "values in another order", func(m map[string]any) {
				list := strings.Split(data, ", ")
				slices.Reverse(list)
				m["data"] = strings.Join(list, ", ")
			})
		}
		if o["client-classes"] != nil {
			p.add(with(at, "option-data", i), "option for everybody", func(m map[string]any) { delete(m, "client-classes") })
		}
		to := path{"Dhcp4"}
		if kind == "global" {
			to = p.firstSubnet()
		}
		if to != nil {
			p.list = append(p.list, mutation{fmt.Sprintf("%s: option-data/%d moved to %s", at, i, to), func(root map[string]any) {
				from, target := at.in(root), to.in(root)
				target["option-data"] = append(slices.Clone(listOf(target, "option-data")), from["option-data"].([]any)[i])
				from["option-data"] = slices.Delete(slices.Clone(from["option-data"].([]any)), i, i+1)
			}})
		}
	}
}

func (p *planner) firstSubnet() path {
	top := p.root["Dhcp4"].(map[string]any)
	if len(listOf(top, "subnet4")) > 0 {
		return path{"Dhcp4", "subnet4", 0}
	}
	for i, n := range listOf(top, "shared-networks") {
		if len(listOf(n.(map[string]any), "subnet4")) > 0 {
			return path{"Dhcp4", "shared-networks", i, "subnet4", 0}
		}
	}
	return nil
}

var lastNumber = regexp.MustCompile(`[0-9]+$`)

// otherValue is another value of the same type.
func otherValue(data string, csv any) (string, bool) {
	if csv == false || data == "" {
		if len(data) < 2 {
			return "", false
		}
		last := byte('1')
		if data[len(data)-1] == '1' {
			last = '2'
		}
		return data[:len(data)-1] + string(last), true
	}
	switch data {
	case "true":
		return "false", true
	case "false":
		return "true", true
	}
	if n := lastNumber.FindString(data); n != "" && len(n) < 10 {
		v, _ := strconv.Atoi(n)
		other := v + 1
		if v >= 254 {
			other = v - 1
		}
		return strings.TrimSuffix(data, n) + strconv.Itoa(other), true
	}
	return data + "x", true
}

var numbers = []string{"valid-lifetime", "min-valid-lifetime", "max-valid-lifetime", "renew-timer", "rebind-timer", "offer-lifetime"}
var flags = []string{"authoritative", "match-client-id", "reservations-global", "reservations-in-subnet", "reservations-out-of-pool", "calculate-tee-times",
	"early-global-reservations-lookup", "ip-reservations-unique", "stash-agent-options"}
var texts = []string{"boot-file-name", "server-hostname", "hostname"}

// parameters alters lifetimes, the fields for booting and switches.
func (p *planner) parameters(at path, m map[string]any) {
	for _, key := range numbers {
		if n, ok := m[key].(int64); ok {
			p.add(at, fmt.Sprintf("%s one more", key), func(m map[string]any) { m[key] = n + 1 })
			p.add(at, fmt.Sprintf("%s dropped", key), func(m map[string]any) { delete(m, key) })
		}
	}
	for _, key := range flags {
		if on, ok := m[key].(bool); ok {
			p.add(at, fmt.Sprintf("%s is %v", key, !on), func(m map[string]any) { m[key] = !on })
		}
	}
	for _, key := range texts {
		if text, ok := m[key].(string); ok && text != "" {
			p.add(at, key+" changed", func(m map[string]any) { m[key] = text + "x" })
			p.add(at, key+" dropped", func(m map[string]any) { delete(m, key) })
		}
	}
	if _, ok := m["min-valid-lifetime"].(int64); ok {
		p.add(at, "min-valid-lifetime is max-valid-lifetime", func(m map[string]any) {
			if most, ok := m["max-valid-lifetime"].(int64); ok {
				m["min-valid-lifetime"] = most
			}
		})
	}
	if text, ok := m["next-server"].(string); ok && text != "" && text != "0.0.0.0" {
		if a, err := netip.ParseAddr(text); err == nil {
			p.add(at, "next-server changed", func(m map[string]any) { m["next-server"] = a.Next().String() })
			p.add(at, "next-server dropped", func(m map[string]any) { delete(m, "next-server") })
		}
	}
}

func (p *planner) reservation(at path, m map[string]any) {
	p.options(at, m, "reservation")
	p.parameters(at, m)
	if text, ok := m["ip-address"].(string); ok {
		if a, err := netip.ParseAddr(text); err == nil {
			p.add(at, "another address", func(m map[string]any) { m["ip-address"] = a.Next().String() })
			p.add(at, "no address", func(m map[string]any) { delete(m, "ip-address") })
		}
	}
	for _, key := range []string{"hw-address", "client-id", "flex-id", "circuit-id"} {
		if text, ok := m[key].(string); ok && len(text) > 2 {
			last := "0"
			if strings.HasSuffix(text, "0") {
				last = "1"
			}
			p.add(at, key+" of another client", func(m map[string]any) { m[key] = text[:len(text)-1] + last })
		}
	}
	if text, ok := m["hw-address"].(string); ok {
		p.add(at, "recognised by its client identifier", func(m map[string]any) {
			m["client-id"] = "01:" + text
			delete(m, "hw-address")
		})
	}
	if text, ok := m["client-id"].(string); ok {
		if mac, ok := strings.CutPrefix(text, "01"); ok && len(strings.ReplaceAll(mac, ":", "")) == 12 {
			p.add(at, "recognised by its hardware address", func(m map[string]any) {
				m["hw-address"] = strings.TrimPrefix(mac, ":")
				delete(m, "client-id")
			})
		}
	}
	if len(listOf(m, "client-classes")) > 0 {
		p.add(at, "without its classes", func(m map[string]any) { delete(m, "client-classes") })
	}
}

var (
	length       = regexp.MustCompile(`substring\([^(),]*, *[0-9]+, *([0-9]+)\)`)
	optionNumber = regexp.MustCompile(`option\[([0-9]+)\]`)
)

var literal = regexp.MustCompile(`'([^']+)'`)

func (p *planner) class(at path, m map[string]any) {
	p.options(at, m, "class")
	p.parameters(at, m)
	test, ok := m["test"].(string)
	if !ok || test == "" {
		return
	}
	p.add(at, "test inverted", func(m map[string]any) { m["test"] = "not (" + test + ")" })
	p.add(at, "nobody is a member", func(m map[string]any) { m["test"] = "not (member('ALL'))" })
	if at := literal.FindStringSubmatchIndex(test); at != nil {
		other := test[:at[3]-1] + "_" + test[at[3]:]
		p.add(p.pathOf(m), "another text in the test: "+other, func(m map[string]any) { m["test"] = other })
	}
	if at := length.FindStringSubmatchIndex(test); at != nil {
		n, _ := strconv.Atoi(test[at[2]:at[3]])
		other := fmt.Sprint(test[:at[2]], n+1, test[at[3]:])
		p.add(p.pathOf(m), "another length in the test: "+other, func(m map[string]any) { m["test"] = other })
	}
	if at := optionNumber.FindStringSubmatchIndex(test); at != nil {
		n, _ := strconv.Atoi(test[at[2]:at[3]])
		other := fmt.Sprint(test[:at[2]], n+1, test[at[3]:])
		p.add(p.pathOf(m), "another option in the test: "+other, func(m map[string]any) { m["test"] = other })
	}
	for _, pair := range [][2]string{{" and ", " or "}, {" or ", " and "}, {"==", "!="}} {
		if i := strings.Index(test, pair[0]); i >= 0 {
			other := test[:i] + pair[1] + test[i+len(pair[0]):]
			p.add(at, fmt.Sprintf("%s for %s in the test", pair[1], pair[0]), func(m map[string]any) { m["test"] = other })
		}
	}
}

// dissolve makes the subnets of a shared network those of the server, without what the
// network has set for them.
func (p *planner) dissolve(at path, n int) {
	p.add(at, fmt.Sprintf("shared network dissolved: shared-networks/%d", n), func(m map[string]any) {
		networks := listOf(m, "shared-networks")
		network := networks[n].(map[string]any)
		m["subnet4"] = append(slices.Clone(listOf(m, "subnet4")), listOf(network, "subnet4")...)
		m["shared-networks"] = slices.Delete(slices.Clone(networks), n, n+1)
	})
}

// turns sets what is not there, and turns what is.
func (p *planner) turns(at path, m map[string]any, kind string) {
	if kind == "subnet" || kind == "network" {
		if m["authoritative"] == nil {
			on, _ := p.root["Dhcp4"].(map[string]any)["authoritative"].(bool)
			p.add(at, fmt.Sprintf("authoritative is %v here", !on), func(m map[string]any) { m["authoritative"] = !on })
		}
		if m["next-server"] == nil {
			p.add(at, "a next-server of its own", func(m map[string]any) { m["next-server"] = "192.0.2.77" })
		}
		if m["boot-file-name"] == nil {
			p.add(at, "a boot file of its own", func(m map[string]any) { m["boot-file-name"] = "other" })
		}
		if m["server-hostname"] == nil {
			p.add(at, "a server name of its own", func(m map[string]any) { m["server-hostname"] = "other" })
		}
	}
	if relay, ok := m["relay"].(map[string]any); ok && len(listOf(relay, "ip-addresses")) > 0 {
		p.add(at, "without addresses of relays", func(m map[string]any) { delete(m, "relay") })
	}
	if kind != "global" {
		return
	}
	if m["match-client-id"] == nil {
		p.add(at, "match-client-id is false", func(m map[string]any) { m["match-client-id"] = false })
	}
	classes := listOf(m, "client-classes")
	for i := range len(classes) - 1 {
		p.add(at, fmt.Sprintf("client-classes/%d and the next in another order", i), func(m map[string]any) {
			list := slices.Clone(listOf(m, "client-classes"))
			list[i], list[i+1] = list[i+1], list[i]
			m["client-classes"] = list
		})
	}
	for i := range listOf(m, "hooks-libraries") {
		p.drop(at, "hooks-libraries", i, "hook library lost")
	}
}

// pathOf finds a class again.
func (p *planner) pathOf(m map[string]any) path {
	for i, c := range listOf(p.root["Dhcp4"].(map[string]any), "client-classes") {
		if c.(map[string]any)["name"] == m["name"] {
			return path{"Dhcp4", "client-classes", i}
		}
	}
	return nil
}

func (p *planner) pool(at path) {
	m := at.in(p.root)
	p.options(at, m, "pool")
	p.guards(at, m)
	first, last, err := keaconf.ParsePool(m["pool"].(string))
	if err != nil {
		return
	}
	change := func(what string, first, last netip.Addr) {
		if first.IsValid() && last.IsValid() && first.Compare(last) <= 0 {
			p.add(at, what, func(m map[string]any) { m["pool"] = fmt.Sprintf("%s - %s", first, last) })
		}
	}
	change("pool shifted up", first.Next(), last.Next())
	change("pool shifted down", first.Prev(), last.Prev())
	change("pool without its first address", first.Next(), last)
	change("pool without its last address", first, last.Prev())
	change("pool with an address more", first, last.Next())
}

func (p *planner) guards(at path, m map[string]any) {
	for _, key := range []string{"client-class", "client-classes", "evaluate-additional-classes", "require-client-classes"} {
		if m[key] != nil {
			p.add(at, "without "+key, func(m map[string]any) { delete(m, key) })
		}
		if len(listOf(m, key)) > 1 {
			p.add(at, "the last missing of "+key, func(m map[string]any) { m[key] = slices.Clone(listOf(m, key))[:len(listOf(m, key))-1] })
		}
	}
}

// text writes a tree.
func text(root map[string]any) []byte {
	b, err := json.Marshal(root)
	if err != nil {
		panic(err)
	}
	return b
}
