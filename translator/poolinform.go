package translator

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator/model"
)

// dhcpd finds the pool of a client that asks for options only (DHCPINFORM) by
// the address that it has, and sends what the pool sets; Kea goes by leases, and
// finds the subnet. So what a pool sets is said again in its subnet, for the
// members of a class that looks at the address.

const (
	// mostInformPools is how many pools with settings of their own get such a
	// class. With hundreds the result would be about little else.
	mostInformPools = 64
	// mostInformPrefixes is how many prefixes a range may come apart into.
	mostInformPrefixes = 24
)

// isInform is the test for clients that ask for options only.
const isInform = "pkt4.msgtype == 8"

// informPool is one pool of the file with what it sets, in one subnet.
type informPool struct {
	pool   *model.Pool
	subnet *model.Subnet
	data   []keaconf.OptionData
	fields keaconf.BootFields
	tests  []string
	branch string // the test of the branch of a condition in the pool that this is; "": of all its clients
	first  *poolPlace
	wide   bool // some range is too wide a mixture of prefixes
}

// poolsAtInform gives clients with DHCPINFORM the settings of pools.
func (t *translation) poolsAtInform() {
	if t.v6() {
		return
	}
	var list []*informPool
	type key struct {
		pool   *model.Pool
		subnet *model.Subnet
		class  string
	}
	found := map[key]*informPool{}
	for i := range t.poolPlaces {
		p := &t.poolPlaces[i]
		test, ok := rangeTest("pkt4.ciaddr", p.span.Low, p.span.High)
		for _, s := range t.poolSettings(p) {
			k := key{p.from, p.subnet, s.class}
			e := found[k]
			if e == nil {
				e = &informPool{pool: p.from, subnet: p.subnet, data: s.data, fields: s.fields, branch: s.test, first: p}
				found[k] = e
				list = append(list, e)
			}
			e.wide = e.wide || !ok
			e.tests = append(e.tests, test)
		}
	}
	if len(list) > mostInformPools {
		t.poolOptionsAtInform(list)
		return
	}
	t.poolOptionsAtInform(slices.DeleteFunc(slices.Clone(list), func(e *informPool) bool { return !e.wide }))
	for _, e := range list {
		if !e.wide {
			t.informClass(e)
		}
	}
}

// poolSetting is what a pool sets for all its clients, or for those that are in
// the class of a condition.
type poolSetting struct {
	class, test string
	data        []keaconf.OptionData
	fields      keaconf.BootFields
}

// poolSettings takes together what a pool of Kea sets, in order of precedence.
func (t *translation) poolSettings(p *poolPlace) (list []poolSetting) {
	pool := &p.in.Pools[p.index]
	var plain poolSetting
	of := func(class string) *poolSetting {
		at := slices.IndexFunc(list, func(s poolSetting) bool { return s.class == class })
		if at < 0 {
			at = slices.IndexFunc(t.branchClasses, func(c keaconf.ClientClass) bool { return c.Name == class })
			if at < 0 {
				return nil
			}
			list = append(list, poolSetting{class: class, test: t.branchClasses[at].Test, fields: t.branchClasses[at].BootFields})
			at = len(list) - 1
		}
		return &list[at]
	}
	for _, name := range slices.Concat(pool.EvaluateAdditionalClasses, pool.RequireClientClasses) {
		of(name)
	}
	for _, o := range pool.OptionData {
		if o.Name == "dhcp-renewal-time" || o.Name == "dhcp-rebinding-time" {
			continue // times are of leases
		}
		o.Comments = nil
		into := &plain
		if len(o.ClientClasses) == 1 {
			into = of(o.ClientClasses[0])
		}
		if into != nil {
			o.ClientClasses = nil
			into.data = append(into.data, o)
		}
	}
	boots := setsBootFields(p.place)
	if boots {
		t.placeBootFields(p.place, &plain.fields)
	}
	if boots || len(plain.data) > 0 {
		list = append(list, plain)
	}
	return list
}

