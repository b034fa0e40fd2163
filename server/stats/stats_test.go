package stats_test

import (
	"slices"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/server/stats"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func at(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }

func values(s *stats.Stat) (out []int64) {
	for _, sample := range s.Samples() {
		out = append(out, sample.Value)
	}
	return out
}

func TestLimits(t *testing.T) {
	r := stats.NewRegistry(3, 0)
	s := r.At("s", 0, at(0))
	for i := range 4 {
		s.Add(int64(i), at(i+1))
	}
	if got := values(s); !slices.Equal(got, []int64{6, 3, 1}) {
		t.Errorf("three values are kept, the latest first: %v", got)
	}
	s.LimitCount(1)
	if got := values(s); !slices.Equal(got, []int64{6}) {
		t.Errorf("one is kept: %v", got)
	}
	s.LimitAge(10*time.Second, at(5))
	s.Add(1, at(10))
	s.Add(1, at(16))
	if got := values(s); !slices.Equal(got, []int64{8, 7}) {
		t.Errorf("those of the last ten seconds are kept: %v", got)
	}
	s.Add(1, at(60))
	if got := values(s); !slices.Equal(got, []int64{9}) {
		t.Errorf("the latest is always kept: %v", got)
	}
	r.LimitCount(2)
	later := r.At("later", 5, at(61))
	later.Add(1, at(62))
	later.Add(1, at(63))
	if got := values(later); !slices.Equal(got, []int64{7, 6}) {
		t.Errorf("the limit for all is that of new ones: %v", got)
	}
}

func TestComeAndGo(t *testing.T) {
	r := stats.NewRegistry(stats.DefaultCount, 0)
	s := r.Lazy("a[1].b")
	if len(r.Names()) != 0 {
		t.Errorf("nobody has seen it yet: %v", r.Names())
	}
	s.Add(2, at(0))
	r.At("c", 1, at(0))
	if got := r.Names(); !slices.Equal(got, []string{"a[1].b", "c"}) {
		t.Errorf("%v", got)
	}
	if !r.Remove("a[1].b") || r.Remove("a[1].b") {
		t.Error("it is removed once")
	}
	s.Add(3, at(1))
	if got, ok := r.Find("a[1].b"); !ok || got.Value() != 3 {
		t.Error("one that changes comes again, and begins anew")
	}
	r.Reset(at(2))
	if got, _ := r.Find("c"); !slices.Equal(values(got), []int64{0}) {
		t.Errorf("after a reset there is a 0: %v", values(got))
	}
	r.RemoveAll("a[1].")
	if got := r.Names(); !slices.Equal(got, []string{"c"}) {
		t.Errorf("%v", got)
	}
}
