package transport

import (
	"encoding/binary"
	"errors"
	"net/netip"
)

// Sizes of headers in bytes.
const (
	etherHeader = 14
	ipHeader    = 20 // without options
	udpHeader   = 8
)

const (
	etherTypeIPv4 = 0x0800
	protocolUDP   = 17
	timeToLive    = 128
)

var errFrame = errors.New("this is no whole UDP datagram in an Ethernet frame")

// datagram is what a frame carries.
type datagram struct {
	srcMAC   [6]byte
	dstMAC   [6]byte
	src, dst netip.AddrPort
	payload  []byte
}

// parseFrame reads an Ethernet frame with a UDP datagram that is in one piece.
func parseFrame(frame []byte) (d datagram, err error) {
	if len(frame) < etherHeader+ipHeader+udpHeader || binary.BigEndian.Uint16(frame[12:]) != etherTypeIPv4 {
		return d, errFrame
	}
	ip := frame[etherHeader:]
	header := int(ip[0]&15) * 4
	total := int(binary.BigEndian.Uint16(ip[2:]))
	fragment := binary.BigEndian.Uint16(ip[6:])
	if ip[0]>>4 != 4 || header < ipHeader || total < header+udpHeader || total > len(ip) || ip[9] != protocolUDP || fragment&0x3fff != 0 {
		return d, errFrame
	}
	if sum(0, ip[:header]) != 0xffff {
		return d, errFrame
	}
	udp := ip[header:total]
	length := int(binary.BigEndian.Uint16(udp[4:]))
	if length < udpHeader || length > len(udp) {
		return d, errFrame
	}
	copy(d.dstMAC[:], frame)
	copy(d.srcMAC[:], frame[6:])
	d.src = netip.AddrPortFrom(netip.AddrFrom4([4]byte(ip[12:])), binary.BigEndian.Uint16(udp))
	d.dst = netip.AddrPortFrom(netip.AddrFrom4([4]byte(ip[16:])), binary.BigEndian.Uint16(udp[2:]))
	d.payload = udp[udpHeader:length]
	return d, nil
}

// appendFrame adds an Ethernet frame with a UDP datagram.
func appendFrame(dst []byte, d *datagram) []byte {
	dst = append(append(dst, d.dstMAC[:]...), d.srcMAC[:]...)
	dst = binary.BigEndian.AppendUint16(dst, etherTypeIPv4)
	ip := len(dst)
	total := ipHeader + udpHeader + len(d.payload)
	from, to := d.src.Addr().As4(), d.dst.Addr().As4()
	dst = append(dst, 0x45, 0x10) // low delay, as DHCP servers send
	dst = binary.BigEndian.AppendUint16(dst, uint16(total))
	dst = append(dst, 0, 0, 0, 0, timeToLive, protocolUDP, 0, 0)
	dst = append(append(dst, from[:]...), to[:]...)
	binary.BigEndian.PutUint16(dst[ip+10:], ^uint16(sum(0, dst[ip:])))
	udp := len(dst)
	dst = binary.BigEndian.AppendUint16(dst, d.src.Port())
	dst = binary.BigEndian.AppendUint16(dst, d.dst.Port())
	dst = binary.BigEndian.AppendUint16(dst, uint16(udpHeader+len(d.payload)))
	dst = append(dst, 0, 0)
	dst = append(dst, d.payload...)
	// The checksum covers addresses, protocol and length too (RFC 768).
	pseudo := uint32(protocolUDP) + uint32(udpHeader+len(d.payload))
	check := ^uint16(sum(pseudo, dst[ip+12:ip+20], dst[udp:]))
	if check == 0 {
		check = 0xffff
	}
	binary.BigEndian.PutUint16(dst[udp+6:], check)
	return dst
}

// sum is the one's complement sum of 16-bit words (RFC 1071). Only the last part
// may have an odd length.
func sum(start uint32, parts ...[]byte) uint32 {
	s := uint64(start)
	for _, p := range parts {
		for ; len(p) >= 2; p = p[2:] {
			s += uint64(binary.BigEndian.Uint16(p))
		}
		if len(p) == 1 {
			s += uint64(p[0]) << 8
		}
	}
	for s>>16 != 0 {
		s = s&0xffff + s>>16
	}
	return uint32(s)
}
