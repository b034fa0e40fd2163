package session

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/keamigrate/keamigrate/verify/exchange"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// whim are the parts of answers that time or chance decides.
var whim = []struct {
	what *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`"?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}"?`), `"time"`},
	{regexp.MustCompile(`\.20\d{6}\.txt\b`), ".DATE.txt"},
	// The marks of the harness are messages too.
	{regexp.MustCompile(`, "(pkt4-received|pkt4-unknown-received|pkt4-receive-drop)": \[ (\[[^]]*\](, )?)+ \]`), `, "$1": n`},
	{regexp.MustCompile(`"(cltt|pid|uptime|reload|thread-pool-size)": ?\d+`), `"$1": n`},
}

func withoutWhim(text string) string {
	for _, w := range whim {
		text = w.what.ReplaceAllString(text, w.with)
	}
	return text
}

var seconds = regexp.MustCompile(`\b1[6-9]\d{8}\b|\b2[01]\d{8}\b`)

// withoutTimes replaces times in seconds since 1970 that are near.
func withoutTimes(text string) string {
	return seconds.ReplaceAllStringFunc(text, func(number string) string {
		n, _ := strconv.ParseInt(number, 10, 64)
		if d := time.Until(time.Unix(n, 0)).Abs(); d > 1000*time.Hour {
			return number
		}
		return "TIME"
	})
}

// answerText is an answer on one line: the fields that are not empty, and the options
// in the order in which they are sent.
func answerText(m exchange.Message) string {
	switch {
	case !m.Sent:
		return "not sent"
	case m.Raw == nil:
		return "silence"
	}
	raw := m.Raw
	if len(raw) < 240 {
		return fmt.Sprintf("%x", raw)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s hops=%d secs=%x flags=%x", m.Answer.Type, raw[3], raw[8:10], raw[10:12])
	for i, name := range []string{"ciaddr", "yiaddr", "siaddr", "giaddr"} {
		if a := netip.AddrFrom4([4]byte(raw[12+4*i:])); !a.IsUnspecified() {
			fmt.Fprintf(&b, " %s=%s", name, a)
		}
	}
	fmt.Fprintf(&b, " chaddr=%x", raw[28:28+min(16, raw[2])])
	options := func(name string, area []byte) {
		fmt.Fprintf(&b, " %s:", name)
		for at := 0; at < len(area); {
			code := area[at]
			if code == 0 || code == 255 || at+1 >= len(area) || at+2+int(area[at+1]) > len(area) {
				fmt.Fprintf(&b, " %d", code)
				at++
				if code == 255 {
					fmt.Fprintf(&b, "+%d", len(area)-at)
					break
				}
				continue
			}
			n := int(area[at+1])
			fmt.Fprintf(&b, " %d=%x", code, area[at+2:at+2+n])
			at += 2 + n
		}
	}
	overload := 0
	for at := 240; at+2 < len(raw) && raw[at] != 255; at += 2 + int(raw[at+1]) {
		if raw[at] == 52 {
			overload = int(raw[at+2])
		}
	}
	text := func(name string, area []byte, flag int) {
		if overload&flag != 0 {
			options(name, area)
		} else if t := strings.TrimRight(string(area), "\x00"); t != "" {
			fmt.Fprintf(&b, " %s=%q", name, t)
		}
	}
	text("sname", raw[44:108], 2)
	text("file", raw[108:236], 1)
	options("options", raw[240:])
	return b.String()
}

// destinationText is where an answer goes.
func destinationText(m exchange.Message) string {
	from, to, mac, ok := oracle.Destination(m.Frame)
	if !ok {
		return ""
	}
	return fmt.Sprintf("  from %s to %s at %s\n", from, to, mac)
}

var logLine = regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} ([A-Z]+) +\[([^/\]]+)[^\]]*\] (\S+) ?`)

// logText is a log without times, process ids and threads, and without what the marks
// of the harness leave in it.
func logText(log string, prefixes []string) string {
	var b strings.Builder
	show := false
	for line := range strings.Lines(log) {
		m := logLine.FindStringSubmatch(line)
		if m == nil {
			if show {
				b.WriteString("  " + withoutTimes(withoutWhim(line)))
			}
			continue
		}
		show = len(prefixes) == 0
		for _, p := range prefixes {
			show = show || strings.HasPrefix(m[3], p)
		}
		show = show && !mark.MatchString(line)
		if show {
			b.WriteString(m[1] + " " + m[2] + " " + m[3] + " " + withoutTimes(withoutWhim(line[len(m[0]):])))
		}
	}
	return b.String()
}

var mark = regexp.MustCompile(`tid=0xfe00|254\.0\.\d+\.\d+|session-mark`)
