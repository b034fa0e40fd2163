package replay_test

import (
	"context"
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/translator/model/answer"
	"github.com/keamigrate/keamigrate/verify/replay"
)

// dhcpdAnswers is a production server that answers as dhcpd does, by its model.
func dhcpdAnswers(t *testing.T, conf string) func(raw []byte, at time.Time, from, to netip.AddrPort) []byte {
	t.Helper()
	parsed, _ := dhcpdconf.Parse("dhcpd.conf", []byte(conf), dhcpdconf.Options{Protocol: dhcpdconf.DHCP4})
	state := answer.New(model.Build(parsed, dhcpdconf.DHCP4), answer.Settings{Interface: "eth0", Address: productionServer}).Start(begin.Unix())
	return func(raw []byte, at time.Time, _, _ netip.AddrPort) []byte {
		return state.Answer4(raw, at, false).Message
	}
}

// TestInFrontOfRelay: a capture from between the clients and their relay, whose messages
// have no relay's address yet.
func TestInFrontOfRelay(t *testing.T) {
	tr := &traffic{t: t, link: layers.LinkTypeEthernet, now: begin}
	production := newProduction(t, translated(t, original))
	relay := netip.MustParseAddr("10.0.1.1")
	tr.converse(productionServer, func(raw []byte, at time.Time, _, to netip.AddrPort) []byte {
		passed := slices.Clone(raw)
		passed[3] = 1
		copy(passed[24:], relay.AsSlice())
		return production(passed, at, netip.AddrPortFrom(relay, 67), netip.AddrPortFrom(productionServer, 67))
	}, clients(t, "mac=02:00:00:00:00:01 prl=1,3,15 do=discover,request", "mac=02:00:00:00:00:02 prl=1,3 do=discover,request,rebind"))
	tr.converse(productionServer, func([]byte, time.Time, netip.AddrPort, netip.AddrPort) []byte { return nil },
		clients(t, "mac=02:00:00:00:00:03 request=10.0.1.77 do=discover"))
	r := replayed(t, original, tr.pcap().Bytes())
	if r.Counts.Equal != 5 || r.Counts.Different != 1 || r.InFront != 6 || r.Groups[0].Subnet != "10.0.1.0/24" || r.Groups[0].Want != "silence" {
		t.Error(text(t, r))
	}
}

// TestOrder: an answer may stand before its message, as the times of both say; the same
// answer from another interface belongs to no other message.
func TestOrder(t *testing.T) {
	tr := &traffic{t: t, link: layers.LinkTypeEthernet, now: begin}
	tr.converse(productionServer, newProduction(t, translated(t, original)), clients(t, usual[:3]...))
	count := len(tr.frames)
	for i := 0; i+1 < len(tr.frames); i += 2 {
		tr.frames[i], tr.frames[i+1] = tr.frames[i+1], tr.frames[i]
		tr.at[i], tr.at[i+1] = tr.at[i+1], tr.at[i]
	}
	r := replayed(t, original, tr.pcap().Bytes())
	if want := replayed(t, original, ordered(tr).pcap().Bytes()); r.Compared != want.Compared || r.Counts.Different != 0 || r.Late == 0 || r.Extra != 0 || r.Frames != count || want.Late != 0 {
		t.Errorf("%s\nin order:\n%s", text(t, r), text(t, want))
	}
	// Each frame is there twice.
	for i := len(tr.frames) - 1; i >= 0; i-- {
		tr.frames, tr.at = slices.Insert(tr.frames, i, tr.frames[i]), slices.Insert(tr.at, i, tr.at[i])
	}
	if r := replayed(t, original, ordered(tr).pcap().Bytes()); r.Counts.Different != 0 || r.Late != 0 {
		t.Error(text(t, r))
	}
}

