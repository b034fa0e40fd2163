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
	begin time.Time
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
func (f *frames) fragment(key fragmentKey, offset int, more bool, data []byte, at time.Time) []byte {
	if f.fragments == nil {
		f.fragments = map[fragmentKey]*fragments{}
	}
	for len(f.order) > 0 {
		oldest := f.order[0]
		if at.Sub(f.fragments[oldest].begin) < fragmentLife && len(f.order) < mostFragments {
			break
		}
		delete(f.fragments, oldest)
		f.order = f.order[1:]
	}
	p := f.fragments[key]
	if p == nil {
		p = &fragments{begin: at}
		f.fragments[key] = p
		f.order = append(f.order, key)
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
	delete(f.fragments, key)
	f.order = slices.DeleteFunc(f.order, func(k fragmentKey) bool { return k == key })
	return whole[:p.size]
}
