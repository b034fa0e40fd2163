package answer

import (
	"container/heap"
	"net/netip"
	"regexp"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

// State is what one running server remembers. It is not safe for concurrent use.
type State struct {
	server  *Server
	now     int64 // seconds since 1970 of the message that is being answered
	global  *variables
	spawned map[spawned]*class
	billed  map[*class]uint32
	// refusal is the text that dhcpd sends with its next DHCPNAK.
	refusal  string
	ended    string // why the server is no more; empty: it serves
	patterns map[string]*regexp.Regexp
	abandon  int64 // abandon-lease-time in seconds

	leases6

	byAddress  map[netip.Addr]*lease
	byUID      map[string][]*lease // the one that dhcpd likes best first
	byHardware map[string][]*lease
	queues     map[*pool]*queue
	timers     timers
}

// Start starts a server at a time, in seconds since 1970. It has no leases but
// the reserved ones of the lease file.
func (s *Server) Start(now int64) *State {
	r := &State{
		server: s, now: now,
		spawned: map[spawned]*class{}, billed: map[*class]uint32{}, patterns: map[string]*regexp.Regexp{},
		byAddress: map[netip.Addr]*lease{}, byUID: map[string][]*lease{}, byHardware: map[string][]*lease{},
		queues: map[*pool]*queue{}, abandon: defaultAbandon,
	}
	r.leases6.init()
	// dhcpd executes the global scope once when it starts; what it sets then
	// is what class conditions and options see as variables.
	e := &env{run: r, out: &options{}, vars: &r.global}
	e.scope(s.root, nil)
	if v := e.out.lookup(s.serverSpace, paramAbandonTime); v != nil {
		if b, ok := e.setting(v); ok && len(b) == 4 {
			r.abandon = int64(bigEndian(b))
		}
	}
	r.startServer6(e)
	r.keepReserved()
	return r
}

// keepReserved gives the reserved leases of the lease file to those who had
// them; nobody else gets their addresses.
func (r *State) keepReserved() {
	for _, st := range r.server.conf.Reserved {
		l := r.lookup(st.Address)
		if l == nil {
			continue
		}
		l.reserved, l.virgin = true, false
		if st.UID != nil {
			l.uid = st.UID
		}
		if st.Hardware != nil {
			l.hardware = append([]byte{st.HType}, st.Hardware...)
		}
		r.index(l)
	}
}

const defaultAbandon = 86400

// end ends the server.
func (r *State) end(why string) {
	if r.ended == "" {
		r.ended = why
	}
}

// Ended says why the server is no more: what some message made it do is its
// end. It is empty while the server serves.
func (r *State) Ended() string { return r.ended }

// binding is the state of a lease.
type binding uint8

const (
	free binding = iota
	active
	abandoned
)

// lease is an address that dhcpd gives out, or a fixed address for the time of
// one message.
type lease struct {
	address            netip.Addr
	pool               *pool // nil: a fixed address
	subnet             *subnet
	state              binding
	starts, ends, cltt int64
	uid                []byte // nil: none
	hardware           []byte // type and address; nil: none
	host               *host
	vars               *variables
	agent              *optionSet // what the relay said
	hostname           []byte
	billing            *class
	static             bool
	nulls              bool // the client ends texts with NUL
	cannotReuse        bool
	reserved           bool // for the client that had it last
	virgin             bool // it is still where it was when the server started
	on                 map[string][]dhcpdconf.Statement
}

// queue is the free and abandoned leases of a pool that somebody had, those
// first that ended first.
type queue struct {
	piece, offset   int // where addresses that nobody had begin
	free, abandoned []*lease
	used            uint64 // leases that are not free
}

func (r *State) queue(p *pool) *queue {
	q := r.queues[p]
	if q == nil {
		q = &queue{}
		r.queues[p] = q
	}
	return q
}

// lookup returns the lease of an address of some pool, or nil.
func (r *State) lookup(a netip.Addr) *lease {
	if l := r.byAddress[a]; l != nil {
		return l
	}
	t := r.server.stretchOf(a)
	if t == nil {
		return nil
	}
	l := &lease{address: a, pool: t.pool, subnet: t.subnet, virgin: true, on: map[string][]dhcpdconf.Statement{}}
	r.byAddress[a] = l
	return l
}

// firstVirgin returns the first address of a pool that nobody had, or nil.
func (r *State) firstVirgin(p *pool) *lease {
	q := r.queue(p)
	for q.piece < len(p.pieces) {
		x := p.pieces[q.piece]
		if uint64(x.low)+uint64(q.offset) > uint64(x.high) {
			q.piece, q.offset = q.piece+1, 0
			continue
		}
		if l := r.lookup(address4(x.low + uint32(q.offset))); l.virgin {
			return l
		}
		q.offset++
	}
	return nil
}

// insert puts a lease in front of those that end at the same time or later.
func insert(list []*lease, l *lease) []*lease {
	i := len(list)
	for i > 0 && list[i-1].ends >= l.ends {
		i--
	}
	list = append(list, nil)
	copy(list[i+1:], list[i:])
	list[i] = l
	return list
}

func without(list []*lease, l *lease) []*lease {
	for i, x := range list {
		if x == l {
			return append(list[:i:i], list[i+1:]...)
		}
	}
	return list
}

// dequeue takes a lease out of its queue.
func (r *State) dequeue(l *lease) {
	if l.virgin {
		l.virgin = false
		return
	}
	q := r.queue(l.pool)
	switch l.state {
	case free:
		q.free = without(q.free, l)
	case abandoned:
		q.abandoned = without(q.abandoned, l)
	}
	if l.state != free {
		q.used--
	}
}

func (r *State) enqueue(l *lease) {
	q := r.queue(l.pool)
	switch {
	case l.reserved: // nobody looks for it
	case l.state == free:
		q.free = insert(q.free, l)
	case l.state == abandoned:
		q.abandoned = insert(q.abandoned, l)
	}
	if l.state != free {
		q.used++
		if l.ends > r.now { // dhcpd sets no timer for what has passed
			heap.Push(&r.timers, timer{l.ends, l})
		}
	}
}

// preferred reports whether l goes before other in the list of the leases of
// one client.
func preferred(other, l *lease) bool {
	switch other.state {
	case active:
		return l.state == active && l.ends >= other.ends
	case abandoned:
		return l.state != abandoned || l.cltt >= other.cltt
	}
	return l.state == active || l.state != abandoned && l.cltt >= other.cltt
}

func (r *State) index(l *lease) {
	put := func(m map[string][]*lease, key []byte) {
		list := m[string(key)]
		i := 0
		for i < len(list) && !preferred(list[i], l) {
			i++
		}
		list = append(list, nil)
		copy(list[i+1:], list[i:])
		list[i] = l
		m[string(key)] = list
	}
	if l.uid != nil {
		put(r.byUID, l.uid)
	}
	if l.hardware != nil {
		put(r.byHardware, l.hardware)
	}
}

func (r *State) unindex(l *lease) {
	drop := func(m map[string][]*lease, key []byte) {
		if list := without(m[string(key)], l); len(list) > 0 {
			m[string(key)] = list
		} else {
			delete(m, string(key))
		}
	}
	if l.uid != nil {
		drop(r.byUID, l.uid)
	}
	if l.hardware != nil {
		drop(r.byHardware, l.hardware)
	}
}

// supersede makes a lease what n says, in a new state.
func (r *State) supersede(l, n *lease, next binding) {
	r.unindex(l)
	r.dequeue(l)
	if l.billing != n.billing {
		r.unbill(l)
		if n.billing != nil {
			r.bill(l, n.billing)
		}
	}
	l.starts, l.ends, l.cltt = n.starts, n.ends, n.cltt
	l.uid, l.hardware, l.host, l.vars, l.hostname = n.uid, n.hardware, n.host, n.vars, n.hostname
	l.agent = nil
	if next == active {
		l.agent = n.agent
	}
	r.index(l)
	r.move(l, next)
}

// move changes the state of a lease that is in no queue and puts it in the one
// for its new state.
func (r *State) move(l *lease, next binding) {
	if l.state == active && next != active {
		e := &env{run: r, lease: l, vars: &l.vars}
		e.execute(l.on["expiry"], nil)
		delete(l.on, "expiry")
		delete(l.on, "release")
		r.unbill(l)
		l.agent, l.hostname, l.host = nil, nil, nil
	}
	l.state = next
	r.enqueue(l)
}

// release gives a lease back.
func (r *State) release(l *lease, q *query) {
	e := &env{run: r, query: q, lease: l, vars: &l.vars}
	if q != nil {
		e.in = q.options
	}
	e.execute(l.on["release"], nil)
	delete(l.on, "release")
	delete(l.on, "expiry")
	if l.state == free || l.pool == nil {
		return
	}
	delete(l.on, "commit")
	l.vars = nil
	r.dequeue(l)
	l.ends = r.now
	r.move(l, free)
}

// decline takes an address out of use for some time.
func (r *State) decline(l *lease) {
	n := *l
	n.vars, n.hardware, n.uid = nil, nil, nil
	n.ends = r.now + r.abandon
	if n.ends > maxTime {
		n.ends = maxTime
	}
	r.supersede(l, &n, abandoned)
}

// timer is when a lease ends.
type timer struct {
	at    int64
	lease *lease
}

type timers []timer

func (t timers) Len() int           { return len(t) }
func (t timers) Less(i, j int) bool { return t[i].at < t[j].at }
func (t timers) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *timers) Push(x any)        { *t = append(*t, x.(timer)) }
func (t *timers) Pop() any {
	old := *t
	x := old[len(old)-1]
	*t = old[:len(old)-1]
	return x
}

// advance moves the clock on and ends the leases whose time has come.
func (r *State) advance(now int64) {
	if now > r.now {
		r.now = now
	}
	for len(r.timers) > 0 && r.timers[0].at <= r.now {
		t := heap.Pop(&r.timers).(timer)
		if l := t.lease; l.state != free && l.ends == t.at {
			r.dequeue(l)
			r.move(l, free)
		}
	}
	r.advance6()
}
