// Package defaults reads the file from which a system's init script or service
// unit takes dhcpd's command line: Debian's /etc/default/isc-dhcp-server, Red
// Hat's and SUSE's /etc/sysconfig/dhcpd, Alpine's and Gentoo's
// /etc/conf.d/dhcpd. dhcpd gets the interfaces to listen on from there, Kea from
// its configuration.
package defaults

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator"
)

// Settings are what such a file says.
type Settings struct {
	file       *dhcpdconf.Source
	interfaces []word // for both protocols
	only       map[dhcpdconf.Protocol][]word
	findings   []translator.Finding
}

// word is one word of a value and where it stands.
type word struct {
	text string
	span dhcpdconf.Span
}

// Read reads such a file. What it cannot read or carry over becomes a finding.
func Read(name string, text []byte) *Settings {
	s := &Settings{file: dhcpdconf.NewSource(name, text), only: map[dhcpdconf.Protocol][]word{}}
	offset := 0
	for line := range strings.Lines(string(text)) {
		s.line(line, offset)
		offset += len(line)
	}
	return s
}

// Interfaces returns the names for a protocol, each once, in order; none when
// the file names none. "*" stands for all.
func (s *Settings) Interfaces(p dhcpdconf.Protocol) []string {
	var names []string
	for _, w := range slices.Concat(s.only[p], s.interfaces) {
		if !slices.Contains(names, w.text) {
			names = append(names, w.text)
		}
	}
	return names
}

// Findings returns what the operator should know about the file. The interfaces
// are mentioned when they are used.
func (s *Settings) Findings(p dhcpdconf.Protocol, interfacesUsed bool) []translator.Finding {
	findings := slices.Clone(s.findings)
	if words := slices.Concat(s.only[p], s.interfaces); interfacesUsed && len(words) > 0 {
		findings = append(findings, translator.Finding{
			Code: "defaults-interfaces", Severity: translator.S1, Verdict: translator.Moved, Statement: -1, Span: words[0].span,
			Message: fmt.Sprintf("The server listens on %s, as the init script's defaults say.", strings.Join(s.Interfaces(p), ", ")),
		})
	}
	return findings
}

// line reads NAME=VALUE, with or without quotes and "export".
func (s *Settings) line(line string, offset int) {
	text := strings.TrimSpace(line)
	at := offset + strings.Index(line, text)
	if text == "" || text[0] == '#' {
		return
	}
	whole := s.span(at, len(text))
	if rest, ok := strings.CutPrefix(text, "export "); ok {
		at += len(text) - len(rest)
		text = rest
	}
	name, value, ok := strings.Cut(text, "=")
	if !ok || strings.ContainsAny(name, " \t\"'$") {
		s.unread(whole)
		return
	}
	at += len(name) + 1
	value, skipped, ok := unquote(value)
	if !ok {
		s.unread(whole)
		return
	}
	words := s.words(value, at+skipped)
	switch strings.ToUpper(name) {
	case "INTERFACES", "DHCPD_IFACE":
		s.interfaces = append(s.interfaces, words...)
	case "INTERFACESV4", "DHCPD_INTERFACE":
		s.only[dhcpdconf.DHCP4] = append(s.only[dhcpdconf.DHCP4], words...)
	case "INTERFACESV6", "DHCPD6_INTERFACE":
		s.only[dhcpdconf.DHCP6] = append(s.only[dhcpdconf.DHCP6], words...)
	case "OPTIONS", "DHCPDARGS", "DHCPD_OPTS", "DHCPD_OTHER_ARGS", "DHCPD6_OTHER_ARGS":
		s.arguments(words)
	}
}

// unquote returns the value of an assignment without its quotes and without a
// comment behind it, and how many bytes stand before it. It refuses what only a
// shell can evaluate.
func unquote(value string) (text string, skipped int, ok bool) {
	if value == "" {
		return "", 0, true
	}
	if q := value[0]; q == '"' || q == '\'' {
		end := strings.IndexByte(value[1:], q)
		if end < 0 {
			return "", 0, false
		}
		rest := strings.TrimSpace(value[end+2:])
		text = value[1 : end+1]
		return text, 1, (rest == "" || rest[0] == '#') && (q == '\'' || !strings.ContainsAny(text, "$`\\"))
	}
	if i := strings.Index(value, " #"); i >= 0 {
		value = value[:i]
	}
	value = strings.TrimSpace(value)
	return value, 0, !strings.ContainsAny(value, " \t\"'$`\\;&|")
}

