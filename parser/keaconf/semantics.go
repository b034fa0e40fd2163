package keaconf

import "fmt"

// semantics checks what a schema cannot state.
type semantics struct {
	c      *Checker
	conf   Config
	locate func(*place) Span // nil if the configuration is no file
	faults faultList
}

func newSemantics(c *Checker, conf Config) *semantics { return &semantics{c: c, conf: conf} }

func (s *semantics) add(at *place, sev Severity, format string, args ...any) {
	if s.faults.full {
		return
	}
	f := Fault{Severity: sev, Pointer: at.String(), Message: fmt.Sprintf(format, args...)}
	if s.locate != nil {
		f.Span = s.locate(at)
	}
	s.faults.add(f)
}

func (s *semantics) fail(at *place, format string, args ...any) { s.add(at, Error, format, args...) }
func (s *semantics) warn(at *place, format string, args ...any) { s.add(at, Warning, format, args...) }

func (s *semantics) run() {}
