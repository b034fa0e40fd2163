package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/keamigrate/keamigrate/parser/dhcpdleases"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// leaseInput is a generated lease file of dhcpd: entries of about 325 bytes, as a
// busy server leaves them, about so many addresses.
type leaseInput struct {
	entries, addresses int
	rounds             int  // at most
	dhcpd              bool // dhcpd is measured, too; it waits for the disk at each lease that it writes
}

var leaseInputs = []leaseInput{
	{entries: 20_000, addresses: 5_000, rounds: 5, dhcpd: true},
	{entries: 200_000, addresses: 50_000, rounds: 5},
	{entries: 200_000, addresses: 200_000, rounds: 5},
	{entries: 2_000_000, addresses: 500_000, rounds: 3},
}

func (in leaseInput) name() string {
	return fmt.Sprintf("%d entries, %d addresses", in.entries, in.addresses)
}

// firstAddress is that of the first lease, in a subnet that has them all.
var firstAddress = netip.MustParseAddr("10.0.0.0")

const (
	leaseDhcpd = "subnet 10.0.0.0 netmask 255.0.0.0 { range %v %v; }\n"
	leaseKea   = `{ "Dhcp4": { "expired-leases-processing": { "hold-reclaimed-time": 31536000 },
  "subnet4": [ { "id": 1, "subnet": "10.0.0.0/8", "pools": [ { "pool": "%v - %v" } ] } ] } }
`
)

// last is the highest address.
func (in leaseInput) last() netip.Addr { return addressAfter(in.addresses - 1) }

func addressAfter(n int) netip.Addr {
	a := firstAddress.As4()
	return netip.AddrFrom4([4]byte{a[0], byte(n >> 16), byte(n >> 8), byte(n)})
}

