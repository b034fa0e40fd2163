package verify

import (
	"maps"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/translator/model/answer"
	"github.com/keamigrate/keamigrate/verify/client"
)

// coverage notes what the clients touch of both configurations.
type coverage struct {
	conf   *model.Config
	places *places
	// Of the original, by the number of the statement.
	statements map[int]bool
	members    map[int]bool // classes with a member, by their first statement
	strangers  map[int]bool // classes with a client that is no member
	branches   map[branch]bool
	// Of the result, by pointer.
	elements map[string]bool
	without  map[string]bool // classes with a client that is no member
	pools    map[*config.Pool]element
	hosts    map[*config.Host]element
	options  map[optionKey]string
	// everybody are the classes in which each client so far has been, in order.
	everybody []string
}

// branch is an outcome of a condition.
type branch struct {
	statement int
	taken     bool
}

type optionKey struct {
	scope string
	code  uint8
}

func newCoverage(conf *model.Config, p *places) *coverage {
	return &coverage{
		conf: conf, places: p, statements: map[int]bool{}, members: map[int]bool{}, strangers: map[int]bool{}, branches: map[branch]bool{},
		elements: map[string]bool{}, without: map[string]bool{}, pools: map[*config.Pool]element{}, hosts: map[*config.Host]element{}, options: map[optionKey]string{},
	}
}

// client notes what one client has touched.
func (c *coverage) client(who *client.Client, want, got *told) {
	for i, m := range want.messages {
		if m.Sent {
			c.original(&want.dhcpd[i])
		}
	}
	for i, m := range got.messages {
		if m.Sent && got.kea[i] != nil {
			c.result(who, got.kea[i])
		}
	}
}

func (c *coverage) original(why *answer.Explanation) {
	touch := func(st dhcpdconf.Statement) {
		if st != nil {
			c.statements[st.ID()] = true
		}
	}
	if why.Subnet != nil {
		touch(why.Subnet.Stmt)
	}
	if why.Network != nil {
		if why.Network.Stmt != nil {
			touch(why.Network.Stmt)
		}
		if len(why.Network.Subnets) == 1 {
			touch(why.Network.Subnets[0].Stmt)
		}
	}
	if p := why.Pool; p != nil {
		if p.Stmt != nil {
			touch(p.Stmt)
		}
		for _, r := range p.Ranges {
			if r.Low.Compare(why.Address) <= 0 && why.Address.Compare(r.High) <= 0 {
				touch(r.Stmt)
			}
		}
	}
	if why.Host != nil {
		touch(why.Host.Stmt)
	}
	for _, k := range c.conf.Classes {
		st := firstStatement(k)
		if st == nil {
			continue
		}
		is := false
		for _, m := range why.Classes {
			if is = firstStatement(m.Class) == st; is {
				break
			}
		}
		if is {
			c.members[st.ID()] = true
		} else {
			c.strangers[st.ID()] = true
		}
	}
	for _, m := range why.Classes {
		if m.Subclass != nil {
			touch(m.Subclass.Stmt)
		}
	}
	for _, b := range why.Branches {
		c.branches[branch{b.Statement.ID(), b.Taken}] = true
	}
	for _, o := range why.Origins {
		// Options inside others are not sent on their own.
		if o.Sent || o.Option.Space != "dhcp" {
			for _, st := range o.Statements {
				touch(st)
			}
		}
	}
}

func firstStatement(k *model.Class) dhcpdconf.Statement {
	if len(k.Stmts) == 0 {
		return nil
	}
	return k.Stmts[0]
}

func (c *coverage) result(who *client.Client, t *server.Trace) {
	p := c.places
	subnet, network := p.subnets[int64(t.SubnetID)], p.networks[int64(t.SubnetID)]
	var pool, host element
	if t.Pool != nil {
		e, ok := c.pools[t.Pool]
		if !ok {
			e = p.pool(t.Pool)
			c.pools[t.Pool] = e
		}
		pool = e
		// Another subnet of the network than the client's may have given it.
		subnet, network = p.subnets[int64(t.Pool.Subnet.ID)], p.networks[int64(t.Pool.Subnet.ID)]
	}
	if t.Reservation != nil {
		e, ok := c.hosts[t.Reservation]
		if !ok {
			e = p.reservation(t.Reservation, who.MAC, clientID(who))
			c.hosts[t.Reservation] = e
		}
		host = e
	}
	for _, e := range []element{subnet, network, pool, host} {
		if e.node != nil {
			c.elements[e.pointer] = true
		}
	}
	for _, name := range t.Classes {
		if e, ok := p.classes[name]; ok {
			c.elements[e.pointer] = true
		}
	}
	if c.everybody == nil {
		c.everybody = slices.Sorted(maps.Keys(p.classes))
	}
	c.everybody = slices.DeleteFunc(c.everybody, func(name string) bool {
		if slices.Contains(t.Classes, name) {
			return false
		}
		c.without[p.classes[name].pointer] = true
		return true
	})
	for code, source := range t.Sources {
		var scope element
		switch source {
		case "reservation":
			scope = host
		case "pool":
			scope = pool
		case "subnet":
			scope = subnet
		case "shared network":
			scope = network
		case "global":
			scope = p.server
		default:
			if name, ok := strings.CutPrefix(source, "class "); ok {
				scope = p.classes[name]
			}
		}
		if scope.node == nil {
			continue
		}
		if code == codeLeaseTime {
			for _, e := range []element{scope, network, p.server} {
				if l := e.get("valid-lifetime"); l.node != nil {
					c.elements[l.pointer] = true
					break
				}
			}
			continue
		}
		key := optionKey{scope.pointer, code}
		pointer, ok := c.options[key]
		if !ok {
			pointer = p.option(scope, uint32(code)).pointer
			c.options[key] = pointer
		}
		if pointer != "" {
			c.elements[pointer] = true
		}
	}
}

const codeLeaseTime = 51

// sides says what was touched, and of what was not, why.
func (c *coverage) sides(result string) []Side {
	return []Side{{Name: c.conf.File.Source.Name, Things: c.originalThings()}, {Name: result, Things: c.resultThings()}}
}
