package population

import (
	"cmp"
	"math/rand/v2"
	"net/netip"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/verify/client"
)

// Options say which clients are wanted.
type Options struct {
	// Seed chooses among the clients when there are more than Most, and the
	// values that are made up.
	Seed uint64
	// Most is how many clients there are at most; 0 means 120. They are shared
	// out fairly between the subjects (subnets, hosts, conditions ...).
	Most int
	// Server is the server's address. Clients of the shared network that holds
	// it come without a relay as well.
	Server netip.Addr
	// Grow adds clients up to Most: each condition and host on every link and with
	// every other one, and the edges of each pool. Where clients cost nothing they
	// see more.
	Grow bool
}

// A subject is one thing that clients are made for; its clients are taken in
// order.
type subject []*client.Client

// A Member is a client with what it is there for.
type Member struct {
	Client *client.Client
	Purpose
}

// A Purpose is what a client is made for.
type Purpose struct {
	// Kind is "subnet", "host", "class", "condition", "subclass", "wishes",
	// "dialogue", "pool" or "lease".
	Kind string
	// Name tells apart those of one kind: "10.0.0.0/24", "printer".
	Name string
	// Statement is what it is about; nil: nothing in particular.
	Statement dhcpdconf.Statement
}

// Derive returns clients for a configuration, each in canonical form: what
// [client.Parse] makes of its line is the same client.
func Derive(conf *model.Config, o Options) []*client.Client {
	members := Members(conf, o)
	if members == nil {
		return nil
	}
	list := make([]*client.Client, len(members))
	for i, m := range members {
		list[i] = m.Client
	}
	return list
}

// Members returns the clients that Derive returns, with what they are there for.
func Members(conf *model.Config, o Options) []Member {
	const usual = 120
	if o.Most <= 0 {
		o.Most = usual
	}
	p := newPlanner(conf, o)
	p.findLinks()
	if len(p.links) == 0 {
		return nil
	}
	p.codes = wantedOptions(conf, p.v6)
	// The subjects by kind. Each kind gets the same share of the clients, and
	// within a kind each subject; what one does not need the others get.
	kinds := p.kinds()
	var order []*client.Client
	var turns [][]*client.Client
	for _, k := range kinds {
		p.random.Shuffle(len(k), func(i, j int) { k[i], k[j] = k[j], k[i] })
		turns = append(turns, inTurn(k))
	}
	var lists []subject
	for _, t := range turns {
		lists = append(lists, t)
	}
	order = inTurn(lists)
	if len(order) > o.Most {
		order = order[:o.Most]
	} else if o.Grow {
		order = p.grow(order)
	}
	if o.Grow {
		// Those that keep an address from others come last.
		slices.SortStableFunc(order, func(a, b *client.Client) int { return cmp.Compare(keeps(a), keeps(b)) })
	}
	out := make([]Member, 0, len(order))
	for i, c := range order {
		p.complete(c, i)
		if parsed, err := client.Parse(c.String()); err == nil {
			out = append(out, Member{parsed, p.purposes[c]})
		}
	}
	return out
}

// about notes what the clients of a subject are there for, unless that is known.
func (p *planner) about(s subject, kind, name string, st dhcpdconf.Statement) subject {
	for _, c := range s {
		if p.purposes[c].Kind == "" {
			p.purposes[c] = Purpose{kind, name, st}
		}
	}
	return s
}

// keeps says what a client leaves behind: nothing (0), or an address that is its own
// or nobody's for long.
func keeps(c *client.Client) int {
	switch {
	case slices.Contains(c.Do, client.Bootp):
		return 2
	case slices.Contains(c.Do, client.Decline):
		return 1
	}
	return 0
}

// inTurn takes one client of each subject after the other.
func inTurn(subjects []subject) []*client.Client {
	var list []*client.Client
	for at := 0; ; at++ {
		found := false
		for _, s := range subjects {
			if at < len(s) {
				list, found = append(list, s[at]), true
			}
		}
		if !found {
			return list
		}
	}
}