// write writes the file. Each address has an entry at least.
func (in leaseInput) write(w io.Writer, now time.Time) error {
	random := rand.New(rand.NewPCG(4, 2))
	b := bufio.NewWriterSize(w, 1<<18)
	row := dhcpdleases.AppendHeader(nil, false)
	entry := dhcpdleases.Lease4{Next: dhcpdleases.Free, Rewind: dhcpdleases.Free, HasHardware: true, HardwareType: 1, HasHostname: true}
	vendor := []dhcpdleases.Variable{{Name: []byte("vendor-class-identifier"), Value: dhcpdleases.Value{Kind: dhcpdleases.Text, Data: []byte("MSFT 5.0")}}}
	for i := range in.entries {
		n := i
		if i >= in.addresses {
			n = random.IntN(in.addresses)
		}
		// All are heard within the last hour.
		entry.CLTT = now.Unix() - 3600 + int64(i)*3600/int64(in.entries)
		entry.Starts, entry.Ends = entry.CLTT, entry.CLTT+7200
		entry.Address = addressAfter(n)
		entry.State = dhcpdleases.Active
		if i%16 == 15 {
			entry.State = dhcpdleases.Free
		}
		entry.Hardware = append(entry.Hardware[:0], 2, 0, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
		entry.HasUID, entry.UID = i%4 != 3, append(append(entry.UID[:0], 1), entry.Hardware...)
		entry.Variables = nil
		if i%3 != 2 {
			entry.Variables = vendor
		}
		entry.ClientHostname = fmt.Appendf(entry.ClientHostname[:0], "host-%06d", n)
		row = dhcpdleases.Format{}.Append(row, &entry)
		if _, err := b.Write(row); err != nil {
			return err
		}
		row = row[:0]
	}
	return b.Flush()
}

// files writes the lease file and the configurations into a folder.
func (in leaseInput) files(dir string) (leases string, size int64, err error) {
	leases = filepath.Join(dir, "dhcpd.leases")
	f, err := os.Create(leases)
	if err != nil {
		return "", 0, err
	}
	if err := errors.Join(in.write(f, time.Now()), f.Close()); err != nil {
		return "", 0, err
	}
	for name, text := range map[string]string{"dhcpd.conf": leaseDhcpd, "kea-dhcp4.conf": leaseKea} {
		if err := os.WriteFile(filepath.Join(dir, name), fmt.Appendf(nil, text, firstAddress, in.last()), 0o644); err != nil {
			return "", 0, err
		}
	}
	info, err := os.Stat(leases)
	if err != nil {
		return "", 0, err
	}
	return leases, info.Size(), nil
}

// readLeases reads a lease file and does nothing with it.
func readLeases(name string) (err error) {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for _, err := range dhcpdleases.Read(f, dhcpdleases.Options{Name: name}) {
		if err != nil {
			return err
		}
	}
	return nil
}

// leaseFiles measures the import of lease files into Kea's lease file beside md5sum,
// which only reads, and the reader beside dhcpd -T and dhcpd-pools.
func leaseFiles(ctx context.Context, w io.Writer, opts options) (err error) {
	wanted := func(in leaseInput) bool {
		return strings.Contains(in.name(), opts.only) || strings.Contains("leases", opts.only)
	}
	if !slices.ContainsFunc(leaseInputs, wanted) {
		return nil
	}
	binary, err := filepath.Abs(opts.keamigrate)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	dhcpd, err := oracle.FindDhcpd()
	if err != nil {
		return err
	}
	pools, err := oracle.FindDhcpdPools()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "keamigrate-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	conf := func(name string) string { return filepath.Join(dir, name) }
	success := func(status int) bool { return status == 0 }
	programs := []program{
		{"md5sum", func(ctx context.Context, in, _ string) *exec.Cmd {
			return exec.CommandContext(ctx, "md5sum", in)
		}, success, opts.limit},
		{"import", func(ctx context.Context, in, out string) *exec.Cmd {
			return exec.CommandContext(ctx, binary, "leases", "import", in, "--config", conf("kea-dhcp4.conf"), "--to", out)
		}, success, 10 * time.Minute},
		{"import --dry-run", func(ctx context.Context, in, _ string) *exec.Cmd {
			return exec.CommandContext(ctx, binary, "leases", "import", in, "--config", conf("kea-dhcp4.conf"), "--dry-run")
		}, success, 10 * time.Minute},
		{"reading", func(ctx context.Context, in, _ string) *exec.Cmd {
			return exec.CommandContext(ctx, self, "-read", in)
		}, success, 10 * time.Minute},
		{"dhcpd-pools", func(ctx context.Context, in, _ string) *exec.Cmd {
			return pools.Command(ctx, "-c", conf("dhcpd.conf"), "-l", in)
		}, func(int) bool { return true }, 10 * time.Minute}, // its status says how full the pools are
		{"dhcpd -T", func(ctx context.Context, in, _ string) *exec.Cmd {
			return dhcpd.Command(ctx, "-4", "-T", "-cf", conf("dhcpd.conf"), "-lf", in)
		}, success, 10 * time.Minute},
	}
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tab, "lease file\tprogram\twall\tprocessor\tmemory\twall / md5sum\tprocessor / reading\tbytes of a lease above 64 MB\t")
	for _, in := range leaseInputs {
		if !wanted(in) {
			continue
		}
		file, size, err := in.files(dir)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("%s, %.0f MB", in.name(), mb(size))
		measured, last := input{name: name, keama: true}, len(programs)-1
		out := filepath.Join(dir, "kea-leases4.csv")
		medians, err := compare(ctx, measured, file, out, programs[:last], min(opts.rounds, in.rounds))
		if err != nil {
			return err
		}
		if in.dhcpd {
			once, err := compare(ctx, measured, file, out, programs[last:], 1)
			if err != nil {
				return err
			}
			maps.Copy(medians, once)
		}
		md5, reading := medians["md5sum"], medians["reading"]
		for _, p := range programs {
			m, ok := medians[p.name]
			if !ok {
				continue
			}
			perLease := ""
			if strings.HasPrefix(p.name, "import") {
				perLease = fmt.Sprintf("%.0f", max(0, float64(m.memory)-64e6)/float64(in.addresses))
			}
			fmt.Fprintf(tab, "%s\t%s\t%.3f s\t%.3f s\t%.0f MB\t%.2f\t%.2f\t%s\t\n", name, p.name, m.wall.Seconds(), m.processor.Seconds(), mb(m.memory),
				m.wall.Seconds()/md5.wall.Seconds(), m.processor.Seconds()/reading.processor.Seconds(), perLease)
		}
	}
	return tab.Flush()
}
