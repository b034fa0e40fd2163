package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// serverConf is what all the servers get: leases are kept in a file, and nothing is
// logged of a message.
const serverConf = `{ "Dhcp4": {
  "interfaces-config": { "interfaces": [ "eth0" ], "dhcp-socket-type": "udp" },
  "lease-database": { "type": "memfile", "persist": true, "lfc-interval": 0, "name": "/var/lib/kea/kea-leases4.csv" },
  "multi-threading": { "enable-multi-threading": true },
  "valid-lifetime": 86400,
  "option-data": [ { "name": "domain-name-servers", "data": "10.0.0.2, 10.0.0.3" }, { "name": "domain-name", "data": "example.org" } ],
  "subnet4": [ { "id": 1, "subnet": "10.0.0.0/8", "option-data": [ { "name": "routers", "data": "10.0.0.1" } ],
    "pools": [ { "pool": "10.1.0.0 - 10.31.255.255" } ] } ],
  "loggers": [ { "name": "kea-dhcp4", "severity": "WARN", "output_options": [ { "output": "stdout" } ] } ] } }
`

var (
	serverAddress = netip.MustParsePrefix("10.0.0.1/8")
	clientAddress = netip.MustParsePrefix("10.0.0.4/8")
)

// service is what a server did under load in one round.
type service struct {
	rate      float64 // whole exchanges (DISCOVER to ACK) a second
	processor float64 // seconds a thousand exchanges
	delay     float64 // milliseconds from REQUEST to ACK, on average
	lost      float64 // part of the messages without an answer
}

const nullServer = "null server"

// serving measures servers under load from perfdhcp, which speaks for so many
// clients behind a relay agent. The null server says what the machine can do.
func serving(ctx context.Context, w io.Writer, opts options) (err error) {
	perfdhcp, err := findPerfdhcp()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "keamigrate-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	servers, err := leaseServers(dir, true)
	if err != nil {
		return err
	}
	full, half := map[string][]service{}, map[string][]service{}
	for round := range opts.rounds {
		for _, p := range servers {
			progress("serving: %s, round %d of %d", p.Version, round+1, opts.rounds)
			s, err := underLoad(ctx, dir, perfdhcp, p, serverConf, opts.rate, opts.seconds)
			if err != nil {
				return err
			}
			full[p.Version] = append(full[p.Version], s)
		}
	}
	// Half of what the best Kea can do shows the delay where no queue is full.
	best := 0.0
	for _, p := range servers[2:] {
		best = max(best, middle(full[p.Version]).rate)
	}
	const halfRounds = 3
	for round := range halfRounds {
		for _, p := range servers {
			progress("serving: %s at half load, round %d of %d", p.Version, round+1, halfRounds)
			s, err := underLoad(ctx, dir, perfdhcp, p, serverConf, int(best/2), max(opts.seconds/2, 1))
			if err != nil {
				return err
			}
			half[p.Version] = append(half[p.Version], s)
		}
	}
	progress("")
	null := middle(full[nullServer])
	var leastProcessor float64
	for _, p := range servers[2:] {
		if s := middle(full[p.Version]); leastProcessor == 0 || s.processor < leastProcessor {
			leastProcessor = s.processor
		}
	}
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tab, "server\texchanges a second\t/ best Kea\t/ null server\tprocessor, ms / exchange\t/ best Kea\tdelay at half load\t")
	for _, p := range servers {
		s := middle(full[p.Version])
		fmt.Fprintf(tab, "%s\t%.0f\t%.2f\t%.2f\t%.3f\t%.2f\t%.2f ms\t\n", p.Version, s.rate, s.rate/best, s.rate/null.rate,
			s.processor, s.processor/leastProcessor, middle(half[p.Version]).delay)
	}
	return tab.Flush()
}

