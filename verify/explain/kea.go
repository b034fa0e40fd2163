package explain

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/parser/option"
	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/translator/model/answer"
	"github.com/keamigrate/keamigrate/verify/client"
)

// element is a part of Kea's configuration with its place.
type element struct {
	node    *keaconf.Node
	pointer string
}

func (e element) get(key string) element {
	return element{e.node.Get(key), e.pointer + "/" + key}
}

func (e element) items() []element {
	if e.node == nil || e.node.Kind != keaconf.Array {
		return nil
	}
	list := make([]element, len(e.node.Items))
	for i := range e.node.Items {
		list[i] = element{&e.node.Items[i], fmt.Sprintf("%s/%d", e.pointer, i)}
	}
	return list
}

// kea is a translated configuration as it is written.
type kea struct {
	file    string
	root    element
	v6      bool
	version keaversion.Version
}

// readKea writes a configuration and reads it again, for the places.
func readKea(file string, c keaconf.Config, v keaversion.Version, v6 bool) (*kea, error) {
	var text bytes.Buffer
	if err := keaconf.Write(&text, c, v); err != nil {
		return nil, err
	}
	root, faults := keaconf.Parse(file, text.Bytes(), nil)
	if root == nil {
		return nil, fmt.Errorf("%s cannot be read: %v", file, faults)
	}
	name := "Dhcp4"
	if v6 {
		name = "Dhcp6"
	}
	return &kea{file: file, root: element{root, ""}.get(name), v6: v6, version: v}, nil
}

// at describes a place: pointer, line, and the value of a scalar.
func (k *kea) at(e element) string {
	text := fmt.Sprintf("%s (%s)", e.pointer, lineOf(e.node.Span().String()))
	switch e.node.Kind {
	case keaconf.Map, keaconf.Array:
	case keaconf.String:
		text += fmt.Sprintf(" = %q", e.node.Text)
	default:
		text += " = " + e.node.Text
	}
	if data := e.node.Get("data"); data != nil {
		text += fmt.Sprintf(" data %q", data.String())
	}
	return text
}

// lineOf cuts the column off.
func lineOf(position string) string {
	if i := strings.LastIndexByte(position, ':'); i > 0 {
		return position[:i]
	}
	return position
}

// scopes are the elements that concern one client, the innermost first.
type scopes struct {
	kea               *kea
	reservation, pool element
	classes           []element
	subnet, network   element
}

// find finds the elements that concern a client.
func (k *kea) find(c *client.Client, why *answer.Explanation) *scopes {
	s := &scopes{kea: k}
	name := "subnet4"
	if k.v6 {
		name = "subnet6"
	}
	if why.Subnet != nil {
		look := func(list element, network element) {
			for _, sub := range list.items() {
				if sub.node.Get("subnet").String() == why.Subnet.Prefix.String() {
					s.subnet, s.network = sub, network
				}
			}
		}
		look(k.root.get(name), element{})
		for _, n := range k.root.get("shared-networks").items() {
			look(n.get(name), n)
		}
	}
	for _, list := range []element{s.subnet.in("reservations"), k.root.get("reservations")} {
		for _, r := range list.items() {
			if s.reservation.node == nil && isFor(r, c, why) {
				s.reservation = r
			}
		}
	}
	for _, p := range s.subnet.in("pools").items() {
		if why.Address.IsValid() && holds(p.node.Get("pool").String(), why.Address) {
			s.pool = p
		}
	}
	for _, class := range k.root.get("client-classes").items() {
		for _, m := range why.Classes {
			if class.node.Get("name").String() == m.Class.Name {
				s.classes = append(s.classes, class)
			}
		}
	}
	return s
}

func (e element) in(key string) element {
	if e.node == nil {
		return element{}
	}
	return e.get(key)
}

// isFor reports whether a reservation is the client's.
func isFor(r element, c *client.Client, why *answer.Explanation) bool {
	if why.Host == nil {
		return false
	}
	same := func(key string, want []byte) bool {
		text := r.node.Get(key).String()
		return text != "" && strings.EqualFold(strings.ReplaceAll(text, ":", ""), fmt.Sprintf("%x", want))
	}
	const clientID = 61
	id, _ := c.Option(clientID)
	return same("hw-address", c.MAC) || same("client-id", id) || same("duid", c.DUID) ||
		why.Static && r.node.Get("ip-address").String() == why.Address.String()
}

// holds reports whether a pool, "LOW - HIGH" or a prefix, has an address.
func holds(pool string, a netip.Addr) bool {
	if p, err := netip.ParsePrefix(strings.TrimSpace(pool)); err == nil {
		return p.Contains(a)
	}
	low, high, ok := strings.Cut(pool, "-")
	l, err := netip.ParseAddr(strings.TrimSpace(low))
	h, err2 := netip.ParseAddr(strings.TrimSpace(high))
	return ok && err == nil && err2 == nil && l.Compare(a) <= 0 && a.Compare(h) <= 0
}

// order gives the elements in which a setting of a scope of dhcpd is looked
// for: its own first.
func (s *scopes) order(scope *model.Scope) []element {
	inner := append([]element{s.reservation, s.pool}, s.classes...)
	all := append(inner, s.subnet, s.network, s.kea.root)
	if scope == nil {
		return all
	}
	var first []element
	switch scope.Kind {
	case model.HostScope:
		first = []element{s.reservation}
	case model.PoolScope:
		first = []element{s.pool}
	case model.ClassScope, model.SubclassScope:
		first = s.classes
	case model.SubnetScope:
		first = []element{s.subnet}
	case model.NetworkScope:
		first = []element{s.network}
	case model.GlobalScope:
		first = []element{s.kea.root}
	}
	return append(first, all...)
}

// keys are Kea's names of dhcpd's parameters.
var keys = map[string]string{
	"default-lease-time": "valid-lifetime", "max-lease-time": "max-valid-lifetime", "min-lease-time": "min-valid-lifetime",
	"preferred-lifetime": "preferred-lifetime", "next-server": "next-server", "filename": "boot-file-name", "server-name": "server-hostname",
	"dhcp-renewal-time": "renew-timer", "dhcp-rebinding-time": "rebind-timer",
}

// same finds the element that does what a statement of dhcpd does.
func (s *scopes) same(o answer.Origin) (found element, ok bool) {
	for _, e := range s.order(o.Scope) {
		if e.node == nil {
			continue
		}
		if key := keys[o.Option.Name]; key != "" && e.node.Get(key) != nil {
			return e.get(key), true
		}
		if o.Option.Space == "server" {
			continue
		}
		for _, d := range e.get("option-data").items() {
			if s.kea.is(d, o.Option) {
				return d, true
			}
		}
	}
	return element{}, false
}

// is reports whether an entry of option-data is for an option of dhcpd.
func (k *kea) is(d element, def *option.Def) bool {
	space, family := "dhcp4", option.V4
	if k.v6 {
		space, family = "dhcp6", option.V6
	}
	have := d.node.Get("space").String()
	if have == "" {
		have = space
	}
	own := def.Space == "dhcp" || def.Space == "dhcp6"
	if own != (have == space) || !own && !strings.EqualFold(have, def.Space) {
		return false
	}
	if code, ok := d.node.Get("code").Int(); ok {
		return uint32(code) == def.Code
	}
	name := d.node.Get("name").String()
	if own {
		if std, ok := option.KeaLookup(family, space, def.Code, k.version); ok {
			return name == std.Name
		}
	}
	return name == def.Name
}

// place is where a statement of dhcpd stands.
func place(st dhcpdconf.Statement) string { return lineOf(st.Head().String()) }
