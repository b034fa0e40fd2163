package leasesconv

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/keamigrate/keamigrate/server/lease"
)

// Filter says which leases to show; the zero value takes all.
type Filter struct {
	HWAddr   []byte
	Address  netip.Prefix // not valid: all
	Hostname string       // a part of the name, without regard to case
	State    *lease.State
	Ended    bool   // only those assigned leases that have ended
	SubnetID uint32 // 0: all
}

// Shown is a lease as it is shown, of either protocol.
type Shown struct {
	Address  string    `json:"address"` // of a prefix, with its length
	HWAddr   string    `json:"hw-address,omitempty"`
	ClientID string    `json:"client-id,omitempty"`
	DUID     string    `json:"duid,omitempty"`
	IAID     *uint32   `json:"iaid,omitempty"`
	State    string    `json:"state"`
	Hostname string    `json:"hostname,omitempty"`
	Heard    time.Time `json:"cltt"`
	// Expires is when the lease ends; nil: never.
	Expires     *time.Time      `json:"expires"`
	SubnetID    uint32          `json:"subnet-id"`
	PoolID      uint32          `json:"pool-id,omitempty"`
	UserContext json.RawMessage `json:"user-context,omitempty"`

	ended bool // at the time of asking
}

// Show4 yields those leases of DHCPv4 that a filter takes.
func Show4(leases iter.Seq2[lease.Lease4, error], f Filter, now time.Time) iter.Seq2[Shown, error] {
	return show(leases, func(l *lease.Lease4) (Shown, bool) {
		s := shown(&l.Terms, now)
		s.Address, s.HWAddr, s.ClientID = l.Address.String(), lease.Colons(l.HWAddr), lease.Colons(l.ClientID)
		return s, f.takes(&l.Terms, l.Address, l.HWAddr) && (s.ended || !f.Ended)
	})
}

// Show6 yields those leases of DHCPv6 that a filter takes. The hardware address
// is looked for in the DUID, too.
func Show6(leases iter.Seq2[lease.Lease6, error], f Filter, now time.Time) iter.Seq2[Shown, error] {
	return show(leases, func(l *lease.Lease6) (Shown, bool) {
		s := shown(&l.Terms, now)
		s.Address, s.HWAddr, s.DUID, s.IAID = l.Address.String(), lease.Colons(l.HWAddr), lease.Colons(l.DUID), &l.IAID
		if l.Type == lease.PD {
			s.Address = l.Prefix().String()
		}
		hw := l.HWAddr
		if len(f.HWAddr) > 0 && bytes.HasSuffix(l.DUID, f.HWAddr) {
			hw = f.HWAddr
		}
		return s, f.takes(&l.Terms, l.Address, hw) && (s.ended || !f.Ended)
	})
}

func show[L lease.Lease](leases iter.Seq2[L, error], one func(*L) (Shown, bool)) iter.Seq2[Shown, error] {
	return func(yield func(Shown, error) bool) {
		for l, err := range leases {
			if err != nil {
				yield(Shown{}, err)
				return
			}
			if s, ok := one(&l); ok && !yield(s, nil) {
				return
			}
		}
	}
}

func (f *Filter) takes(t *lease.Terms, a netip.Addr, hw []byte) bool {
	return (len(f.HWAddr) == 0 || bytes.Equal(hw, f.HWAddr)) &&
		(!f.Address.IsValid() || f.Address.Contains(a)) &&
		(f.Hostname == "" || strings.Contains(strings.ToLower(t.Hostname), strings.ToLower(f.Hostname))) &&
		(f.State == nil || t.State == *f.State) &&
		(f.SubnetID == 0 || t.SubnetID == f.SubnetID)
}

func shown(t *lease.Terms, now time.Time) Shown {
	s := Shown{State: t.State.String(), Hostname: t.Hostname, Heard: time.Unix(t.CLTT, 0).UTC(), SubnetID: t.SubnetID, PoolID: t.PoolID,
		ended: t.State == lease.Assigned && t.ExpiredAt(now.Unix())}
	if t.Valid != lease.Infinite {
		expires := time.Unix(t.Expire(), 0).UTC()
		s.Expires = &expires
	}
	if json.Valid([]byte(t.UserContext)) {
		s.UserContext = json.RawMessage(t.UserContext)
	}
	return s
}

// ParseHWAddr reads a hardware address as people write it: with colons, hyphens
// or dots between its digits, or with nothing.
func ParseHWAddr(text string) ([]byte, error) {
	digits := strings.NewReplacer(":", "", "-", "", ".", "").Replace(text)
	data, err := hex.DecodeString(digits)
	if err != nil || len(data) == 0 || len(data) > 20 {
		return nil, fmt.Errorf("%q is no hardware address", text)
	}
	return data, nil
}

