package replay_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/translator/conversion"
	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/translator/model/answer"
	"github.com/keamigrate/keamigrate/verify"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/exchange"
	"github.com/keamigrate/keamigrate/verify/population"
	"github.com/keamigrate/keamigrate/verify/replay"
)

const original = `
authoritative;
default-lease-time 600;
option domain-name "example.org";
subnet 10.0.0.0 netmask 255.255.255.0 { option routers 10.0.0.254; range 10.0.0.10 10.0.0.99; }
subnet 10.0.1.0 netmask 255.255.255.0 { option routers 10.0.1.254; range 10.0.1.10 10.0.1.99; }
host h { hardware ethernet 02:00:00:00:00:11; fixed-address 10.0.0.5; }
`

var begin = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// traffic is a capture in the making.
type traffic struct {
	t      *testing.T
	frames [][]byte
	at     []time.Time
	link   layers.LinkType
	vlan   bool
	mtu    int // of IP packets; 0: as large as they are
	id     uint16
	now    time.Time
}

// ip puts a payload of UDP into an IP packet, or several.
func (tr *traffic) ip(src, dst netip.AddrPort, payload []byte) {
	udp := make([]byte, 8, 8+len(payload))
	binary.BigEndian.PutUint16(udp, src.Port())
	binary.BigEndian.PutUint16(udp[2:], dst.Port())
	binary.BigEndian.PutUint16(udp[4:], uint16(8+len(payload)))
	udp = append(udp, payload...)
	tr.id++
	size := len(udp)
	if tr.mtu > 0 {
		size = tr.mtu
	}
	var pieces [][]byte
	for at := 0; at < len(udp); at += size {
		part := udp[at:min(at+size, len(udp))]
		ip := make([]byte, 20, 20+len(part))
		ip[0], ip[8], ip[9] = 0x45, 64, 17
		binary.BigEndian.PutUint16(ip[2:], uint16(20+len(part)))
		binary.BigEndian.PutUint16(ip[4:], tr.id)
		flags := uint16(at / 8)
		if at+size < len(udp) {
			flags |= 1 << 13
		}
		binary.BigEndian.PutUint16(ip[6:], flags)
		copy(ip[12:], src.Addr().AsSlice())
		copy(ip[16:], dst.Addr().AsSlice())
		pieces = append(pieces, append(ip, part...))
	}
	slices.Reverse(pieces) // the last one comes first
	for _, p := range pieces {
		tr.frame(p)
	}
}

func (tr *traffic) frame(ip []byte) {
	var f []byte
	switch tr.link {
	case layers.LinkTypeEthernet:
		f = make([]byte, 12)
		if tr.vlan {
			f = append(f, 0x88, 0xa8, 0, 5, 0x81, 0, 0, 7)
		}
		f = append(f, 8, 0)
	case layers.LinkTypeLinuxSLL:
		f = append(make([]byte, 14), 8, 0)
	}
	tr.frames, tr.at = append(tr.frames, append(f, ip...)), append(tr.at, tr.now)
}

// converse lets clients speak to the production server, whose answers are those of
// keasrv with its configuration, changed by alter.
func (tr *traffic) converse(server netip.Addr, answers func(raw []byte, at time.Time, from, to netip.AddrPort) []byte, clients []*client.Client) {
	everybody := netip.AddrFrom4([4]byte{255, 255, 255, 255})
	for i, c := range clients {
		var l client.Lease4
		for j, step := range c.Do {
			tr.now = tr.now.Add(50 * time.Millisecond)
			m, err := c.Message4(step, [4]byte{9, byte(i >> 8), byte(i), byte(j)}, l)
			if errors.Is(err, client.ErrNoLease) {
				continue
			}
			if err != nil {
				tr.t.Fatal(err)
			}
			from, to := netip.AddrPortFrom(netip.IPv4Unspecified(), 68), netip.AddrPortFrom(everybody, 67)
			if c.Relay.IsValid() && !m.GatewayIPAddr.IsUnspecified() {
				from, to = netip.AddrPortFrom(c.Relay, 67), netip.AddrPortFrom(server, 67)
			} else if step == client.Renew || step == client.Release {
				a, _ := netip.AddrFromSlice(m.ClientIPAddr)
				from, to = netip.AddrPortFrom(a, 68), netip.AddrPortFrom(server, 67)
			}
			raw := m.ToBytes()
			tr.ip(from, to, raw)
			answer := answers(raw, tr.now, from, to)
			if answer == nil {
				continue
			}
			tr.now = tr.now.Add(time.Millisecond)
			back := netip.AddrPortFrom(everybody, 68)
			if c.Relay.IsValid() {
				back = netip.AddrPortFrom(c.Relay, 67)
			}
			tr.ip(netip.AddrPortFrom(server, 67), back, answer)
			read, err := dhcpFromBytes(answer)
			if err != nil {
				tr.t.Fatal(err)
			}
			l.Learn(read)
		}
	}
}

