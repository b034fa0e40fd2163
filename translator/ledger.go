package translator

import (
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// ledger holds one verdict for each statement and the findings. It is how the
// promise is kept that nothing is lost silently: a statement without a verdict
// at the end becomes a finding of its own, and a test fails.
type ledger struct {
	verdicts []Verdict
	findings []Finding
	index    map[findingKey]int
	// scopeOf is the scope that a statement stands in.
	scopeOf func(statement int) *model.Scope
	// classesIn are the classes that stand in a network, subnet or group.
	classesIn map[*model.Scope][]*model.Scope
}

type findingKey struct {
	statement int
	code      Code
}

func newLedger(conf *model.Config, statements int) *ledger {
	return &ledger{verdicts: make([]Verdict, statements), index: map[findingKey]int{}, scopeOf: conf.ScopeOf, classesIn: classesIn(conf)}
}

// classesIn finds the classes that stand in other scopes. For their members dhcpd
// executes those scopes, wherever the clients are.
func classesIn(conf *model.Config) map[*model.Scope][]*model.Scope {
	in := map[*model.Scope][]*model.Scope{}
	for _, c := range conf.Classes {
		for s := c.Scope.Parent; s != nil && s.Kind != model.GlobalScope; s = s.Parent {
			in[s] = append(in[s], c.Scope)
		}
	}
	return in
}

// mark gives a statement a verdict; the worst of several stays.
func (l *ledger) mark(s dhcpdconf.Statement, v Verdict) {
	if s == nil {
		return
	}
	id := s.ID()
	if v > l.verdicts[id] {
		l.verdicts[id] = v
	}
}

// has reports whether there is a finding about a statement.
func (l *ledger) has(s dhcpdconf.Statement, code Code) bool {
	_, ok := l.index[findingKey{s.ID(), code}]
	return ok
}

// add records a finding about a statement, or about the whole when s is nil,
// at one place of the result ("" when there is none), and marks the statement.
// The same code for the same statement becomes one finding with several places.
func (l *ledger) add(s dhcpdconf.Statement, f Finding, place string) {
	f.Statement = -1
	if s != nil {
		f.Statement, f.Keyword = s.ID(), s.Keyword()
		if f.Span.IsZero() {
			f.Span = s.Head()
		}
		l.mark(s, f.Verdict)
		// A finding whose pass named no clients concerns those of the scope.
		if in := l.scopeOf(f.Statement); len(f.Audience.Scopes) == 0 && in.Kind != model.GlobalScope {
			f.Audience.Scopes = append([]*model.Scope{in}, l.classesIn[in]...)
		}
	}
	key := findingKey{f.Statement, f.Code}
	i, known := l.index[key]
	if !known || s == nil {
		i = len(l.findings)
		l.index[key] = i
		l.findings = append(l.findings, f)
	}
	have := &l.findings[i]
	have.Audience.merge(f.Audience)
	have.Severity = max(have.Severity, f.Severity)
	have.Verdict = max(have.Verdict, f.Verdict)
	for _, field := range f.Fields {
		if !slices.Contains(have.Fields, field) {
			have.Fields = append(slices.Clip(have.Fields), field)
		}
	}
	if place != "" {
		have.PlaceCount++
		if len(have.Places) < maxPlaces {
			have.Places = append(have.Places, place)
		}
	}
}
