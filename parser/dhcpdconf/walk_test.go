package dhcpdconf

import (
	"slices"
	"testing"
)

func base(id uint32) Base { return Base{id: id} }

// walkSample has one statement of each kind that holds others, numbered in
// order of appearance.
func walkSample() *File {
	leaf := func(id uint32) *Empty { return &Empty{base(id)} }
	one := func(id uint32) Block { return Block{Body: []Statement{leaf(id)}} }
	return &File{Body: []Statement{
		&Subnet{Base: base(0), Block: Block{Body: []Statement{
			&Pool{Base: base(1), Block: one(2)},
			leaf(3),
		}}},
		&Include{Base: base(4), Body: []Statement{&Group{Base: base(5), Block: Block{Body: []Statement{&Host{Base: base(6), Block: one(7)}}}}}},
		&If{Base: base(8), Block: one(9), Next: &If{Base: base(10), Block: Block{Body: []Statement{&Switch{Base: base(11), Block: one(12)}}}, Next: &If{Base: base(13), Block: one(14)}}},
		&Zone{Base: base(15), Parts: []Statement{leaf(16)}},
		&Key{Base: base(17), Parts: []Statement{leaf(18)}},
		&Failover{Base: base(19), Parts: []Statement{leaf(20)}},
		&SharedNetwork{Base: base(21), Block: Block{Body: []Statement{&Subnet6{Base: base(22), Block: one(23)}}}},
		&Class{Base: base(24), Block: one(25)},
		&Subclass{Base: base(26), Block: one(27)},
		&On{Base: base(28), Block: one(29)},
		&Func{Base: base(30), Block: one(31)},
	}}
}

func TestPreorder(t *testing.T) {
	var ids []int
	for s := range Preorder(walkSample()) {
		ids = append(ids, s.ID())
	}
	if len(ids) != 32 || !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != 32 {
		t.Errorf("Preorder visits %v, want 0 to 31 in order", ids)
	}
	ids = nil
	for s := range Preorder(walkSample()) {
		ids = append(ids, s.ID())
		if s.ID() == 9 {
			break
		}
	}
	if len(ids) != 10 {
		t.Errorf("after leaving at 9, visited %v", ids)
	}
}

func TestWalkSkips(t *testing.T) {
	var ids []int
	Walk(walkSample().Body, func(s Statement) bool {
		ids = append(ids, s.ID())
		_, isSubnet := s.(*Subnet)
		_, isIf := s.(*If)
		return !isSubnet && !isIf
	})
	want := []int{0, 4, 5, 6, 7, 8, 10, 13, 15}
	if !slices.Equal(ids[:len(want)], want) {
		t.Errorf("visited %v, want %v first", ids, want)
	}
}

// A chain of branches or a nesting that would exhaust a recursive walk.
func TestWalkDeep(t *testing.T) {
	const n = 1_000_000
	var chain *If
	for range n {
		chain = &If{Next: chain}
	}
	nested := &Group{}
	for range n {
		nested = &Group{Block: Block{Body: []Statement{nested}}}
	}
	count := 0
	for range Preorder(&File{Body: []Statement{chain, nested}}) {
		count++
	}
	if count != 2*n+1 {
		t.Errorf("visited %d statements, want %d", count, 2*n+1)
	}
}
