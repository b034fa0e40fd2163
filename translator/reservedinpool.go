package translator

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator/model"
)

// reservedInPools undoes what Kea adds to a reservation whose address lies in
// a pool: the pool's options. For dhcpd a fixed address belongs to no pool.
func (t *translation) reservedInPools() {
	t.reservedKept()
	pools := map[*keaconf.Subnet][]*poolPlace{}
	for i := range t.poolPlaces {
		p := &t.poolPlaces[i]
		if p.pd {
			continue
		}
		if pool := &p.in.Pools[p.index]; len(pool.OptionData) > 0 || len(pool.EvaluateAdditionalClasses)+len(pool.RequireClientClasses) > 0 {
			pools[p.in] = append(pools[p.in], p)
		}
	}
	if len(pools) == 0 {
		return
	}
	for _, r := range t.hosts {
		if r.in == nil {
			continue
		}
		res := t.reservation(r)
		for _, p := range pools[r.in] {
			if inRange(res, p.span) {
				t.outOfPool(r, res, p)
				if !t.v6() {
					t.bootOutOfPool(r, res, p)
				}
				break
			}
		}
	}
}

// reservedKept says that Kea gives a reserved address in a pool to nobody else.
func (t *translation) reservedKept() {
	ranges := map[*keaconf.Subnet][]*poolPlace{}
	for i := range t.poolPlaces {
		if p := &t.poolPlaces[i]; p.span != nil {
			ranges[p.in] = append(ranges[p.in], p)
		}
	}
	f := Finding{
		Code: "reserved-address-kept", Severity: S1, Verdict: Approximated, Fields: []string{"address", "answered"},
		Clients: "clients that had or ask for an address which a range and a host have in common",
		Message: "a host's fixed address lies in a range. dhcpd gives it to other clients too, so that two can have it; Kea keeps it for the host.",
		Remedy:  "none is needed; in dhcpd the address should not have been in the range",
	}
	place := ""
	for _, r := range t.hosts {
		if r.in == nil || len(ranges[r.in]) == 0 {
			continue
		}
		res := t.reservation(r)
		for i, p := range ranges[r.in] {
			if !inRange(res, p.span) {
				continue
			}
			if place == "" {
				place = p.pointer
			}
			if !slices.Contains(f.Audience.Scopes, p.from.Scope) {
				f.Audience.Scopes = append(f.Audience.Scopes, p.from.Scope)
			}
			ranges[r.in] = slices.Delete(slices.Clone(ranges[r.in]), i, i+1) // said once
			break
		}
	}
	if place != "" {
		t.ledger.add(nil, f, place)
	}
}

// inRange reports whether an address of a reservation lies in a range.
func inRange(res *keaconf.Reservation, span *model.Range) bool {
	in := func(text string) bool {
		a, err := netip.ParseAddr(text)
		return err == nil && !a.Less(span.Low) && !span.High.Less(a)
	}
	return in(res.IPAddress) || slices.ContainsFunc(res.IPAddresses, in)
}

// outOfPool gives a reservation the values that apply outside the pool of the
// options that the pool sets.
func (t *translation) outOfPool(r hostReservation, res *keaconf.Reservation, p *poolPlace) {
	own := map[string]bool{}
	for _, o := range res.OptionData {
		own[optionKey(o)] = true
	}
	outside := t.outsideOf(r.subnet)
	done := map[string]bool{}
	for _, o := range p.in.Pools[p.index].OptionData {
		key := optionKey(o)
		if own[key] {
			continue
		}
		if len(o.ClientClasses) > 0 && !t.conditionIn(p, o.ClientClasses[0]) { // of a class, which beats pool and subnet alike
			res.OptionData = append(res.OptionData, o)
			continue
		}
		if done[key] {
			continue
		}
		done[key] = true
		at := slices.IndexFunc(outside, func(have keaconf.OptionData) bool {
			return optionKey(have) == key && len(have.ClientClasses) == 0
		})
		switch {
		case at >= 0:
			res.OptionData = append(res.OptionData, outside[at])
		case t.opts.Target >= keaversion.V2_6:
			none := o
			none.NeverSend, none.AlwaysSend, none.ClientClasses = new(true), nil, nil
			res.OptionData = append(res.OptionData, none)
		default:
			t.ledger.add(r.from.Stmt, Finding{
				Code: "host-in-pool", Severity: S2, Verdict: Approximated,
				Fields: []string{t.optionField(o)}, Clients: "this host",
				Message: fmt.Sprintf("the address of host %q lies in a pool that sets %s; dhcpd sends a host with a fixed address nothing of the pool, Kea %s does.", r.from.Stmt.Name.Text, strings.TrimPrefix(key, "."), t.opts.Target),
				Remedy:  "give the host an address outside the pool",
			}, p.pointer)
		}
	}
}

// bootOutOfPool gives a reservation the boot fields that apply outside the pool,
// where a class of the pool would fill them.
func (t *translation) bootOutOfPool(r hostReservation, res *keaconf.Reservation, p *poolPlace) {
	pool := &p.in.Pools[p.index]
	names := slices.Concat(pool.EvaluateAdditionalClasses, pool.RequireClientClasses)
	outer := []*keaconf.BootFields{&p.in.BootFields, &t.dhcp4.BootFields}
	if k := t.networkOf[r.subnet.Network]; k != nil {
		outer = slices.Insert(outer, 1, &k.BootFields)
	}
	for _, s := range bootSettings {
		sets := func(late bool) bool {
			return slices.ContainsFunc(t.classes, func(c keaconf.ClientClass) bool {
				return *s.of(&c.BootFields) != nil && late == (c.OnlyIfRequired != nil || c.OnlyInAdditionalList != nil) && (!late || slices.Contains(names, c.Name))
			})
		}
		if !sets(true) || res.Extra != nil && *s.of(&res.Extra.BootFields) != nil {
			continue
		}
		value := new(emptyField)
		for _, f := range slices.Backward(outer) {
			if v := *s.of(f); v != nil {
				value = v
			}
		}
		if sets(false) || s.name == "next-server" && *value == emptyField {
			t.ledger.add(r.from.Stmt, Finding{
				Code: "host-in-pool", Severity: S2, Verdict: Approximated,
				Fields: []string{bootFieldOf(s.name)}, Clients: "this host",
				Message: fmt.Sprintf("the address of host %q lies in a pool that sets %s; dhcpd sends a host with a fixed address nothing of the pool, Kea does.", r.from.Stmt.Name.Text, s.name),
				Remedy:  "give the host an address outside the pool",
			}, p.pointer)
			continue
		}
		*s.of(&res.More().BootFields) = value
	}
}

// conditionIn reports whether a class is that of a condition in a pool.
func (t *translation) conditionIn(p *poolPlace, class string) bool {
	return slices.ContainsFunc(t.branchesIn[p.from.Scope], func(b branch) bool { return b.name == class })
}

// outsideOf returns the option data that apply in a subnet outside its pools,
// the innermost first.
func (t *translation) outsideOf(s *model.Subnet) []keaconf.OptionData {
	list := slices.Clone(t.subnetOf[s].OptionData)
	if k := t.networkOf[s.Network]; k != nil {
		list = append(list, k.OptionData...)
	}
	if t.v6() {
		return append(list, t.dhcp6.OptionData...)
	}
	return append(list, t.dhcp4.OptionData...)
}
