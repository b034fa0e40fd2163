package replay

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/packet"
)

// sameEnd is how many seconds the ends of two leases differ at most that are one.
const sameEnd = 2

// learn puts the lease that the production server has given into Kea's database, so
// that the client is known the next time. What Kea has noted about the client stays,
// since Kea looks at it when the client comes back.
func (r *run) learn(w *waiting, raw []byte, at int64) {
	m := &r.message
	seen := at / int64(time.Second)
	if m.Parse(raw) != nil {
		return
	}
	if kind, ok := m.Option(optType); !ok || len(kind) != 1 || kind[0] != packet.Ack {
		return
	}
	address := m.YIAddr()
	var pool *config.Pool
	subnet := r.conf.ByAddress(address, func(*config.Subnet) bool { return true })
	if subnet == nil || address.IsUnspecified() {
		return
	}
	if pool = r.poolOf(address); pool != nil {
		subnet = pool.Subnet
	}
	seconds := uint32(0)
	if t, ok := m.Option(optLeaseTime); ok && len(t) == 4 {
		seconds = binary.BigEndian.Uint32(t)
	}
	hw, id := bytes.Clone(m.HWAddr()), []byte(nil)
	if subnet.MatchClientID {
		var request packet.Message4
		if request.Parse(w.raw) == nil {
			if data, ok := request.Option(optClientID); ok && len(data) > 0 {
				id = bytes.Clone(data)
			}
		}
	}
	l := lease.Lease4{HWAddr: hw, ClientID: id}
	if r.gave.IsValid() {
		if own, ok := r.leases.Get(r.gave); ok {
			l = own
		}
	}
	end := seen + int64(seconds)
	if r.gave == address && l.State == lease.Assigned && seconds != lease.Infinite && max(l.Expire()-end, end-l.Expire()) <= sameEnd {
		return
	}
	r.forgetOthers(hw, id, address, subnet.ID)
	if seconds > l.Valid || l.Valid == lease.Infinite {
		l.Valid = seconds
	}
	// What is left may be of a lease that began earlier: dhcpd leaves one as it is that
	// is young enough.
	l.Address, l.SubnetID, l.PoolID, l.State, l.CLTT = address, subnet.ID, 0, lease.Assigned, seen-int64(l.Valid-seconds)
	if pool != nil {
		l.PoolID = pool.ID
	}
	r.leases.Put(&l)
}

// forgetOthers frees what Kea has given to a client instead of an address. Leases of the
// same network card with another client identifier are those of another client.
func (r *run) forgetOthers(hw, id []byte, address netip.Addr, subnet uint32) {
	var others []netip.Addr
	collect := func(l *lease.Lease4) bool {
		if l.Address != address && l.SubnetID == subnet && l.State == lease.Assigned && bytes.Equal(l.ClientID, id) {
			others = append(others, l.Address)
		}
		return true
	}
	if id != nil {
		r.leases.ByClientID(id, collect)
	} else {
		r.leases.ByHWAddr(hw, collect)
	}
	if r.gave.IsValid() && r.gave != address {
		others = append(others, r.gave)
	}
	for _, a := range others {
		r.leases.Delete(a)
	}
}
