package translator_test

import (
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/verify/oracle"
)

// linkOf opens the wire of a server's first interface until the test ends.
func linkOf(t *testing.T, s *oracle.Server) *oracle.Link {
	t.Helper()
	link, err := s.Link(0)
	if err != nil {
		if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
			t.Skipf("frames in a namespace need root: %v", err)
		}
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := link.Close(); err != nil {
			t.Error(err)
		}
	})
	return link
}

// DHCPv4 message types (RFC 2132, 9.6).
const (
	dhcpDiscover = 1
	dhcpRequest  = 3
	dhcpDecline  = 4
	dhcpAck      = 5
	dhcpRelease  = 7
)

// message4 is a message of the client that the wire is for, with further options.
func message4(kind byte, ciaddr netip.Addr, options ...byte) []byte {
	m := make([]byte, 236)
	m[0], m[1], m[2], m[10] = 1, 1, 6, 0x80
	copy(m[4:], []byte{'x', 'i', 'd', kind})
	if ciaddr.IsValid() {
		copy(m[12:], ciaddr.AsSlice())
	}
	copy(m[28:], []byte{2, 0, 0, 0, 0, 2})
	m = append(m, 99, 130, 83, 99, 53, 1, kind)
	return append(append(m, options...), 255)
}

// lease lets the client take an address, and returns it.
func lease(t *testing.T, s *oracle.Server, link *oracle.Link, options ...byte) netip.Addr {
	t.Helper()
	const patience = time.Minute
	offer, err := link.Exchange4(message4(dhcpDiscover, netip.Addr{}), patience)
	if err != nil {
		t.Fatalf("no offer: %v\n%s", err, s.Log())
	}
	server := options4(t, offer)[54]
	identity := slices.Concat([]byte{54, 4}, server, []byte{50, 4}, offer[16:20])
	ack, err := link.Exchange4(message4(dhcpRequest, netip.Addr{}, append(identity, options...)...), patience)
	if err != nil {
		t.Fatalf("no answer to the request: %v\n%s", err, s.Log())
	}
	if kind := options4(t, ack)[53]; len(kind) != 1 || kind[0] != dhcpAck {
		t.Fatalf("the request is answered with message type %v\n%s", kind, s.Log())
	}
	address, _ := netip.AddrFromSlice(ack[16:20])
	return address
}
