package logging

import (
	"fmt"
	"io"
	"os"
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
	line    []byte
}

func (o *output) write(m *message) {
	o.line = o.line[:0]
	for i := range o.pattern {
		o.line = o.pattern[i].append(o.line, m)
	}
	if s, ok := o.to.(*toSyslog); ok {
		s.writeAs(m.severity, strings.TrimSuffix(string(o.line), "\n")) // lost where nobody listens
		return
	}
	o.to.Write(o.line)
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
		dst = append(dst, m.logger...)
	case 'i':
		dst = strconv.AppendInt(dst, int64(os.Getpid()), 10)
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
			dst = fmt.Appendf(dst, "%03d", at.Nanosecond()/1e6)
		case 'Q':
			dst = fmt.Appendf(dst, "%03d.%03d", at.Nanosecond()/1e6, at.Nanosecond()/1e3%1e3)
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

// layouts are Go's for what strftime knows.
var layouts = map[byte]string{'Y': "2006", 'y': "06", 'm': "01", 'd': "02", 'H': "15", 'I': "03", 'M': "04", 'S': "05", 'p': "PM", 'b': "Jan", 'B': "January",
	'a': "Mon", 'A': "Monday", 'Z': "MST", 'z': "-0700", 'j': "002", 'T': "15:04:05", 'F': "2006-01-02", 'D': "01/02/06", 'R': "15:04", 'h': "Jan", 'e': "_2", 'r': "03:04:05 PM"}