type planner struct {
	conf    *model.Config
	options Options
	v6      bool
	random  *rand.Rand
	links   []link
	codes   []uint16 // options that the file sets
	spared  map[*model.Network]bool
	made    int // hardware addresses that were made up for conditions
	next    int // link that gets the next client that fits everywhere
	// everything: all clients wish for every option.
	everything bool
	// patience is how many seconds a client has to have tried before the server answers
	// it, wherever it is.
	patience uint16
	// purposes are those of the clients made so far.
	purposes map[*client.Client]Purpose
}

func (p *planner) kinds() [][]subject {
	kinds := [][]subject{p.subnets(), p.hosts(), p.conditions(), p.members(), p.wishes(), p.dialogues()}
	if p.options.Grow {
		for _, k := range kinds[:4] {
			for i := range k {
				k[i] = p.withModest(k[i])
			}
		}
		kinds = append(kinds, p.edges())
	}
	return kinds
}

// withModest adds a client like the first of a subject that wishes for little: others that
// are made for something wish for everything, and show nothing of what is sent unasked.
func (p *planner) withModest(s subject) subject {
	if len(s) == 0 || p.v6 {
		return s
	}
	first := s[0]
	if _, has := first.Option(code4List); has {
		return s
	}
	modest := *first
	modest.Options, modest.Agent, modest.Do = slices.Clone(first.Options), slices.Clone(first.Agent), slices.Clone(first.Do)
	var list []byte
	for _, code := range shortList(false) {
		list = append(list, byte(code))
	}
	setOption(&modest.Options, code4List, list)
	p.purposes[&modest] = p.purposes[first]
	return append(s, &modest)
}

// Together returns clients that are, or stand in, what the statements of these numbers
// declare (hosts, subnets), and fulfil a condition of the file or are of a class, each
// with each.
func Together(conf *model.Config, statements map[int]bool, o Options) []Member {
	const all, apart = 1 << 30, 1 << 23
	most := o.Most
	o.Most, o.Grow = all, true
	p := newPlanner(conf, o)
	p.findLinks()
	if len(p.links) == 0 || len(statements) == 0 {
		return nil
	}
	p.codes, p.everything = wantedOptions(conf, p.v6), true
	conditions := append(p.conditions(), p.members()...)
	var out []Member
	for _, kind := range [][]subject{p.hosts(), p.subnets()} {
		for _, s := range kind {
			if len(s) == 0 {
				continue
			}
			who := s[0]
			if st := p.purposes[who].Statement; st == nil || !statements[st.ID()] {
				continue
			}
			for _, condition := range conditions {
				if len(condition) == 0 {
					continue
				}
				c := together(who, condition[0])
				if c == nil || len(out) >= most {
					continue
				}
				c.Relay, c.Do = who.Relay, nil
				if !c.Relay.IsValid() {
					c.Agent = nil
				}
				p.purposes[c] = p.purposes[who]
				p.complete(c, apart+len(out))
				if parsed, err := client.Parse(c.String()); err == nil {
					out = append(out, Member{parsed, p.purposes[c]})
				}
			}
		}
	}
	return out
}

