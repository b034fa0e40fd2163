package storetest

import (
	"math/rand/v2"
	"net/netip"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
)

// addresses is how many different addresses there are: few, so that leases meet.
const addresses = 20000

func random4(r *rand.Rand, v keaversion.Version) lease.Lease4 {
	n := r.IntN(addresses)
	l := lease.Lease4{Address: netip.AddrFrom4([4]byte{byte(10 + 190*(n%2)), byte(n >> 16), byte(n >> 8), byte(n)}), Terms: randomTerms(r, v)}
	if l.State > lease.Released {
		l.State = lease.Assigned // registered is of DHCPv6
	}
	if r.IntN(4) > 0 {
		l.HWAddr = randomBytes(r, 6)
	}
	if l.HWAddr == nil || r.IntN(2) == 0 {
		l.ClientID = randomBytes(r, 2+r.IntN(30))
	}
	if l.State == lease.Declined {
		l.HWAddr, l.ClientID = nil, nil
	}
	return l
}

func random6(r *rand.Rand, v keaversion.Version) lease.Lease6 {
	n := r.IntN(addresses)
	// Networks whose order as text is another one than as addresses.
	network := []byte{0x0d, 0xb8, byte(n % 3 * 0x77), byte(n % 5)}
	l := lease.Lease6{PrefixLen: 128, IAID: r.Uint32(), DUID: randomBytes(r, 4+r.IntN(120)), Preferred: r.Uint32(), Terms: randomTerms(r, v)}
	l.Address = netip.AddrFrom16([16]byte{0x20, 1, network[0], network[1], network[2], network[3], 13: byte(n >> 16), 14: byte(n >> 8), 15: byte(n)})
	if n%2 == 0 {
		l.Type, l.PrefixLen = lease.PD, 56
	}
	if r.IntN(2) == 0 {
		l.HWAddr, l.HWType, l.HWSource = randomBytes(r, 6), 1, 1<<r.IntN(2)
	}
	return l
}

func randomTerms(r *rand.Rand, v keaversion.Version) lease.Terms {
	t := lease.Terms{SubnetID: 1 + r.Uint32N(5), Valid: 1 + r.Uint32N(1e6), CLTT: 1700000000 + r.Int64N(1e5),
		FQDNFwd: r.IntN(2) == 0, FQDNRev: r.IntN(2) == 0, State: lease.State(r.IntN(3))}
	if v >= keaversion.V2_6 {
		t.PoolID = r.Uint32N(3)
	}
	if v >= keaversion.V3_0 {
		t.State = lease.State(r.IntN(5))
	}
	if r.IntN(10) == 0 {
		t.Valid = lease.Infinite
	}
	t.Hostname = []string{"", "a", "A", "host.example.org.", "ü.example.", "with, comma and 'quote' \\ \"", strings.Repeat("x", 255)}[r.IntN(7)]
	t.UserContext = []string{"", "", "", `{ "a": 1 }`, `{ "A": 1 }`, `{ "isc-dhcp": { "note": "it's; \\ ü, ok" } }`}[r.IntN(6)]
	return t
}

func randomBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}
