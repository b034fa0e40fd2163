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
	"github.com/keamigrate/keamigrate/verify/exchange"
)

func dhcpFromBytes(raw []byte) (*dhcpv4.DHCPv4, error) { return dhcpv4.FromBytes(raw) }

// newProduction is a server that answers as a configuration says.
func newProduction(t testing.TB, job verify.Job) func(raw []byte, at time.Time, from, to netip.AddrPort) []byte {
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
	local := netip.MustParseAddr("10.0.0.1")
	return func(raw []byte, at time.Time, from, to netip.AddrPort) []byte {
		now = at
		a, ok := s.Handle(&server.Packet{Raw: raw, Local: local, Src: from, Dst: to}, nil)
		if !ok {
			return nil
		}
		return slices.Clone(a.Raw)
	}
}
