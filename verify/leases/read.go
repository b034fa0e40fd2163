package leases

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/netip"
	"os"
	"slices"
	"time"

	"github.com/keamigrate/keamigrate/leasesconv"
	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/dhcpdleases"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store/memfile"
	"github.com/keamigrate/keamigrate/translator/model/answer"
)

// A File is what a lease file of dhcpd holds, or those of both servers of a failover
// pair together.
type File struct {
	names []string
	now   time.Time
	// Entries are what counts in the end, by address.
	Entries []answer.Lease

	byUID, byHardware index
}

// index finds entries by an identifier.
type index struct {
	first map[string]int32 // the number of the last entry that has it
	next  []int32          // for each entry the number of the one before it that has the same; -1: none
}

func (x *index) add(id []byte, n int) {
	if x.first == nil {
		x.first = map[string]int32{}
	}
	for len(x.next) <= n {
		x.next = append(x.next, -1)
	}
	if before, ok := x.first[string(id)]; ok {
		x.next[n] = before
	}
	x.first[string(id)] = int32(n)
}

// find adds the numbers of the entries that have an identifier.
func (x *index) find(list []int, id []byte) []int {
	n, ok := x.first[string(id)]
	for ok && n >= 0 {
		list, n = append(list, int(n)), x.next[n]
	}
	return list
}

// Declarations reads what dhcpd joins to its configuration when it reads its lease
// file.
func Declarations(ctx context.Context, name string) (*dhcpdconf.LeaseFile, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	list, err := dhcpdleases.Declarations(ctx, name, file, info.Size(), func(int64) {})
	if err != nil {
		return nil, fmt.Errorf("leases: %w", err)
	}
	return list, nil
}

// Read reads a lease file of DHCPv4 as dhcpd does at a time, or both of a pair, of
// which the entry counts whose client was heard last. Entries that dhcpd cannot read
// are passed over, as it does.
func Read(ctx context.Context, now time.Time, names ...string) (*File, error) {
	all := map[netip.Addr]answer.Lease{}
	for i, name := range names {
		own := all
		if i > 0 {
			own = map[netip.Addr]answer.Lease{}
		}
		if err := readFile(ctx, now.Unix(), name, own); err != nil {
			return nil, err
		}
		if i == 0 {
			continue
		}
		for a, l := range own {
			if have, ok := all[a]; !ok || l.CLTT > have.CLTT {
				all[a] = l
			}
		}
	}
	f := &File{names: names, now: now, Entries: slices.Collect(maps.Values(all))}
	slices.SortFunc(f.Entries, func(a, b answer.Lease) int { return a.Address.Compare(b.Address) })
	for i := range f.Entries {
		l := &f.Entries[i]
		if len(l.UID) > 0 {
			f.byUID.add(l.UID, i)
		}
		if len(l.Hardware) > 1 {
			f.byHardware.add(l.Hardware[1:], i)
		}
	}
	return f, nil
}

func readFile(ctx context.Context, now int64, name string, into map[netip.Addr]answer.Lease) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	const often = 1 << 12
	n := 0
	for e, err := range dhcpdleases.Read(file, dhcpdleases.Options{Name: name}) {
		if n++; n%often == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		var broken *dhcpdleases.SyntaxError
		if err != nil && !errors.As(err, &broken) {
			return err
		}
		if l, ok := e.(*dhcpdleases.Lease4); ok {
			into[l.Address] = entry(l, now)
		}
	}
	return nil
}

// entry makes the model's lease of one of the file. Whatever belongs to the reader is
// copied.
func entry(e *dhcpdleases.Lease4, now int64) answer.Lease {
	l := answer.Lease{Address: e.Address, Starts: e.Starts, Ends: e.Ends, CLTT: cmp.Or(e.CLTT, e.Starts), Reserved: e.Reserved}
	switch e.StateAt(now) {
	case dhcpdleases.Active:
		l.Binding = answer.ActiveLease
	case dhcpdleases.Abandoned:
		l.Binding = answer.AbandonedLease
	}
	if e.HasUID {
		l.UID = slices.Clone(e.UID)
	}
	if e.HasHardware {
		l.Hardware = append([]byte{e.HardwareType}, e.Hardware...)
	}
	if e.HasHostname {
		l.HostName = slices.Clone(e.ClientHostname)
	}
	for _, o := range e.AgentOptions {
		l.Agent = append(append(l.Agent, o.Code, byte(len(o.Data))), o.Data...)
	}
	for _, v := range e.Variables {
		l.Variables = append(l.Variables, variable(&v))
	}
	if e.Billing.Given {
		l.Class = string(e.Billing.Class)
		if e.Billing.Subclass {
			l.Subclass = slices.Clone(e.Billing.Data)
		}
	}
	return l
}

