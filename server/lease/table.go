package lease

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"iter"
	"net/netip"
	"slices"
)

// Lease is a lease of one of the protocols.
type Lease interface{ Lease4 | Lease6 }

// Equal reports whether two leases are the same in everything.
func Equal[L Lease](a, b *L) bool {
	switch a := any(a).(type) {
	case *Lease4:
		return bytes.Equal(pack4(nil, a), pack4(nil, any(b).(*Lease4)))
	case *Lease6:
		return bytes.Equal(pack6(nil, a), pack6(nil, any(b).(*Lease6)))
	}
	return false
}

// Table keeps leases by address in little memory: an ordinary lease takes 80 to
// 150 bytes, all included. It is not safe for use by several goroutines.
type Table[L Lease] struct {
	codec[L]
	seed       maphash.Seed
	multiplier uint64
	// slots say where the record of an address is, in the lower half, and in the
	// upper one its tag; 0: nowhere.
	slots []uint64
	shift int // of a product of a tag and the multiplier, for the number of a slot
	count int
	// chunks hold the records. A place in them is a number of units, counted
	// through all the chunks, plus 1.
	chunks [][]byte
	used   int // units given out, those of records that are gone included
	lost   int // units of records that are gone
	buffer []byte
	// borrowed is what Get has looked at last: a variable of its own would be made on
	// the heap each time.
	borrowed L
}

// codec is where the protocols differ.
type codec[L Lease] struct {
	pack    func([]byte, *L) []byte
	unpack  func([]byte, *L) // without copies of slices and texts
	clone   func(*L) L
	keySize int // bytes of the address, which a packed lease begins with
}

const (
	unit      = 8       // records begin at multiples of so many bytes
	chunkSize = 1 << 20 // bytes; a larger record has a chunk of its own
	perChunk  = chunkSize / unit
	// A record begins with the units it takes and the bytes that are used.
	recordHead = 8
)

// NewTable4 returns an empty table for DHCPv4.
func NewTable4() *Table[Lease4] {
	return newTable(codec[Lease4]{pack: pack4, unpack: unpack4, clone: clone4, keySize: 4})
}

// NewTable6 returns an empty table for DHCPv6.
func NewTable6() *Table[Lease6] {
	return newTable(codec[Lease6]{pack: pack6, unpack: unpack6, clone: clone6, keySize: 16})
}

func newTable[L Lease](c codec[L]) *Table[L] {
	seed := maphash.MakeSeed()
	return &Table[L]{codec: c, seed: seed, multiplier: maphash.String(seed, "") | 1, slots: make([]uint64, 16), shift: 64 - 4}
}

// Len is the number of leases.
func (t *Table[L]) Len() int { return t.count }

// Put keeps a lease in the place of the one that its address has.
func (t *Table[L]) Put(l *L) {
	t.buffer = t.pack(t.buffer[:0], l)
	tag := t.tag(t.buffer[:t.keySize])
	slot, there := t.find(tag, t.buffer[:t.keySize])
	if there {
		record := t.record(uint32(t.slots[slot]))
		if room := int(binary.LittleEndian.Uint32(record))*unit - recordHead; len(t.buffer) <= room {
			binary.LittleEndian.PutUint32(record[4:], uint32(len(t.buffer)))
			copy(record[recordHead:], t.buffer)
			return
		}
		t.lose(record)
		t.slots[slot] = uint64(tag)<<32 | uint64(t.store(t.buffer))
	} else {
		if 4*(t.count+1) > 3*len(t.slots) {
			t.grow()
			slot, _ = t.find(tag, t.buffer[:t.keySize])
		}
		t.slots[slot] = uint64(tag)<<32 | uint64(t.store(t.buffer))
		t.count++
	}
	t.tidy()
}

// Get returns the lease of an address.
func (t *Table[L]) Get(a netip.Addr) (l L, ok bool) {
	slot, ok := t.lookUp(a)
	if ok {
		t.unpack(t.content(uint32(t.slots[slot])), &t.borrowed)
		l = t.clone(&t.borrowed)
	}
	return l, ok
}

