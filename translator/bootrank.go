package translator

import (
	"fmt"
	"slices"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator/model"
)

// globalBootLast lets the boot fields of conditions lose against those of scopes
// further in, as in dhcpd. In Kea any class wins over subnets and networks, and of
// several classes the first. So the fields of conditions at the top of the file go
// into classes that each subnet evaluates last, behind one with what the subnet itself
// sets. Kea 3.0 evaluates what a subnet names before what its network names, so there
// the network has them; earlier versions do it the other way round.
func (c *conditioner) globalBootLast() {
	if c.v6() {
		return
	}
	contested := c.contestedBootFields()
	late := c.lateBoot(contested)
	innerFirst := c.opts.Target >= keaversion.V3_0
	if !innerFirst {
		c.innerLoses()
	}
	own := map[string]string{} // names by content
	plain := func(fields keaconf.BootFields) []string {
		if fields == (keaconf.BootFields{}) {
			return nil
		}
		key := ""
		for _, s := range bootSettings {
			if v := *s.of(&fields); v != nil {
				key += s.name + " " + *v + "\n"
			}
		}
		name := own[key]
		if name == "" {
			name = c.freeClass(fmt.Sprintf("subnet-boot-%d", len(own)+1), truth(true))
			own[key] = name
			class := keaconf.ClientClass{Name: name, Test: truth(true), BootFields: fields}
			c.evaluateLate(&class)
			c.branchClasses = append(c.branchClasses, class)
		}
		return []string{name}
	}
	for _, n := range c.conf.Networks {
		if k := c.networkOf[n]; k != nil && innerFirst && len(late) > 0 {
			k.EvaluateAdditionalClasses = slices.Concat(k.EvaluateAdditionalClasses, plain(bootFieldsOf(&k.BootFields, contested)), late)
		}
	}
	for _, s := range c.conf.Subnets {
		k, n := c.subnetOf[s], c.networkOf[s.Network]
		switch {
		case k == nil:
		case innerFirst && n != nil:
			fields := bootFieldsOf(&k.BootFields, c.contestedInNetwork(s.Network, contested))
			k.EvaluateAdditionalClasses = append(slices.Clip(k.EvaluateAdditionalClasses), plain(fields)...)
		case len(late) == 0:
		case innerFirst:
			k.EvaluateAdditionalClasses = slices.Concat(k.EvaluateAdditionalClasses, plain(bootFieldsOf(&k.BootFields, contested)), late)
		default:
			fields := bootFieldsOf(&k.BootFields, contested)
			for _, b := range contested {
				if v := b.of(&fields); *v == nil && n != nil {
					*v = *b.of(&n.BootFields)
				}
			}
			k.RequireClientClasses = slices.Concat(k.RequireClientClasses, plain(fields), late)
		}
	}
}

// lateBoot takes the contested boot fields out of the classes of conditions at the
// top of the file and returns the names of those that have them now.
func (c *conditioner) lateBoot(contested []bootSetting) (names []string) {
	var made []keaconf.ClientClass
	for i := range c.branchClasses {
		class := &c.branchClasses[i]
		if c.globalBranches[class.Name] == nil {
			continue
		}
		var moved keaconf.BootFields
		for _, s := range contested {
			from, to := s.of(&class.BootFields), s.of(&moved)
			*to, *from = *from, nil
		}
		if moved == (keaconf.BootFields{}) {
			continue
		}
		late := keaconf.ClientClass{Name: class.Name + "-boot", Test: "member('" + class.Name + "')", BootFields: moved}
		c.evaluateLate(&late)
		made = append(made, late)
		names = append(names, late.Name)
		for j := range c.poolPlaces {
			c.poolLoses(&c.poolPlaces[j], class.Name, contested)
		}
	}
	c.branchClasses = append(c.branchClasses, made...)
	return names
}

// bootFieldsOf returns some of the fields that a place sets.
func bootFieldsOf(f *keaconf.BootFields, some []bootSetting) (fields keaconf.BootFields) {
	for _, s := range some {
		*s.of(&fields) = *s.of(f)
	}
	return fields
}

// contestedInNetwork adds to contested boot fields those that conditions of the
// network set.
func (c *conditioner) contestedInNetwork(n *model.Network, contested []bootSetting) []bootSetting {
	return slices.DeleteFunc(slices.Clone(bootSettings), func(s bootSetting) bool {
		same := func(other bootSetting) bool { return other.name == s.name }
		return !slices.ContainsFunc(contested, same) && !c.conditionSets(c.networkPlace(n).own, s)
	})
}

