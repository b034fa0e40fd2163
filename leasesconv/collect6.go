package leasesconv

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"hash/maphash"
	"net/netip"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdleases"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
)

// Collect6 reads a lease file of DHCPv6. Each entry there is all that an identity
// association (IA) has, so that addresses which an earlier one has given and the
// later has not are gone; an address that another IA gets has moved. Of several
// files the later ones count.
func Collect6(ctx context.Context, opts Options, inputs ...Input) (*Collection[lease.Lease6], error) {
	c := newCollector6(opts)
	for _, in := range inputs {
		if err := c.read(ctx, in, opts, func(e dhcpdleases.Entry) {
			if ia, ok := e.(*dhcpdleases.IA); ok {
				c.add(in.Name, ia)
			} else {
				c.foreign++
				c.Other++ // a lease of DHCPv4
			}
		}); err != nil {
			return nil, err
		}
	}
	c.close(func(l *lease.Lease6) lease.State { return l.State })
	return &c.Collection, nil
}

type collector6 struct {
	Collection[lease.Lease6]
	opts    Options
	now     int64
	lease   lease.Lease6 // the one at hand
	context contextWriter
	names   nameReader
	// held are the addresses that an IA was last said to have, by a hash of its
	// kind, IAID and DUID. Most have one.
	seed maphash.Seed
	held map[uint64]netip.Addr
	more map[uint64][]netip.Addr
}

func newCollector6(opts Options) *collector6 {
	c := &collector6{opts: opts, now: opts.Now.Unix(), context: contextWriter{target: opts.Target},
		seed: maphash.MakeSeed(), held: map[uint64]netip.Addr{}, more: map[uint64][]netip.Addr{}}
	c.Leases = lease.NewTable6()
	c.skipped = map[netip.Addr]skip{}
	return c
}

// add keeps what an entry says about an IA.
func (c *collector6) add(file string, ia *dhcpdleases.IA) {
	key := c.hash(ia.Kind, ia.IAID, ia.DUID)
	var gone []netip.Addr
	if a, ok := c.held[key]; ok {
		gone = append(append(gone, a), c.more[key]...)
		delete(c.held, key)
		delete(c.more, key)
	}
	for i := range ia.Bindings {
		b := &ia.Bindings[i]
		a := b.Prefix.Addr()
		c.Entries++
		gone = slices.DeleteFunc(gone, func(other netip.Addr) bool { return other == a })
		if reason, ok := c.convert(ia, b); ok {
			c.put(a, &c.lease)
		} else {
			c.skip(a, skip{reason: reason, file: file, line: ia.Line, cltt: ia.CLTT})
		}
		c.hold(key, a)
	}
	for _, a := range gone {
		// Another IA may have taken it over since.
		if l, ok := c.Leases.Get(a); ok && (l.State == lease.Declined || l.IAID == ia.IAID && bytes.Equal(l.DUID, ia.DUID)) {
			c.forget(a)
		}
	}
}

// hold remembers that an IA has an address.
func (c *collector6) hold(key uint64, a netip.Addr) {
	if _, ok := c.held[key]; ok {
		c.more[key] = append(c.more[key], a)
	} else {
		c.held[key] = a
	}
}

// seedFrom takes a lease that Kea has already.
func (c *collector6) seedFrom(l *lease.Lease6) {
	c.Leases.Put(l)
	kind := dhcpdleases.NA
	if l.Type == lease.PD {
		kind = dhcpdleases.PD
	}
	c.hold(c.hash(kind, l.IAID, l.DUID), l.Address)
}

func (c *collector6) hash(kind dhcpdleases.IAKind, iaid uint32, duid []byte) uint64 {
	var h maphash.Hash
	h.SetSeed(c.seed)
	h.WriteByte(byte(kind))
	h.Write(binary.BigEndian.AppendUint32(nil, iaid))
	h.Write(duid)
	return h.Sum64()
}

// convert makes c.lease of a binding, or says why it cannot.
func (c *collector6) convert(ia *dhcpdleases.IA, b *dhcpdleases.Binding6) (Reason, bool) {
	l := &c.lease
	*l = lease.Lease6{Address: b.Prefix.Addr(), PrefixLen: uint8(b.Prefix.Bits()), IAID: ia.IAID, DUID: ia.DUID}
	if ia.Kind == dhcpdleases.PD {
		l.Type = lease.PD
	}
	l.CLTT, l.Valid = times(ia.CLTT, cmp.Or(b.Ends, ia.CLTT+int64(b.Valid)), c.now)
	l.Preferred = min(b.Preferred, l.Valid)
	l.Hostname, l.FQDNFwd, l.FQDNRev = c.names.of(b.Variables, nil)
	state := b.State
	if state == dhcpdleases.Abandoned && l.Expire() <= c.now {
		state = dhcpdleases.Free // dhcpd gives it away again
	}
	switch state {
	case dhcpdleases.Active:
		c.context.reset()
		c.context.notes(b.Variables, false, false, &dhcpdleases.Billing{})
		l.UserContext = c.context.String()
	case dhcpdleases.Abandoned:
		l.State, l.Hostname, l.FQDNFwd, l.FQDNRev, l.IAID, l.Preferred = lease.Declined, "", false, false, 0, 0
		l.DUID = []byte{0, 0, 0}
		if c.opts.Target < keaversion.V2_6 {
			l.DUID = []byte{0}
		}
	default:
		l.State, l.FQDNFwd, l.FQDNRev = lease.Reclaimed, false, false
	}
	var ok bool
	if l.Type == lease.PD {
		l.SubnetID, l.PoolID, ok = c.opts.Networks.OfPrefix(b.Prefix)
	} else {
		l.SubnetID, l.PoolID, ok = c.opts.Networks.Of(l.Address)
	}
	switch {
	case ia.Kind == dhcpdleases.TA:
		return Temporary, false
	case !ok:
		return Outside, false
	case l.State == lease.Reclaimed && l.Expire()+int64(c.opts.Hold.Seconds()) <= c.now:
		return Forgotten, false
	case !c.opts.Since.IsZero() && l.Valid != lease.Infinite && l.Expire() < c.opts.Since.Unix():
		return Before, false
	case len(l.DUID) == 0:
		return Nobody, false
	}
	return 0, true
}
