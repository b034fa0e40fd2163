package verify

import (
	"maps"
	"slices"

	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/verify/exchange"
)

// grade tells of each difference whether it is allowed or explained. For a
// configuration that is not the translation, a finding explains only, and a rule about
// whether there is an answer allows only, what the translation does in the same way.
func (r *run) grade(differences []exchange.Difference, got, own []exchange.Message) []Field {
	fields := make([]Field, len(differences))
	for i, d := range differences {
		f := &fields[i]
		f.Name, f.Rule, f.Outcome = d.Field, d.Rule, Different
		if d.Allowed && (d.Field != "answered" || r.own == nil || sameAnswer(d, got, own)) {
			f.Outcome = Allowed
			continue
		}
		if r.own != nil && (!sameField(d, got, own) || d.Field == "answered" && !sameButAddress(d, got, own)) {
			continue
		}
		if f.Findings = r.judge.Explanations(r.Report, d); len(f.Findings) > 0 {
			f.Outcome = Explained
		}
	}
	return fields
}

// sameAnswer reports whether two servers agree in all of the answer that a
// difference is about.
func sameAnswer(d exchange.Difference, a, b []exchange.Message) bool {
	for i := range a {
		if a[i].Step == d.Step && i < len(b) && (a[i].Sent != b[i].Sent || a[i].Answer.Type != b[i].Answer.Type || !maps.Equal(a[i].Answer.Fields, b[i].Answer.Fields)) {
			return false
		}
	}
	return true
}

// sameButAddress is sameAnswer for servers that may have chosen another free address.
func sameButAddress(d exchange.Difference, a, b []exchange.Message) bool {
	for i := range a {
		if a[i].Step != d.Step || i >= len(b) {
			continue
		}
		if a[i].Sent != b[i].Sent || a[i].Answer.Type != b[i].Answer.Type {
			return false
		}
		for _, fields := range []map[string]string{a[i].Answer.Fields, b[i].Answer.Fields} {
			for name := range fields {
				if name != "address" && a[i].Answer.Fields[name] != b[i].Answer.Fields[name] {
					return false
				}
			}
		}
	}
	return true
}

// sameField reports whether two servers agree in the field of a difference.
func sameField(d exchange.Difference, a, b []exchange.Message) bool {
	for i := range a {
		if a[i].Step != d.Step || i >= len(b) {
			continue
		}
		if a[i].Sent != b[i].Sent || a[i].Answer.Type != b[i].Answer.Type {
			return false
		}
		if d.Field != "answered" && a[i].Answer.Fields[d.Field] != b[i].Answer.Fields[d.Field] {
			return false
		}
	}
	return true
}

// count counts each rule and each finding once for a client.
func (r *run) count(fields []Field) {
	var rules []string
	var codes []translator.Code
	for _, f := range fields {
		if f.Outcome == Allowed && !slices.Contains(rules, f.Rule) {
			rules = append(rules, f.Rule)
			r.rules[f.Rule]++
		}
		for _, code := range f.Findings {
			if !slices.Contains(codes, code) {
				codes = append(codes, code)
				r.findings[code]++
			}
		}
	}
}
