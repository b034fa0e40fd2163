package replay

import (
	"net/netip"
	"slices"
	"time"
)

// fragmentKey tells the fragments of one packet (RFC 791, RFC 8200 section 4.5).
type fragmentKey struct {
	src, dst netip.Addr
	id       uint32
}

type fragments struct {
	begin int64
	parts []fragmentPart
	size  int // known once the last one is there; 0: not yet
}

type fragmentPart struct {
	offset int
	data   []byte
}

// Fragments wait for the others so long, and so many packets in pieces are kept.
const (
	fragmentLife  = 30 * time.Second
	mostFragments = 256
	largestPacket = 1 << 16
)

// fragment keeps a piece of a packet, and returns the whole when it is complete.
func (fs *frames) fragment(key fragmentKey, offset int, more bool, data []byte, at int64) []byte {
	if fs.fragments == nil {
		fs.fragments = map[fragmentKey]*fragments{}
	}
	for len(fs.order) > 0 {
		oldest := fs.order[0]
		if at-fs.fragments[oldest].begin < int64(fragmentLife) && len(fs.order) < mostFragments {
			break
		}
		fs.lost(oldest)
		fs.order = fs.order[1:]
	}
	p := fs.fragments[key]
	if p == nil {
		p = &fragments{begin: at}
		fs.fragments[key] = p
		fs.order = append(fs.order, key)
	}
	if offset+len(data) > largestPacket || len(p.parts) > largestPacket/8 {
		return nil
	}
	i, there := slices.BinarySearchFunc(p.parts, offset, func(x fragmentPart, o int) int { return x.offset - o })
	if !there {
		p.parts = slices.Insert(p.parts, i, fragmentPart{offset, slices.Clone(data)})
	}
	if !more {
		p.size = offset + len(data)
	}
	if p.size == 0 {
		return nil
	}
	var whole []byte
	for _, part := range p.parts {
		if part.offset > len(whole) {
			return nil // a piece is missing
		}
		whole = append(whole[:part.offset], part.data...)
	}
	if len(whole) < p.size {
		return nil
	}
	delete(fs.fragments, key)
	fs.order = slices.DeleteFunc(fs.order, func(k fragmentKey) bool { return k == key })
	return whole[:p.size]
}

// lost gives up waiting for the rest of a packet.
func (fs *frames) lost(key fragmentKey) {
	if p := fs.fragments[key]; len(p.parts) > 0 && p.parts[0].offset == 0 && len(p.parts[0].data) >= udpHead && isDHCP(p.parts[0].data) {
		fs.missing++
	}
	delete(fs.fragments, key)
}

// end gives up waiting for everything.
func (fs *frames) end() {
	for _, key := range fs.order {
		fs.lost(key)
	}
	fs.order = nil
}
