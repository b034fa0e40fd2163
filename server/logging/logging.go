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

// The severities, by Kea's names. None is graver than any message.
const (
	Debug Severity = iota
	Info
	Warn
	Error
	Fatal
	None
)

var severityNames = [...]string{"DEBUG", "INFO", "WARN", "ERROR", "FATAL", "NONE"}

func (s Severity) String() string { return severityNames[s] }

// Logger writes messages of one server. It can be used by several goroutines.
type Logger struct {
	root  string // such as "kea-dhcp4"
	clock func() time.Time
	pid   int
	rules atomic.Pointer[rules]
	mu    sync.Mutex // of the outputs
	held  bool       // messages wait in the outputs
	text  []byte     // of the message at hand
}

// rules say what becomes of messages.
type rules struct {
	root rule
	// debugging: some part writes messages for debugging.
	debugging bool
	parts     map[string]rule // by part of the server
	closes    []io.Closer
}

// rule is for the messages of one part.
type rule struct {
	least   Severity
	debug   uint32 // the highest level of messages for debugging
	outputs []*output
}

// New returns a logger for a server that writes messages of a severity and above.
func New(root string, out io.Writer, least Severity, clock func() time.Time) *Logger {
	l := &Logger{root: root, clock: clock, pid: os.Getpid()}
	const everything = 99
	l.rules.Store(&rules{debugging: least == Debug, root: rule{least: least, debug: everything, outputs: []*output{{to: out, pattern: standardPattern}}}})
	return l
}

func (r *rules) of(part string) *rule {
	if p, ok := r.parts[part]; ok {
		return &p
	}
	return &r.root
}

// Debugging reports whether some messages for debugging are written.
func (l *Logger) Debugging() bool { return l.rules.Load().debugging }

// Enabled reports whether messages of a severity of a part are written.
func (l *Logger) Enabled(s Severity, part string) bool { return s >= l.rules.Load().of(part).least }

// Log writes a message: the part of the server that it comes from ("leases"), its
// identifier ("DHCP4_LEASE_ALLOC"), and a text. A message that cannot be written
// is lost: there is nobody to tell.
func (l *Logger) Log(s Severity, part, id, format string, args ...any) {
	if !l.Enabled(s, part) {
		return
	}
	at := l.clock()
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.rules.Load().of(part) // outputs of other rules are closed
	l.text = append(append(l.text[:0], id...), ' ')
	l.text = fmt.Appendf(l.text, format, args...)
	m := message{at: at, pid: l.pid, severity: s, root: l.root, part: part, text: l.text}
	for _, o := range r.outputs {
		o.write(&m, l.held)
	}
}

// Hold lets messages wait until Release, which writes them with one system call for
// each output. Messages to syslog do not wait.
func (l *Logger) Hold() {
	l.mu.Lock()
	l.held = true
	l.mu.Unlock()
}

// Release writes the messages that wait.
func (l *Logger) Release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = false
	l.rules.Load().flush()
}

// flush writes what waits.
func (r *rules) flush() {
	for _, o := range r.root.outputs {
		o.flush()
	}
	for _, p := range r.parts {
		for _, o := range p.outputs {
			o.flush()
		}
	}
}

// DebugLog is Log for messages for debugging, which have a level, from 0 to 99.
func (l *Logger) DebugLog(level uint32, part, id, format string, args ...any) {
	if r := l.rules.Load().of(part); r.least == Debug && level <= r.debug {
		l.Log(Debug, part, id, format, args...)
	}
}

// message is one on its way.
type message struct {
	at         time.Time
	pid        int
	severity   Severity
	root, part string
	text       []byte
}
