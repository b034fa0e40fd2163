package leasesconv

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/keamigrate/keamigrate/parser/dhcpdleases"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store"
)

// Follow keeps a place up to date with a lease file that dhcpd writes: an import,
// and then whatever dhcpd adds, also when it writes the file anew and renames it.
type Follow struct {
	// Job is the import. It has one file; Now, Since, Dry and Progress are not
	// used.
	Job
	// State is the file that remembers how far following has come, so that a
	// later run resumes there.
	State string
	// Idle ends the work when nothing has been added for so long; 0: never.
	Idle time.Duration
	// Every is how long to wait between two looks at the file.
	Every time.Duration
	// Wait waits so long; its error ends the work.
	Wait func(context.Context, time.Duration) error
	// Clock is the time.
	Clock func() time.Time
	// Imported is told what the import has done; it is not called when an earlier
	// run is resumed.
	Imported func(*Outcome) error
	// Caught is told each time when something has been taken over.
	Caught func(Caught)
}

// Caught is what has been taken over at a time.
type Caught struct {
	Leases  int           // in all
	Entries int           // read since the last time
	Changes int           // made since the last time
	Lag     time.Duration // since the newest of the clients was heard
	Anew    bool          // dhcpd has written its file anew
	Notes   []Note        // about entries that are broken or skipped
}

// Run follows until the file is idle for long enough or Wait ends the work. The
// place is then as the file was when it was last looked at. Errors leave what has
// been taken over; another run resumes.
func (f *Follow) Run(ctx context.Context) error {
	conf, err := readConfig(f.Config)
	if err != nil {
		return err
	}
	networks, err := NewNetworks(conf)
	if err != nil {
		return fmt.Errorf("%s: %w", f.Config, err)
	}
	opts := Options{Target: f.Target, Networks: networks, Hold: f.Hold, Now: f.Clock()}
	if opts.Hold < 0 {
		opts.Hold = time.Duration(networks.Hold()) * time.Second
	}
	source, err := openSource(f.Files[0])
	if err != nil {
		return err
	}
	defer source.close()
	if conf.Daemon() == keaconf.DaemonDHCP6 {
		c := newCollector6(opts)
		return runFollower(ctx, &follower[lease.Lease6]{Follow: f, source: source, collection: &c.Collection, noServerID: noServerID(conf),
			add: func(e dhcpdleases.Entry) {
				if ia, ok := e.(*dhcpdleases.IA); ok {
					c.now = f.Clock().Unix()
					c.add(source.name, ia)
				}
			},
			seed:    c.seedFrom,
			bulk:    func() (store.Bulk[lease.Lease6], error) { return f.To.Bulk6(ctx, f.FillOptions) },
			open:    func() (store.Store[lease.Lease6], error) { return f.To.Open6(ctx, f.Target) },
			state:   func(l *lease.Lease6) (lease.State, int64) { return l.State, l.CLTT },
			address: func(l *lease.Lease6) netip.Addr { return l.Address },
		})
	}
	c := newCollector4(opts)
	return runFollower(ctx, &follower[lease.Lease4]{Follow: f, source: source, collection: &c.Collection,
		add: func(e dhcpdleases.Entry) {
			if l, ok := e.(*dhcpdleases.Lease4); ok {
				c.now = f.Clock().Unix()
				c.add(source.name, l)
			}
		},
		seed:    func(l *lease.Lease4) { c.Leases.Put(l) },
		bulk:    func() (store.Bulk[lease.Lease4], error) { return f.To.Bulk4(ctx, f.FillOptions) },
		open:    func() (store.Store[lease.Lease4], error) { return f.To.Open4(ctx, f.Target) },
		state:   func(l *lease.Lease4) (lease.State, int64) { return l.State, l.CLTT },
		address: func(l *lease.Lease4) netip.Addr { return l.Address },
	})
}

// follower is one run of following.
type follower[L lease.Lease] struct {
	*Follow
	source     *source
	collection *Collection[L]
	add        func(dhcpdleases.Entry)
	seed       func(*L) // takes a lease that is at the place already
	bulk       func() (store.Bulk[L], error)
	open       func() (store.Store[L], error)
	state      func(*L) (state lease.State, cltt int64)
	address    func(*L) netip.Addr

	noServerID bool // as in Outcome

	place  store.Store[L]
	caught Caught // since the last report
}

func runFollower[L lease.Lease](ctx context.Context, f *follower[L]) (err error) {
	earlier, err := readState(f.State)
	if err != nil {
		return err
	}
	if earlier == nil {
		if err := f.importAll(ctx); err != nil {
			return err
		}
	}
	if f.place, err = f.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.place.Close()) }()
	if earlier != nil {
		if err := f.resume(ctx, earlier); err != nil {
			return err
		}
	}
	return f.follow(ctx)
}

