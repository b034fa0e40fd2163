package replay

import (
	"encoding/binary"
	"net/netip"

	"github.com/gopacket/gopacket/layers"
)

// datagram is one of UDP.
type datagram struct {
	src, dst netip.AddrPort
	payload  []byte
	// link is the interface and VLAN that it was captured on.
	link  uint64
	at    int64
	frame int // its number in the capture, from 1
}

// Types of Ethernet frames (IEEE 802 numbers).
const (
	etherIPv4   = 0x0800
	etherIPv6   = 0x86dd
	etherVLAN   = 0x8100 // IEEE 802.1Q
	etherQinQ   = 0x88a8 // IEEE 802.1ad
	etherOldTag = 0x9100
)

const protocolUDP = 17

// frames takes frames apart, as far as there is DHCP in them.
type frames struct {
	fragments map[fragmentKey]*fragments
	order     []fragmentKey // the oldest first
	cut       int           // packets of DHCP that are not there as a whole
	missing   int           // packets of DHCP of which fragments are missing
	foreign   map[layers.LinkType]int
}

// network returns what a frame holds above the link, its type and bytes, and which link
// of those in the capture it is; ok is false for kinds of links that are not understood.
func network(f *frame) (kind uint16, rest []byte, link uint64, ok bool) {
	const interfaceAt, tagLength, tagBits = 32, 4, 0xfff
	be := binary.BigEndian
	data, index := f.data, f.iface
	switch f.kind {
	case layers.LinkTypeEthernet:
		if len(data) < 14 {
			return 0, nil, 0, true
		}
		kind, rest = be.Uint16(data[12:]), data[14:]
	case layers.LinkTypeLinuxSLL:
		if len(data) < 16 {
			return 0, nil, 0, true
		}
		kind, rest = be.Uint16(data[14:]), data[16:]
	case layers.LinkTypeLinuxSLL2:
		if len(data) < 20 {
			return 0, nil, 0, true
		}
		kind, rest = be.Uint16(data), data[20:]
		index = int(be.Uint32(data[4:]))
	case layers.LinkTypeNull, layers.LinkTypeLoop:
		// The family is in the byte order of the machine that captured it.
		if len(data) < 4 {
			return 0, nil, 0, true
		}
		rest = data[4:]
		kind = byVersion(rest)
	case layers.LinkTypeRaw, layers.LinkTypeIPv4, layers.LinkTypeIPv6, 12, 14: // 12 and 14: raw IP on some systems
		kind, rest = byVersion(data), data
	default:
		return 0, nil, 0, false
	}
	link = uint64(index) << interfaceAt
	for kind == etherVLAN || kind == etherQinQ || kind == etherOldTag {
		if len(rest) < tagLength {
			return 0, nil, 0, true
		}
		link = link&^(1<<interfaceAt-1) | (link<<12|uint64(be.Uint16(rest)&tagBits))&(1<<interfaceAt-1)
		kind, rest = be.Uint16(rest[2:]), rest[tagLength:]
	}
	return kind, rest, link, true
}

func byVersion(packet []byte) uint16 {
	switch {
	case len(packet) == 0:
		return 0
	case packet[0]>>4 == 4:
		return etherIPv4
	case packet[0]>>4 == 6:
		return etherIPv6
	}
	return 0
}

// read reads the datagram of a frame, if it holds one that may be of DHCP, whole or with
// its last fragment.
func (fs *frames) read(f *frame, d *datagram) bool {
	kind, packet, link, ok := network(f)
	if !ok {
		if fs.foreign == nil {
			fs.foreign = map[layers.LinkType]int{}
		}
		fs.foreign[f.kind]++
		return false
	}
	d.link = link
	switch kind {
	case etherIPv4:
		return fs.ipv4(packet, f.at, d)
	case etherIPv6:
		return fs.ipv6(packet, f.at, d)
	}
	return false
}

func (fs *frames) ipv4(p []byte, at int64, d *datagram) bool {
	const least, moreFragments = 20, 1 << 13
	if len(p) < least || p[9] != protocolUDP {
		return false
	}
	head, total := int(p[0]&15)*4, int(binary.BigEndian.Uint16(p[2:]))
	if total == 0 { // the network card fills it in (segmentation offload)
		total = len(p)
	}
	if head < least || total < head {
		return false
	}
	flags := binary.BigEndian.Uint16(p[6:])
	offset := int(flags&(moreFragments-1)) * 8
	if len(p) < total {
		if len(p) >= head+4 && offset == 0 && isDHCP(p[head:]) {
			fs.cut++
		}
		return false
	}
	body := p[head:total]
	if flags&(2*moreFragments-1) != 0 {
		src, dst := netip.AddrFrom4([4]byte(p[12:16])), netip.AddrFrom4([4]byte(p[16:20]))
		key := fragmentKey{src, dst, uint32(binary.BigEndian.Uint16(p[4:]))}
		if body = fs.fragment(key, offset, flags&moreFragments != 0, body, at); body == nil {
			return false
		}
	}
	if len(body) < udpHead || !isDHCP(body) {
		return false
	}
	udp(netip.AddrFrom4([4]byte(p[12:16])), netip.AddrFrom4([4]byte(p[16:20])), body, d)
	return true
}

// isDHCP reports whether the head of a UDP datagram has a port that DHCP uses.
func isDHCP(p []byte) bool {
	for _, at := range [2]int{0, 2} {
		switch binary.BigEndian.Uint16(p[at:]) {
		case serverPort4, clientPort4, serverPort6, clientPort6:
			return true
		}
	}
	return false
}

// Extension headers of IPv6 (RFC 8200 section 4).
const (
	extHopByHop    = 0
	extRouting     = 43
	extFragment    = 44
	extDestination = 60
)

func (fs *frames) ipv6(p []byte, at int64, d *datagram) bool {
	const head = 40
	if len(p) < head {
		return false
	}
	src, dst := netip.AddrFrom16([16]byte(p[8:24])), netip.AddrFrom16([16]byte(p[24:40]))
	next, body := p[6], p[head:]
	if n := int(binary.BigEndian.Uint16(p[4:])); n > 0 && n <= len(body) {
		body = body[:n]
	}
	for {
		switch next {
		case protocolUDP:
			if len(body) < udpHead || !isDHCP(body) {
				return false
			}
			udp(src, dst, body, d)
			return true
		case extHopByHop, extRouting, extDestination:
			if len(body) < 8 || len(body) < int(body[1])*8+8 {
				return false
			}
			next, body = body[0], body[int(body[1])*8+8:]
		case extFragment:
			if len(body) < 8 {
				return false
			}
			offset := binary.BigEndian.Uint16(body[2:])
			key := fragmentKey{src, dst, binary.BigEndian.Uint32(body[4:])}
			next = body[0]
			if body = fs.fragment(key, int(offset&^7), offset&1 != 0, body[8:], at); body == nil {
				return false
			}
		default:
			return false
		}
	}
}

// udpHead is the length of the head of a UDP datagram.
const udpHead = 8

// udp reads a datagram that is not shorter than its head.
func udp(src, dst netip.Addr, p []byte, d *datagram) {
	if n := int(binary.BigEndian.Uint16(p[4:])); n >= udpHead && n <= len(p) {
		p = p[:n]
	}
	d.src, d.dst = netip.AddrPortFrom(src, binary.BigEndian.Uint16(p)), netip.AddrPortFrom(dst, binary.BigEndian.Uint16(p[2:]))
	d.payload = p[udpHead:]
}
