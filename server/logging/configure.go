package logging

import (
	"cmp"
	"fmt"
	"io"
	"log/syslog"
	"os"
	"strconv"
	"strings"
)

// Spec is a logger of a configuration.
type Spec struct {
	Name       string // "kea-dhcp4" or, for a part of the server, "kea-dhcp4.leases"
	Severity   Severity
	DebugLevel uint32
	Outputs    []Output
}

// Output is where messages go.
type Output struct {
	To      string // "stdout", "stderr", "syslog", "syslog:facility", or a file
	Pattern string // as log4cplus has it; empty: Kea's
	MaxSize int64  // bytes of a file before another one is begun; 0: no bound
	MaxVer  int    // how many older files are kept
}

// ParseSeverity reads the name of a severity.
func ParseSeverity(name string) (Severity, error) {
	for i, n := range severityNames {
		if strings.EqualFold(n, cmp.Or(name, "INFO")) {
			return Severity(i), nil
		}
	}
	return 0, fmt.Errorf("unsupported severity value: '%s'", name)
}

// Configure lets messages go where a configuration says. Without a logger for the
// whole server its messages go to stderr, from the severity on that was there before,
// as with Kea. The error says which output cannot be opened; then everything stays as
// it is.
func (l *Logger) Configure(specs []Spec, stdout, stderr io.Writer) error {
	old := l.rules.Load()
	now := &rules{root: rule{old.root.least, old.root.debug, []*output{{to: stderr, pattern: standardPattern}}}, parts: map[string]rule{}}
	opened := map[string]*output{}
	for _, s := range specs {
		r := rule{least: s.Severity, debug: s.DebugLevel}
		for _, o := range s.Outputs {
			out := opened[o.To]
			if out == nil {
				to, closer, err := open(o, l.root, stdout, stderr)
				if err != nil {
					now.close()
					return err
				}
				if closer != nil {
					now.closes = append(now.closes, closer)
				}
				out = &output{to: to, pattern: parsePattern(patternOf(o))}
				opened[o.To] = out
			}
			r.outputs = append(r.outputs, out)
		}
		if part, ok := strings.CutPrefix(s.Name, l.root+"."); ok {
			now.parts[part] = r
		} else if s.Name == l.root {
			now.root = r // without outputs nothing is written
		}
	}
	for part, r := range now.parts {
		if len(r.outputs) == 0 {
			r.outputs = now.root.outputs
			now.parts[part] = r
		}
	}
	now.debugging = now.root.least == Debug
	for _, r := range now.parts {
		now.debugging = now.debugging || r.least == Debug
	}
	l.mu.Lock()
	old.flush()
	l.rules.Store(now)
	l.mu.Unlock()
	old.close()
	return nil
}

func (r *rules) close() {
	for _, c := range r.closes {
		c.Close() // what was written is written
	}
}

func patternOf(o Output) string {
	switch {
	case o.Pattern != "":
		return o.Pattern
	case strings.HasPrefix(o.To, "syslog"):
		return syslogPattern
	}
	return filePattern
}

func open(o Output, tag string, stdout, stderr io.Writer) (io.Writer, io.Closer, error) {
	switch {
	case o.To == "stdout":
		return stdout, nil, nil
	case o.To == "stderr":
		return stderr, nil, nil
	case o.To == "syslog", strings.HasPrefix(o.To, "syslog:"):
		_, name, _ := strings.Cut(o.To, ":")
		facility, err := facilityOf(name)
		if err != nil {
			return nil, nil, err
		}
		w, err := syslog.New(facility|syslog.LOG_INFO, tag)
		if err != nil {
			return nil, nil, fmt.Errorf("syslog: %w", err)
		}
		return &toSyslog{w}, w, nil
	}
	f, err := openRotating(o.To, o.MaxSize, o.MaxVer)
	return f, f, err
}

func facilityOf(name string) (syslog.Priority, error) {
	names := map[string]syslog.Priority{"": syslog.LOG_LOCAL0, "auth": syslog.LOG_AUTH, "authpriv": syslog.LOG_AUTHPRIV, "cron": syslog.LOG_CRON,
		"daemon": syslog.LOG_DAEMON, "ftp": syslog.LOG_FTP, "kern": syslog.LOG_KERN, "lpr": syslog.LOG_LPR, "mail": syslog.LOG_MAIL, "news": syslog.LOG_NEWS,
		"syslog": syslog.LOG_SYSLOG, "user": syslog.LOG_USER, "uucp": syslog.LOG_UUCP}
	const locals = 8
	for i := range locals {
		names["local"+strconv.Itoa(i)] = syslog.LOG_LOCAL0 + syslog.Priority(i)<<3
	}
	p, ok := names[strings.ToLower(name)]
	if !ok {
		return 0, fmt.Errorf("syslog has no facility '%s'", name)
	}
	return p, nil
}

// toSyslog writes messages with their severities.
type toSyslog struct{ w *syslog.Writer }

func (t *toSyslog) Write(text []byte) (int, error) { return t.w.Write(text) }

func (t *toSyslog) writeAs(s Severity, text string) error {
	switch s {
	case Debug:
		return t.w.Debug(text)
	case Info:
		return t.w.Info(text)
	case Warn:
		return t.w.Warning(text)
	case Error:
		return t.w.Err(text)
	}
	return t.w.Crit(text)
}

// rotating is a log file that gives way to a new one when it is large enough.
type rotating struct {
	name    string
	file    *os.File
	size    int64
	maxSize int64
	maxVer  int
}

// leastSize is the smallest bound of a log file that Kea's logging heeds.
const leastSize = 204800

func openRotating(name string, maxSize int64, maxVer int) (*rotating, error) {
	r := &rotating{name: name, maxSize: maxSize, maxVer: max(maxVer, 1)}
	if maxSize < leastSize {
		r.maxSize = 0
	}
	return r, r.open()
}

func (r *rotating) open() (err error) {
	if r.file, err = os.OpenFile(r.name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o640); err != nil {
		return err
	}
	info, err := r.file.Stat()
	if err != nil {
		return err
	}
	r.size = info.Size()
	return nil
}

func (r *rotating) Write(text []byte) (int, error) {
	if r.maxSize > 0 && r.size > r.maxSize {
		if err := r.turn(); err != nil {
			return 0, err
		}
	}
	n, err := r.file.Write(text)
	r.size += int64(n)
	return n, err
}

// nearEnd reports whether the file may be full within so many bytes.
func (r *rotating) nearEnd(bytes int) bool { return r.maxSize > 0 && r.size+int64(bytes) > r.maxSize }

func (r *rotating) turn() error {
	for i := r.maxVer - 1; i >= 1; i-- {
		if err := os.Rename(fmt.Sprintf("%s.%d", r.name, i), fmt.Sprintf("%s.%d", r.name, i+1)); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	if err := os.Rename(r.name, r.name+".1"); err != nil {
		return err
	}
	if err := r.file.Close(); err != nil {
		return err
	}
	return r.open()
}

func (r *rotating) Close() error { return r.file.Close() }
