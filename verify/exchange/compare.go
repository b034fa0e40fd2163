package exchange

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/parser/option"
	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/verify/client"
)

// A Difference is one field in which two answers to the same message differ.
type Difference struct {
	Client    int // index into the list of clients
	Step      client.Step
	Field     string // as in Answer.Fields, or "answered"
	Want, Got string // "nothing" for a field that is not there
	Rule      string // the rule that demands equality, or that allows the difference
	Allowed   bool
}

func (d Difference) String() string {
	return fmt.Sprintf("client %d, %s: %s: dhcpd %s, Kea %s", d.Client+1, d.Step, d.Field, d.Want, d.Got)
}

type comparison struct {
	conf    *model.Config
	version keaversion.Version
	// reserved are the hosts that have an address.
	reserved map[string][]*model.Host
	// free tells whether a client that gets one address may as well get the other; nil:
	// the pools of conf tell.
	free func(a, b netip.Addr) bool
	// leased tells which leases a client had before the first message; nil: there were
	// no leases.
	leased func(who *client.Client) []Held
	// strict is for servers that run by the same clock: no seconds may differ.
	strict bool
}

// Compare tells in which fields the answers got differ from those of the
// original, want, for the same clients. conf is what the original serves.
func Compare(conf *model.Config, v keaversion.Version, clients []*client.Client, want, got []Message) ([]Difference, error) {
	if len(want) != len(got) {
		return nil, fmt.Errorf("%d messages cannot be compared with %d", len(want), len(got))
	}
	c := NewComparison(conf, v)
	var list []Difference
	for i := 0; i < len(want); {
		n := want[i].Client
		end := i
		for end < len(want) && want[end].Client == n {
			end++
		}
		if n >= len(clients) {
			return nil, fmt.Errorf("message %d is of no client", i+1)
		}
		differences, err := c.Client(clients[n], want[i:end], got[i:end])
		if err != nil {
			return nil, fmt.Errorf("from message %d on: %w", i+1, err)
		}
		list = append(list, differences...)
		i = end
	}
	return list, nil
}

// A Comparison compares the answers that clients get, client by client.
type Comparison struct{ comparison }

// NewComparison makes a comparison with what the original serves, conf.
func NewComparison(conf *model.Config, v keaversion.Version) *Comparison {
	c := &Comparison{comparison{conf: conf, version: v}}
	if conf == nil {
		return c
	}
	c.reserved = map[string][]*model.Host{}
	for _, h := range conf.Hosts {
		for _, f := range h.Fixed {
			for _, a := range f.Addresses {
				c.reserved[a.Addr.String()] = append(c.reserved[a.Addr.String()], h)
			}
		}
	}
	return c
}

// Interchangeable says which addresses are as good as each other for a client, where
// there is no original whose pools tell.
func (c *Comparison) Interchangeable(free func(a, b netip.Addr) bool) { c.free = free }

// Held is a lease that a client had before its first message.
type Held struct {
	Address netip.Addr
	// Other: the machine had it under another client identifier, or none, or has none now.
	Other bool
	// Unnamed: the machine had it, and either sent no client identifier then or sends none
	// now.
	Unnamed bool
	Until   int64 // seconds since 1970
}

// Leased says which clients had which leases before the first message: addresses that
// they have to keep.
func (c *Comparison) Leased(leased func(who *client.Client) []Held) { c.leased = leased }

// OneClock says that both servers had the same clock, so that lifetimes have to be
// the same to the second.
func (c *Comparison) OneClock() { c.strict = true }

// Client tells in which fields the answers got differ from those of the
// original, want, to one client.
func (c *Comparison) Client(who *client.Client, want, got []Message) ([]Difference, error) {
	if len(want) != len(got) {
		return nil, fmt.Errorf("%d messages cannot be compared with %d", len(want), len(got))
	}
	var list []Difference
	parted := false // one server alone has answered
	for i, w := range want {
		g := got[i]
		if w.Client != g.Client || w.Step != g.Step {
			return nil, fmt.Errorf("message %d of the client is not the same message", i+1)
		}
		if parted && (!w.Sent || !g.Sent) {
			continue
		}
		at := len(list)
		list = c.message(list, who, w, g)
		for _, d := range list[at:] {
			parted = parted || d.Field == "answered"
		}
	}
	return list, nil
}

