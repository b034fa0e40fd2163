// Package logging writes log messages in the form in which Kea's servers do, so
// that filters and monitoring made for Kea understand them (Kea manual, "Logging").
package logging

import (
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Severity is how grave a message is.
type Severity uint8

// The severities, by Kea's names.
const (
	Debug Severity = iota
	Info
	Warn
	Error
	Fatal
)

var severityNames = [...]string{"DEBUG", "INFO ", "WARN ", "ERROR", "FATAL"}

// Logger writes messages of one server. It can be used by several goroutines.
type Logger struct {
	root  string // such as "kea-dhcp4"
	clock func() time.Time

	least atomic.Int32 // a Severity

	mu   sync.Mutex
	out  io.Writer
	line []byte
}

// New returns a logger for a server that writes messages of a severity and above.
func New(root string, out io.Writer, least Severity, clock func() time.Time) *Logger {
	l := &Logger{root: root, out: out, clock: clock}
	l.SetLeast(least)
	return l
}

// SetLeast says from which severity on messages are written.
func (l *Logger) SetLeast(s Severity) { l.least.Store(int32(s)) }

// Enabled reports whether messages of a severity are written.
func (l *Logger) Enabled(s Severity) bool { return int32(s) >= l.least.Load() }

// Log writes a message: the part of the server that it comes from ("leases"), its
// identifier ("DHCP4_LEASE_ALLOC"), and a text. A message that cannot be written
// is lost: there is nobody to tell.
func (l *Logger) Log(s Severity, part, id, format string, args ...any) {
	if !l.Enabled(s) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.clock().AppendFormat(l.line[:0], "2006-01-02 15:04:05.000")
	b = fmt.Appendf(b, " %s [%s.%s/%d.1] %s ", severityNames[s], l.root, part, os.Getpid(), id)
	b = fmt.Appendf(b, format, args...)
	b = append(b, '\n')
	l.line = b
	l.out.Write(b)
}