func (tr *traffic) pcap() *bytes.Buffer {
	var b bytes.Buffer
	w := pcapgo.NewWriter(&b)
	if err := w.WriteFileHeader(1<<16, tr.link); err != nil {
		tr.t.Fatal(err)
	}
	for i, f := range tr.frames {
		if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: tr.at[i], CaptureLength: len(f), Length: len(f)}, f); err != nil {
			tr.t.Fatal(err)
		}
	}
	return &b
}

func (tr *traffic) pcapng() *bytes.Buffer {
	var b bytes.Buffer
	w, err := pcapgo.NewNgWriter(&b, tr.link)
	if err != nil {
		tr.t.Fatal(err)
	}
	for i, f := range tr.frames {
		if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: tr.at[i], CaptureLength: len(f), Length: len(f)}, f); err != nil {
			tr.t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		tr.t.Fatal(err)
	}
	return &b
}

func translated(t testing.TB, text string) verify.Job {
	t.Helper()
	j := &conversion.Job{Name: "dhcpd.conf", Text: []byte(text), Parse: dhcpdconf.Options{Protocol: dhcpdconf.DHCP4}, Options: translator.Options{Target: keaversion.V3_0, Now: begin}}
	o, err := j.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	job, err := verify.Prepare(o, j.Options)
	if err != nil {
		t.Fatal(err)
	}
	return job
}

