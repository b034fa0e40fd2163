package translator

// Verdict says what became of a statement. The order is from best to worst: a
// statement that takes effect at several places gets the worst of them.
type Verdict uint8

// The verdicts. Unset means that no pass has spoken yet; a report never holds it.
const (
	Unset        Verdict = iota
	Translated           // the result does the same
	Default              // Kea does it anyway
	Ignored              // dhcpd itself ignores it
	Moved                // to another file, hook or script
	Approximated         // the result differs; the finding says how and for which clients
	Manual               // the target version cannot do it; the finding says what to do
	Invalid              // dhcpd refuses it too
)

var verdictNames = [...]string{"unset", "translated", "default", "ignored", "moved", "approximated", "manual", "invalid"}

func (v Verdict) String() string { return verdictNames[v] }

// MarshalText writes the verdict's name.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Verdicts returns the verdicts that a report can hold, best first.
func Verdicts() []Verdict {
	return []Verdict{Translated, Default, Ignored, Moved, Approximated, Manual, Invalid}
}

// Severity grades what remains different after the best translation.
type Severity uint8

// The grades.
const (
	S0 Severity = iota // nothing differs
	S1                 // worth a note only
	S2                 // differs in rare cases
	S3                 // ordinary clients can get another answer
	S4                 // service or access policy breaks: the operator must decide
)

func (s Severity) String() string { return "S" + string('0'+rune(s)) }

// MarshalText writes "S0" .. "S4".
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// ParseSeverity reads "S0" .. "S4".
func ParseSeverity(text string) (Severity, bool) {
	if len(text) == 2 && (text[0] == 'S' || text[0] == 's') && text[1] >= '0' && text[1] <= '4' {
		return Severity(text[1] - '0'), true
	}
	return 0, false
}