func variable(v *dhcpdleases.Variable) answer.Variable {
	out := answer.Variable{Name: string(v.Name)}
	switch v.Value.Kind {
	case dhcpdleases.Number:
		out.Number = new(uint64(uint32(v.Value.Number)))
	case dhcpdleases.Bool:
		out.Truth = new(v.Value.Bool)
	default:
		out.Data = append([]byte{}, v.Value.Data...)
	}
	return out
}

// Of returns the entries of some addresses, and those in which one of the identifiers
// is the client identifier or the hardware address (without its type), by address.
func (f *File) Of(addresses []netip.Addr, identifiers ...[]byte) (list []answer.Lease) {
	var at []int
	for _, a := range addresses {
		if i, ok := slices.BinarySearchFunc(f.Entries, a, func(l answer.Lease, a netip.Addr) int { return l.Address.Compare(a) }); ok {
			at = append(at, i)
		}
	}
	for _, id := range identifiers {
		if len(id) > 0 {
			at = f.byHardware.find(f.byUID.find(at, id), id)
		}
	}
	slices.Sort(at)
	for _, i := range slices.Compact(at) {
		list = append(list, f.Entries[i])
	}
	return list
}

// All yields the entries, for the model of dhcpd.
func (f *File) All() iter.Seq[answer.Lease] { return slices.Values(f.Entries) }

// Imported is what "keamigrate leases import" makes of a lease file for a configuration
// of Kea.
type Imported struct {
	table *lease.Table[lease.Lease4]
	leasesconv.Account
}

// Import imports the lease file for a configuration.
func (f *File) Import(ctx context.Context, conf *keaconf.DHCP4, v keaversion.Version) (*Imported, error) {
	return imported(ctx, conf, v, f.now, f.names)
}

func imported(ctx context.Context, conf *keaconf.DHCP4, v keaversion.Version, now time.Time, names []string) (*Imported, error) {
	networks, err := leasesconv.NewNetworks(conf)
	if err != nil {
		return nil, err
	}
	var inputs []leasesconv.Input
	for _, name := range names {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		inputs = append(inputs, leasesconv.Input{Name: name, Reader: file})
	}
	opts := leasesconv.Options{Target: v, Networks: networks, Now: now, Hold: time.Duration(networks.Hold()) * time.Second}
	c, err := leasesconv.Collect4(ctx, opts, inputs...)
	if err != nil {
		return nil, err
	}
	if c.Entries == 0 && c.Broken > 0 {
		return nil, fmt.Errorf("%s: %w", names[0], dhcpdleases.ErrNoLeaseFile)
	}
	return &Imported{c.Leases, c.Account}, nil
}

// Open opens a lease database in memory that holds the leases. Where i is nil, it has
// none.
func (i *Imported) Open(ctx context.Context) (*memfile.Live4, error) {
	db, err := memfile.OpenLive4(ctx, "", memfile.LiveOptions{})
	if err != nil || i == nil {
		return db, err
	}
	for l := range i.table.All() {
		db.Put(&l)
	}
	return db, nil
}

// Some is Open with nothing but the leases of the addresses of these.
func (i *Imported) Some(ctx context.Context, of []answer.Lease) (*memfile.Live4, error) {
	db, err := memfile.OpenLive4(ctx, "", memfile.LiveOptions{})
	if err != nil || i == nil {
		return db, err
	}
	for _, e := range of {
		if l, ok := i.table.Get(e.Address); ok {
			db.Put(&l)
		}
	}
	return db, nil
}
