package server_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/packet"
)

// letsWait lets every offer wait.
type letsWait struct{ last *server.Offer }

func (l *letsWait) Offered(o *server.Offer) server.Verdict { l.last = o; return server.Park }
func (l *letsWait) Waiting() int                           { return 0 }

// TestParkedOffer lets an offer wait: it leaves, or its address is declined, whatever
// the lease database remembers of that.
func TestParkedOffer(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	address := netip.MustParseAddr("10.0.0.10")
	client, other := []byte{2, 0, 0, 0, 0, 1}, []byte{2, 0, 0, 0, 0, 2}
	held := func(hw []byte, began int64, valid uint32) *lease.Lease4 {
		return &lease.Lease4{Address: address, HWAddr: hw, Terms: lease.Terms{SubnetID: 1, CLTT: began, Valid: valid}}
	}
	for _, one := range []struct {
		name          string
		conf          string
		before, after *lease.Lease4 // what there is when the offer is made, and what comes meanwhile
		inUse         bool
		declined      bool
	}{
		{"free", "", nil, nil, false, false},
		{"in use", "", nil, nil, true, true},
		{"kept, and free", `"offer-lifetime": 60,`, nil, nil, false, false},
		{"kept, and in use", `"offer-lifetime": 60,`, nil, nil, true, true},
		{"a lease that has ended", "", held(other, 1000, 10), nil, true, true},
		{"the client's own that has ended", "", held(client, 1000, 10), nil, true, true},
		{"somebody gets it meanwhile", "", nil, held(other, now.Unix(), 4000), true, false},
	} {
		hook := &letsWait{}
		s, leases := newServer(t, `{ "Dhcp4": { `+one.conf+` "subnet4": [ { "id": 1, "subnet": "10.0.0.0/24", "pools": [ { "pool": "10.0.0.10 - 10.0.0.10" } ] } ] } }`,
			server.Options{Clock: func() time.Time { return now }, Offers: hook})
		if one.before != nil {
			leases.Put(one.before)
		}
		m := packet.AppendHeader(nil, &packet.Header4{HType: 1, HLen: 6, XID: 7, CHAddr: client, GIAddr: netip.MustParseAddr("10.0.0.1")})
		m[0] = packet.BootRequest
		m = packet.AppendEnd(packet.AppendOption(m, 53, []byte{packet.Discover}), 0, 300)
		if _, ok := s.Handle(&server.Packet{Raw: m, Interface: "eth0", Local: netip.MustParseAddr("10.0.0.1")}, nil); ok || s.Parked() == nil {
			t.Fatalf("%s: the offer does not wait", one.name)
		}
		if one.before != nil && (hook.last.Old == nil || hook.last.Own != (one.name == "the client's own that has ended")) {
			t.Errorf("%s: %+v", one.name, hook.last)
		}
		w := s.Parked()
		clear(m) // the room is the next message's
		if one.after != nil {
			leases.Put(one.after)
		}
		a, ok := s.Resume(w, one.inUse)
		var answer packet.Message4
		if ok != !one.inUse || ok && (answer.Parse(a.Raw) != nil || answer.YIAddr() != address || answer.XID() != 7) {
			t.Errorf("%s: %v %x", one.name, ok, a.Raw)
		}
		if l, there := leases.Get(address); (there && l.State == lease.Declined) != one.declined {
			t.Errorf("%s: %+v", one.name, l)
		}
	}
}

// TestParkedOfferTakenAway does not send an offer whose lease is gone: it could not be
// written, or somebody has deleted it.
func TestParkedOfferTakenAway(t *testing.T) {
	s, leases := newServer(t, `{ "Dhcp4": { "offer-lifetime": 60, "subnet4": [ { "id": 1, "subnet": "10.0.0.0/24", "pools": [ { "pool": "10.0.0.10 - 10.0.0.10" } ] } ] } }`,
		server.Options{Clock: func() time.Time { return time.Unix(1_000_000, 0) }, Offers: &letsWait{}})
	m := packet.AppendHeader(nil, &packet.Header4{HType: 1, HLen: 6, CHAddr: []byte{2, 0, 0, 0, 0, 1}, GIAddr: netip.MustParseAddr("10.0.0.1")})
	m[0] = packet.BootRequest
	m = packet.AppendEnd(packet.AppendOption(m, 53, []byte{packet.Discover}), 0, 300)
	if _, ok := s.Handle(&server.Packet{Raw: m, Interface: "eth0", Local: netip.MustParseAddr("10.0.0.1")}, nil); ok || s.Parked() == nil {
		t.Fatal("the offer does not wait")
	}
	leases.Delete(netip.MustParseAddr("10.0.0.10"))
	if a, ok := s.Resume(s.Parked(), false); ok {
		t.Errorf("an offer without its lease leaves: %x", a.Raw)
	}
}
