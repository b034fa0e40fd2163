package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/store/memfile"
	"github.com/keamigrate/keamigrate/verify"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/exchange"
)

// Bars of keamigrate verify and replay.
const (
	proofClients     = 10_000
	captureExchanges = 250_000 // a message and its answer each
	timesTshark      = 10
)

// proofs measures keamigrate verify with 10,000 clients, and keamigrate replay on a
// capture beside "tshark -r", which only reads and prints it.
func proofs(ctx context.Context, w io.Writer, opts options) (err error) {
	binary, err := filepath.Abs(opts.keamigrate)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "keamigrate-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	conf, kea, capture := filepath.Join(dir, "dhcpd.conf"), filepath.Join(dir, "kea", "kea-dhcp4.conf"), filepath.Join(dir, "capture.pcap")
	if err := os.WriteFile(conf, proofConf(), 0o644); err != nil {
		return err
	}
	convert := exec.CommandContext(ctx, binary, "convert", "--fail-on", "S4", "-o", filepath.Dir(kea), conf)
	if out, err := convert.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	progress("a capture of %d packets is being made", 2*captureExchanges)
	size, err := makeCapture(ctx, kea, capture)
	progress("")
	if err != nil {
		return err
	}
	done := func(status int) bool { return status == 0 }
	programs := []program{
		{"verify", func(ctx context.Context, in, _ string) *exec.Cmd {
			return exec.CommandContext(ctx, binary, "verify", "--most", fmt.Sprint(proofClients), conf)
		}, done, 10 * time.Minute},
		{"replay", func(ctx context.Context, in, _ string) *exec.Cmd {
			return exec.CommandContext(ctx, binary, "replay", in, "--config", kea)
		}, done, 10 * time.Minute},
	}
	if tshark, err := exec.LookPath("tshark"); err == nil {
		programs = append(programs, program{"tshark -r", func(ctx context.Context, in, _ string) *exec.Cmd {
			return exec.CommandContext(ctx, tshark, "-n", "-r", in)
		}, done, 10 * time.Minute})
	} else {
		fmt.Fprintln(w, "tshark is not here (package tshark): replay is measured alone")
	}
	medians, err := compare(ctx, input{name: "proof", keama: true}, capture, filepath.Join(dir, "out"), programs, min(opts.rounds, 3))
	if err != nil {
		return err
	}
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tab, "what\tprogram\twall\tprocessor\tmemory\tper second of processor\ttimes tshark\t")
	v, r := medians["verify"], medians["replay"]
	fmt.Fprintf(tab, "%d clients\tverify\t%.2f s\t%.2f s\t%.0f MB\t%.0f clients\t\t\n", proofClients, v.wall.Seconds(), v.processor.Seconds(), mb(v.memory), proofClients/v.processor.Seconds())
	for _, name := range []string{"replay", "tshark -r"} {
		m, ok := medians[name]
		if !ok {
			continue
		}
		fmt.Fprintf(tab, "%.0f MB, %d packets\t%s\t%.2f s\t%.2f s\t%.0f MB\t%.0f packets\t%.1f\t\n", mb(size), 2*captureExchanges, name,
			m.wall.Seconds(), m.processor.Seconds(), mb(m.memory), 2*captureExchanges/m.processor.Seconds(), medians["tshark -r"].processor.Seconds()/m.processor.Seconds())
	}
	if t, ok := medians["tshark -r"]; ok && t.processor < timesTshark*r.processor {
		fmt.Fprintf(tab, "replay is less than %d times as fast as tshark\t\t\t\t\t\t\t\n", timesTshark)
	}
	return tab.Flush()
}

// proofConf has 50 subnets, classes with pools of their own, and 1,000 hosts.
func proofConf() []byte {
	out := []byte("option domain-name \"example.org\";\nauthoritative;\nping-check false;\n")
	for i := range 8 {
		out = fmt.Appendf(out, "class \"c%d\" { match if substring(option vendor-class-identifier, 0, 2) = \"v%d\"; default-lease-time %d; }\n", i, i, 600+i)
	}
	const subnets = 50
	for i := range subnets {
		out = fmt.Appendf(out, "subnet 10.%[1]d.0.0 netmask 255.255.0.0 { option routers 10.%[1]d.0.1; pool { range 10.%[1]d.1.0 10.%[1]d.3.255; deny members of \"c7\"; } pool { range 10.%[1]d.4.0 10.%[1]d.4.255; allow members of \"c7\"; } }\n", i)
	}
	for i := range 1000 {
		out = fmt.Appendf(out, "host h%d { hardware ethernet 02:00:00:00:%02x:%02x; fixed-address 10.%d.9.%d; }\n", i, i>>8, i&255, i%subnets, 1+i/subnets)
	}
	return out
}