// Look is Get without a copy: the slices and texts of the lease are valid until the
// table is changed.
func (t *Table[L]) Look(a netip.Addr, l *L) bool {
	slot, ok := t.lookUp(a)
	if ok {
		t.unpack(t.content(uint32(t.slots[slot])), l)
	}
	return ok
}

// Delete forgets the lease of an address, and reports whether there was one.
func (t *Table[L]) Delete(a netip.Addr) bool {
	slot, ok := t.lookUp(a)
	if !ok {
		return false
	}
	t.lose(t.record(uint32(t.slots[slot])))
	t.count--
	// What stands behind moves up, so that no search ends too early.
	mask := len(t.slots) - 1
	for hole, i := slot, (slot+1)&mask; ; i = (i + 1) & mask {
		place := t.slots[i]
		if place == 0 {
			t.slots[hole] = 0
			break
		}
		home := t.home(uint32(place >> 32))
		if (i-home)&mask >= (i-hole)&mask {
			t.slots[hole] = place
			hole = i
		}
	}
	t.tidy()
	return true
}

// All yields the leases in the order of their addresses. Leases must not be put
// or deleted meanwhile.
func (t *Table[L]) All() iter.Seq[L] {
	return func(yield func(L) bool) {
		for l := range t.Ordered() {
			if !yield(t.clone(l)) {
				return
			}
		}
	}
}

// Ordered is All without copies: a lease is valid until the next one is asked for,
// and its slices and texts until the table is changed.
func (t *Table[L]) Ordered() iter.Seq[*L] {
	return func(yield func(*L) bool) { t.yield(t.ordered(), yield) }
}

// Unordered is Ordered in whatever order takes the least time.
func (t *Table[L]) Unordered() iter.Seq[*L] {
	return func(yield func(*L) bool) {
		var l L
		for _, chunk := range t.chunks {
			for at := 0; at+recordHead <= len(chunk); {
				units := int(binary.LittleEndian.Uint32(chunk[at:]))
				if units == 0 {
					break // the rest of the chunk is not used
				}
				if size := int(binary.LittleEndian.Uint32(chunk[at+4:])); size > 0 {
					t.unpack(chunk[at+recordHead:at+recordHead+size], &l)
					if !yield(&l) {
						return
					}
				}
				at += units * unit
			}
		}
	}
}

func (t *Table[L]) yield(places iter.Seq[uint32], yield func(*L) bool) {
	var l L
	for place := range places {
		t.unpack(t.content(place), &l)
		if !yield(&l) {
			return
		}
	}
}

// ordered yields the places of the records in the order of their addresses. The
// addresses are fetched first: to look them up while sorting would miss the
// processor's cache each time.
func (t *Table[L]) ordered() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		if t.keySize == 4 {
			keys := make([]uint64, 0, t.count)
			for _, slot := range t.slots {
				if slot != 0 {
					keys = append(keys, slot) // the tag is the address
				}
			}
			slices.Sort(keys)
			for _, key := range keys {
				if !yield(uint32(key)) {
					return
				}
			}
			return
		}
		type key struct {
			high, low uint64
			place     uint32
		}
		keys := make([]key, 0, t.count)
		for _, slot := range t.slots {
			if slot != 0 {
				c := t.content(uint32(slot))
				keys = append(keys, key{binary.BigEndian.Uint64(c), binary.BigEndian.Uint64(c[8:]), uint32(slot)})
			}
		}
		slices.SortFunc(keys, func(a, b key) int {
			if a.high != b.high {
				return cmp.Compare(a.high, b.high)
			}
			return cmp.Compare(a.low, b.low)
		})
		for i := range keys {
			if !yield(keys[i].place) {
				return
			}
		}
	}
}

