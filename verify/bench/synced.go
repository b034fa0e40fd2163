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
	"strings"
	"text/tabwriter"

	"github.com/keamigrate/keamigrate/verify/oracle"
)

// dhcpdConf is serverConf for dhcpd, with far fewer addresses: dhcpd goes through its
// free ones each time, so that a large pool would cost it more than the disk.
const dhcpdConf = `ping-check false;
default-lease-time 86400;
option domain-name-servers 10.0.0.2, 10.0.0.3;
option domain-name "example.org";
subnet 10.0.0.0 netmask 255.0.0.0 {
  option routers 10.0.0.1;
  range 10.1.0.0 10.1.15.255;
}
`

// synced measures the highest rate of keasrv with every lease on the disk before it
// is acknowledged beside that of dhcpd, which does so always. Clients come at rates
// that double until the server falls behind: of far too many dhcpd serves none in
// time. Both write to the folder for temporary files, so what they reach is a property
// of its disk; the ratio is less so.
func synced(ctx context.Context, w io.Writer, opts options) (err error) {
	perfdhcp, err := findPerfdhcp()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "keamigrate-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	keasrv, err := oracle.BuildKeasrv(filepath.Join(dir, "keasrv"))
	if err != nil {
		return err
	}
	dhcpd, err := oracle.FindDhcpd()
	if err != nil {
		return err
	}
	conf := strings.Replace(serverConf, `"valid-lifetime"`, `"user-context": { "keasrv": { "sync": true } }, "valid-lifetime"`, 1)
	const seconds = 3 // for each rate
	run := func(p *oracle.Program) (service, error) {
		return fastest(opts.rate, func(rate int) (service, error) {
			if p == dhcpd {
				return dhcpdUnderLoad(ctx, dir, perfdhcp, p, rate, seconds)
			}
			return underLoad(ctx, dir, perfdhcp, p, conf, rate, seconds)
		})
	}
	const rounds = 2
	found := map[*oracle.Program][]service{}
	for round := range rounds {
		for _, p := range []*oracle.Program{keasrv, dhcpd} {
			progress("fsync: %s, round %d of %d", p.Version, round+1, rounds)
			s, err := run(p)
			if err != nil {
				return err
			}
			found[p] = append(found[p], s)
		}
	}
	progress("")
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tab, "each lease on the disk\texchanges a second\t/ dhcpd\tprocessor, ms / exchange\t")
	base := middle(found[dhcpd])
	for _, p := range []*oracle.Program{keasrv, dhcpd} {
		s := middle(found[p])
		fmt.Fprintf(tab, "%s %s\t%.0f\t%.1f\t%.3f\t\n", p.Name, p.Version, s.rate, s.rate/base.rate, s.processor)
	}
	return tab.Flush()
}

// fastest lets clients come at rates that double, up to most a second, until the
// server falls behind, and returns the best that it did.
func fastest(most int, at func(rate int) (service, error)) (best service, err error) {
	const first, behind = 100, 0.7
	for rate := first; ; rate = min(2*rate, most) {
		s, err := at(rate)
		if err != nil && !errors.Is(err, errNoExchange) {
			return best, err
		}
		if s.rate > best.rate {
			best = s
		}
		if s.rate < behind*float64(rate) || rate >= most {
			return best, nil
		}
	}
}

// dhcpdUnderLoad is underLoad for dhcpd.
func dhcpdUnderLoad(ctx context.Context, dir, perfdhcp string, p *oracle.Program, rate, seconds int) (_ service, err error) {
	folder, err := os.MkdirTemp(dir, "dhcpd-")
	if err != nil {
		return service{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	file := filepath.Join(folder, "dhcpd.conf")
	if err := errors.Join(os.WriteFile(file, []byte(dhcpdConf), 0o644), os.WriteFile(filepath.Join(folder, "dhcpd.leases"), nil, 0o644)); err != nil {
		return service{}, err
	}
	s, err := p.Serve(ctx, file, false, oracle.Interface{Name: "eth0", Addresses: []netip.Prefix{serverAddress}})
	if err != nil {
		return service{}, err
	}
	defer s.Close()
	return load(ctx, perfdhcp, s, rate, seconds)
}

func findPerfdhcp() (string, error) {
	path, err := exec.LookPath("perfdhcp")
	if err != nil {
		return "", fmt.Errorf("perfdhcp is missing: Debian package kea-admin: %w", err)
	}
	return path, nil
}