// ordered puts frames into the order of their times.
func ordered(tr *traffic) *traffic {
	numbers := make([]int, len(tr.frames))
	for i := range numbers {
		numbers[i] = i
	}
	slices.SortStableFunc(numbers, func(a, b int) int { return tr.at[a].Compare(tr.at[b]) })
	out := *tr
	out.frames, out.at = nil, nil
	for _, n := range numbers {
		out.frames, out.at = append(out.frames, tr.frames[n]), append(out.at, tr.at[n])
	}
	return &out
}

// TestParts: captures that hold a part of the traffic say so.
func TestParts(t *testing.T) {
	tr := &traffic{t: t, link: layers.LinkTypeEthernet, now: begin}
	tr.converse(productionServer, newProduction(t, translated(t, original)), clients(t, usual[:3]...))
	part := func(keep func(i int, f []byte) bool) *replay.Result {
		some := *tr
		some.frames, some.at = nil, nil
		for i, f := range tr.frames {
			if keep(i, f) {
				some.frames, some.at = append(some.frames, f), append(some.at, tr.at[i])
			}
		}
		return replayed(t, original, some.pcap().Bytes())
	}
	const atOp = 14 + 20 + 8
	if r := part(func(_ int, f []byte) bool { return f[atOp] == 1 }); !r.OneWay() || !strings.Contains(text(t, r), "one direction only") {
		t.Error(text(t, r))
	}
	if r := part(func(_ int, f []byte) bool { return f[atOp] == 2 }); r.Compared != 0 || r.Extra != r.Answers || r.Extra == 0 {
		t.Error(text(t, r))
	}
	cut := *tr
	cut.frames = nil
	for _, f := range tr.frames {
		cut.frames = append(cut.frames, f[:200])
	}
	if r := replayed(t, original, cut.pcap().Bytes()); r.Messages != 0 || r.Cut != len(tr.frames) || !strings.Contains(text(t, r), "cut off") {
		t.Error(text(t, r))
	}
}

// TestYoungLeases: dhcpd leaves a lease as it is that is young, and so does its
// translation, whichever address of the pool it has chosen itself.
func TestYoungLeases(t *testing.T) {
	tr := &traffic{t: t, link: layers.LinkTypeEthernet, now: begin}
	production := dhcpdAnswers(t, original)
	before := *tr
	before.converse(productionServer, production, clients(t, "mac=02:00:00:00:00:08 do=discover,request", "mac=02:00:00:00:00:09 relay=10.0.1.1 do=discover,request"))
	var list []string
	for _, c := range []string{"mac=02:00:00:00:00:01 hostname=one", "mac=02:00:00:00:00:02 client-id=01:02 hostname=two", "mac=02:00:00:00:00:03 relay=10.0.1.1"} {
		list = append(list, c+" prl=1,3,12,15 do=discover,request")
	}
	for range 2 {
		tr.converse(productionServer, production, clients(t, list...))
		tr.now = tr.now.Add(20 * time.Second)
	}
	r := replayed(t, original, tr.pcap().Bytes())
	if r.Counts.Different != 0 || r.Compared != 12 {
		t.Error(text(t, r))
	}
	if !strings.Contains(text(t, r), "free-address") {
		t.Errorf("both have chosen the same addresses:\n%s", text(t, r))
	}
}

// TestLive: a capture that goes on is compared as it comes, and ends when it is interrupted.
func TestLive(t *testing.T) {
	tr := &traffic{t: t, link: layers.LinkTypeEthernet, now: begin}
	tr.converse(productionServer, newProduction(t, translated(t, original)), clients(t, usual[1]))
	in, out := io.Pipe()
	go out.Write(tr.pcap().Bytes()) // and nothing after it
	ctx, interrupt := context.WithCancel(t.Context())
	found := 0
	r, err := replay.Run(ctx, replay.Job{Input: in, Live: true, Config: translated(t, strings.Replace(original, "10.0.1.254", "10.0.1.253", 1)).Own,
		Found: func(*replay.Difference) {
			if found++; found == 2 {
				interrupt()
			}
		}})
	if err != nil || found < 2 || r.Counts.Different < 2 {
		t.Errorf("%v, %d differences were told:\n%s", err, found, text(t, r))
	}
}
