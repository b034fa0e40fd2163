package leasesconv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"time"

	"github.com/keamigrate/keamigrate/parser/dhcpdleases"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store"
)

// KeepAll is a Hold that leaves nothing out: Kea itself forgets what ended longer
// ago than its configuration says, soon after it starts.
const KeepAll = time.Duration(math.MaxInt64)

// Options say how leases are taken over.
type Options struct {
	Target   keaversion.Version
	Networks *Networks
	// Now is the time at which dhcpd would read the files.
	Now time.Time
	// Hold is for how long after its end a lease still tells whose it was, so
	// that a client that comes back gets its old address. What ended longer ago is
	// left out.
	Hold time.Duration
	// Since leaves out what ended before; the zero value leaves nothing out.
	Since time.Time
	// Read, if given, is told how many bytes have been read since the last time.
	Read func(bytes int64)
}

// Input is one lease file.
type Input struct {
	Name string
	io.Reader
}

// Collection is what lease files say, by address.
type Collection[L lease.Lease] struct {
	Account
	Leases *lease.Table[L]
	// Declarations counts the hosts, groups, classes and subclasses that OMAPI
	// and spawning classes have left in the files.
	Declarations int
	// ServerDUID is the server's own DUID, where a file of DHCPv6 has it.
	ServerDUID []byte

	// skipped are the addresses whose last entry is not imported.
	skipped map[netip.Addr]skip
	foreign int // leases of the other protocol; among Other
	// known counts the broken entries that begin as entries of lease files do.
	known int
	// touched and fresh, if not nil, collect the addresses that entries speak of:
	// since the last time, and since the file was begun anew.
	touched, fresh map[netip.Addr]bool
}

// skip is an entry that is not imported.
type skip struct {
	reason Reason
	file   string
	line   int
	cltt   int64
}

// Fill adds all leases to a place, in the order of their addresses. It does not
// commit.
func (c *Collection[L]) Fill(ctx context.Context, bulk store.Bulk[L]) error {
	n := 0
	for l := range c.Leases.Ordered() {
		if err := bulk.Add(ctx, l); err != nil {
			return err
		}
		if n++; n%entriesPerCheck == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// entriesPerCheck is how often long work looks whether it is still wanted.
const entriesPerCheck = 1 << 12

// read gives those entries of a file that are about addresses to use.
func (c *Collection[L]) read(ctx context.Context, in Input, opts Options, use func(dhcpdleases.Entry)) error {
	input := in.Reader
	if opts.Read != nil {
		input = &countingReader{input, opts.Read}
	}
	n := 0
	for entry, err := range dhcpdleases.ReadAhead(input, dhcpdleases.Options{Name: in.Name}) {
		if err != nil {
			var broken *dhcpdleases.SyntaxError
			if !errors.As(err, &broken) {
				return fmt.Errorf("%s: %w", in.Name, err)
			}
			c.noteBroken(in.Name, broken, entry != nil)
			if entry == nil {
				continue
			}
		}
		switch e := entry.(type) {
		case *dhcpdleases.Lease4, *dhcpdleases.IA:
			use(e)
		case *dhcpdleases.Declaration:
			c.Declarations++
			c.Other++
		case *dhcpdleases.ServerDUID:
			c.ServerDUID = append(c.ServerDUID[:0], e.DUID...)
			c.Other++
		default:
			c.Other++
		}
		if n++; n%entriesPerCheck == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

func (c *Collection[L]) noteBroken(file string, broken *dhcpdleases.SyntaxError, kept bool) {
	first := broken.Problems[0]
	text := first.Message
	switch {
	case broken.Truncated:
		text = "the file ends within the entry: " + text
	case kept:
		text += " (dhcpd uses the rest of the entry)"
	}
	if !kept {
		c.Broken++
	}
	if !broken.Unknown {
		c.known++
	}
	c.Notes = append(c.Notes, Note{File: file, Line: first.Line, Text: text})
}

// forget takes what earlier entries have said about an address away.
func (c *Collection[L]) forget(a netip.Addr) {
	c.touch(a)
	if _, ok := c.skipped[a]; ok {
		delete(c.skipped, a)
		c.Superseded++
	} else if c.Leases.Delete(a) {
		c.Superseded++
	}
}

// put keeps a lease. It replaces what earlier entries have said.
func (c *Collection[L]) put(a netip.Addr, l *L) {
	c.touch(a)
	before := c.Leases.Len()
	c.Leases.Put(l)
	if c.Leases.Len() == before {
		c.Superseded++
	} else if len(c.skipped) > 0 {
		if _, ok := c.skipped[a]; ok {
			delete(c.skipped, a)
			c.Superseded++
		}
	}
}

// skip keeps that an address has no lease to import.
func (c *Collection[L]) skip(a netip.Addr, s skip) {
	c.forget(a)
	c.skipped[a] = s
}

func (c *Collection[L]) touch(a netip.Addr) {
	if c.touched != nil {
		c.touched[a] = true
	}
	if c.fresh != nil {
		c.fresh[a] = true
	}
}

// close counts what has remained.
func (c *Collection[L]) close(state func(*L) lease.State) {
	for l := range c.Leases.Unordered() {
		c.Imported[state(l)]++
	}
	for _, a := range sortedByLine(c.skipped) {
		s := c.skipped[a]
		c.Skipped[s.reason]++
		if s.reason.noted() {
			c.Notes = append(c.Notes, Note{File: s.file, Line: s.line, Address: a, Text: s.reason.String()})
		}
	}
}

// countingReader tells how much has been read.
type countingReader struct {
	io.Reader
	read func(int64)
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.read(int64(n))
	return n, err
}