// dhcpdStates are the names that dhcpd has for states of Kea.
var dhcpdStates = map[string]lease.State{
	"active": lease.Assigned, "abandoned": lease.Declined, "free": lease.Reclaimed, "expired": lease.Reclaimed, "backup": lease.Reclaimed,
}

// ParseState reads a state by its name or a beginning of it, or by dhcpd's name.
func ParseState(text string) (lease.State, error) {
	if s, ok := dhcpdStates[strings.ToLower(text)]; ok {
		return s, nil
	}
	var names []string
	for s := lease.Assigned; s <= lease.Registered; s++ {
		if text != "" && strings.HasPrefix(s.String(), strings.ToLower(text)) {
			return s, nil
		}
		names = append(names, s.String())
	}
	return 0, fmt.Errorf("%q is no state: use %s", text, strings.Join(names, ", "))
}

// Writer writes leases in one of the forms.
type Writer func(io.Writer, iter.Seq2[Shown, error]) (n int, err error)

// WriteTable writes leases for people.
func WriteTable(w io.Writer, leases iter.Seq2[Shown, error]) (n int, err error) {
	p := printer{w: w}
	for s, err := range leases {
		if err != nil {
			return n, err
		}
		if n++; n == 1 {
			p.printf("%-18s %-20s %-17s %-20s %6s  %s\n", "address", "client", "state", "ends (UTC)", "subnet", "name")
		}
		client := s.HWAddr
		if client == "" {
			client = s.ClientID + s.DUID
		}
		state := s.State
		if s.ended {
			state = "ended"
		}
		ends := "never"
		if s.Expires != nil {
			ends = s.Expires.Format(time.DateTime)
		}
		p.printf("%-18s %-20s %-17s %-20s %6d  %s\n", s.Address, client, state, ends, s.SubnetID, printable(s.Hostname))
	}
	return n, p.err
}

// printable keeps what could steer a terminal out.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return '?'
		}
		return c
	}, text)
}

// WriteJSON writes leases as a JSON array, one lease a line.
func WriteJSON(w io.Writer, leases iter.Seq2[Shown, error]) (n int, err error) {
	p := printer{w: w}
	before := "["
	for s, err := range leases {
		if err != nil {
			return n, err
		}
		text, err := json.Marshal(s)
		if err != nil {
			return n, err
		}
		p.printf("%s\n%s", before, text)
		before = ","
		n++
	}
	if n == 0 {
		p.printf("[")
	}
	p.printf("\n]\n")
	return n, p.err
}

// WriteCSV writes leases as comma-separated values (RFC 4180), with a header.
func WriteCSV(w io.Writer, leases iter.Seq2[Shown, error]) (n int, err error) {
	c := csv.NewWriter(w)
	c.Write([]string{"address", "hw-address", "client-id", "duid", "iaid", "state", "hostname", "cltt", "expires", "subnet-id", "pool-id"})
	for s, err := range leases {
		if err != nil {
			return n, err
		}
		var iaid, expires string
		if s.IAID != nil {
			iaid = strconv.FormatUint(uint64(*s.IAID), 10)
		}
		if s.Expires != nil {
			expires = s.Expires.Format(time.RFC3339)
		}
		c.Write([]string{s.Address, s.HWAddr, s.ClientID, s.DUID, iaid, s.State, s.Hostname, s.Heard.Format(time.RFC3339), expires,
			strconv.FormatUint(uint64(s.SubnetID), 10), strconv.FormatUint(uint64(s.PoolID), 10)})
		n++
	}
	c.Flush()
	return n, c.Error()
}

// Leases opens what leases show reads: Kea's leases at a place, or a lease file of
// dhcpd.
type Leases struct {
	V6   bool
	All4 iter.Seq2[lease.Lease4, error] // unless V6
	All6 iter.Seq2[lease.Lease6, error] // if V6
}

// OpenLeases finds out what a place holds. Networks may be nil: the subnets of
// leases in a file of dhcpd are not known then. Entries that cannot be read are
// told to problem.
func OpenLeases(ctx context.Context, p Place, networks *Networks, now time.Time, problem func(error)) (*Leases, error) {
	v6, err := p.IsV6(ctx)
	if err != nil && p.IsDatabase() {
		return nil, err
	}
	if err == nil {
		return &Leases{V6: v6, All4: p.All4(ctx, problem), All6: p.All6(ctx, problem)}, nil
	}
	return openDhcpd(ctx, p.File, networks, now, problem, err)
}
