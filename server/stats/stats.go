package stats

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// DefaultCount is how many values of a statistic Kea keeps.
const DefaultCount = 20

// beginning is for how many values there is room, twice, once a statistic changes.
const beginning = 8

// Registry holds statistics by name. It belongs to one goroutine.
type Registry struct {
	all   map[string]*Stat
	limit limit // of statistics that come later
}

// limit says which values of a statistic are kept: so many, or those of so long.
// One of both counts.
type limit struct {
	age   time.Duration
	count int32
	byAge bool
}

// Sample is a value that a statistic had from a time on.
type Sample struct {
	Value int64
	At    time.Time
}

// Stat is one statistic. It can be changed when it is not, or no longer, in its
// registry: that brings it in, with nothing in it before.
type Stat struct {
	// With many subnets a statistic is seldom in the processor's cache: it has the size
	// of one of its lines, and what only the first change needs is elsewhere.
	samples []sample // the latest last; those before first are forgotten
	value   int64    // the latest, so that a change reads no samples
	limit   limit
	first   int32
	place   *place
}

// place is where a statistic belongs.
type place struct {
	registry *Registry
	name     string
}

// sample is a Sample without pointers, which change all the time.
type sample struct{ value, at int64 } // at: microseconds since 1970

// NewRegistry returns an empty registry. count is how many values a statistic
// keeps; where age is not 0, those of so long are kept instead.
func NewRegistry(count int, age time.Duration) *Registry {
	return &Registry{all: map[string]*Stat{}, limit: limit{age, int32(count), age > 0}}
}

// Lazy returns a statistic that nobody sees before it changes.
func (r *Registry) Lazy(name string) *Stat {
	if s, ok := r.all[name]; ok {
		return s
	}
	return &Stat{place: &place{r, name}, limit: r.limit}
}

// At returns a statistic, which begins with a value unless it is there.
func (r *Registry) At(name string, value int64, now time.Time) *Stat {
	if s, ok := r.all[name]; ok {
		return s
	}
	s := r.Lazy(name)
	s.Set(value, now)
	return s
}

// Find returns a statistic that has been seen.
func (r *Registry) Find(name string) (*Stat, bool) {
	s, ok := r.all[name]
	return s, ok
}

// Names are those of all statistics, in order.
func (r *Registry) Names() []string { return slices.Sorted(maps.Keys(r.all)) }

// Remove takes a statistic out, and reports whether there was one.
func (r *Registry) Remove(name string) bool {
	s, ok := r.all[name]
	if ok {
		s.samples, s.first, s.value = nil, 0, 0
		delete(r.all, name)
	}
	return ok
}

// RemoveAll takes the statistics out whose names begin with a prefix.
func (r *Registry) RemoveAll(prefix string) {
	for name := range r.all {
		if strings.HasPrefix(name, prefix) {
			r.Remove(name)
		}
	}
}

// LimitCount says how many values are kept, by all statistics and those to come.
func (r *Registry) LimitCount(count int) {
	r.limit.count, r.limit.byAge = int32(count), false
	for _, s := range r.all {
		s.LimitCount(count)
	}
}

// LimitAge says of how long values are kept, by all statistics and those to come.
func (r *Registry) LimitAge(age time.Duration, now time.Time) {
	r.limit.age, r.limit.byAge = age, true
	for _, s := range r.all {
		s.LimitAge(age, now)
	}
}

// Reset makes all statistics 0.
func (r *Registry) Reset(now time.Time) {
	for _, s := range r.all {
		s.Reset(now)
	}
}

// Add changes the value by a difference. It does nothing to a Stat that is nil: so
// nothing is counted where nobody looks.
func (s *Stat) Add(n int64, now time.Time) {
	if s != nil {
		s.Set(s.Value()+n, now)
	}
}

// Value is the latest value.
func (s *Stat) Value() int64 { return s.value }

// Set changes the value.
func (s *Stat) Set(value int64, now time.Time) {
	s.value = value
	if len(s.samples) == 0 {
		s.place.registry.all[s.place.name] = s
	} else if !s.limit.byAge && s.limit.count <= 1 {
		s.samples = append(s.samples[:0], sample{value, now.UnixMicro()})
		return
	}
	if len(s.samples) == 1 { // most never change; those that do, do so often
		s.samples = slices.Grow(s.samples, 2*beginning-1)
	}
	s.samples = append(s.samples, sample{value, now.UnixMicro()})
	s.trim(now)
}

// trim forgets values that are too old or too many; the latest always stays.
func (s *Stat) trim(now time.Time) {
	if s.limit.byAge {
		for int(s.first) < len(s.samples)-1 && now.UnixMicro()-s.samples[s.first].at > s.limit.age.Microseconds() {
			s.first++
		}
	} else {
		s.first = max(s.first, int32(len(s.samples))-max(s.limit.count, 1))
	}
	// The rest moves up once as many are forgotten as stay, and not each time.
	if s.first > 0 && 2*int(s.first) >= len(s.samples) {
		s.samples = append(s.samples[:0], s.samples[s.first:]...)
		s.first = 0
	}
}

// Reset makes the value 0 and forgets those before.
func (s *Stat) Reset(now time.Time) {
	s.samples, s.first = s.samples[:0], 0
	s.Set(0, now)
}

// LimitCount says how many values are kept.
func (s *Stat) LimitCount(count int) {
	s.limit = limit{count: int32(count)}
	s.trim(time.Time{})
}

// LimitAge says of how long values are kept.
func (s *Stat) LimitAge(age time.Duration, now time.Time) {
	s.limit = limit{age: age, byAge: true}
	s.trim(now)
}

// Samples are the values that are kept, the latest first.
func (s *Stat) Samples() []Sample {
	kept := s.samples[s.first:]
	out := make([]Sample, 0, len(kept))
	for _, one := range slices.Backward(kept) {
		out = append(out, Sample{one.value, time.UnixMicro(one.at)})
	}
	return out
}
