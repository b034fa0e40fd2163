package keaconf

import (
	"strings"
)

// Severity grades a fault.
type Severity uint8

// The grades.
const (
	// Warning: Kea accepts it, but does something else than it seems to say.
	Warning Severity = iota + 1
	// Error: Kea refuses the file.
	Error
)

func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Fault is something wrong with a configuration.
type Fault struct {
	Severity Severity
	Span     Span   // where it stands; zero for a configuration that is no file
	Pointer  string // JSON pointer (RFC 6901) of the value, "" in faults of the syntax
	Message  string // one line, no full stop

	// AtStart: Kea's -t accepts it, but the server does not start. It goes with
	// a Warning, because "Kea refuses the file" means -t everywhere else.
	AtStart bool
}

func (f Fault) Error() string {
	where := f.Span.String()
	if f.Span.IsZero() {
		where = f.Pointer
	}
	return where + ": " + f.Message
}

// Faults is a list of faults. Check returns it in order of the file.
type Faults []Fault

// Starts reports whether the server would start: there is no Error and nothing
// that only the start would show.
func (fs Faults) Starts() bool {
	for _, f := range fs {
		if f.AtStart {
			return false
		}
	}
	return !fs.HasErrors()
}

// HasErrors reports whether Kea refuses the file.
func (fs Faults) HasErrors() bool {
	for _, f := range fs {
		if f.Severity == Error {
			return true
		}
	}
	return false
}

// Error joins the faults, one a line, so that the list can travel as an error.
func (fs Faults) Error() string {
	var b strings.Builder
	for i, f := range fs {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(f.Error())
	}
	return b.String()
}
