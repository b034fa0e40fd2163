package leasesconv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store"
)

// Job is one import.
type Job struct {
	// Files are one lease file of dhcpd, or those of both servers of a pair.
	Files []string
	// Config is the configuration of Kea that the leases are for.
	Config string
	To     Place
	FillOptions
	// Dry: nothing is written.
	Dry   bool
	Now   time.Time
	Since time.Time
	// Hold is as in Options; a negative value means what the configuration says.
	Hold time.Duration
	// Progress, if given, is told how many of how many bytes have been read.
	Progress func(done, all int64)
}

// Outcome is what an import has done.
type Outcome struct {
	Account
	store.Outcome
	Declarations int
	ServerDUID   []byte
	// NoServerID: the configuration does not say the server's DUID.
	NoServerID bool
	// Hold is for how long the server remembers ended leases.
	Hold time.Duration
}

// Run reads the files and fills the place. An error leaves the place as it was.
func (j *Job) Run(ctx context.Context) (*Outcome, error) {
	conf, err := readConfig(j.Config)
	if err != nil {
		return nil, err
	}
	networks, err := NewNetworks(conf)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", j.Config, err)
	}
	opts := Options{Target: j.Target, Networks: networks, Now: j.Now, Since: j.Since, Hold: j.Hold}
	if opts.Hold < 0 {
		opts.Hold = time.Duration(networks.Hold()) * time.Second
	}
	inputs, size, closeAll, err := openAll(j.Files)
	if err != nil {
		return nil, err
	}
	defer closeAll()
	if j.Progress != nil {
		var done int64
		opts.Read = func(n int64) {
			done += n
			j.Progress(done, size)
		}
	}
	if conf.Daemon() == keaconf.DaemonDHCP6 {
		c, err := Collect6(ctx, opts, inputs...)
		if err != nil {
			return nil, err
		}
		return finish(ctx, j, c, opts, noServerID(conf), func() (store.Bulk[lease.Lease6], error) { return j.To.Bulk6(ctx, j.FillOptions) })
	}
	c, err := Collect4(ctx, opts, inputs...)
	if err != nil {
		return nil, err
	}
	return finish(ctx, j, c, opts, false, func() (store.Bulk[lease.Lease4], error) { return j.To.Bulk4(ctx, j.FillOptions) })
}

// noServerID reports whether a configuration of kea-dhcp6 leaves it to the server
// to make a DUID.
func noServerID(conf keaconf.Config) bool {
	c, ok := conf.(*keaconf.DHCP6)
	return ok && c.ServerID == nil
}

// finish fills the place, if that is wanted and makes sense.
func finish[L lease.Lease](ctx context.Context, j *Job, c *Collection[L], opts Options, noServerID bool, open func() (store.Bulk[L], error)) (*Outcome, error) {
	out := &Outcome{Account: c.Account, Declarations: c.Declarations, ServerDUID: c.ServerDUID, NoServerID: noServerID, Hold: opts.Hold}
	if err := c.plausible(j.Files, j.Config); err != nil {
		return nil, err
	}
	if j.Dry {
		return out, nil
	}
	bulk, err := open()
	if err != nil {
		return nil, err
	}
	if err := c.Fill(ctx, bulk); err != nil {
		return nil, errors.Join(err, bulk.Abort())
	}
	out.Outcome, err = bulk.Commit(ctx)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ErrNoLeases means that lease files have nothing for the configuration.
var ErrNoLeases = errors.New("nothing to import")

// plausible tells wrong files and wrong configurations from those that fit.
func (c *Collection[L]) plausible(files []string, config string) error {
	switch {
	case c.Entries == 0 && c.Broken > 0 && 2*c.known < c.Broken:
		// A few words of any text can be those that entries begin with, and a
		// dhcpd.conf has hosts as a lease file can have them.
		return fmt.Errorf("%w: %s is no lease file of dhcpd", ErrNoLeases, files[0])
	case c.Entries == 0 && c.Other > 0 && c.foreign > 0:
		return fmt.Errorf("%w: the leases of %s are of the other protocol than %s", ErrNoLeases, files[0], config)
	case c.Entries > 0 && c.Skipped[Outside] > 0 && c.Total() == 0:
		return fmt.Errorf("%w: none of the leases lies in a subnet of %s; is it the configuration that goes with %s?", ErrNoLeases, config, files[0])
	}
	return nil
}

func readConfig(name string) (keaconf.Config, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	root, faults := keaconf.Parse(name, text, os.ReadFile)
	if faults.HasErrors() {
		return nil, fmt.Errorf("this is no configuration of Kea: %w", faults)
	}
	conf, faults := keaconf.Decode(root)
	if faults.HasErrors() {
		return nil, faults
	}
	return conf, nil
}

// ReadNetworks returns the subnets of a configuration file of Kea.
func ReadNetworks(name string) (*Networks, error) {
	conf, err := readConfig(name)
	if err != nil {
		return nil, err
	}
	n, err := NewNetworks(conf)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return n, nil
}

// openAll opens lease files and returns their size in bytes.
func openAll(names []string) (inputs []Input, size int64, closeAll func(), err error) {
	var files []io.Closer
	closeAll = func() {
		for _, f := range files {
			f.Close()
		}
	}
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			closeAll()
			return nil, 0, nil, err
		}
		files = append(files, f)
		info, err := f.Stat()
		if err == nil && info.IsDir() {
			err = &fs.PathError{Op: "read", Path: name, Err: errors.New("is a directory")}
		}
		if err != nil {
			closeAll()
			return nil, 0, nil, err
		}
		size += info.Size()
		inputs = append(inputs, Input{Name: name, Reader: f})
	}
	return inputs, size, closeAll, nil
}
