package hook

import (
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/logging"
	"github.com/keamigrate/keamigrate/server/transport"
)

// PingLogger is the part of the server that PingCheck logs for.
const PingLogger = "ping-check-hooks"

// Levels of messages for debugging.
const (
	pingBasic  = 40
	pingDetail = 50
)

// PingCheck is libdhcp_ping_check: before an address is offered that is nobody's, it
// asks whether somebody has it all the same (Kea manual, "Ping Check"). The offer
// waits meanwhile.
type PingCheck struct {
	Log *logging.Logger
	// Send asks an address for an echo.
	Send func(to netip.Addr, id, sequence uint16) error
	// After has something done later; what it returns calls that off.
	After func(time.Duration, func()) (stop func() bool)
	// Done is told how a check ended.
	Done func(w *server.Waiting, inUse bool)

	turn     sync.Mutex // is held by whoever uses what follows
	settings *config.PingCheck
	checks   map[netip.Addr]*check
	number   uint32 // of the last request
	closed   bool
}

// check is an address that is being looked for.
type check struct {
	address  netip.Addr
	settings config.PingSettings
	label    string // of the client that it is for
	waiting  *server.Waiting
	sent     uint32
	stop     func() bool // calls the timer off
}

// firstNumber is in the identifier of requests its upper half, and in their sequence
// its lower.
const firstNumber = 1 << 16

// Configure takes settings into use. Checks that run go on with theirs.
func (p *PingCheck) Configure(c *config.PingCheck) {
	p.turn.Lock()
	defer p.turn.Unlock()
	p.settings = c
	if p.checks == nil {
		p.checks, p.number = map[netip.Addr]*check{}, firstNumber
	}
}

// Close forgets what waits.
func (p *PingCheck) Close() {
	p.turn.Lock()
	defer p.turn.Unlock()
	p.closed = true
	for _, c := range p.checks {
		c.stop()
	}
	clear(p.checks)
}

// Waiting is that of server.OfferHook.
func (p *PingCheck) Waiting() int {
	p.turn.Lock()
	defer p.turn.Unlock()
	return len(p.checks)
}

// Offered is that of server.OfferHook.
func (p *PingCheck) Offered(o *server.Offer) server.Verdict {
	p.turn.Lock()
	defer p.turn.Unlock()
	if o.Lease == nil {
		p.Log.DebugLog(pingDetail, PingLogger, "PING_CHECK_NO_LEASE_OR_LEASE_REUSED", "Ping check skipped: no lease")
		return server.Continue
	}
	settings := p.settings.At(o.Lease.SubnetID)
	if p.closed || !settings.Enabled {
		return server.Continue
	}
	if p.checks[o.Lease.Address] != nil {
		p.Log.DebugLog(pingBasic, PingLogger, "PING_CHECK_DUPLICATE_CHECK", "Ping check already in progress for %s, initiated by %s", o.Lease.Address, o.Label)
		return server.Drop
	}
	if o.Reserved || o.Own && (o.Old.State == lease.Assigned && !o.Old.ExpiredAt(o.Now) || o.Now-o.Old.CLTT < int64(settings.CLTT)) {
		return server.Continue
	}
	c := &check{address: o.Lease.Address, settings: settings, label: o.Label, waiting: o.Waiting}
	p.checks[c.address] = c
	p.Log.DebugLog(pingBasic, PingLogger, "PING_CHECK_MGR_START_PING_CHECK", "for %s, initiated by %s", c.address, c.label)
	p.ask(c)
	return server.Park
}

// ask sends a request. An address that cannot be asked is free.
func (p *PingCheck) ask(c *check) {
	p.number++
	c.sent++
	id, sequence := uint16(p.number>>16), uint16(p.number)
	if err := p.Send(c.address, id, sequence); err != nil {
		text := err.Error()
		p.Log.Log(logging.Error, PingLogger, "PING_CHECK_CHANNEL_NETWORK_WRITE_ERROR", "occurred trying to ping %s, error %s", c.address, strings.ToUpper(text[:1])+text[1:])
		c.stop = p.After(0, func() { p.end(c, false) })
		return
	}
	p.Log.DebugLog(pingDetail, PingLogger, "PING_CHECK_CHANNEL_ECHO_REQUEST_SENT", "to address %s, id %d, sequence %d", c.address, id, sequence)
	c.stop = p.After(c.settings.Timeout, func() { p.expired(c) })
}

// expired goes on after a request that nobody has answered.
func (p *PingCheck) expired(c *check) {
	p.turn.Lock()
	if p.checks[c.address] != c {
		p.turn.Unlock()
		return // the answer came in the same moment
	}
	p.Log.DebugLog(pingDetail, PingLogger, "PING_CHECK_MGR_REPLY_TIMEOUT_EXPIRED", "for %s, ECHO REQUEST %d of %d, reply-timeout %d", c.address, c.sent, c.settings.Requests, c.settings.Timeout.Milliseconds())
	if c.sent < c.settings.Requests {
		p.Log.DebugLog(pingDetail, PingLogger, "PING_CHECK_MGR_NEXT_ECHO_SCHEDULED", "for %s, scheduling ECHO_REQUEST %d of %d", c.address, c.sent+1, c.settings.Requests)
		p.ask(c)
		p.turn.Unlock()
		return
	}
	p.turn.Unlock()
	p.end(c, false)
}

// end tells how a check ended, unless it has ended already.
func (p *PingCheck) end(c *check, inUse bool) {
	p.turn.Lock()
	if p.checks[c.address] != c {
		p.turn.Unlock()
		return
	}
	delete(p.checks, c.address)
	c.stop()
	p.turn.Unlock()
	if !inUse {
		p.Log.DebugLog(pingBasic, PingLogger, "PING_CHECK_MGR_LEASE_FREE_TO_USE", "address %s is free to use for %s", c.address, c.label)
	}
	p.Done(c.waiting, inUse)
}

// Heard is told what comes back about requests.
func (p *PingCheck) Heard(e transport.Echo) {
	p.turn.Lock()
	c := p.checks[e.Address]
	p.turn.Unlock()
	say := func(level uint32, id, format string) {
		p.Log.DebugLog(level, PingLogger, id, format, e.Address, e.ID, e.Sequence)
	}
	if e.Unreachable {
		if c == nil {
			say(pingDetail, "PING_CHECK_MGR_RECEIVED_UNEXPECTED_UNREACHABLE_MSG", "for %s, id %d, sequence %d received after reply-timeout expired")
			return
		}
		say(pingDetail, "PING_CHECK_MGR_RECEIVED_UNREACHABLE_MSG", "for %s, id %d, sequence %d")
		p.end(c, false)
		return
	}
	say(pingDetail, "PING_CHECK_CHANNEL_ECHO_REPLY_RECEIVED", "from address %s, id %d, sequence %d")
	if c == nil {
		say(pingDetail, "PING_CHECK_MGR_RECEIVED_UNEXPECTED_ECHO_REPLY", "from %s, id %d, sequence %d received after reply-timeout expired")
		return
	}
	say(pingBasic, "PING_CHECK_MGR_RECEIVED_ECHO_REPLY", "from %s, id %d, sequence %d")
	p.end(c, true)
}
