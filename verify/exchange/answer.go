package exchange

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"net/netip"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"

	"github.com/keamigrate/keamigrate/verify/client"
)

// A Message is one message of a client and what came back.
type Message struct {
	Client int // index into the list of clients
	Step   client.Step
	Sent   bool // false: the client had no lease to speak of
	Answer Answer
	Raw    []byte // the answer to a message of DHCPv4 as it came
	Frame  []byte // and the frame with it, of a real server
	// At is when the message was sent; zero where nobody knows.
	At time.Time
}

// An Answer is what a server sent, in a form in which servers can be compared.
type Answer struct {
	// Type is the message type in capital letters ("OFFER", "REPLY"), empty for
	// silence.
	Type string
	// Fields are the fields of the answer by their names in findings:
	// "address", "siaddr", "sname", "file", "lease-time", "T1", "T2" and
	// "option N", for DHCPv6 also "preferred-lifetime", "IA_NA" and "IA_PD"
	// (status codes), "prefix" and, for lifetimes of a prefix, "prefix
	// lease-time" and so on. Fields with no value are left out. Lifetimes are
	// in seconds, options hexadecimal.
	Fields map[string]string
}

// endOfTime is the last second that dhcpd can express. It gives an infinite
// lease until then.
const endOfTime = 1<<31 - 1

// Codes of DHCPv4 options that are fields of their own.
const (
	code4LeaseTime = 51
	code4Overload  = 52
	code4Type      = 53
	code4T1        = 58
	code4T2        = 59
)

// read4 reads a DHCPv4 message. To a client of BOOTP dhcpd sends one without
// options when it has none to send.
func read4(raw []byte) (*dhcpv4.DHCPv4, error) {
	const optionsAt = 236
	if len(raw) > optionsAt+4 && string(raw[optionsAt:optionsAt+4]) == "\x00\x00\x00\x00" {
		raw = append(append([]byte{}, raw[:optionsAt]...), 99, 130, 83, 99, 255)
	}
	m, err := dhcpv4.FromBytes(raw)
	if err == nil || len(raw) < optionsAt+4 {
		return m, err
	}
	// dhcpd cuts the options of a BOOTP client off where its 64 bytes end, if need
	// be within an option.
	return dhcpv4.FromBytes(wholeOptions(raw, optionsAt+4))
}

// wholeOptions returns a message without what stands behind its last whole option.
func wholeOptions(raw []byte, from int) []byte {
	const pad, end = 0, 255
	at := from
	for at < len(raw) && raw[at] != end {
		next := at + 1
		if raw[at] != pad {
			if at+1 >= len(raw) {
				break
			}
			next = at + 2 + int(raw[at+1])
		}
		if next > len(raw) {
			break
		}
		at = next
	}
	return append(append([]byte{}, raw[:at]...), end)
}

// Read4 reads a DHCPv4 message, as dhcpd and Kea send them.
func Read4(raw []byte) (*dhcpv4.DHCPv4, error) { return read4(raw) }

// ReadAnswer4 reads a DHCPv4 answer that came at a time.
func ReadAnswer4(raw []byte, at time.Time) (Answer, error) {
	m, err := read4(raw)
	if err != nil {
		return Answer{}, err
	}
	return answer4(m, raw, at.Unix()), nil
}

// answer4 reads a DHCPv4 answer. now is when it came, in seconds since 1970.
// raw is the message as it came.
func answer4(m *dhcpv4.DHCPv4, raw []byte, now int64) Answer {
	a := Answer{Type: strings.ToUpper(m.MessageType().String()), Fields: map[string]string{}}
	if m.MessageType() == dhcpv4.MessageTypeNone {
		a.Type = "BOOTREPLY"
	}
	for name, ip := range map[string][]byte{"address": m.YourIPAddr, "siaddr": m.ServerIPAddr} {
		if addr, ok := netip.AddrFromSlice(ip); ok && !addr.IsUnspecified() {
			a.Fields[name] = addr.Unmap().String()
		}
	}
	for name, text := range map[string]string{"sname": m.ServerHostName, "file": m.BootFileName} {
		if text != "" {
			a.Fields[name] = strconv.QuoteToASCII(text)
		}
	}
	for code, data := range m.Options {
		switch {
		case code == code4Type || code == 0 || code == 255:
		case code == code4LeaseTime && len(data) == 4:
			seconds := int64(binary.BigEndian.Uint32(data))
			if ends := now + seconds; ends > endOfTime-60 && ends <= endOfTime+60 {
				seconds = endOfTime
			}
			a.Fields["lease-time"] = strconv.FormatInt(seconds, 10)
		case code == code4T1 && len(data) == 4:
			a.Fields["T1"] = strconv.FormatUint(uint64(binary.BigEndian.Uint32(data)), 10)
		case code == code4T2 && len(data) == 4:
			a.Fields["T2"] = strconv.FormatUint(uint64(binary.BigEndian.Uint32(data)), 10)
		default:
			a.Fields["option "+strconv.Itoa(int(code))] = "0x" + hex.EncodeToString(data)
		}
	}
	a.overload(m.Options.Get(dhcpv4.GenericOptionCode(code4Overload)), raw)
	return a
}