// importAll takes over what the file holds now.
func (f *follower[L]) importAll(ctx context.Context) error {
	if err := f.source.read(ctx, f.use, f.broken); err != nil {
		return err
	}
	bulk, err := f.bulk()
	if err != nil {
		return err
	}
	if err := f.collection.Fill(ctx, bulk); err != nil {
		return errors.Join(err, bulk.Abort())
	}
	filled, err := bulk.Commit(ctx)
	if err != nil {
		return err
	}
	if err := writeState(f.State, f.source.position()); err != nil {
		return err
	}
	f.caught = Caught{}
	if f.Imported == nil {
		return nil
	}
	// The account is that of this moment; what follows counts on its own.
	now := Collection[L]{Account: f.collection.Account, Leases: f.collection.Leases, skipped: f.collection.skipped}
	now.close(func(l *L) lease.State { s, _ := f.state(l); return s })
	return f.Imported(&Outcome{Account: now.Account, Outcome: filled, Declarations: f.collection.Declarations,
		ServerDUID: f.collection.ServerDUID, NoServerID: f.noServerID})
}

// resume begins with what is at the place, where an earlier run has left the file
// if it is still the same one, and from its start otherwise.
func (f *follower[L]) resume(ctx context.Context, earlier *position) error {
	for l, err := range f.place.All(ctx) {
		if err != nil {
			return err
		}
		f.seed(&l)
	}
	if !f.source.resume(earlier) {
		f.anew()
	}
	return nil
}

// anew is told when the file begins anew: what it does not speak of is gone.
func (f *follower[L]) anew() {
	f.caught.Anew = true
	f.collection.fresh = map[netip.Addr]bool{}
}

func (f *follower[L]) use(e dhcpdleases.Entry) {
	f.caught.Entries++
	f.add(e)
}

func (f *follower[L]) broken(e *dhcpdleases.SyntaxError, kept bool) {
	f.collection.noteBroken(f.source.name, e, kept)
}

// follow takes over what is new until it is enough.
func (f *follower[L]) follow(ctx context.Context) error {
	last := f.Clock()
	for {
		f.collection.touched = map[netip.Addr]bool{}
		if err := f.source.next(ctx, f.use, f.broken, f.anew); err != nil {
			return err
		}
		if f.caught.Anew {
			f.forgetStale()
		}
		if f.caught.Anew || f.caught.Entries > 0 {
			if err := f.apply(ctx); err != nil {
				return err
			}
			last = f.Clock()
		}
		if f.Idle > 0 && f.Clock().Sub(last) >= f.Idle {
			return nil
		}
		if err := f.Wait(ctx, f.Every); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
	}
}

// forgetStale takes the leases away that a file written anew does not have any
// more. Those that have ended before still tell whose they were.
func (f *follower[L]) forgetStale() {
	var stale []netip.Addr
	for l := range f.collection.Leases.All() {
		if s, _ := f.state(&l); s != lease.Reclaimed && !f.collection.fresh[f.address(&l)] {
			stale = append(stale, f.address(&l))
		}
	}
	for _, a := range stale {
		f.collection.forget(a)
	}
	f.collection.fresh = nil
}

// apply makes the changes that the entries since the last time ask for.
func (f *follower[L]) apply(ctx context.Context) error {
	var changes []store.Change[L]
	newest := int64(0)
	addresses := make([]netip.Addr, 0, len(f.collection.touched))
	for a := range f.collection.touched {
		addresses = append(addresses, a)
	}
	slices.SortFunc(addresses, netip.Addr.Compare)
	for _, a := range addresses {
		want, wanted := f.collection.Leases.Get(a)
		have, err := f.place.Get(ctx, a)
		there := err == nil
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		switch {
		case wanted && !(there && lease.Equal(&want, &have)):
			changes = append(changes, store.Change[L]{Lease: want})
			_, cltt := f.state(&want)
			newest = max(newest, cltt)
		case !wanted && there:
			changes = append(changes, store.Change[L]{Lease: have, Delete: true})
		}
		if s, ok := f.collection.skipped[a]; ok && s.reason.noted() {
			f.caught.Notes = append(f.caught.Notes, Note{File: s.file, Line: s.line, Address: a, Text: s.reason.String()})
		}
	}
	if len(changes) > 0 {
		if err := f.place.Apply(ctx, changes); err != nil {
			return err
		}
	}
	if err := writeState(f.State, f.source.position()); err != nil {
		return err
	}
	f.caught.Leases, f.caught.Changes = f.collection.Leases.Len(), len(changes)
	f.caught.Notes = append(f.collection.Notes, f.caught.Notes...)
	f.collection.Notes = nil
	if newest > 0 {
		f.caught.Lag = max(0, f.Clock().Sub(time.Unix(newest, 0)))
	}
	if f.Caught != nil {
		f.Caught(f.caught)
	}
	f.caught = Caught{}
	return nil
}
