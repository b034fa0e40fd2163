package replay_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"

	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/store/memfile"
	"github.com/keamigrate/keamigrate/verify"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/exchange"
)

func dhcpFromBytes(raw []byte) (*dhcpv4.DHCPv4, error) { return dhcpv4.FromBytes(raw) }

// newProduction is a server that answers as a configuration says.
func newProduction(t testing.TB, job verify.Job) func(raw []byte, at time.Time, from, to netip.AddrPort) []byte {
	t.Helper()
	return newProductionAt(t, job, productionServer)
}

// newProductionAt is one with this address.
func newProductionAt(t testing.TB, job verify.Job, local netip.Addr) func(raw []byte, at time.Time, from, to netip.AddrPort) []byte {
	t.Helper()
	conf, _ := verify.Servable(job.Own)
	built, err := exchange.BuildKeasrv(conf)
	if err != nil {
		t.Fatal(err)
	}
	leases, err := memfile.OpenLive4(t.Context(), "", memfile.LiveOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var now time.Time
	s := server.New4(built, server.Options{Leases: leases, Clock: func() time.Time { return now }})
	return func(raw []byte, at time.Time, from, to netip.AddrPort) []byte {
		now = at
		a, ok := s.Handle(&server.Packet{Raw: raw, Local: local, Src: from, Dst: to}, nil)
		if !ok {
			return nil
		}
		return slices.Clone(a.Raw)
	}
}

// message is the first message of a client.
func message(t *testing.T, line string) []byte {
	t.Helper()
	c := clients(t, line)[0]
	m, err := c.Message4(c.Do[0], [4]byte{}, client.Lease4{})
	if err != nil {
		t.Fatal(err)
	}
	return m.ToBytes()
}

// otherServer makes an answer one of another server, 10.0.0.9, with other options.
func otherServer(raw []byte) []byte {
	m, err := dhcpv4.FromBytes(raw)
	if err != nil {
		panic(err)
	}
	m.UpdateOption(dhcpv4.OptServerIdentifier([]byte{10, 0, 0, 9}))
	m.UpdateOption(dhcpv4.OptRouter([]byte{10, 0, 0, 9}))
	return m.ToBytes()
}
