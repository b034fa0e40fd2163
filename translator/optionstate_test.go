package translator

import "testing"

// The innermost scope decides, whether it sets few options or so many that
// they are looked up by index; each stands once, where it was set first.
func TestOptionState(t *testing.T) {
	for _, n := range []uint32{1, 16, 17, 200} {
		outer := &optionState{}
		outer.assign(optionID{"dhcp", n + 1}, &optionValue{wire: []byte("outer")})
		s := &optionState{outer: outer}
		for _, text := range []string{"first", "last"} {
			for code := range n {
				s.assign(optionID{"dhcp", code}, &optionValue{wire: []byte(text)})
			}
		}
		keys := s.keys(func(optionID) bool { return true })
		if len(s.set) != int(n) || len(keys) != int(n)+1 || keys[0].code != n+1 || keys[n].code != n-1 {
			t.Errorf("%d options: %d are set, in the order %v", n, len(s.set), keys)
		}
		for code := range n {
			if v := s.get(optionID{"dhcp", code}); v == nil || string(v.wire) != "last" {
				t.Errorf("%d options: option %d is %v", n, code, v)
			}
		}
		if v := s.get(optionID{"dhcp", n + 1}); v == nil || string(v.wire) != "outer" {
			t.Errorf("%d options: the outer scope's is %v", n, v)
		}
		if s.get(optionID{"other", 0}) != nil || s.ownUntil(outer, optionID{"dhcp", n + 1}) != nil || s.ownUntil(nil, optionID{"dhcp", n + 1}) == nil {
			t.Errorf("%d options: found what is not set, or not what is", n)
		}
	}
}
