package replay

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/gopacket/gopacket/layers"
)

// datagram is one of UDP.
type datagram struct {
	src, dst netip.AddrPort
	payload  []byte
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
}

// network returns what a frame holds above the link: its type and bytes.
func network(data []byte, link layers.LinkType) (kind uint16, rest []byte) {
	be := binary.BigEndian
	switch link {
	case layers.LinkTypeEthernet:
		if len(data) < 14 {
			return 0, nil
		}
		kind, rest = be.Uint16(data[12:]), data[14:]
	case layers.LinkTypeLinuxSLL:
		if len(data) < 16 {
			return 0, nil
		}
		kind, rest = be.Uint16(data[14:]), data[16:]
	case layers.LinkTypeLinuxSLL2:
		if len(data) < 20 {
			return 0, nil
		}
		kind, rest = be.Uint16(data), data[20:]
	case layers.LinkTypeNull, layers.LinkTypeLoop:
		// The family is in the byte order of the machine that captured it.
		if len(data) < 4 {
			return 0, nil
		}
		rest = data[4:]
		kind = byVersion(rest)
	case layers.LinkTypeRaw, layers.LinkTypeIPv4, layers.LinkTypeIPv6, 12: // 12: raw IP on some systems
		kind, rest = byVersion(data), data
	}
	for kind == etherVLAN || kind == etherQinQ || kind == etherOldTag {
		if len(rest) < 4 {
			return 0, nil
		}
		kind, rest = be.Uint16(rest[2:]), rest[4:]
	}
	return kind, rest
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

// read returns the datagram of a frame, if it holds one, whole or with its last
// fragment.
func (f *frames) read(data []byte, link layers.LinkType, at time.Time) (d datagram, ok bool) {
	kind, packet := network(data, link)
	switch kind {
	case etherIPv4:
		return f.ipv4(packet, at)
	case etherIPv6:
		return f.ipv6(packet, at)
	}
	return d, false
}

func (f *frames) ipv4(p []byte, at time.Time) (d datagram, ok bool) {
	const least, moreFragments = 20, 1 << 13
	if len(p) < least || p[9] != protocolUDP {
		return d, false
	}
	head, total := int(p[0]&15)*4, int(binary.BigEndian.Uint16(p[2:]))
	if total == 0 { // the network card fills it in (segmentation offload)
		total = len(p)
	}
	if head < least || total < head {
		return d, false
	}
	if len(p) < total {
		if len(p) >= head+4 && (isPort4(p[head:]) || isPort4(p[head+2:])) {
			f.cut++
		}
		return d, false
	}
	src, dst := netip.AddrFrom4([4]byte(p[12:16])), netip.AddrFrom4([4]byte(p[16:20]))
	flags := binary.BigEndian.Uint16(p[6:])
	body := p[head:total]
	if flags&(2*moreFragments-1) != 0 {
		key := fragmentKey{src, dst, uint32(binary.BigEndian.Uint16(p[4:]))}
		if body = f.fragment(key, int(flags&(moreFragments-1))*8, flags&moreFragments != 0, body, at); body == nil {
			return d, false
		}
	}
	return udp(src, dst, body)
}

// isPort4 reports whether a port stands there that DHCPv4 uses.
func isPort4(p []byte) bool {
	port := binary.BigEndian.Uint16(p)
	return port == serverPort4 || port == clientPort4
}

// Extension headers of IPv6 (RFC 8200 section 4).
const (
	extHopByHop    = 0
	extRouting     = 43
	extFragment    = 44
	extDestination = 60
)

func (f *frames) ipv6(p []byte, at time.Time) (d datagram, ok bool) {
	const head = 40
	if len(p) < head {
		return d, false
	}
	src, dst := netip.AddrFrom16([16]byte(p[8:24])), netip.AddrFrom16([16]byte(p[24:40]))
	next, body := p[6], p[head:]
	if n := int(binary.BigEndian.Uint16(p[4:])); n > 0 && n <= len(body) {
		body = body[:n]
	}
	for {
		switch next {
		case protocolUDP:
			return udp(src, dst, body)
		case extHopByHop, extRouting, extDestination:
			if len(body) < 8 || len(body) < int(body[1])*8+8 {
				return d, false
			}
			next, body = body[0], body[int(body[1])*8+8:]
		case extFragment:
			if len(body) < 8 {
				return d, false
			}
			offset := binary.BigEndian.Uint16(body[2:])
			key := fragmentKey{src, dst, binary.BigEndian.Uint32(body[4:])}
			next = body[0]
			if body = f.fragment(key, int(offset&^7), offset&1 != 0, body[8:], at); body == nil {
				return d, false
			}
		default:
			return d, false
		}
	}
}

func udp(src, dst netip.Addr, p []byte) (d datagram, ok bool) {
	const head = 8
	if len(p) < head {
		return d, false
	}
	if n := int(binary.BigEndian.Uint16(p[4:])); n >= head && n <= len(p) {
		p = p[:n]
	}
	return datagram{netip.AddrPortFrom(src, binary.BigEndian.Uint16(p)), netip.AddrPortFrom(dst, binary.BigEndian.Uint16(p[2:])), p[head:]}, true
}
