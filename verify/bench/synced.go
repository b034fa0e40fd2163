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

// dhcpdConf is serverConf for dhcpd, with fewer addresses: dhcpd keeps room for each.
const dhcpdConf = `ping-check false;
default-lease-time 86400;
option domain-name-servers 10.0.0.2, 10.0.0.3;
option domain-name "example.org";
subnet 10.0.0.0 netmask 255.0.0.0 {
  option routers 10.0.0.1;
  range 10.1.0.0 10.2.255.255;
}
`

// synced measures keasrv with every lease on the disk before it is acknowledged
// beside dhcpd, which does so always. Both write to the folder for temporary files,
// so what they reach is a property of its disk; the ratio is less so.
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
	run := func(p *oracle.Program) (service, error) {
		if p == dhcpd {
			return dhcpdUnderLoad(ctx, dir, perfdhcp, p, opts)
		}
		return underLoad(ctx, dir, perfdhcp, p, conf, opts.rate, opts.seconds)
	}
	const rounds = 3
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

// dhcpdUnderLoad is underLoad for dhcpd.
func dhcpdUnderLoad(ctx context.Context, dir, perfdhcp string, p *oracle.Program, opts options) (_ service, err error) {
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
	return load(ctx, perfdhcp, s, opts.rate, opts.seconds)
}

func findPerfdhcp() (string, error) {
	path, err := exec.LookPath("perfdhcp")
	if err != nil {
		return "", fmt.Errorf("perfdhcp is missing: Debian package kea-admin: %w", err)
	}
	return path, nil
}
