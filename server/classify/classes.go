package classify

// Names gives the classes of a configuration numbers. Only classes that have one
// matter: of any other name nothing in the configuration speaks.
type Names struct {
	ids   map[string]int
	names []string
}

// NewNames returns names without any.
func NewNames() *Names { return &Names{ids: map[string]int{}} }

// ID returns the number of a class and gives it one if need be. It must not be
// called once packets are served.
func (n *Names) ID(name string) int {
	id, ok := n.ids[name]
	if !ok {
		id = len(n.names)
		n.ids[name] = id
		n.names = append(n.names, name)
	}
	return id
}

// Find returns the number of a class, if it has one.
func (n *Names) Find(name []byte) (id int, ok bool) {
	id, ok = n.ids[string(name)]
	return id, ok
}

// Name returns the name of a class.
func (n *Names) Name(id int) string { return n.names[id] }

// Set is the classes that a packet belongs to, in the order in which it joined
// them. The zero value is empty.
type Set struct {
	bits  []uint64
	order []int
}

// Reset makes the set empty.
func (s *Set) Reset() {
	for _, id := range s.order {
		s.bits[id/64] = 0
	}
	s.order = s.order[:0]
}

// Add puts a class into the set, and reports whether it was not there.
func (s *Set) Add(id int) bool {
	for id/64 >= len(s.bits) {
		s.bits = append(s.bits, 0)
	}
	if s.bits[id/64]&(1<<(id%64)) != 0 {
		return false
	}
	s.bits[id/64] |= 1 << (id % 64)
	s.order = append(s.order, id)
	return true
}

// Remove takes a class out of the set.
func (s *Set) Remove(id int) {
	if !s.Has(id) {
		return
	}
	s.bits[id/64] &^= 1 << (id % 64)
	for i, other := range s.order {
		if other == id {
			s.order = append(s.order[:i], s.order[i+1:]...)
			return
		}
	}
}

// Has reports whether a class is in the set.
func (s *Set) Has(id int) bool {
	return id/64 < len(s.bits) && s.bits[id/64]&(1<<(id%64)) != 0
}

// HasAny reports whether one of the classes is in the set; of no classes at all
// it is true, as guards without a class let everybody in.
func (s *Set) HasAny(ids []int) bool {
	for _, id := range ids {
		if s.Has(id) {
			return true
		}
	}
	return len(ids) == 0
}

// Order returns the classes in the order in which they were added. It is valid
// until the set changes.
func (s *Set) Order() []int { return s.order }
