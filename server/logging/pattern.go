package logging

import (
	"io"
	"strconv"
	"strings"
	"time"
)

// The patterns of Kea's messages, in the language of log4cplus.
const (
	filePattern   = "%D{%Y-%m-%d %H:%M:%S.%q} %-5p [%c/%i.%t] %m%n"
	syslogPattern = "%-5p [%c.%t] %m\n"
)

var standardPattern = parsePattern(filePattern)

// output is where messages go, in some form.
type output struct {
	to      io.Writer
	pattern []piece
	waiting []byte // messages that are not yet written
	ends    []int  // of the messages in waiting
}

// mostWaiting is how many bytes of messages wait, before they are written all the
// same.
const mostWaiting = 64 << 10

// write writes a message, or lets it wait for flush.
func (o *output) write(m *message, wait bool) {
	start := len(o.waiting)
	for i := range o.pattern {
		o.waiting = o.pattern[i].append(o.waiting, m)
	}
	if s, ok := o.to.(*toSyslog); ok {
		s.writeAs(m.severity, strings.TrimSuffix(string(o.waiting[start:]), "\n")) // lost where nobody listens
		o.waiting = o.waiting[:start]
		return
	}
	o.ends = append(o.ends, len(o.waiting))
	if !wait || len(o.waiting) > mostWaiting {
		o.flush()
	}
}

// flush writes the messages that wait.
func (o *output) flush() {
	switch r, ok := o.to.(*rotating); {
	case len(o.waiting) == 0:
	case ok && r.nearEnd(len(o.waiting)):
		start := 0
		for _, end := range o.ends { // the file may end between two of them
			r.Write(o.waiting[start:end])
			start = end
		}
	default:
		o.to.Write(o.waiting)
	}
	o.waiting, o.ends = o.waiting[:0], o.ends[:0]
}

// piece is a part of a pattern: what a letter stands for, or text.
type piece struct {
	letter byte // 0: text
	text   string
	width  int // at least so wide; negative: with the blanks behind
}

// parsePattern reads a pattern. Letters that nobody knows stand for themselves.
func parsePattern(text string) (out []piece) {
	plain := func(s string) {
		if s != "" {
			out = append(out, piece{text: s})
		}
	}
	for {
		before, rest, ok := strings.Cut(text, "%")
		plain(before)
		if !ok {
			return out
		}
		digits := len(rest) - len(strings.TrimLeft(rest, "-0123456789."))
		number, _, _ := strings.Cut(rest[:digits], ".")
		p := piece{}
		p.width, _ = strconv.Atoi(number)
		if rest = rest[digits:]; rest == "" {
			return out
		}
		p.letter, rest = rest[0], rest[1:]
		if strings.HasPrefix(rest, "{") {
			if inside, behind, ok := strings.Cut(rest[1:], "}"); ok {
				p.text, rest = inside, behind
			}
		}
		switch p.letter {
		case '%':
			plain("%")
		case 'n':
			plain("\n")
		default:
			out = append(out, p)
		}
		text = rest
	}
}

func (p *piece) append(dst []byte, m *message) []byte {
	start := len(dst)
	switch p.letter {
	case 0:
		return append(dst, p.text...)
	case 'D', 'd':
		at := m.at
		if p.letter == 'd' {
			at = at.UTC()
		}
		dst = appendTime(dst, at, p.text)
	case 'p':
		dst = append(dst, m.severity.String()...)
	case 'c':
		dst = append(dst, m.root...)
		if m.part != "" {
			dst = append(append(dst, '.'), m.part...)
		}
	case 'i':
		dst = strconv.AppendInt(dst, int64(m.pid), 10)
	case 't':
		dst = append(dst, '1') // one thread does the work
	case 'm':
		dst = append(dst, m.text...)
	default:
		dst = append(dst, '%', p.letter)
	}
	for n := p.width; n < 0 && len(dst)-start < -n; {
		dst = append(dst, ' ')
	}
	if missing := p.width - (len(dst) - start); missing > 0 {
		return append(append(dst[:start:start], strings.Repeat(" ", missing)...), dst[start:]...)
	}
	return dst
}

// FormatTime returns a time in the form of strftime; %q are milliseconds.
func FormatTime(at time.Time, format string) string { return string(appendTime(nil, at, format)) }

// appendTime adds a time in the form of strftime; %q are milliseconds.
func appendTime(dst []byte, at time.Time, format string) []byte {
	if format == "" {
		format = "%Y-%m-%d %H:%M:%S"
	}
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			dst = append(dst, format[i])
			continue
		}
		i++
		switch c := format[i]; c {
		case 'q':
			dst = appendDigits(dst, at.Nanosecond()/1e6, 3)
		case 'Q':
			dst = appendDigits(dst, at.Nanosecond()/1e6, 3)
			dst = append(dst, '.')
			dst = appendDigits(dst, at.Nanosecond()/1e3%1e3, 3)
		case 'Y':
			dst = appendDigits(dst, at.Year(), 4)
		case 'm':
			dst = appendDigits(dst, int(at.Month()), 2)
		case 'd':
			dst = appendDigits(dst, at.Day(), 2)
		case 'H':
			dst = appendDigits(dst, at.Hour(), 2)
		case 'M':
			dst = appendDigits(dst, at.Minute(), 2)
		case 'S':
			dst = appendDigits(dst, at.Second(), 2)
		case '%':
			dst = append(dst, '%')
		case 't':
			dst = append(dst, '\t')
		case 'n':
			dst = append(dst, '\n')
		case 'w':
			dst = strconv.AppendInt(dst, int64(at.Weekday()), 10)
		case 's':
			dst = strconv.AppendInt(dst, at.Unix(), 10)
		default:
			if layout, ok := layouts[c]; ok {
				dst = at.AppendFormat(dst, layout)
			} else {
				dst = append(dst, '%', c)
			}
		}
	}
	return dst
}

// appendDigits adds a number with so many digits at least.
func appendDigits(dst []byte, n, digits int) []byte {
	for limit := 10; digits > 1; digits, limit = digits-1, limit*10 {
		if n < limit {
			for range digits - 1 {
				dst = append(dst, '0')
			}
			break
		}
	}
	return strconv.AppendInt(dst, int64(n), 10)
}

// layouts are Go's for what else strftime knows.
var layouts = map[byte]string{'y': "06", 'I': "03", 'p': "PM", 'b': "Jan", 'B': "January",
	'a': "Mon", 'A': "Monday", 'Z': "MST", 'z': "-0700", 'j': "002", 'T': "15:04:05", 'F': "2006-01-02", 'D': "01/02/06", 'R': "15:04", 'h': "Jan", 'e': "_2", 'r': "03:04:05 PM"}
