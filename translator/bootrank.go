package translator

import (
	"fmt"
	"slices"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// globalBootLast lets the boot fields of conditions at the top of the file lose
// against those of shared networks and subnets, as in dhcpd. In Kea any class
// wins over them, and of several classes the first. So the fields go into classes
// that each subnet evaluates last, behind one with what the subnet itself sets.
func (c *conditioner) globalBootLast() {
	contested := c.contestedBootFields()
	if len(contested) == 0 {
		return
	}
	var last []string
	var made []keaconf.ClientClass
	for i := range c.branchClasses {
		class := &c.branchClasses[i]
		scope := c.globalBranches[class.Name]
		if scope == nil {
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
		last = append(last, late.Name)
		for j := range c.poolPlaces {
			c.poolLoses(&c.poolPlaces[j], class.Name, contested)
		}
	}
	own := map[string]string{} // names by content
	for _, s := range c.conf.Subnets {
		k := c.subnetOf[s]
		if k == nil {
			continue
		}
		names := last
		if fields := c.plainBootFields(s.Network.Explicit(), c.networkOf[s.Network], k, contested); fields != (keaconf.BootFields{}) {
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
				made = append(made, class)
			}
			names = append([]string{name}, last...)
		}
		if c.opts.Target >= keaversion.V3_0 {
			k.EvaluateAdditionalClasses = append(slices.Clip(k.EvaluateAdditionalClasses), names...)
		} else {
			k.RequireClientClasses = append(slices.Clip(k.RequireClientClasses), names...)
		}
	}
	c.branchClasses = append(c.branchClasses, made...)
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

// plainBootFields returns what a subnet, or the network around it, sets of some
// boot fields for all its clients.
func (c *conditioner) plainBootFields(inNetwork bool, n *keaconf.SharedNetwork, k *keaconf.Subnet, contested []bootSetting) (fields keaconf.BootFields) {
	for _, s := range contested {
		v := *s.of(&k.BootFields)
		if v == nil && inNetwork && n != nil {
			v = *s.of(&n.BootFields)
		}
		*s.of(&fields) = v
	}
	return fields
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
		c.ledger.add(st, Finding{
			Code: "condition-rank", Severity: S3, Verdict: Approximated,
			Fields:  []string{bootFieldOf(s.name)},
			Clients: fmt.Sprintf("clients of this pool that are in the class %q", class),
			Message: fmt.Sprintf("a condition at the top of the file sets %s too, and in dhcpd the pool wins; in Kea the class that the condition became is evaluated before that of the pool, and wins.", s.name),
			Remedy:  "set it in the subnet, or in the condition",
		}, p.pointer)
	}
}
