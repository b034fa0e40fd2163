package dhcpdleases

import (
	"net/netip"
	"strconv"
)

// Entry is one declaration of a lease file: *[Lease4], *[IA], *[Failover],
// *[Declaration], *[ServerDUID] or *[ByteOrder].
//
// An Entry and the byte slices in it belong to the reader. They are valid until
// the next one is asked for.
type Entry interface {
	// Position says where the entry stands.
	Position() Place
	entry()
}

// Place is where an entry stands in its file.
type Place struct {
	// Offset is that of the first byte, End the one behind the last.
	Offset, End int64
	// Line is the line of the first byte, EndLine that of the last; both count
	// from 1.
	Line, EndLine int
}

// Position returns the place itself; entries have it from here.
func (p Place) Position() Place { return p }

func (Place) entry() {}

// Never is the time that stands for "never", and for everything from the year
// 2038 on: dhcpd's MAX_TIME.
const Never = 1<<31 - 1

// State is the state of a binding.
type State uint8

// The states, in dhcpd's order. NoState is an entry that gives none.
const (
	NoState State = iota
	Free
	Active
	Expired
	Released
	Abandoned
	Reset
	Backup
)

var stateNames = [...]string{"", "free", "active", "expired", "released", "abandoned", "reset", "backup"}

// String returns the word of the lease file, "" for NoState.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "State(" + strconv.Itoa(int(s)) + ")"
}

// Lease4 is "lease ADDRESS { ... }", a binding of DHCPv4. Times are Unix
// seconds, 0 where the entry has none, or [Never].
type Lease4 struct {
	Place
	Address netip.Addr // IPv4

	Starts, Ends    int64
	TSTP, TSFP      int64 // failover: potential expiry sent to, and had from, the partner
	ATSFP           int64 // failover: the one that the partner has acknowledged
	CLTT            int64 // the client's last transaction
	State           State // NoState in old files; see StateAt
	Next, Rewind    State // State where the entry gives none, as dhcpd reads it
	Reserved, BOOTP bool  // "reserved;" and "dynamic-bootp;"
	HasHardware     bool
	HardwareType    byte   // 1 is Ethernet
	Hardware        []byte // at most 20 bytes
	HasUID          bool
	UID             []byte // the client identifier with its type byte
	HasHostname     bool
	ClientHostname  []byte
	Billing         Billing
	Variables       []Variable
	AgentOptions    []AgentOption
	Events          []Event
}

// StateAt is the state that dhcpd has for the lease when it reads it at a time,
// outside of failover: an entry without a state is active until it ends, and as
// long as something is left to be done at its end.
func (l *Lease4) StateAt(now int64) State {
	if l.State != NoState {
		return l.State
	}
	if l.Ends > now {
		return Active
	}
	for _, e := range l.Events {
		if (e.Expiry || e.Release) && !e.Empty {
			return Active
		}
	}
	return Free
}

// Variable is "set NAME = VALUE;".
type Variable struct {
	Name  []byte
	Value Value
}

// ValueKind is the form of a variable's value.
type ValueKind uint8

// The forms of a value. dhcpd reads constants only: an expression makes an
// entry a broken one.
const (
	Text   ValueKind = iota + 1 // "text", bytes of any kind
	Hex                         // a:b:c; dhcpd writes it back as text
	Number                      // %123
	Bool                        // true, false
)

// Value is the value of a variable.
type Value struct {
	Kind   ValueKind
	Data   []byte // of Text and Hex
	Number int64
	Bool   bool
}

// AgentOption is "option agent.NAME VALUE;": a suboption of option 82, which the
// relay agent has sent.
type AgentOption struct {
	Code byte
	Data []byte // as on the wire
	// Quoted says that the value was written as text. dhcpd itself does so
	// where all bytes are printable.
	Quoted bool
}

// Billing is "billing class NAME;" or "billing subclass NAME VALUE;": the class
// whose lease limit the lease counts for.
type Billing struct {
	Given    bool
	Class    []byte
	Subclass bool
	Data     []byte // the value that makes the subclass
}

// Event is an "on" block: statements to run when the binding ends.
type Event struct {
	Expiry, Release, Commit, Transmission bool
	Empty                                 bool   // no block, or none with statements
	Raw                                   []byte // as written, from "on" to the closing brace
}

// IAKind tells identity associations apart.
type IAKind uint8

// The kinds of identity associations, by their DHCPv6 option codes.
const (
	NA IAKind = 3
	TA IAKind = 4
	PD IAKind = 25
)

// String returns the word of the lease file.
func (k IAKind) String() string {
	switch k {
	case NA:
		return "ia-na"
	case TA:
		return "ia-ta"
	case PD:
		return "ia-pd"
	}
	return "IAKind(" + strconv.Itoa(int(k)) + ")"
}

// IA is "ia-na KEY { ... }", "ia-ta" or "ia-pd": all that one identity
// association of a DHCPv6 client holds. It replaces what earlier entries with
// the same key say.
type IA struct {
	Place
	Kind IAKind
	Key  []byte // IAID in the order of the file, and DUID
	IAID uint32
	DUID []byte
	CLTT int64 // Unix seconds; 0 if there is none
	// Bindings are in the order of the file. An address may be in it twice.
	Bindings []Binding6
}

// Binding6 is "iaaddr ADDRESS { ... }" or "iaprefix PREFIX { ... }".
type Binding6 struct {
	Prefix           netip.Prefix // of an address, /128
	State            State        // Free, Active, Expired, Released or Abandoned
	Preferred, Valid uint32       // lifetimes in seconds; 0 if not given
	Ends             int64
	Variables        []Variable
	Events           []Event
}

// Failover is "failover peer NAME state { ... }".
type Failover struct {
	Place
	Name        []byte
	My, Partner PeerState
	HasMCLT     bool
	MCLT        int64 // seconds; the secondary writes it
}

// PeerState is the state of one side of a failover pair.
type PeerState struct {
	State string // such as "normal" or "partner-down"; "" if not given
	At    int64  // Unix seconds; 0 means now, as dhcpd reads a state without time
}

// Declaration is "host", "group", "class" or "subclass": what OMAPI has made,
// or a class has spawned. It is in the language of dhcpd.conf.
type Declaration struct {
	Place
	Keyword string
	Raw     []byte // as written, up to the closing brace or ";"
}

// ServerDUID is "server-duid VALUE;".
type ServerDUID struct {
	Place
	DUID []byte
}

// ByteOrder is "authoring-byte-order ORDER;": the order of the bytes of the IAID
// in the keys of identity associations.
type ByteOrder struct {
	Place
	Big bool
}
