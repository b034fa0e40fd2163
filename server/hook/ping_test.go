package hook_test

import (
	"errors"
	"io"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/hook"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/logging"
	"github.com/keamigrate/keamigrate/server/transport"
)

// pingRig is a hook whose time and network are the test's.
type pingRig struct {
	hook   hook.PingCheck
	sent   []netip.Addr
	fail   error // of sending
	timers []func()
	ended  []bool // whether the addresses were in use
}

func newPingRig(settings config.PingSettings) *pingRig {
	r := &pingRig{}
	r.hook = hook.PingCheck{Log: logging.New("test", io.Discard, logging.Debug, time.Now), Send: func(to netip.Addr, _, _ uint16) error {
		r.sent = append(r.sent, to)
		return r.fail
	}, After: func(_ time.Duration, then func()) func() bool {
		r.timers = append(r.timers, then)
		return func() bool { return true }
	}, Done: func(_ *server.Waiting, inUse bool) { r.ended = append(r.ended, inUse) }}
	r.hook.Configure(&config.PingCheck{PingSettings: settings})
	return r
}

// pass lets the time pass that was waited for.
func (r *pingRig) pass() {
	timers := r.timers
	r.timers = nil
	for _, then := range timers {
		then()
	}
}

func TestPingCheck(t *testing.T) {
	a := netip.MustParseAddr("10.0.0.1")
	settings := config.PingSettings{Enabled: true, Requests: 2, Timeout: time.Second, CLTT: 60}
	offer := func() *server.Offer {
		return &server.Offer{Lease: &lease.Lease4{Address: a}, Now: 1000, Waiting: &server.Waiting{}}
	}
	echo, unreachable := transport.Echo{Address: a}, transport.Echo{Address: a, Unreachable: true}
	for _, one := range []struct {
		name  string
		do    func(*pingRig)
		sent  int
		ended []bool
	}{
		{"nobody answers", func(r *pingRig) { r.pass(); r.pass() }, 2, []bool{false}},
		{"somebody answers", func(r *pingRig) { r.hook.Heard(echo) }, 1, []bool{true}},
		{"the second time", func(r *pingRig) { r.pass(); r.hook.Heard(echo) }, 2, []bool{true}},
		{"in the last moment", func(r *pingRig) { r.hook.Heard(echo); r.pass(); r.hook.Heard(echo) }, 1, []bool{true}},
		{"too late", func(r *pingRig) { r.pass(); r.pass(); r.hook.Heard(echo) }, 2, []bool{false}},
		{"somebody else answers", func(r *pingRig) { r.hook.Heard(transport.Echo{Address: a.Next()}) }, 1, nil},
		{"there is no way", func(r *pingRig) { r.hook.Heard(unreachable) }, 1, []bool{false}},
		{"the server ends", func(r *pingRig) { r.hook.Close(); r.pass(); r.hook.Heard(echo) }, 1, nil},
	} {
		r := newPingRig(settings)
		if v := r.hook.Offered(offer()); v != server.Park || r.hook.Waiting() != 1 {
			t.Fatalf("%s: %v, %d wait", one.name, v, r.hook.Waiting())
		}
		if v := r.hook.Offered(offer()); v != server.Drop {
			t.Errorf("%s: an address is checked twice at a time: %v", one.name, v)
		}
		one.do(r)
		if len(r.sent) != one.sent || !slices.Equal(r.ended, one.ended) {
			t.Errorf("%s: %d requests, ended %v; want %d, %v", one.name, len(r.sent), r.ended, one.sent, one.ended)
		}
		if want := len(one.ended); one.name != "the server ends" && r.hook.Waiting() != 1-want {
			t.Errorf("%s: %d wait", one.name, r.hook.Waiting())
		}
	}

	r := newPingRig(settings)
	r.fail = errors.New("no network")
	if v := r.hook.Offered(offer()); v != server.Park || len(r.ended) != 0 {
		t.Errorf("what cannot be sent: %v, %v", v, r.ended)
	}
	if r.pass(); !slices.Equal(r.ended, []bool{false}) {
		t.Errorf("an address that cannot be asked is free: %v", r.ended)
	}

	old := func(state lease.State, cltt int64, valid uint32) *lease.Lease4 {
		return &lease.Lease4{Address: a, Terms: lease.Terms{State: state, CLTT: cltt, Valid: valid}}
	}
	for _, one := range []struct {
		name  string
		offer server.Offer
		want  server.Verdict
	}{
		{"no lease", server.Offer{Lease: nil}, server.Continue},
		{"reserved", server.Offer{Reserved: true}, server.Continue},
		{"active", server.Offer{Old: old(lease.Assigned, 500, 4000), Own: true}, server.Continue},
		{"a moment ago", server.Offer{Old: old(lease.Assigned, 950, 10), Own: true}, server.Continue},
		{"long ago", server.Offer{Old: old(lease.Assigned, 940, 10), Own: true}, server.Park},
		{"somebody else's", server.Offer{Old: old(lease.Assigned, 950, 10)}, server.Park},
	} {
		r := newPingRig(settings)
		o := one.offer
		o.Now = 1000
		if one.name != "no lease" {
			o.Lease = &lease.Lease4{Address: a}
		}
		if v := r.hook.Offered(&o); v != one.want {
			t.Errorf("%s: %v, want %v", one.name, v, one.want)
		}
	}
	settings.Enabled = false
	if v := newPingRig(settings).hook.Offered(offer()); v != server.Continue {
		t.Errorf("switched off: %v", v)
	}
}
