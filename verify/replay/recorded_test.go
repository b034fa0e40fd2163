package replay_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"github.com/keamigrate/keamigrate/verify/replay"
)

const captures = "../../testdata/captures/"

// recorded is a capture that scripts/record-captures.sh has made of real programs, and what
// the translation of their configuration makes of it.
func recorded(t *testing.T, capture []byte) *replay.Result {
	t.Helper()
	conf, err := os.ReadFile(captures + "relay.conf")
	if err != nil {
		t.Fatal(err)
	}
	job := translated(t, string(conf))
	r, err := replay.Run(t.Context(), replay.Job{Name: "test", Input: bytes.NewReader(capture), Config: job.Own, Original: &job})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func readCapture(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(captures + name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// TestRecorded: one and the same traffic, seen in front of the relay, behind it, on both
// sides, and on all interfaces at once. The relay passes on the renewal that the client
// sends to the server itself, once for each of its addresses: the answers to the three
// messages of one transaction differ.
func TestRecorded(t *testing.T) {
	for _, c := range []struct {
		name                                               string
		frames, messages, answers, compared, front, repeat int
	}{
		{"relay-server.pcap", 28, 10, 8, 7, 0, 0},
		{"relay-both.pcapng", 56, 14, 12, 7, 0, 3},
		{"relay-any.pcapng", 75, 16, 12, 7, 0, 5},
		{"relay-clients.pcap", 28, 4, 4, 3, 2, 0},
	} {
		r := recorded(t, readCapture(t, c.name))
		if r.Frames != c.frames || r.Messages != c.messages || r.Answers != c.answers || r.Compared != c.compared || r.InFront != c.front || r.Repeated != c.repeat {
			t.Errorf("%s: other counts:\n%s", c.name, text(t, r))
		}
		if r.Counts.Different != 0 || r.Unanswered != 0 || r.Missing != 0 || r.Cut != 0 {
			t.Errorf("%s: %s", c.name, text(t, r))
		}
		for _, g := range r.Groups {
			if len(g.Findings) != 1 || g.Findings[0] != "options-cut" || g.Field != "option 42" {
				t.Errorf("%s: %s of %s explained by %s", c.name, g.Field, g.Step, g.Findings)
			}
		}
	}
}

// frames are those of a recorded capture in the format pcap.
func (tr *traffic) load(file []byte) {
	r, err := pcapgo.NewReader(bytes.NewReader(file))
	if err != nil {
		tr.t.Fatal(err)
	}
	for {
		data, info, err := r.ReadPacketData()
		if err == io.EOF {
			return
		}
		if err != nil {
			tr.t.Fatal(err)
		}
		tr.frames, tr.at = append(tr.frames, data), append(tr.at, info.Timestamp)
	}
}

// TestRecordedOtherwise: the capture of the server in the ways in which captures come.
func TestRecordedOtherwise(t *testing.T) {
	file := readCapture(t, "relay-server.pcap")
	load := func() *traffic {
		tr := &traffic{t: t, link: layers.LinkTypeEthernet}
		tr.load(file)
		return tr
	}
	counts := func(r *replay.Result) [4]int {
		return [4]int{r.Compared, r.Counts.Allowed, r.Counts.Explained, r.Counts.Different}
	}
	want := counts(recorded(t, file))

	tagged := load()
	for i, f := range tagged.frames {
		tagged.frames[i] = slices.Concat(f[:12], []byte{0x88, 0xa8, 0x20, 5, 0x81, 0, 0, 7}, f[12:])
	}
	twice := load()
	for i := range load().frames {
		twice.frames, twice.at = append(twice.frames, twice.frames[i]), append(twice.at, twice.at[i].Add(20*time.Microsecond))
	}
	for name, capture := range map[string]*bytes.Buffer{
		"pcapng":         load().pcapng(),
		"VLAN tags":      tagged.pcap(),
		"frames twice":   ordered(twice).pcap(),
		"nanoseconds":    load().headed(binary.BigEndian, 0xa1b23c4d, 0, true),
		"longer records": load().headed(binary.LittleEndian, 0xa1b2cd34, 8, false),
	} {
		if r := recorded(t, capture.Bytes()); counts(r) != want || r.Unanswered != 0 {
			t.Errorf("%s: %d, not %d\n%s", name, counts(r), want, text(t, r))
		}
	}

	// Fragments have no ports, so a filter for ports takes only the first of a packet.
	filtered := load()
	filtered.frames, filtered.at = nil, nil
	for i, f := range load().frames {
		const atFragment = 14 + 6
		if binary.BigEndian.Uint16(f[12:]) == 0x0800 && binary.BigEndian.Uint16(f[atFragment:])&0x1fff != 0 {
			continue
		}
		filtered.frames, filtered.at = append(filtered.frames, f), append(filtered.at, load().at[i])
	}
	if r := recorded(t, filtered.pcap().Bytes()); r.Missing != 2 || r.Unanswered != 2 || !strings.Contains(text(t, r), "fragments that are not all in the capture") {
		t.Error(text(t, r))
	}
	short := load()
	for i, f := range short.frames {
		short.frames[i] = f[:min(len(f), 96)]
	}
	if r := recorded(t, short.pcap().Bytes()); r.Cut == 0 || r.Compared != 0 {
		t.Error(text(t, r))
	}
}

// TestLinks: on each VLAN the server has an address of its own, by which it chooses the
// subnet, also for messages that it has not answered. What it has never answered on is no
// network of its.
func TestLinks(t *testing.T) {
	tr := &traffic{t: t, link: layers.LinkTypeEthernet, now: begin}
	silent := func([]byte, time.Time, netip.AddrPort, netip.AddrPort) []byte { return nil }
	speak := func(vlan byte, answers func([]byte, time.Time, netip.AddrPort, netip.AddrPort) []byte, lines ...string) {
		from := len(tr.frames)
		tr.converse(productionServer, answers, clients(t, lines...))
		for i := from; i < len(tr.frames); i++ {
			tr.frames[i] = slices.Concat(tr.frames[i][:12], []byte{0x81, 0, 0, vlan}, tr.frames[i][12:])
		}
	}
	production := newProduction(t, translated(t, original))
	there := netip.MustParseAddr("10.0.1.1")
	other := newProductionAt(t, translated(t, original), there)
	speak(1, production, "mac=02:00:00:00:00:01 do=discover,request")
	speak(2, other, "mac=02:00:00:00:00:02 do=discover,request")
	speak(1, silent, "mac=02:00:00:00:00:03 do=discover")
	speak(2, silent, "mac=02:00:00:00:00:04 do=discover")
	speak(3, silent, "mac=02:00:00:00:00:05 do=discover")
	r := replayed(t, original, tr.pcap().Bytes())
	var subnets []string
	for _, g := range r.Groups {
		subnets = append(subnets, g.Subnet+" "+g.Got)
	}
	slices.Sort(subnets)
	if r.Unanswered != 3 || r.Counts.Different != 2 || !slices.Equal(subnets, []string{"10.0.0.0/24 OFFER", "10.0.1.0/24 OFFER"}) {
		t.Errorf("%q\n%s", subnets, text(t, r))
	}
	if len(r.Servers) != 2 || !strings.Contains(text(t, r), "answers name the servers 10.0.0.1 (2), 10.0.1.1 (2)") {
		t.Errorf("servers %v\n%s", r.Servers, text(t, r))
	}
}

// TestOtherServers: answers of others do not count, be they another server's or of one that
// knows about booting only.
func TestOtherServers(t *testing.T) {
	tr := &traffic{t: t, link: layers.LinkTypeEthernet, now: begin}
	production := newProduction(t, translated(t, original))
	boot := production((message(t, "mac=02:00:00:00:00:01 do=discover")), begin, netip.AddrPort{}, netip.AddrPort{})
	copy(boot[16:20], make([]byte, 4)) // it gives no address
	tr.converse(productionServer, func(raw []byte, at time.Time, from, to netip.AddrPort) []byte {
		copy(boot[4:8], raw[4:8])
		copy(boot[28:44], raw[28:44])
		tr.ip(netip.MustParseAddrPort("10.0.0.7:67"), netip.MustParseAddrPort("255.255.255.255:68"), boot)
		if raw[28+5] == 2 && raw[240+2] == 1 {
			tr.ip(netip.MustParseAddrPort("10.0.0.9:67"), netip.MustParseAddrPort("255.255.255.255:68"), otherServer(production(raw, at, from, to)))
		}
		return production(raw, at, from, to)
	}, clients(t, "mac=02:00:00:00:00:01 do=discover,request", "mac=02:00:00:00:00:02 do=discover,request"))
	file := tr.pcap().Bytes()
	run := func(servers ...netip.Addr) *replay.Result {
		r, err := replay.Run(t.Context(), replay.Job{Name: "test", Input: bytes.NewReader(file), Config: translated(t, original).Own, Servers: servers})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := run(productionServer); r.Counts.Different != 0 || r.Unanswered != 0 || r.Others != 5 {
		t.Error(text(t, r))
	}
	// The other server, which answers one DHCPDISCOVER, gives other options.
	if r := run(netip.MustParseAddr("10.0.0.9")); r.Counts.Different != 2 || r.Unanswered != 3 {
		t.Error(text(t, r))
	}
	if r := run(productionServer, netip.MustParseAddr("10.0.0.9")); r.Counts.Different != 1 || r.Unanswered != 0 || r.Extra != 1 {
		t.Error(text(t, r))
	}
}

// TestNotUnderstood: what a replay cannot compare, it names.
func TestNotUnderstood(t *testing.T) {
	tr := &traffic{t: t, link: layers.LinkTypeIEEE802_11, now: begin}
	tr.frames, tr.at = [][]byte{make([]byte, 100)}, []time.Time{begin}
	if r := replayed(t, original, tr.pcap().Bytes()); !strings.Contains(text(t, r), "1 frames are of a kind of network that is not understood") {
		t.Error(text(t, r))
	}
	six := make([]byte, 40+8+20)
	six[0], six[5], six[6] = 0x60, 28, 17
	binary.BigEndian.PutUint16(six[40:], 546)
	binary.BigEndian.PutUint16(six[42:], 547)
	six[45] = 28
	tr = &traffic{t: t, link: layers.LinkTypeRaw, now: begin, frames: [][]byte{six}, at: []time.Time{begin}}
	if r := replayed(t, original, tr.pcap().Bytes()); r.V6 != 1 || r.Compared != 0 || !strings.Contains(text(t, r), "verify --live") {
		t.Error(text(t, r))
	}
}
