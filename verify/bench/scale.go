package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/packet"
	"github.com/keamigrate/keamigrate/server/stats"
	"github.com/keamigrate/keamigrate/server/store/memfile"
)

// size is how much a server has to deal with.
type serverSize struct{ leases, subnets, reservations int }

// serverSizes begin with the small ones that the others are compared with.
var serverSizes = []serverSize{
	{10_000, 1, 0}, {1_000_000, 1, 0}, {5_000_000, 1, 0},
	{10_000, 20_000, 0}, {10_000, 1, 500_000}, {1_000_000, 20_000, 500_000},
}

// scale measures what an exchange of four messages costs keasrv, with few and with
// many leases, subnets and reservations. It does so in this process, since sockets
// cost the same whatever a server has to look up; the lease file is written as
// always. Half of the clients have a lease already, half are new; clients are
// taken from all of the subnets, and every second one has a reservation where there
// are some. Memory that is not in the processor's cache makes large ones dearer.
func scale(ctx context.Context, w io.Writer, _ options) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tab, "leases\tsubnets\treservations\tprocessor, ms / exchange\t/ the first\t")
	first := 0.0
	for _, size := range serverSizes {
		progress("scale: %+v", size)
		cost, err := costOf(ctx, size)
		if err != nil {
			return fmt.Errorf("%+v: %w", size, err)
		}
		if first == 0 {
			first = cost
		}
		fmt.Fprintf(tab, "%d\t%d\t%d\t%.4f\t%.2f\t\n", size.leases, size.subnets, size.reservations, cost, cost/first)
	}
	progress("")
	return tab.Flush()
}

// Addresses of the subnets: those of subnet i are the size of a subnet from first
// on. Leases come first, then reserved addresses, then those for new clients.
const (
	scaleFirst  = 10 << 24
	scaleSpace  = 1 << 24
	scaleRounds = 5
	perRound    = 20_000
)

// costOf is the processor time of an exchange in milliseconds.
func costOf(ctx context.Context, size serverSize) (_ float64, err error) {
	dir, err := os.MkdirTemp("", "keamigrate-bench-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	width := scaleSpace // addresses of a subnet, a power of two
	for width*size.subnets > scaleSpace {
		width /= 2
	}
	source := &keaconf.DHCP4{OptionData: []keaconf.OptionData{{Name: "domain-name-servers", Data: "10.0.0.2"}}}
	valid := uint32(86400)
	source.ValidLifetime = &valid
	leasesEach, hostsEach := (size.leases+size.subnets-1)/size.subnets, (size.reservations+size.subnets-1)/size.subnets
	bits := 32
	for n := width; n > 1; n /= 2 {
		bits--
	}
	mac := func(kind byte, n int) []byte { return binary.BigEndian.AppendUint32([]byte{2, kind}, uint32(n)) }
	table, err := memfile.OpenLive4(ctx, filepath.Join(dir, "leases.csv"), memfile.LiveOptions{Persist: true, OpenOptions: memfile.OpenOptions{Version: keaversion.V3_0, Proc: "/proc"}})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, table.Close()) }()
	now := time.Now()
	for i := range size.subnets {
		base := scaleFirst + i*width
		n := keaconf.Subnet{ID: uint32(i + 1), Subnet: netip.PrefixFrom(four(base), bits).String(),
			Pools: []keaconf.Pool{{Pool: four(base+1).String() + "-" + four(base+width-2).String()}}}
		for h := range min(hostsEach, size.reservations-i*hostsEach) {
			n.Reservations = append(n.Reservations, keaconf.Reservation{HWAddress: fmt.Sprintf("%x", mac(3, i*hostsEach+h)), IPAddress: four(base + 1 + leasesEach + h).String()})
		}
		source.Subnet4 = append(source.Subnet4, n)
		for k := range min(leasesEach, size.leases-i*leasesEach) {
			l := keaLease(i*leasesEach+k, now.Unix())
			l.Address, l.SubnetID, l.HWAddr = four(base+1+k), n.ID, mac(1, i*leasesEach+k)
			table.Put(&l)
			if k%4096 == 0 {
				if err := table.Commit(); err != nil {
					return 0, err
				}
			}
		}
	}
	if err := table.Commit(); err != nil {
		return 0, err
	}
	conf, err := config.Build(source)
	if err != nil {
		return 0, err
	}
	s := server.New4(conf, server.Options{Leases: table, Clock: time.Now, Stats: stats.NewRegistry(stats.DefaultCount, 0)})
	x := exchanger{server: s, leases: table}
	// A step that has no divisor with the counts goes through all of them.
	const step = 7919
	var costs []float64
	for round := range scaleRounds + 1 {
		begin, err := processorTime()
		if err != nil {
			return 0, err
		}
		for k := range perRound {
			n := round*perRound + k
			hwaddr, subnet := mac(2, n), n*step%size.subnets
			switch {
			case n%2 == 0 && size.reservations > 0:
				host := n / 2 * step % size.reservations
				hwaddr, subnet = mac(3, host), host/hostsEach
			case n%4 == 1:
				client := n / 4 * step % size.leases
				hwaddr, subnet = mac(1, client), client/leasesEach
			}
			if err := x.exchange(hwaddr, four(scaleFirst+subnet*width)); err != nil {
				return 0, err
			}
		}
		end, err := processorTime()
		if err != nil {
			return 0, err
		}
		if round > 0 { // the first one fills caches
			costs = append(costs, (end-begin).Seconds()*1000/perRound)
		}
	}
	slices.Sort(costs)
	return costs[len(costs)/2], nil
}

func four(n int) netip.Addr {
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, uint32(n))))
}

// processorTime is what this process has used so far.
func processorTime() (time.Duration, error) {
	var u syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), err
}

// exchanger is clients behind a relay agent.
type exchanger struct {
	server *server.Server4
	leases *memfile.Live4
	buffer []byte
	answer packet.Message4
}

// exchange gets a lease for a client.
func (x *exchanger) exchange(hwaddr []byte, relay netip.Addr) error {
	offered, err := x.ask(1, hwaddr, relay, netip.Addr{})
	if err != nil {
		return err
	}
	_, err = x.ask(3, hwaddr, relay, offered)
	return err
}

func (x *exchanger) ask(kind byte, hwaddr []byte, relay, wish netip.Addr) (netip.Addr, error) {
	local := four(scaleFirst)
	m := packet.AppendHeader(x.buffer[:0], &packet.Header4{HType: 1, HLen: 6, CHAddr: hwaddr, GIAddr: relay})
	m[0] = packet.BootRequest
	m = packet.AppendOption(m, 53, []byte{kind})
	if wish.IsValid() {
		m = packet.AppendOption(packet.AppendOption(m, 50, wish.AsSlice()), 54, local.AsSlice())
	}
	x.buffer = packet.AppendEnd(packet.AppendOption(m, 55, []byte{1, 3, 6, 15}), 0, 0)
	src := netip.AddrPortFrom(relay, 67)
	a, ok := x.server.Handle(&server.Packet{Raw: x.buffer, Interface: "eth0", Local: local, Src: src, Dst: netip.AddrPortFrom(local, 67)}, nil)
	if err := x.leases.Commit(); err != nil {
		return netip.Addr{}, err
	}
	if !ok || x.answer.Parse(a.Raw) != nil {
		return netip.Addr{}, fmt.Errorf("no answer for %x", hwaddr)
	}
	if kind, _ := x.answer.Option(53); len(kind) != 1 || kind[0] != 2 && kind[0] != 5 {
		return netip.Addr{}, fmt.Errorf("%x is refused", hwaddr)
	}
	return x.answer.YIAddr(), nil
}