// More returns further clients for statements that none has touched so far, named by
// their numbers: hosts, ranges, classes, subclasses, conditions, subnets. Each gets a few,
// others in each round (from 0); none are left when the result is empty. They ask for
// every option.
func More(conf *model.Config, untouched map[int]bool, round int, o Options) []Member {
	const each, all, apart = 2, 1 << 30, 1 << 21
	most := o.Most
	o.Most, o.Grow = all, true
	p := newPlanner(conf, o)
	p.findLinks()
	if len(p.links) == 0 {
		return nil
	}
	p.codes, p.everything = wantedOptions(conf, p.v6), true
	var out []Member
	for _, kind := range p.kinds() {
		for _, s := range kind {
			if len(s) == 0 {
				continue
			}
			if st := p.purposes[s[0]].Statement; st == nil || !untouched[st.ID()] {
				continue
			}
			for i := round * each; i < min(len(s), (round+1)*each) && len(out) < most; i++ {
				p.complete(s[i], apart*(1+round)+len(out))
				if parsed, err := client.Parse(s[i].String()); err == nil {
					out = append(out, Member{parsed, p.purposes[s[i]]})
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Member) int { return cmp.Compare(keeps(a.Client), keeps(b.Client)) })
	return out
}

func newPlanner(conf *model.Config, o Options) *planner {
	return &planner{
		conf: conf, options: o, v6: conf.Protocol == dhcpdconf.DHCP6,
		spared: map[*model.Network]bool{}, purposes: map[*client.Client]Purpose{},
		random:   rand.New(rand.NewPCG(o.Seed, 0x6b65616d69677261)),
		patience: patienceOf(conf),
	}
}

// link is a place where clients stand.
type link struct {
	subnet *model.Subnet
	relay  netip.Addr // not valid: on the server's own link
}

// findLinks finds a place in each subnet, and the server's own link first.
func (p *planner) findLinks() {
	home := p.conf.SubnetOf(p.options.Server)
	if home != nil {
		p.links = append(p.links, link{subnet: home})
	}
	var relayed []link
	for _, s := range p.conf.Subnets {
		if relay, ok := p.relayIn(s); ok {
			relayed = append(relayed, link{s, relay})
		}
	}
	p.random.Shuffle(len(relayed), func(i, j int) { relayed[i], relayed[j] = relayed[j], relayed[i] })
	p.links = append(p.links, relayed...)
}

// relayIn chooses an address for a relay: not the server's and in no pool.
func (p *planner) relayIn(s *model.Subnet) (netip.Addr, bool) {
	// A server sends nothing to a relay with an address that is no host's.
	if first := s.Prefix.Addr(); !s.Prefix.IsValid() || first.IsLoopback() || first.IsMulticast() || first.Is4() && (first.As4()[0] == 0 || first.As4()[0] >= 240) {
		return netip.Addr{}, false
	}
	const tries = 2000
	addr := s.Prefix.Addr()
	for range tries {
		if addr = addr.Next(); !addr.IsValid() || !s.Prefix.Contains(addr) {
			break
		}
		if addr != p.options.Server && p.conf.SubnetOf(addr) == s && !inPool(s.Network, addr) {
			return addr, true
		}
	}
	// A pool that fills its subnet: the relay's address is one of it.
	addr = s.Prefix.Addr().Next()
	return addr, addr.IsValid() && s.Prefix.Contains(addr) && addr != p.options.Server && p.conf.SubnetOf(addr) == s
}

func inPool(n *model.Network, addr netip.Addr) bool {
	for _, pool := range n.Pools {
		for _, r := range pool.Ranges {
			if r.Low.Compare(addr) <= 0 && addr.Compare(r.High) <= 0 {
				return true
			}
		}
	}
	return false
}

// turn returns the links one after the other.
func (p *planner) turn() link {
	l := p.links[p.next%len(p.links)]
	p.next++
	return l
}

// at makes a client on a link.
func (p *planner) at(l link) *client.Client {
	return &client.Client{V6: p.v6, Relay: l.relay}
}

// linkOf returns the place in a subnet.
func (p *planner) linkOf(s *model.Subnet) (link, bool) {
	i := slices.IndexFunc(p.links, func(l link) bool { return l.subnet == s })
	if i < 0 {
		return link{}, false
	}
	return p.links[i], true
}

// linkWithin returns a link on which the statements of a scope take effect.
func (p *planner) linkWithin(scope *model.Scope) link {
	for _, l := range p.links {
		if l.subnet.Scope.Within(scope) && scope.Kind != model.GlobalScope {
			return l
		}
	}
	if scope.Kind == model.PoolScope {
		for _, n := range p.conf.Networks {
			for _, pool := range n.Pools {
				if pool.Scope == scope {
					for _, r := range pool.Ranges {
						if l, ok := p.linkOf(r.Subnet); ok {
							return l
						}
					}
				}
			}
		}
	}
	return p.turn()
}
