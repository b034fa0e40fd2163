package server

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/logging"
	"github.com/keamigrate/keamigrate/server/stats"
	"github.com/keamigrate/keamigrate/server/store/memfile"
)

// Server4 answers messages of DHCPv4. It belongs to one goroutine.
type Server4 struct {
	conf   *config.Config4
	leases *memfile.Live4
	count  *counters
	limits *limits          // nil: nothing is limited
	log    *logging.Logger  // nil: nothing is logged
	update func(NameChange) // nil: DNS is told nothing
	watch  func(*Event)     // nil: nobody wants to know
	offers OfferHook        // nil: offers leave at once
	parked *Waiting         // what the message at hand left, and waits
	clock  func() time.Time
	rand   *rand.Rand

	cursors []cursor // of the subnets: where the allocator goes on
	x       exchange // the message at hand
	trace   *Trace   // nil: nobody asks why
	// debugging: some messages for debugging are written.
	debugging bool
	// allocations counts addresses that the allocator has looked at.
	allocations uint64
}

// Options are what a server needs beside its configuration.
type Options struct {
	Leases *memfile.Live4
	Clock  func() time.Time
	Rand   *rand.Rand // for the allocator "random"
	// Stats are the statistics, which outlive a configuration; nil: nobody looks
	// at them.
	Stats *stats.Registry
	// Before is the server that this one takes the place of; nil: there is none. Change
	// says in what their configurations differ.
	Before *Server4
	Change Change
	// Log gets messages about what clients ask and get; nil: nothing is logged.
	Log *logging.Logger
	// Update sends a request for a change of DNS; nil: there are none.
	Update func(NameChange)
	// Watch is told what happens at Kea's hook points; nil: nobody wants to know.
	Watch func(*Event)
	// Offers decides about offers; nil: they leave.
	Offers OfferHook
}

// Change is what a configuration changes of the one before.
type Change int

// What is changed. Kea's commands count anew, or count once more, what is leased in the
// subnets, as they change them.
const (
	Everything  Change = iota
	SameSubnets        // reservations or classes, or which network subnets are in
	NewSubnets         // there are more subnets
	Subnets            // subnets are others, or fewer
)

// New4 returns a server for a configuration.
func New4(conf *config.Config4, opts Options) *Server4 {
	s := &Server4{conf: conf, leases: opts.Leases, clock: opts.Clock, rand: opts.Rand, log: opts.Log, update: opts.Update, watch: opts.Watch, offers: opts.Offers, cursors: make([]cursor, len(conf.Subnets))}
	s.limits = newLimits(conf, opts.Leases)
	if opts.Before != nil && opts.Change != Everything {
		s.goOn(opts.Before)
	}
	if opts.Stats == nil {
		s.count = &counters{off: true, registry: stats.NewRegistry(1, 0)}
		return s
	}
	now := opts.Clock()
	s.count = newCounters(opts.Stats, len(conf.Subnets), now)
	if opts.Before != nil && (opts.Change == Everything || opts.Change == Subnets) {
		s.count.forget(opts.Before.conf)
	}
	if opts.Before == nil || opts.Change != SameSubnets {
		s.count.begin(conf, opts.Leases, now)
	}
	return s
}

// Packet is a message as it came in.
type Packet struct {
	Raw       []byte
	Interface string
	// InterfaceIndex is its number.
	InterfaceIndex int
	// Local is the server's address on the interface.
	Local netip.Addr
	// Src and Dst are of the IP packet. A Dst that is not valid is one of
	// broadcast.
	Src, Dst netip.AddrPort
	// SrcHWAddr and DstHWAddr are of the frame; nil: they are not known.
	SrcHWAddr, DstHWAddr []byte
}

// Answer is a message to be sent.
type Answer struct {
	// Raw is valid until the server gets the next message.
	Raw []byte
	// To is where it goes. Its frame goes back to where the message came from, and with
	// ToAll to everybody on the link.
	To    netip.AddrPort
	ToAll bool
	// Direct: nobody answers for the address yet.
	Direct bool
}

// Handle answers a message; ok is false when there is nothing to say. What the
// answer gives away is in the lease database, and has to be committed there before
// the answer is sent. Whoever wants to know why gives a trace. Parked says whether
// the answer waits for a hook.
func (s *Server4) Handle(p *Packet, trace *Trace) (answer Answer, ok bool) {
	s.trace, s.parked = trace, nil
	x := &s.x
	s.count.now = s.clock()
	x.reset(p, s.count.now)
	s.debugging = s.log != nil && s.log.Debugging()
	s.count.received.Add(1, s.count.now)
	for _, step := range steps4 {
		if outcome := step.run(s, x); outcome != goOn {
			switch outcome {
			case drop:
				s.count.dropped.Add(1, s.count.now)
				return Answer{}, false
			case quiet:
				return Answer{}, false
			}
			break
		}
	}
	if x.answer.Raw == nil {
		return Answer{}, false
	}
	s.bindVariables(x)
	if !s.ask(x) {
		return Answer{}, false
	}
	if e := x.committed; e != nil {
		e.Point, e.Answer = AnswerSent, x.answer.Raw
		s.tell(x, *e)
	}
	if x.bootp {
		s.count.reply(0)
	} else {
		s.count.reply(x.reply)
	}
	s.logSent(x)
	return x.answer, true
}

// Parked is the answer to the last message if it waits for a hook, and nil if not.
func (s *Server4) Parked() *Waiting { return s.parked }

// Refuse counts a message that comes while the service is disabled.
func (s *Server4) Refuse(p *Packet) {
	x := &s.x
	s.trace, s.count.now = nil, s.clock()
	x.reset(p, s.count.now)
	s.debugging = s.log != nil && s.log.Debugging()
	s.count.received.Add(1, s.count.now)
	s.parse(x)
	s.count.dropped.Add(1, s.count.now)
	s.logBad(x, debugDrop, "DHCP4_PACKET_DROP_0008", "DHCP service is globally disabled")
}