// lookUp returns the slot that has an address.
func (t *Table[L]) lookUp(a netip.Addr) (slot int, ok bool) {
	if t.keySize == 4 {
		if !a.Is4() {
			return 0, false
		}
		key := a.As4()
		return t.find(t.tag(key[:]), key[:])
	}
	key := a.As16()
	return t.find(t.tag(key[:]), key[:])
}

// tag tells addresses apart without a look at their records: it is the address
// itself where that fits, or its hash.
func (t *Table[L]) tag(key []byte) uint32 {
	if len(key) == 4 {
		return binary.BigEndian.Uint32(key)
	}
	return uint32(maphash.Bytes(t.seed, key))
}

// home is the slot where a tag is looked for first.
func (t *Table[L]) home(tag uint32) int { return int(uint64(tag) * t.multiplier >> t.shift) }

// find returns the slot that has an address, or the one that would take it.
func (t *Table[L]) find(tag uint32, key []byte) (slot int, there bool) {
	for i := t.home(tag); ; i = (i + 1) & (len(t.slots) - 1) {
		switch slot := t.slots[i]; {
		case slot == 0:
			return i, false
		case uint32(slot>>32) == tag && (len(key) == 4 || bytes.Equal(t.content(uint32(slot))[:t.keySize], key)):
			return i, true
		}
	}
}

func (t *Table[L]) grow() {
	old := t.slots
	t.slots = make([]uint64, 2*len(old))
	t.shift--
	for _, slot := range old {
		if slot == 0 {
			continue
		}
		i := t.home(uint32(slot >> 32))
		for t.slots[i] != 0 {
			i = (i + 1) & (len(t.slots) - 1)
		}
		t.slots[i] = slot
	}
}

// lose marks a record that nothing needs any more: no record is empty.
func (t *Table[L]) lose(record []byte) {
	t.lost += int(binary.LittleEndian.Uint32(record))
	binary.LittleEndian.PutUint32(record[4:], 0)
}

// store puts a packed lease where there is room and returns its place.
func (t *Table[L]) store(data []byte) uint32 {
	units := (recordHead + len(data) + unit - 1) / unit
	if left := len(t.chunks)*perChunk - t.used; units > left {
		t.skip()
		t.chunks = append(t.chunks, make([]byte, max(chunkSize, units*unit)))
		// A record that is larger than a chunk takes the numbers of several.
		for n := perChunk; n < units; n += perChunk {
			t.chunks = append(t.chunks, nil)
		}
	}
	place := uint32(t.used + 1)
	record := t.record(place)
	binary.LittleEndian.PutUint32(record, uint32(units))
	binary.LittleEndian.PutUint32(record[4:], uint32(len(data)))
	copy(record[recordHead:], data)
	t.used += units
	if units > perChunk {
		t.skip() // what follows in the last of its chunks is not there
	}
	return place
}

// skip gives the rest of the last chunk up.
func (t *Table[L]) skip() {
	end := len(t.chunks) * perChunk
	t.lost += end - t.used
	t.used = end
}

func (t *Table[L]) record(place uint32) []byte {
	at := int(place - 1)
	return t.chunks[at/perChunk][at%perChunk*unit:]
}

func (t *Table[L]) content(place uint32) []byte {
	record := t.record(place)
	return record[recordHead : recordHead+int(binary.LittleEndian.Uint32(record[4:]))]
}

// tidy writes the records anew when most of the room is lost.
func (t *Table[L]) tidy() {
	if t.lost < 4*perChunk || 2*t.lost < t.used {
		return
	}
	old := t.chunks
	t.chunks, t.used, t.lost = nil, 0, 0
	fresh := *t
	for i, slot := range t.slots {
		if slot == 0 {
			continue
		}
		t.chunks = old
		data := t.content(uint32(slot))
		fresh.slots[i] = slot>>32<<32 | uint64(fresh.store(data))
	}
	t.chunks, t.used, t.lost = fresh.chunks, fresh.used, fresh.lost
}