func clients(t *testing.T, lines ...string) (list []*client.Client) {
	t.Helper()
	list, err := client.ParseList(strings.Join(lines, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

var productionServer = netip.MustParseAddr("10.0.0.1")

var usual = []string{
	"mac=02:00:00:00:00:01 prl=1,3,15 do=discover,request,renew,release",
	"mac=02:00:00:00:00:02 relay=10.0.1.1 prl=1,3,15 circuit-id=port7 do=discover,request,reboot",
	"mac=02:00:00:00:00:11 prl=1,3,15 do=discover,request",
	"mac=02:00:00:00:00:03 request=10.9.9.9 do=reboot",
	"mac=02:00:00:00:00:04 ciaddr=10.0.0.77 prl=3 do=inform",
}

// TestReplay captures the same conversations in several ways; the configuration that
// production has gives the same answers, another one does not.
func TestReplay(t *testing.T) {
	for _, way := range []struct {
		name string
		set  func(*traffic)
		file func(*traffic) *bytes.Buffer
	}{
		{"ethernet", func(*traffic) {}, (*traffic).pcap},
		{"pcapng", func(*traffic) {}, (*traffic).pcapng},
		{"VLAN tags", func(tr *traffic) { tr.vlan = true }, (*traffic).pcap},
		{"fragments", func(tr *traffic) { tr.mtu = 128 }, (*traffic).pcap},
		{"any interface", func(tr *traffic) { tr.link = layers.LinkTypeLinuxSLL }, (*traffic).pcap},
		{"raw IP", func(tr *traffic) { tr.link = layers.LinkTypeRaw }, (*traffic).pcap},
	} {
		t.Run(way.name, func(t *testing.T) {
			tr := &traffic{t: t, link: layers.LinkTypeEthernet, now: begin}
			way.set(tr)
			production := newProduction(t, translated(t, original))
			tr.converse(productionServer, production, clients(t, usual...))
			file := way.file(tr).Bytes()
			r := replayed(t, original, file)
			if r.Counts.Different != 0 || r.Compared != 10 || r.Answers != 10 || r.Extra != 0 {
				t.Errorf("%s", text(t, r))
			}
			r = replayed(t, strings.Replace(original, "10.0.1.254", "10.0.1.253", 1), file)
			if r.Counts.Different != 3 || len(r.Groups) != 3 || r.Groups[0].Field != "option 3" || r.Groups[0].Subnet != "10.0.1.0/24" || r.Groups[0].Frame == 0 {
				t.Errorf("%s", text(t, r))
			}
			if !strings.Contains(r.Groups[0].Client, "circuit-id=port7") {
				t.Errorf("the client is %s", r.Groups[0].Client)
			}
		})
	}
}

// TestSilence: messages that one side does not answer.
func TestSilence(t *testing.T) {
	tr := &traffic{t: t, link: layers.LinkTypeEthernet, now: begin}
	production := newProduction(t, translated(t, original))
	tr.converse(productionServer, production, clients(t, usual[0]))
	tr.converse(productionServer, func([]byte, time.Time, netip.AddrPort, netip.AddrPort) []byte { return nil },
		clients(t, "mac=02:00:00:00:00:07 do=discover", "mac=02:00:00:00:00:08 relay=10.7.0.1 do=discover"))
	r := replayed(t, original, tr.pcap().Bytes())
	if r.Unanswered != 2 || r.Counts.Different != 1 || len(r.Groups) != 1 || r.Groups[0].Want != "silence" || r.Groups[0].Got != "OFFER" {
		t.Errorf("%s", text(t, r))
	}
}

func replayed(t *testing.T, conf string, file []byte) *replay.Result {
	t.Helper()
	r, err := replay.Run(t.Context(), replay.Job{Name: "test", Input: bytes.NewReader(file), Config: translated(t, conf).Own})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func replayError(t *testing.T, file []byte) error {
	t.Helper()
	_, err := replay.Run(t.Context(), replay.Job{Name: "test", Input: bytes.NewReader(file), Config: translated(t, original).Own})
	return err
}

func text(t *testing.T, r *replay.Result) string {
	var b strings.Builder
	if err := r.Text(&b, 100); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestNoCapture: what is no capture says so.
func TestNoCapture(t *testing.T) {
	for _, content := range []string{"", "abc", "this is a text\n", strings.Repeat("\x00", 100)} {
		if _, err := replay.Run(t.Context(), replay.Job{Input: strings.NewReader(content)}); err == nil {
			t.Errorf("%q: no error", content)
		}
	}
}

var update = flag.Bool("update", false, "write the sample capture anew")

// TestSampleCapture: the capture in testdata is what the model of dhcpd answers the
// clients of its configuration, and the translation answers the same.
func TestSampleCapture(t *testing.T) {
	const conf, file = "../../testdata/dhcpd-samples/v4/small-office.conf", "../../testdata/captures/small-office.pcap"
	source, err := os.ReadFile(conf)
	if err != nil {
		t.Fatal(err)
	}
	parsed, _ := dhcpdconf.Parse("small-office.conf", source, dhcpdconf.Options{Protocol: dhcpdconf.DHCP4})
	means := model.Build(parsed, dhcpdconf.DHCP4)
	address, err := exchange.ServerAddress(means)
	if err != nil {
		t.Fatal(err)
	}
	state := answer.New(means, answer.Settings{Interface: "eth0", Address: address}).Start(begin.Unix())
	tr := &traffic{t: t, link: layers.LinkTypeEthernet, now: begin}
	tr.converse(address, func(raw []byte, at time.Time, _, _ netip.AddrPort) []byte {
		return state.Answer4(raw, at, false).Message
	},
		population.Derive(means, population.Options{Most: 40, Server: address}))
	capture := tr.pcap().Bytes()
	if *update {
		if err := os.WriteFile(file, capture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(file); err != nil || !bytes.Equal(want, capture) {
		t.Errorf("%s is not what the model answers (%v): go test ./verify/replay -update writes it anew", file, err)
	}
	if r := replayed(t, string(source), capture); r.Counts.Different > 0 || r.Compared < 50 {
		t.Error(text(t, r))
	}
}
