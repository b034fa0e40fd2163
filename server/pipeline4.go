package server

import (
	"net/netip"
	"slices"
	"time"

	"github.com/keamigrate/keamigrate/server/classify"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/packet"
)

// outcome says how it goes on after a step.
type outcome uint8

const (
	goOn  outcome = iota
	drop          // nothing is said, since the message is not to be answered
	quiet         // nothing is said
	done          // the answer is complete
)

// steps4 are the steps of a message, in order (Kea manual, "Classification steps"
// and "How Kea Processes Packets").
var steps4 = []struct {
	name string
	run  func(*Server4, *exchange) outcome
}{
	{"parse", (*Server4).parse},
	{"sanity", (*Server4).sanity},
	{"classes", (*Server4).earlyClasses},
	{"global reservation", (*Server4).earlyReservation},
	{"subnet", (*Server4).selectSubnet},
	{"reservations", (*Server4).findReservations},
	{"classes of known clients", (*Server4).lateClasses},
	{"limits", (*Server4).limitPackets},
	{"lease", (*Server4).handleMessage},
	{"additional classes", (*Server4).additionalClasses},
	{"options", (*Server4).fillOptions},
	{"flexible options", (*Server4).flexOptions},
	{"BOOTP", (*Server4).answerBOOTP},
	{"answer", (*Server4).buildAnswer},
}

// exchange is a message on its way through the steps.
type exchange struct {
	in      *Packet
	now     int64 // seconds since 1970
	message packet.Message4
	query   classify.Query

	kind     uint8 // of the message
	bootp    bool  // it is one of BOOTP, dealt with as a DHCPREQUEST
	clientID []byte
	// replaced: libdhcp_flex_id has put another identifier in the place of the
	// client's own, which is sentID.
	replaced   bool
	sentID     []byte
	hwaddr     []byte
	requested  netip.Addr // option 50
	serverID   netip.Addr // option 54
	wish       uint32     // option 51
	wishes     bool       // there is an option 51
	prl        []byte     // option 55
	known      bool
	selected   *config.Subnet // that the client is on
	subnet     *config.Subnet // the same, or another on its link that has its address
	globalHost *config.Host
	hosts      []subnetHost // of the subnets that the client may use
	tries      uint64       // how many addresses were looked at that the client may use

	reply     uint8 // type of the answer
	lease     lease.Lease4
	seen      lease.Lease4 // a lease of the database that is looked at
	own       lease.Lease4 // that the client has of the address which is chosen
	stored    lease.Lease4 // what goes into the database
	hasLease  bool
	remaining uint32 // of a lease that is left as it is; 0: it was renewed
	kept      uint32 // for how long an offer is kept; 0: it is not kept
	reused    bool   // the client goes on with its lease as it is
	// committed is what was told of the leases of a DHCPREQUEST; nil: nothing.
	committed *Event
	// before is the lease that the address of an offer has had; nil: none.
	before    *lease.Lease4
	pool      *config.Pool
	name      string // that goes into option 12
	generated bool   // the name is made of the address
	// poolUnknown: the name is made as if the pool were not known.
	poolUnknown bool
	noAddress   bool // the client does without an IPv4 address
	fqdn        fqdn // option 81
	fqdnOut     fqdn // that goes into option 81

	// unnamed are classes of the client that the configuration does not name; only
	// where that is logged.
	unnamed   []unnamedClass
	labelText string // names the client in logs; empty: not made yet

	options [256]optionOut
	codes   []uint8 // of those that are set
	buffer  []byte
	scratch []byte
	scopes  []scope
	pools   []*config.Pool
	answer  Answer
}

// subnetHost is a reservation in a subnet.
type subnetHost struct {
	subnet *config.Subnet
	host   *config.Host
}

// unnamedClass is a class behind so many others.
type unnamedClass struct {
	name   string
	behind int
}

// optionOut is an option of the answer.
type optionOut struct {
	data []byte
	set  bool
}

func (x *exchange) reset(p *Packet, now time.Time) {
	for _, code := range x.codes {
		x.options[code] = optionOut{}
	}
	x.query.Reset()
	x.in, x.now = p, now.Unix()
	x.kind, x.bootp, x.clientID, x.hwaddr, x.prl = 0, false, nil, nil, nil
	x.requested, x.serverID, x.wish, x.wishes = netip.Addr{}, netip.Addr{}, 0, false
	x.known, x.selected, x.subnet, x.globalHost, x.hosts, x.tries = false, nil, nil, nil, x.hosts[:0], 0
	x.reply, x.lease, x.hasLease, x.remaining, x.kept, x.pool = 0, lease.Lease4{}, false, 0, 0, nil
	x.reused, x.before, x.committed = false, nil, nil
	x.noAddress, x.replaced, x.sentID = false, false, nil
	x.labelText, x.unnamed = "", x.unnamed[:0]
	x.name, x.generated, x.fqdn, x.fqdnOut, x.codes, x.answer = "", false, fqdn{}, fqdn{}, x.codes[:0], Answer{}
	x.scratch = x.scratch[:0]
}

// set puts an option into the answer, in the place of one that is there.
func (x *exchange) set(code uint8, data []byte) {
	if !x.options[code].set && !slices.Contains(x.codes, code) {
		x.codes = append(x.codes, code)
	}
	x.options[code] = optionOut{data: data, set: true}
}

// unset takes an option out of the answer.
func (x *exchange) unset(code uint8) { x.options[code] = optionOut{} }

// host is the reservation that counts for the client: that of its subnet, or the
// global one.
func (x *exchange) host() *config.Host {
	for _, h := range x.hosts {
		if h.subnet == x.subnet {
			return h.host
		}
	}
	if x.subnet == nil || !x.subnet.ReserveGlobal {
		return nil // it was only looked up early, for its classes
	}
	return x.globalHost
}

// inAny reports whether the client is in one of some classes; of none it is true.
func (x *exchange) inAny(classes []int) bool { return x.query.Classes.HasAny(classes) }