func (c *comparison) message(list []Difference, who *client.Client, want, got Message) []Difference {
	add := func(field, w, g string) {
		p := &pair{comparison: c, client: who, step: want.Step, field: field, want: w, got: g, original: want.Answer, answer: got.Answer, at: want.At}
		d := Difference{Client: want.Client, Step: want.Step, Field: field, Want: cmpOr(w), Got: cmpOr(g), Rule: p.demand()}
		for _, r := range rules {
			if r.allows != nil && r.allows(p) {
				d.Rule, d.Allowed = r.ID, true
				break
			}
		}
		list = append(list, d)
	}
	if w, g := want.What(), got.What(); w != g {
		add("answered", w, g)
		return list
	}
	all := map[string]string{}
	for _, a := range []Answer{want.Answer, got.Answer} {
		for name := range a.Fields {
			all[name] = ""
		}
	}
	for _, name := range names(all) {
		if w, g := want.Answer.Fields[name], got.Answer.Fields[name]; !c.same(name, w, g) {
			add(name, w, g)
		}
	}
	return list
}

func cmpOr(value string) string {
	if value == "" {
		return "nothing"
	}
	return value
}

// What is the type of the answer, "silence", or "not sent".
func (m Message) What() string {
	switch {
	case !m.Sent:
		return "not sent"
	case m.Answer.Type == "", m.Answer.Type == "BOOTREPLY" && m.Answer.Fields["address"] == "":
		return "silence" // what is the use of a BOOTREPLY without an address?
	}
	return m.Answer.Type
}

// demand returns the rule that wants this field to be equal.
func (p *pair) demand() string {
	switch {
	case p.field == "answered":
		return "answered"
	case p.option():
		return "options"
	}
	return "values"
}

// same reports whether two values of a field are the same.
func (c *comparison) same(field, want, got string) bool {
	if want == got {
		return true
	}
	code, ok := optionCode(field)
	if !ok || want == "" || got == "" {
		return false
	}
	family, space := option.V4, "dhcp4"
	if c.v6() {
		family, space = option.V6, "dhcp6"
	}
	d, _ := option.KeaLookup(family, space, code, c.version)
	a, errA := hex.DecodeString(strings.TrimPrefix(want, "0x"))
	b, errB := hex.DecodeString(strings.TrimPrefix(got, "0x"))
	return errA == nil && errB == nil && d.Same(a, b)
}

func (c *comparison) v6() bool {
	return c.conf != nil && len(c.conf.Subnets) > 0 && c.conf.Subnets[0].Prefix.Addr().Is6()
}

// interchangeable reports whether a client that may get one address may get the
// other: both are in one pool, or in pools of one network with the same permits
// and settings.
func (p *pair) interchangeable() bool {
	if p.field == "prefix" {
		return p.want != "" && p.got != "" && p.samePrefixPool()
	}
	want, err := netip.ParseAddr(p.want)
	got, err2 := netip.ParseAddr(p.got)
	if err != nil || err2 != nil {
		return false
	}
	if p.free != nil {
		return p.free(want, got)
	}
	a, b := poolOf(p.conf, want), poolOf(p.conf, got)
	return a != nil && b != nil && (a == b || a.Network == b.Network && permits(a) == permits(b))
}

// permits returns a pool's permit list as text.
func permits(pool *model.Pool) string {
	var b strings.Builder
	for _, p := range pool.Permits {
		fmt.Fprintln(&b, p.Allow, p.Kind, p.Class.Text, p.After)
	}
	return b.String()
}

func (p *pair) samePrefixPool() bool {
	want, err := netip.ParsePrefix(p.want)
	got, err2 := netip.ParsePrefix(p.got)
	if err != nil || err2 != nil || want.Bits() != got.Bits() {
		return false
	}
	for _, n := range p.conf.Networks {
		for _, pool := range n.Pools {
			holds := func(x netip.Prefix) bool {
				for _, d := range pool.Delegations {
					if d.Low.Compare(x.Addr()) <= 0 && x.Addr().Compare(d.High) <= 0 {
						return true
					}
				}
				return false
			}
			if holds(want) {
				return holds(got)
			}
		}
	}
	return false
}
