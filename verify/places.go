package verify

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/parser/option"
	"github.com/keamigrate/keamigrate/server/config"
)

// places knows the lines of both files.
type places struct {
	job      *Job
	v6       bool
	server   element
	subnets  map[int64]element // by id
	networks map[int64]element // by the id of a subnet
	classes  map[string]element
	// reservations are those of a subnet by identifier, see indexReservations; 0: those
	// of the whole server.
	reservations map[int64]map[string]element
	own          []keaconf.OptionDef
}

// element is a part of Kea's configuration with its place.
type element struct {
	node    *keaconf.Node
	pointer string
}

func (e element) get(key string) element {
	if e.node == nil {
		return element{}
	}
	return element{e.node.Get(key), e.pointer + "/" + key}
}

func (e element) items() []element {
	if e.node == nil || e.node.Kind != keaconf.Array {
		return nil
	}
	list := make([]element, len(e.node.Items))
	for i := range e.node.Items {
		list[i] = element{&e.node.Items[i], e.pointer + "/" + strconv.Itoa(i)}
	}
	return list
}

// text is the value of a member that is a scalar.
func (e element) text(key string) string {
	n := e.get(key).node
	if n == nil {
		return ""
	}
	return n.Text
}

func newPlaces(j *Job) *places {
	v6, top, subnets := j.File.Protocol == dhcpdconf.DHCP6, "Dhcp4", "subnet4"
	if v6 {
		top, subnets = "Dhcp6", "subnet6"
	}
	p := &places{
		job: j, server: element{j.Root, ""}.get(top), v6: v6, subnets: map[int64]element{}, networks: map[int64]element{}, classes: map[string]element{}, reservations: map[int64]map[string]element{},
	}
	add := func(list, network element) {
		for _, s := range list.items() {
			if id, ok := s.get("id").node.Int(); ok {
				p.subnets[id], p.networks[id] = s, network
			}
		}
	}
	add(p.server.get(subnets), element{})
	for _, n := range p.server.get("shared-networks").items() {
		add(n.get(subnets), n)
	}
	for _, c := range p.server.get("client-classes").items() {
		p.classes[c.text("name")] = c
	}
	switch {
	case j.Against != nil:
		p.own = j.Against.OptionDef
	case j.Own != nil:
		p.own = j.Own.OptionDef
	}
	return p
}

// statement is the place of a statement of the original.
func (p *places) statement(st dhcpdconf.Statement, what string) Place {
	return p.span(st.Head(), what)
}

func (p *places) span(span dhcpdconf.Span, what string) Place {
	if span.IsZero() || span.Src == nil {
		return Place{Text: what}
	}
	const most = 100
	text := span.Text()
	if p.job.Redact != nil {
		text = p.job.Redact.Span(span)
	}
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + " ..."
	}
	if what != "" {
		text = what + ": " + text
	}
	place := Place{Text: text, File: span.Src.Name}
	place.Line, _ = span.Src.Position(span.Off)
	return place
}

// element is the place of a part of the result.
func (p *places) element(e element, what string) Place {
	if e.node == nil {
		return Place{Text: what}
	}
	span := e.node.Span()
	place := Place{Text: what, Pointer: e.pointer}
	if span.Src == nil {
		return place
	}
	place.File = span.Src.Name
	place.Line, _ = span.Src.Position(span.Off)
	return place
}

// pool finds a pool of a subnet.
func (p *places) pool(pool *config.Pool) element {
	for _, e := range p.subnets[int64(pool.Subnet.ID)].get("pools").items() {
		if first, last, err := keaconf.ParsePool(e.text("pool")); err == nil && first == pool.First && last == pool.Last {
			return e
		}
	}
	return element{}
}

// reservation finds the reservation of a host: by its address, or by the
// identifiers of the client.
func (p *places) reservation(h *config.Host, mac, id []byte) element {
	index := p.reservations[int64(h.SubnetID)]
	if index == nil {
		list := p.server.get("reservations")
		if h.SubnetID != 0 {
			list = p.subnets[int64(h.SubnetID)].get("reservations")
		}
		index = indexReservations(list)
		p.reservations[int64(h.SubnetID)] = index
	}
	if h.Address.IsValid() {
		if e, ok := index["ip-address "+h.Address.String()]; ok {
			return e
		}
	}
	for _, key := range []string{"hw-address " + hex.EncodeToString(mac), "client-id " + hex.EncodeToString(id), "duid " + hex.EncodeToString(id)} {
		if e, ok := index[key]; ok {
			return e
		}
	}
	return element{}
}

// indexReservations finds reservations by their identifiers and addresses. The first one
// counts.
func indexReservations(list element) map[string]element {
	index := map[string]element{}
	put := func(key, value string, e element) {
		if _, there := index[key+" "+value]; !there && value != "" {
			index[key+" "+value] = e
		}
	}
	for _, e := range list.items() {
		put("ip-address", e.text("ip-address"), e)
		for _, key := range []string{"hw-address", "client-id", "duid"} {
			put(key, strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(e.text(key), ":", ""), "0x")), e)
		}
	}
	return index
}

// option finds the entry of option-data for a code in a part of the result.
func (p *places) option(scope element, code uint32) element {
	def, known := p.definition(code)
	for _, e := range scope.get("option-data").items() {
		if space := e.text("space"); space != "" && space != "dhcp4" {
			continue
		}
		if n, ok := e.get("code").node.Int(); ok && uint32(n) == code || known && e.text("name") == def.Name {
			return e
		}
	}
	return element{}
}

// definition is Kea's of an option of the packet: of the configuration, or a
// standard one.
func (p *places) definition(code uint32) (option.KeaDef, bool) {
	if p.v6 {
		return option.KeaLookup(option.V6, "dhcp6", code, keaversion.Default)
	}
	for _, o := range p.own {
		if (o.Space == "" || o.Space == "dhcp4") && uint32(o.Code) == code {
			d := option.KeaDef{Family: option.V4, Space: "dhcp4", Code: code, Name: o.Name, Type: o.Type, Array: o.Array != nil && *o.Array}
			if o.RecordTypes != "" {
				for t := range strings.SplitSeq(o.RecordTypes, ",") {
					d.RecordTypes = append(d.RecordTypes, strings.TrimSpace(t))
				}
			}
			return d, true
		}
	}
	return option.KeaLookup(option.V4, "dhcp4", code, keaversion.Default)
}

// title names a field for people, and value writes what it holds.
func (p *places) title(field string) string {
	if code, ok := optionCode(field); ok {
		if d, known := p.definition(code); known {
			return fmt.Sprintf("%s (%d)", d.Name, code)
		}
	}
	return field
}

func (p *places) value(field, value string) string {
	code, ok := optionCode(field)
	raw, err := hex.DecodeString(strings.TrimPrefix(value, "0x"))
	if !ok || err != nil || !strings.HasPrefix(value, "0x") {
		return value
	}
	if d, known := p.definition(code); known {
		if text, csv, err := d.FormatData(raw); err == nil && csv {
			return cmp.Or(text, "(empty)")
		}
	}
	return value
}

func optionCode(field string) (uint32, bool) {
	digits, ok := strings.CutPrefix(field, "option ")
	n, err := strconv.ParseUint(digits, 10, 16)
	return uint32(n), ok && err == nil
}