// conditionSets reports whether a condition in one of the scopes sets a boot field.
func (c *conditioner) conditionSets(own model.Chain, s bootSetting) bool {
	return slices.ContainsFunc(own, func(scope *model.Scope) bool {
		return slices.ContainsFunc(c.scopes[scope], func(b branch) bool { return b.scope.Setting(s.name) != nil })
	})
}

// innerLoses speaks for subnets and pools that set a boot field which a condition of
// the subnet or network around them sets too, where Kea evaluates the class of the
// outer one first.
func (c *conditioner) innerLoses() {
	check := func(p place, outer model.Chain) {
		for _, s := range bootSettings {
			if !c.conditionSets(outer, s) || p.setting(s.name) == nil && !c.conditionSets(p.own, s) {
				continue
			}
			st := p.setting(s.name)
			if st == nil {
				st = p.own[len(p.own)-1].Stmt
			}
			c.ledger.add(st, Finding{
				Code: "condition-rank", Severity: S3, Verdict: Approximated,
				Fields: []string{bootFieldOf(s.name)}, Audience: Audience{Scopes: p.own[len(p.own)-1:]},
				Clients: "clients here that fulfil a condition of the subnet or shared network around",
				Message: fmt.Sprintf("a condition of the subnet or shared network around sets %s too, and in dhcpd what stands further in wins; this version of Kea takes that of the condition.", s.name),
				Remedy:  "repeat the condition here, or use Kea 3.0",
			}, p.pointer)
		}
	}
	for _, s := range c.conf.Subnets {
		if c.subnetOf[s] != nil && s.Network.Explicit() && c.networkOf[s.Network] != nil {
			check(c.subnetPlace(s), c.networkPlace(s.Network).own)
		}
	}
	for i := range c.poolPlaces {
		p := &c.poolPlaces[i]
		outer := slices.Clone(c.subnetPlace(p.subnet).own)
		if n := p.subnet.Network; n.Explicit() && c.networkOf[n] != nil {
			outer = append(outer, c.networkPlace(n).own...)
		}
		if !p.pd {
			check(p.place, outer)
		}
	}
}

// contestedBootFields lists the boot fields that both a condition at the top of
// the file and some place further in set.
func (c *conditioner) contestedBootFields() (list []bootSetting) {
	for _, s := range bootSettings {
		global := slices.ContainsFunc(c.scopes[c.conf.Global], func(b branch) bool { return b.scope.Setting(s.name) != nil })
		if !global {
			continue
		}
		inner := func(f *keaconf.BootFields, p place) bool {
			if f != nil && *s.of(f) != nil {
				return true
			}
			for _, scope := range p.own {
				if slices.ContainsFunc(c.scopes[scope], func(b branch) bool { return b.scope.Setting(s.name) != nil }) {
					return true
				}
			}
			return false
		}
		found := false
		for n, k := range c.networkOf {
			found = found || inner(&k.BootFields, c.networkPlace(n))
		}
		for n, k := range c.subnetOf {
			found = found || inner(&k.BootFields, c.subnetPlace(n))
		}
		for i := range c.poolPlaces {
			found = found || inner(nil, c.poolPlaces[i].place) || c.poolPlaces[i].setting(s.name) != nil
		}
		if found {
			list = append(list, s)
		}
	}
	return list
}

// evaluateLate makes a class one that subnets name.
func (c *conditioner) evaluateLate(class *keaconf.ClientClass) {
	if c.opts.Target >= keaversion.V3_0 {
		class.OnlyInAdditionalList = new(true)
	} else {
		class.OnlyIfRequired = new(true)
	}
}

// poolLoses speaks for a pool that sets a boot field which a condition at the
// top of the file sets too.
func (c *conditioner) poolLoses(p *poolPlace, class string, contested []bootSetting) {
	for _, s := range contested {
		st := p.setting(s.name)
		if st == nil || p.pd {
			continue
		}
		f := Finding{
			Code: "condition-rank", Severity: S3, Verdict: Approximated, Fields: []string{bootFieldOf(s.name)},
			Clients: fmt.Sprintf("clients of this pool that are in the class %q", class),
			Message: fmt.Sprintf("a condition at the top of the file sets %s too, and in dhcpd the pool wins; in Kea the class that the condition became is evaluated before that of the pool, and wins.", s.name),
			Remedy:  "set it in the subnet, or in the condition",
		}
		if c.opts.Target >= keaversion.V3_0 {
			f.Severity, f.Audience = S1, Audience{Scopes: []*model.Scope{p.from.Scope}, Messages: []string{"inform"}}
			f.Clients += ", when they ask for options only"
			f.Message = fmt.Sprintf("a condition at the top of the file sets %s too, and the pool wins, in Kea as in dhcpd; but not for clients that have their address from elsewhere, which Kea gives nothing of pools.", s.name)
		}
		c.ledger.add(st, f, p.pointer)
	}
}