func (s *Settings) words(value string, at int) (words []word) {
	for i := 0; i < len(value); {
		if isSeparator(value[i]) {
			i++
			continue
		}
		n := i
		for n < len(value) && !isSeparator(value[n]) {
			n++
		}
		words = append(words, word{value[i:n], s.span(at+i, n-i)})
		i = n
	}
	return words
}

// SUSE and some operators separate interfaces by commas.
func isSeparator(c byte) bool { return c == ' ' || c == '\t' || c == ',' }

// argument is what becomes of an argument of dhcpd(8).
type argument struct {
	values  int // words that belong to it
	meaning string
	port    bool
}

// arguments of dhcpd(8), version 4.4.3. Those without a meaning are about how
// the process runs or where dhcpd's own files are; they have no counterpart and
// need none.
func argumentTable() map[string]argument {
	return map[string]argument{
		"-4": {}, "-6": {}, "-d": {}, "-f": {}, "-q": {}, "-t": {}, "-T": {}, "--no-pid": {}, "-nopid": {},
		"-cf": {values: 1}, "-pf": {values: 1},
		"-p":      {values: 1, port: true},
		"-lf":     {values: 1, meaning: "names the lease file; convert the leases from there"},
		"-user":   {values: 1, meaning: "makes dhcpd run as another user; the service unit of Kea names its user"},
		"-group":  {values: 1, meaning: "makes dhcpd run in another group; the service unit of Kea names its group"},
		"-chroot": {values: 1, meaning: "makes dhcpd run in a changed root; all its paths are relative to that folder"},
		"-s":      {values: 1, meaning: "makes dhcpd send broadcast answers to another address, which Kea cannot"},
		"-4o6":    {values: 1, meaning: "makes dhcpd serve DHCPv4 over DHCPv6; Kea has dhcp4o6-port in both configurations"},
		"-tf":     {values: 1, meaning: "makes dhcpd record what it receives; use a packet capture"},
		"-play":   {values: 1, meaning: "makes dhcpd replay a recording"},
	}
}

func (s *Settings) arguments(words []word) {
	table := argumentTable()
	for i := 0; i < len(words); i++ {
		w := words[i]
		if !strings.HasPrefix(w.text, "-") {
			s.interfaces = append(s.interfaces, w)
			continue
		}
		arg, known := table[w.text]
		value := ""
		if known && arg.values > 0 {
			if i+1 < len(words) {
				i++
				value = words[i].text
				w.span.End = words[i].span.End
			}
		}
		switch {
		case !known:
			s.add("defaults-argument", translator.S2, translator.Manual, w.span,
				fmt.Sprintf("%s is no argument of dhcpd 4.4.3 that keamigrate knows.", w.text), "See whether the server needs what it does.")
		case arg.port && value != "67" && value != "547":
			s.add("defaults-port", translator.S3, translator.Manual, w.span,
				fmt.Sprintf("dhcpd listens on UDP port %s; Kea takes the port on its command line only.", value),
				fmt.Sprintf("Start Kea with -p %s, and with -P for the port of the clients.", value))
		case arg.meaning != "":
			severity := translator.S1
			if w.text == "-s" || w.text == "-4o6" {
				severity = translator.S2
			}
			s.add("defaults-argument", severity, translator.Manual, w.span, fmt.Sprintf("%s %s.", w.text, arg.meaning), "")
		}
	}
}

func (s *Settings) unread(span dhcpdconf.Span) {
	s.add("defaults-line", translator.S1, translator.Manual, span,
		"This line is no simple NAME=VALUE and was left out.", "Give what it says as a flag, such as --interface.")
}

func (s *Settings) add(code translator.Code, severity translator.Severity, verdict translator.Verdict, span dhcpdconf.Span, message, remedy string) {
	s.findings = append(s.findings, translator.Finding{
		Code: code, Severity: severity, Verdict: verdict, Span: span, Statement: -1, Message: message, Remedy: remedy,
	})
}

func (s *Settings) span(at, n int) dhcpdconf.Span {
	return dhcpdconf.Span{Src: s.file, Off: uint32(at), End: uint32(at + n)}
}
