package lease

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"
	"unsafe"
)

// Flags of a packed lease.
const (
	packedFwd = 1 << iota
	packedRev
	packedStateShift = iota // the state is above the flags
)

// pack4 adds a lease in few bytes: its address, then numbers of variable length
// and what has a length of its own.
func pack4(dst []byte, l *Lease4) []byte {
	address := l.Address.As4()
	dst = append(dst, address[:]...)
	dst = packTerms(dst, &l.Terms)
	dst = packBytes(dst, l.HWAddr)
	return packBytes(dst, l.ClientID)
}

// unpack4 reads a packed lease; its slices and texts are those of src.
func unpack4(src []byte, l *Lease4) {
	u := unpacker{src: src}
	l.Address = netip.AddrFrom4([4]byte(u.take(4)))
	u.terms(&l.Terms)
	l.HWAddr = u.bytes()
	l.ClientID = u.bytes()
}

func pack6(dst []byte, l *Lease6) []byte {
	address := l.Address.As16()
	dst = append(dst, address[:]...)
	dst = append(dst, l.PrefixLen, byte(l.Type))
	dst = packTerms(dst, &l.Terms)
	dst = binary.AppendUvarint(dst, uint64(l.IAID))
	dst = binary.AppendUvarint(dst, uint64(l.Preferred))
	dst = packBytes(dst, l.DUID)
	dst = packBytes(dst, l.HWAddr)
	if len(l.HWAddr) > 0 {
		dst = binary.AppendUvarint(dst, uint64(l.HWType))
		dst = binary.AppendUvarint(dst, uint64(l.HWSource))
	}
	return dst
}

// unpack6 is unpack4 for DHCPv6.
func unpack6(src []byte, l *Lease6) {
	u := unpacker{src: src}
	l.Address = netip.AddrFrom16([16]byte(u.take(16)))
	l.PrefixLen, l.Type = u.take(1)[0], Type(u.take(1)[0])
	u.terms(&l.Terms)
	l.IAID = uint32(u.number())
	l.Preferred = uint32(u.number())
	l.DUID = u.bytes()
	l.HWAddr = u.bytes()
	l.HWType, l.HWSource = 0, 0
	if len(l.HWAddr) > 0 {
		l.HWType = uint16(u.number())
		l.HWSource = uint32(u.number())
	}
}

func clone4(l *Lease4) Lease4 { return l.Clone() }

// Clone returns a copy that shares no memory with the lease.
func (l *Lease4) Clone() Lease4 {
	c := *l
	n := len(l.HWAddr)
	if n+len(l.ClientID) > 0 { // in one piece: this happens several times with each message
		both := append(append(make([]byte, 0, n+len(l.ClientID)), l.HWAddr...), l.ClientID...)
		c.HWAddr, c.ClientID = orNil(both[:n:n]), orNil(both[n:])
	}
	c.Hostname, c.UserContext = strings.Clone(l.Hostname), strings.Clone(l.UserContext)
	return c
}

// orNil returns nil for nothing.
func orNil(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

func clone6(l *Lease6) Lease6 {
	c := *l
	c.DUID, c.HWAddr = bytes.Clone(l.DUID), bytes.Clone(l.HWAddr)
	c.Hostname, c.UserContext = strings.Clone(l.Hostname), strings.Clone(l.UserContext)
	return c
}

func packTerms(dst []byte, t *Terms) []byte {
	flags := byte(t.State) << packedStateShift
	if t.FQDNFwd {
		flags |= packedFwd
	}
	if t.FQDNRev {
		flags |= packedRev
	}
	dst = append(dst, flags)
	dst = binary.AppendUvarint(dst, uint64(t.SubnetID))
	dst = binary.AppendUvarint(dst, uint64(t.PoolID))
	dst = binary.AppendUvarint(dst, uint64(t.Valid))
	dst = binary.AppendVarint(dst, t.CLTT)
	dst = packBytes(dst, t.Hostname)
	return packBytes(dst, t.UserContext)
}

func packBytes[B []byte | string](dst []byte, data B) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(data)))
	return append(dst, data...)
}

// unpacker reads what the functions above have written; nothing else is ever
// given to it.
type unpacker struct{ src []byte }

func (u *unpacker) take(n int) []byte {
	data := u.src[:n]
	u.src = u.src[n:]
	return data
}

func (u *unpacker) number() uint64 {
	n, size := binary.Uvarint(u.src)
	u.src = u.src[size:]
	return n
}

// bytes returns nil for nothing.
func (u *unpacker) bytes() []byte {
	n := int(u.number())
	if n == 0 {
		return nil
	}
	return u.take(n)
}

func (u *unpacker) terms(t *Terms) {
	flags := u.take(1)[0]
	t.State = State(flags >> packedStateShift)
	t.FQDNFwd = flags&packedFwd != 0
	t.FQDNRev = flags&packedRev != 0
	t.SubnetID = uint32(u.number())
	t.PoolID = uint32(u.number())
	t.Valid = uint32(u.number())
	cltt, size := binary.Varint(u.src)
	u.src = u.src[size:]
	t.CLTT = cltt
	t.Hostname = u.text()
	t.UserContext = u.text()
}

// text returns a string without a copy: nothing changes the bytes of a record as
// long as somebody may look at it.
func (u *unpacker) text() string {
	n := int(u.number())
	if n == 0 {
		return ""
	}
	return unsafe.String(&u.take(n)[0], n)
}