// overload reads the options that stand in the fields for the boot file and the
// server's name when there was no room for them elsewhere (RFC 2132 section
// 9.3).
func (a Answer) overload(flags, raw []byte) {
	const (
		inFile, inName     = 1, 2
		nameAt, fileAt     = 44, 108
		fileEnd            = 236
		padding, endOfList = 0, 255
	)
	if len(flags) != 1 || len(raw) < fileEnd {
		return
	}
	delete(a.Fields, "option "+strconv.Itoa(code4Overload))
	for _, part := range []struct {
		flag     byte
		name     string
		from, to int
	}{{inFile, "file", fileAt, fileEnd}, {inName, "sname", nameAt, fileAt}} {
		if flags[0]&part.flag == 0 {
			continue
		}
		delete(a.Fields, part.name)
		for b := raw[part.from:part.to]; len(b) > 0 && b[0] != endOfList; {
			if b[0] == padding {
				b = b[1:]
				continue
			}
			if len(b) < 2 || len(b) < 2+int(b[1]) {
				break
			}
			field := "option " + strconv.Itoa(int(b[0]))
			if a.Fields[field] == "" {
				a.Fields[field] = "0x"
			}
			a.Fields[field] += hex.EncodeToString(b[2 : 2+int(b[1])])
			b = b[2+int(b[1]):]
		}
	}
}

// optionCode returns the code of a field that is an option.
func optionCode(field string) (code uint32, ok bool) {
	digits, ok := strings.CutPrefix(field, "option ")
	n, err := strconv.ParseUint(digits, 10, 16)
	return uint32(n), ok && err == nil
}

// names lists the fields, options last and by code.
func names(fields map[string]string) []string {
	var list []string
	for name := range fields {
		list = append(list, name)
	}
	sort.Slice(list, func(i, j int) bool {
		a, aIs := optionCode(list[i])
		b, bIs := optionCode(list[j])
		switch {
		case aIs != bIs:
			return bIs
		case aIs:
			return a < b
		}
		return list[i] < list[j]
	})
	return list
}

// asBefore stands behind the type of an answer that has the same fields as the
// one before it.
const asBefore = " with the same fields"

// Format writes messages as the text that golden files hold.
func Format(clients []*client.Client, messages []Message) string {
	var b strings.Builder
	last := -1
	for i, m := range messages {
		if m.Client != last {
			fmt.Fprintf(&b, "client %d: %s\n", m.Client+1, clients[m.Client])
			last = m.Client
		}
		what := m.Answer.Type
		switch {
		case !m.Sent:
			what = "not sent"
		case what == "":
			what = "silence"
		}
		if i > 0 && messages[i-1].Client == m.Client && len(m.Answer.Fields) > 0 && maps.Equal(messages[i-1].Answer.Fields, m.Answer.Fields) {
			fmt.Fprintf(&b, "  %s: %s%s\n", m.Step, what, asBefore)
			continue
		}
		fmt.Fprintf(&b, "  %s: %s\n", m.Step, what)
		for _, name := range names(m.Answer.Fields) {
			fmt.Fprintf(&b, "    %s = %s\n", name, m.Answer.Fields[name])
		}
	}
	return b.String()
}

// ParseMessages reads what Format has written. Errors name the line.
func ParseMessages(text string) ([]Message, error) {
	var list []Message
	current, n := -1, 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "    ") && len(list) > 0:
			name, value, ok := strings.Cut(line[4:], " = ")
			if !ok {
				return nil, fmt.Errorf("line %d: a field is written NAME = VALUE", n)
			}
			list[len(list)-1].Answer.Fields[name] = value
		case strings.HasPrefix(line, "  ") && current >= 0:
			step, what, ok := strings.Cut(line[2:], ": ")
			if !ok {
				return nil, fmt.Errorf("line %d: a message is written STEP: TYPE", n)
			}
			what, same := strings.CutSuffix(what, asBefore)
			m := Message{Client: current, Step: client.Step(step), Sent: what != "not sent", Answer: Answer{Fields: map[string]string{}}}
			if same && len(list) > 0 {
				m.Answer.Fields = maps.Clone(list[len(list)-1].Answer.Fields)
			}
			if m.Sent && what != "silence" {
				m.Answer.Type = what
			}
			list = append(list, m)
		case strings.HasPrefix(line, "client "):
			current++
		default:
			return nil, fmt.Errorf("line %d: this is no answer, message or client", n)
		}
	}
	return list, nil
}
