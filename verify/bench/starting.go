package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// started is what a server took until it served.
type started struct {
	wall, processor time.Duration
	memory          int64 // bytes
}

// starting measures how long servers need until they serve with so many leases, and
// how much memory each lease takes: what they have more than without any.
func starting(ctx context.Context, w io.Writer, opts options) (err error) {
	dir, err := os.MkdirTemp("", "keamigrate-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	servers, err := leaseServers(dir, false)
	if err != nil {
		return err
	}
	const rounds = 2 // of which the better one counts: Kea takes long
	full, empty := map[string][]started{}, map[string]started{}
	for round := range rounds {
		for _, p := range servers {
			progress("starting: %s, round %d of %d", p.Version, round+1, rounds)
			if round == 0 {
				if empty[p.Version], err = start(ctx, dir, p, 0); err != nil {
					return err
				}
			}
			s, err := start(ctx, dir, p, opts.started)
			if err != nil {
				return err
			}
			full[p.Version] = append(full[p.Version], s)
		}
	}
	progress("")
	middle := func(p *oracle.Program) (s started) {
		list := full[p.Version]
		part := func(of func(started) int64) int64 {
			var all []int64
			for _, s := range list {
				all = append(all, of(s))
			}
			slices.Sort(all)
			return all[(len(all)-1)/2]
		}
		s.wall = time.Duration(part(func(s started) int64 { return int64(s.wall) }))
		s.processor = time.Duration(part(func(s started) int64 { return int64(s.processor) }))
		s.memory = part(func(s started) int64 { return s.memory })
		return s
	}
	best := middle(servers[1])
	for _, p := range servers[2:] {
		m := middle(p)
		best.wall, best.processor = min(best.wall, m.wall), min(best.processor, m.processor)
	}
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(tab, "start with %d leases\twall\t/ best Kea\tprocessor\t/ best Kea\tmemory\tbytes of a lease\t\n", opts.started)
	for _, p := range servers {
		m := middle(p)
		fmt.Fprintf(tab, "%s\t%.2f s\t%.2f\t%.2f s\t%.2f\t%.0f MB\t%.0f\t\n", p.Version, m.wall.Seconds(), m.wall.Seconds()/best.wall.Seconds(),
			m.processor.Seconds(), m.processor.Seconds()/best.processor.Seconds(), mb(m.memory), float64(m.memory-empty[p.Version].memory)/float64(opts.started))
	}
	return tab.Flush()
}

// start starts a server on a file with so many leases.
func start(ctx context.Context, dir string, p *oracle.Program, leases int) (_ started, err error) {
	folder, file, err := serverFolder(dir, serverConf)
	if err != nil {
		return started{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	version := keaversion.V3_0
	if v, err := keaversion.Parse(p.Version); err == nil {
		version = v
	}
	if err := writeKeaLeases(filepath.Join(folder, "lib", "kea-leases4.csv"), leases, version); err != nil {
		return started{}, err
	}
	begin := time.Now()
	s, err := p.ServeQuiet(ctx, file, oracle.Interface{Name: "eth0", Addresses: []netip.Prefix{serverAddress}})
	if err != nil {
		return started{}, err
	}
	defer s.Close()
	out := started{wall: time.Since(begin)}
	if out.processor, err = s.ProcessorTime(); err != nil {
		return started{}, err
	}
	if out.memory, err = s.Memory(); err != nil {
		return started{}, err
	}
	return out, nil
}

// writeKeaLeases writes a lease file of Kea: leases as ordinary clients have them,
// with a hardware address, a client identifier and, every third one, a name.
func writeKeaLeases(name string, count int, v keaversion.Version) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	if _, err := w.WriteString(lease.Header4(v)); err != nil {
		return err
	}
	var row []byte
	for i := range count {
		l := keaLease(i, time.Now().Unix())
		if row = lease.Append4(row[:0], &l, v); err == nil {
			_, err = w.Write(row)
		}
	}
	return errors.Join(err, w.Flush())
}

// keaLease is the lease of a client, who got it within the hour before now.
func keaLease(client int, now int64) lease.Lease4 {
	const first, valid = 10<<24 | 1<<16, 86400
	var four [4]byte
	binary.BigEndian.PutUint32(four[:], first+uint32(client))
	l := lease.Lease4{Address: netip.AddrFrom4(four), HWAddr: binary.BigEndian.AppendUint32([]byte{2, 0}, uint32(client)),
		Terms: lease.Terms{SubnetID: 1, Valid: valid, CLTT: now - int64(client%3600)}}
	l.ClientID = append([]byte{1}, l.HWAddr...)
	if client%3 == 0 {
		l.Hostname = fmt.Sprintf("host-%d", client)
	}
	return l
}
