package leasesconv

import (
	"encoding/binary"
	"hash/maphash"
	"net/netip"

	"github.com/keamigrate/keamigrate/server/lease"
)

// dropReturned takes the ended leases of those clients away that have another lease in
// use, which has not ended, on the same link. dhcpd knows a client by all its leases and gives it the one in
// use. Kea knows it by the first that it finds, in the order of the lease file: that may
// be the ended one, which tells nothing any more, and then it says NAK to the client that
// renews the other.
func (c *collector4) dropReturned() {
	ended := map[uint64]bool{} // by what Kea finds them by; true: the client has another
	seed := maphash.MakeSeed()
	key := func(kind byte, l *lease.Lease4, id []byte) uint64 {
		var h maphash.Hash
		h.SetSeed(seed)
		h.WriteByte(kind)
		h.Write(binary.BigEndian.AppendUint32(nil, c.opts.Networks.link(l.SubnetID)))
		h.Write(id)
		return h.Sum64()
	}
	const byID, byHardware = 'i', 'h'
	for l := range c.Leases.Unordered() {
		if l.State == lease.Reclaimed {
			ended[key(byHardware, l, l.HWAddr)] = false
			if len(l.ClientID) > 0 {
				ended[key(byID, l, l.ClientID)] = false
			}
		}
	}
	if len(ended) == 0 {
		return
	}
	for l := range c.Leases.Unordered() {
		if l.State != lease.Assigned || l.ExpiredAt(c.now) {
			continue
		}
		// A client with an identifier is found by it.
		k := key(byID, l, l.ClientID)
		if len(l.ClientID) == 0 {
			k = key(byHardware, l, l.HWAddr)
		}
		if _, ok := ended[k]; ok {
			ended[k] = true
		}
	}
	var drop []netip.Addr
	for l := range c.Leases.Unordered() {
		if l.State == lease.Reclaimed && (ended[key(byHardware, l, l.HWAddr)] || len(l.ClientID) > 0 && ended[key(byID, l, l.ClientID)]) {
			drop = append(drop, l.Address)
		}
	}
	for _, a := range drop {
		c.Leases.Delete(a)
		c.skipped[a] = skip{reason: Returned}
	}
}