// informClass makes the class of one pool.
func (t *translation) informClass(e *informPool) {
	in := e.first.in
	class := keaconf.ClientClass{
		Name:       "inform-" + placeName(in.Pools[e.first.index].Pool),
		Test:       all(slices.DeleteFunc([]string{isInform, anyTest(e.tests), e.branch}, func(test string) bool { return test == "" })),
		BootFields: e.fields,
	}
	class.Name = t.freeClass(class.Name, class.Test)
	if t.opts.Target >= keaversion.V3_0 {
		class.OnlyInAdditionalList = new(true)
		in.EvaluateAdditionalClasses = append(in.EvaluateAdditionalClasses, class.Name)
	} else {
		class.OnlyIfRequired = new(true)
		in.RequireClientClasses = append(in.RequireClientClasses, class.Name)
	}
	// What subnet and network set beats a class, so it needs entries for the class
	// before it.
	inner := map[string]bool{}
	for _, o := range in.OptionData {
		inner[optionKey(o)] = true
	}
	if k := t.networkOf[e.subnet.Network]; k != nil {
		for _, o := range k.OptionData {
			inner[optionKey(o)] = true
		}
	}
	var tagged []keaconf.OptionData
	for _, o := range e.data {
		if !inner[optionKey(o)] {
			class.OptionData = append(class.OptionData, o)
			continue
		}
		o.ClientClasses = []string{class.Name}
		tagged = append(tagged, o)
	}
	t.needClass(class)
	if len(tagged) == 0 {
		return
	}
	in.OptionData = append(tagged, in.OptionData...)
	t.shiftPlaces(map[string]int{t.pointers.subnet[e.subnet] + "/option-data/": len(tagged)})
}

// rangeTest tests whether an address of an expression lies in a range; false:
// that would take too many words.
func rangeTest(address string, low, high netip.Addr) (string, bool) {
	a, b := low.AsSlice(), high.AsSlice()
	n := len(a) - 1
	if low == high || !bytes.Equal(a[:n], b[:n]) {
		prefixes := prefixesOf(low, high, mostInformPrefixes)
		tests := make([]string, len(prefixes))
		for i, p := range prefixes {
			tests[i] = prefixTest(address, p)
		}
		return anyTest(tests), len(tests) > 0
	}
	// The last byte by its two hexadecimal digits.
	last := fmt.Sprintf("hexstring(substring(%s, %d, 1), '')", address, n)
	var some []string
	for v := int(a[n]); v <= int(b[n]); v++ {
		const digits = 16
		if v%digits == 0 && v+digits-1 <= int(b[n]) {
			some = append(some, fmt.Sprintf("substring(%s, 0, 1) == '%x'", last, v/digits))
			v += digits - 1
			continue
		}
		some = append(some, fmt.Sprintf("%s == '%02x'", last, v))
	}
	return all([]string{fmt.Sprintf("substring(%s, 0, %d) == 0x%x", address, n, a[:n]), anyTest(some)}), true
}

// prefixesOf takes a range of addresses apart into prefixes; nil if there are
// more than most.
func prefixesOf(low, high netip.Addr, most int) (list []netip.Prefix) {
	for at := low; ; {
		bits := at.BitLen()
		for bits > 0 {
			wider := netip.PrefixFrom(at, bits-1)
			if wider.Masked().Addr() != at || high.Less(lastOf(wider)) {
				break
			}
			bits--
		}
		if len(list) == most {
			return nil
		}
		p := netip.PrefixFrom(at, bits)
		list = append(list, p)
		last := lastOf(p)
		if !last.Less(high) {
			return list
		}
		at = last.Next()
	}
}

// lastOf returns the last address of a prefix.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// poolOptionsAtInform speaks for pools whose settings Kea sends with leases only.
func (t *translation) poolOptionsAtInform(list []*informPool) {
	if len(list) == 0 {
		return
	}
	f := Finding{
		Code: "pool-options-inform", Severity: S1, Verdict: Approximated,
		Clients: "clients with an address of the pool that ask for options only (DHCPINFORM)",
		Message: "dhcpd finds the pool by the address that the client has and sends the pool's options too; Kea finds the subnet only.",
		Remedy:  "set options that such clients need, such as that for proxy discovery, in the subnet",
	}
	for _, e := range list {
		if slices.Contains(f.Audience.Scopes, e.pool.Scope) {
			continue
		}
		for _, field := range t.fieldsOf(e.pool.Scope) {
			if !slices.Contains(f.Fields, field) && !strings.HasPrefix(field, "lease") {
				f.Fields = append(f.Fields, field)
			}
		}
		if len(f.Audience.Scopes) < mostScopes {
			f.Audience.Scopes = append(f.Audience.Scopes, e.pool.Scope)
		}
	}
	if len(f.Audience.Scopes) == mostScopes {
		f.Audience.Scopes = nil // those of too many pools: everybody
	}
	f.Audience.Messages = []string{"inform"}
	t.ledger.add(nil, f, list[0].first.pointer)
}
