package lease

import (
	"bytes"
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
	seed  maphash.Seed
	slots []uint32 // where a record is, by the hash of its address; 0: nowhere
	count int
	// chunks hold the records. A place in them is a number of units, counted
	// through all the chunks, plus 1.
	chunks [][]byte
	used   int // units given out, those of records that are gone included
	lost   int // units of records that are gone
	buffer []byte
}

// codec is where the protocols differ.
type codec[L Lease] struct {
	pack    func([]byte, *L) []byte
	unpack  func([]byte, *L)
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
	return newTable(codec[Lease4]{pack: pack4, unpack: unpack4, keySize: 4})
}

// NewTable6 returns an empty table for DHCPv6.
func NewTable6() *Table[Lease6] {
	return newTable(codec[Lease6]{pack: pack6, unpack: unpack6, keySize: 16})
}

func newTable[L Lease](c codec[L]) *Table[L] {
	return &Table[L]{codec: c, seed: maphash.MakeSeed(), slots: make([]uint32, 16)}
}

// Len is the number of leases.
func (t *Table[L]) Len() int { return t.count }

// Put keeps a lease in the place of the one that its address has.
func (t *Table[L]) Put(l *L) {
	t.buffer = t.pack(t.buffer[:0], l)
	slot, there := t.find(t.buffer[:t.keySize])
	if there {
		record := t.record(t.slots[slot])
		if room := int(binary.LittleEndian.Uint32(record))*unit - recordHead; len(t.buffer) <= room {
			binary.LittleEndian.PutUint32(record[4:], uint32(len(t.buffer)))
			copy(record[recordHead:], t.buffer)
			return
		}
		t.lost += int(binary.LittleEndian.Uint32(record))
		t.slots[slot] = t.store(t.buffer)
	} else {
		if 4*(t.count+1) > 3*len(t.slots) {
			t.grow()
			slot, _ = t.find(t.buffer[:t.keySize])
		}
		t.slots[slot] = t.store(t.buffer)
		t.count++
	}
	t.tidy()
}

// Get returns the lease of an address.
func (t *Table[L]) Get(a netip.Addr) (l L, ok bool) {
	slot, ok := t.find(t.key(a))
	if ok {
		t.unpack(t.content(t.slots[slot]), &l)
	}
	return l, ok
}

// Delete forgets the lease of an address, and reports whether there was one.
func (t *Table[L]) Delete(a netip.Addr) bool {
	slot, ok := t.find(t.key(a))
	if !ok {
		return false
	}
	t.lost += int(binary.LittleEndian.Uint32(t.record(t.slots[slot])))
	t.count--
	// What stands behind moves up, so that no search ends too early.
	mask := len(t.slots) - 1
	for hole, i := slot, (slot+1)&mask; ; i = (i + 1) & mask {
		place := t.slots[i]
		if place == 0 {
			t.slots[hole] = 0
			break
		}
		home := t.home(t.content(place)[:t.keySize])
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
		places := make([]uint32, 0, t.count)
		for _, place := range t.slots {
			if place != 0 {
				places = append(places, place)
			}
		}
		slices.SortFunc(places, func(a, b uint32) int {
			return bytes.Compare(t.content(a)[:t.keySize], t.content(b)[:t.keySize])
		})
		for _, place := range places {
			var l L
			t.unpack(t.content(place), &l)
			if !yield(l) {
				return
			}
		}
	}
}

func (t *Table[L]) key(a netip.Addr) []byte {
	if t.keySize == 4 {
		if !a.Is4() {
			return nil
		}
		key := a.As4()
		return key[:]
	}
	key := a.As16()
	return key[:]
}

// home is the slot where an address is looked for first.
func (t *Table[L]) home(key []byte) int {
	return int(maphash.Bytes(t.seed, key)) & (len(t.slots) - 1)
}

// find returns the slot that has an address, or the one that would take it.
func (t *Table[L]) find(key []byte) (slot int, there bool) {
	for i := t.home(key); ; i = (i + 1) & (len(t.slots) - 1) {
		place := t.slots[i]
		if place == 0 {
			return i, false
		}
		if bytes.Equal(t.content(place)[:t.keySize], key) {
			return i, true
		}
	}
}

func (t *Table[L]) grow() {
	old := t.slots
	t.slots = make([]uint32, 2*len(old))
	for _, place := range old {
		if place != 0 {
			slot, _ := t.find(t.content(place)[:t.keySize])
			t.slots[slot] = place
		}
	}
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
	for i, place := range t.slots {
		if place == 0 {
			continue
		}
		t.chunks = old
		data := t.content(place)
		fresh.slots[i] = fresh.store(data)
	}
	t.chunks, t.used, t.lost = fresh.chunks, fresh.used, fresh.lost
}