// leaseServers are keasrv and the Kea of each suite, and the null server before
// them where that is wanted.
func leaseServers(dir string, null bool) (servers []*oracle.Program, err error) {
	own := []struct{ name, command string }{{nullServer, "verify/bench/nullserver"}, {"keasrv", "cmd/keasrv"}}
	if !null {
		own = own[1:]
	}
	for _, o := range own {
		p, err := oracle.BuildAsKea(filepath.Join(dir, o.name), o.name, o.command)
		if err != nil {
			return nil, err
		}
		servers = append(servers, p)
	}
	for _, v := range []keaversion.Version{keaversion.V2_2, keaversion.V2_6, keaversion.V3_0} {
		p, err := oracle.FindKea(v, "dhcp4")
		if err != nil {
			return nil, err
		}
		servers = append(servers, p)
	}
	return servers, nil
}

// middle is the round with the median rate.
func middle(rounds []service) service {
	s := slices.Clone(rounds)
	slices.SortFunc(s, func(a, b service) int { return int(a.rate - b.rate) })
	return s[(len(s)-1)/2]
}

// serverFolder makes a folder for a server with its configuration.
func serverFolder(dir, conf string) (folder, file string, err error) {
	if folder, err = os.MkdirTemp(dir, "server-"); err != nil {
		return "", "", err
	}
	file = filepath.Join(folder, "kea-dhcp4.conf")
	return folder, file, errors.Join(os.Mkdir(filepath.Join(folder, "lib"), 0o777), os.WriteFile(file, []byte(conf), 0o644))
}

// underLoad starts a server and measures it.
func underLoad(ctx context.Context, dir, perfdhcp string, p *oracle.Program, conf string, rate, seconds int) (_ service, err error) {
	folder, file, err := serverFolder(dir, conf)
	if err != nil {
		return service{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	s, err := p.ServeQuiet(ctx, file, oracle.Interface{Name: "eth0", Addresses: []netip.Prefix{serverAddress}})
	if err != nil {
		return service{}, err
	}
	defer s.Close()
	return load(ctx, perfdhcp, s, rate, seconds)
}

// load measures a server that serves.
func load(ctx context.Context, perfdhcp string, s *oracle.Server, rate, seconds int) (service, error) {
	clients, err := s.PeerCommand(ctx, clientAddress, perfdhcp, "-4", "-r", strconv.Itoa(rate), "-R", "1000000",
		"-p", strconv.Itoa(seconds), "-l", clientAddress.Addr().String(), serverAddress.Addr().String())
	if err != nil {
		return service{}, err
	}
	before, err := s.ProcessorTime()
	if err != nil {
		return service{}, err
	}
	out, err := clients.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 3) { // 3: some got no answer
		return service{}, fmt.Errorf("perfdhcp: %w\n%s", err, out)
	}
	after, err := s.ProcessorTime()
	if err != nil {
		return service{}, err
	}
	return readPerfdhcp(string(out), seconds, after-before)
}

var (
	perfReceived = regexp.MustCompile(`received packets: (\d+)`)
	perfDrops    = regexp.MustCompile(`drops ratio: ([0-9.]+|-?nan) %`)
	perfDelay    = regexp.MustCompile(`avg delay: ([0-9.]+) ms`)
)

var errNoExchange = errors.New("no exchange came to an end")

// readPerfdhcp reads the figures of the second half of the exchanges, REQUEST-ACK.
func readPerfdhcp(out string, seconds int, used time.Duration) (s service, err error) {
	_, requests, ok := strings.Cut(out, "REQUEST-ACK")
	if !ok {
		return s, fmt.Errorf("perfdhcp does not tell of REQUEST-ACK:\n%s", out)
	}
	field := func(re *regexp.Regexp) float64 {
		m := re.FindStringSubmatch(requests)
		if m == nil {
			err = errors.Join(err, fmt.Errorf("perfdhcp does not say %q:\n%s", re, out))
			return 0
		}
		v, _ := strconv.ParseFloat(m[1], 64) // "nan" where nothing was sent
		return v
	}
	received := field(perfReceived)
	if received == 0 {
		return s, fmt.Errorf("%w:\n%s", errNoExchange, out)
	}
	return service{rate: received / float64(seconds), processor: used.Seconds() * 1000 / received, delay: field(perfDelay), lost: field(perfDrops) / 100}, err
}
