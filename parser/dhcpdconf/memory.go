package dhcpdconf

// memory hands out the nodes that a large file has many of from chunks, which
// spares the collector one object per node.
type memory struct {
	hosts      slab[Host]
	hardware   slab[Hardware]
	fixed      slab[FixedAddress]
	options    slab[OptionSet]
	params     slab[Param]
	subclasses slab[Subclass]
	subnets    slab[Subnet]
	ranges     slab[Range]
	literals   slab[Literal]
	addresses  slab[Address]
	data       slab[Datum]
	lists      slab[Statement]
	bytes      slab[byte]
}

func (m *memory) statements(list []Statement) []Statement {
	if len(list) == 0 {
		return nil
	}
	s := m.lists.take(len(list))
	copy(s, list)
	return s
}

// slab hands out values of one type from chunks that grow up to maxChunk.
type slab[T any] struct {
	free  []T
	chunk int
}

const maxChunk = 1024

// one returns a new zero value.
func (s *slab[T]) one() *T { return &s.take(1)[0] }

// take returns n new zero values; appending to them copies them.
func (s *slab[T]) take(n int) []T {
	if n > len(s.free) {
		s.chunk = min(max(2*s.chunk, 8), maxChunk)
		if n >= s.chunk {
			return make([]T, n)
		}
		s.free = make([]T, s.chunk)
	}
	t := s.free[:n:n]
	s.free = s.free[n:]
	return t
}