// makeCapture writes a capture of relayed traffic: clients get leases, renew them and
// give them up, and keasrv has answered as the configuration says.
func makeCapture(ctx context.Context, kea, name string) (size int64, err error) {
	text, err := os.ReadFile(kea)
	if err != nil {
		return 0, err
	}
	var job verify.Job
	if err := job.ReadKea(kea, text); err != nil {
		return 0, err
	}
	answers, err := newAnswers(ctx, job.Against)
	if err != nil {
		return 0, err
	}
	file, err := os.Create(name)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	b := bufio.NewWriterSize(file, 1<<20)
	w := pcapgo.NewWriter(b)
	if err := w.WriteFileHeader(1<<16, layers.LinkTypeEthernet); err != nil {
		return 0, err
	}
	for n := 0; answers.exchanges < captureExchanges; n++ {
		if err := answers.client(w, n); err != nil {
			return 0, err
		}
	}
	if err := b.Flush(); err != nil {
		return 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// answers is the production server of the capture.
type answers struct {
	server    *server.Server4
	now       time.Time
	exchanges int
	frame     []byte
}

func newAnswers(ctx context.Context, conf *keaconf.DHCP4) (*answers, error) {
	built, err := exchange.BuildKeasrv(conf)
	if err != nil {
		return nil, err
	}
	leases, err := memfile.OpenLive4(ctx, "", memfile.LiveOptions{})
	if err != nil {
		return nil, err
	}
	a := &answers{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	a.server = server.New4(built, server.Options{Leases: leases, Clock: func() time.Time { return a.now }})
	return a, nil
}

// client lets the n-th client speak.
func (a *answers) client(w *pcapgo.Writer, n int) error {
	c, err := client.Parse(fmt.Sprintf("mac=02:00:01:%02x:%02x:%02x relay=10.%d.0.1 prl=1,3,6,12,15,28,42 vendor-class=v%d do=discover,request,rebind,release", n>>16&255, n>>8&255, n&255, n%50, n%8))
	if err != nil {
		return err
	}
	local := netip.MustParseAddr("10.255.0.1")
	relay, to := netip.AddrPortFrom(c.Relay, 67), netip.AddrPortFrom(local, 67)
	var lease client.Lease4
	for i, step := range c.Do {
		m, err := c.Message4(step, [4]byte{byte(n >> 16), byte(n >> 8), byte(n), byte(i)}, lease)
		if err != nil {
			return err
		}
		a.now = a.now.Add(20 * time.Millisecond)
		raw := m.ToBytes()
		if err := a.packet(w, relay, to, raw); err != nil {
			return err
		}
		answer, ok := a.server.Handle(&server.Packet{Raw: raw, Local: local, Src: relay, Dst: to}, nil)
		if !ok {
			continue
		}
		a.exchanges++
		if err := a.packet(w, to, relay, answer.Raw); err != nil {
			return err
		}
		read, err := exchange.Read4(answer.Raw)
		if err != nil {
			return err
		}
		lease.Learn(read)
	}
	return nil
}

// packet writes a frame with a datagram. Checksums are left to the network card.
func (a *answers) packet(w *pcapgo.Writer, from, to netip.AddrPort, payload []byte) error {
	const ethernet, ip, udp = 14, 20, 8
	f := append(a.frame[:0], make([]byte, ethernet+ip+udp)...)
	f[12], f[ethernet], f[ethernet+8], f[ethernet+9] = 8, 0x45, 64, 17
	put := func(at, n int) { f[at], f[at+1] = byte(n>>8), byte(n) }
	put(ethernet+2, ip+udp+len(payload))
	copy(f[ethernet+12:], from.Addr().AsSlice())
	copy(f[ethernet+16:], to.Addr().AsSlice())
	put(ethernet+ip, int(from.Port()))
	put(ethernet+ip+2, int(to.Port()))
	put(ethernet+ip+4, udp+len(payload))
	a.frame = append(f, payload...)
	return w.WritePacket(gopacket.CaptureInfo{Timestamp: a.now, CaptureLength: len(a.frame), Length: len(a.frame)}, a.frame)
}
