package session

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/exchange"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// Where a server stands in a session, and its control socket.
const (
	interfaceName = "eth0"
	serverAddress = "10.0.0.1"
	Socket        = "/run/kea/session"
)

// Run starts a server with a configuration ({"Dhcp4": ...}) and goes through a script.
// What the configuration does not say itself is added: the interface eth0, a control
// socket, one thread, and a log of everything. Files, by name, are put beside the
// configuration; those whose names end with ".sh" can be run, and are in Kea's folder
// for scripts too. The script has one thing to do per line:
//
//	mac=02:00:00:00:00:01 ...   a client speaks (docs/clients.md)
//	where mac=...               the same; shows besides where the answers go
//	datagram FROM TO HEX ...    sends a message as it is, from an address and port to others;
//	                            shows the answer and where it goes. A part "N*HEX" of the
//	                            message stands for N times the bytes
//	{"command": ...}            a command; the rest of the line may be anything
//	sleep 3s
//	file /var/lib/kea/leases    shows a file of the server; a name with * is a pattern
//	log WORD WORD               shows what has been logged since the last line "log", of
//	                            the messages whose identifiers begin with a word
//	hup                         has the configuration read again
//	ncr N                       shows the next N requests for kea-dhcp-ddns, and any more that
//	                            have come; it listens where Kea sends them by default
//	runs N                      shows how the program record.sh (see Recorder) has been run
//	                            the next N times
//
// It returns what came of each line.
func Run(ctx context.Context, p *oracle.Program, conf []byte, files map[string][]byte, lines []string) (out []string, err error) {
	dir, err := os.MkdirTemp("", "keamigrate-session-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	text, err := complete(conf)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "kea-dhcp4.conf")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return nil, err
	}
	for name, content := range files {
		name = filepath.Join(dir, name)
		mode := os.FileMode(0o644)
		if strings.HasSuffix(name, ".sh") {
			mode = 0o755
		}
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, content, mode)); err != nil {
			return nil, err
		}
	}
	address := netip.MustParseAddr(serverAddress)
	server, err := p.Serve(ctx, file, false, oracle.Interface{Name: interfaceName, Relayed: true, Addresses: []netip.Prefix{netip.PrefixFrom(address, address.BitLen())}})
	if err != nil {
		return nil, err
	}
	defer server.Close()
	link, err := server.Link(0)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, link.Close()) }()
	s := &session{dir: dir, server: server, link: link, network: exchange.Network{Address: address, Patience: time.Minute}}
	for _, line := range lines {
		if strings.HasPrefix(line, "ncr") {
			if s.requests, err = server.ListenUDP(updatesAddress); err != nil {
				return nil, err
			}
			defer func() { err = errors.Join(err, s.requests.Close()) }()
			break
		}
	}
	for _, line := range lines {
		s.out.Reset()
		if err := s.do(ctx, line); err != nil {
			return nil, fmt.Errorf("%s: %w", line, err)
		}
		out = append(out, s.out.String())
	}
	return out, nil
}

// Lines returns the lines of a script, without those that begin with "#" and empty ones.
func Lines(script string) (lines []string) {
	for line := range strings.Lines(script) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

// complete adds to a configuration what a session needs.
func complete(conf []byte) ([]byte, error) {
	var whole map[string]map[string]any
	if err := json.Unmarshal(conf, &whole); err != nil {
		return nil, err
	}
	c := whole["Dhcp4"]
	if c == nil {
		return nil, errors.New("the configuration has no Dhcp4")
	}
	for key, value := range map[string]any{
		"interfaces-config": map[string]any{"interfaces": []string{interfaceName}},
		"control-sockets":   []any{map[string]any{"socket-type": "unix", "socket-name": Socket}},
		"multi-threading":   map[string]any{"enable-multi-threading": false},
		"loggers": []any{map[string]any{"name": "kea-dhcp4", "severity": "DEBUG", "debuglevel": 99,
			"output-options": []any{map[string]any{"output": "stdout"}}}},
	} {
		if _, given := c[key]; !given {
			c[key] = value
		}
	}
	return json.Marshal(whole)
}

// logSoFar returns the log with all that has been logged until now: behind that stands a
// mark, a command that no server knows.
func (s *session) logSoFar(ctx context.Context) (string, error) {
	s.marks++
	mark := fmt.Sprintf("session-mark-%d", s.marks)
	if _, err := s.server.Control(Socket, `{"command": "`+mark+`"}`); err != nil {
		return "", err
	}
	const pause = 2 * time.Millisecond
	for deadline := time.Now().Add(patience); ; {
		log := s.server.Log()
		if at := strings.LastIndex(log, "'"+mark+"'\n"); at >= 0 {
			return log[:strings.LastIndexByte(log[:at], '\n')+1], nil
		}
		if time.Now().After(deadline) {
			return "", errors.New("the server does not log commands")
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(pause):
		}
	}
}

type session struct {
	dir      string         // of the configuration
	requests net.PacketConn // where kea-dhcp-ddns would listen; nil: nobody does
	runs     int            // of record.sh that have been shown
	marks    int
	server   *oracle.Server
	link     *oracle.Link
	network  exchange.Network
	clients  int // that have spoken
	logged   int // bytes of the log that have been shown, or passed over
	out      strings.Builder
}

func (s *session) do(ctx context.Context, line string) error {
	word, rest, _ := strings.Cut(line, " ")
	switch {
	case strings.Contains(word, "{") || strings.HasPrefix(word, "["):
		answer, err := s.server.Control(Socket, line)
		if err != nil {
			return err
		}
		s.out.WriteString(withoutWhim(string(answer)) + "\n")
		return nil
	case word == "sleep":
		d, err := time.ParseDuration(rest)
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(d): // it is the server's clock that has to move on
		}
		return ctx.Err()
	case word == "file":
		content, err := s.server.File(rest)
		if err != nil {
			s.out.WriteString("no such file\n")
			return nil
		}
		s.out.WriteString(withoutTimes(string(content)))
		return nil
	case word == "ncr" || word == "runs":
		n, err := strconv.Atoi(rest)
		if err != nil {
			return err
		}
		if word == "ncr" {
			return s.showRequests(ctx, n)
		}
		return s.showRuns(ctx, n)
	case word == "hup":
		return s.server.Signal(syscall.SIGHUP)
	case word == "log":
		log, err := s.logSoFar(ctx)
		if err != nil {
			return err
		}
		s.out.WriteString(logText(log[s.logged:], strings.Fields(rest)))
		s.logged = len(log)
		return nil
	}
	if word == "datagram" {
		return s.datagram(rest)
	}
	if word == "where" {
		line = rest
	}
	c, err := client.Parse(line)
	if err != nil {
		return err
	}
	messages, err := exchange.Converse(s.link, s.network, c, s.clients)
	s.clients++
	for _, m := range messages {
		fmt.Fprintf(&s.out, "%s: %s\n", m.Step, answerText(m))
		if word == "where" {
			s.out.WriteString(destinationText(m))
		}
	}
	return err
}

// datagram sends a message that no client makes.
func (s *session) datagram(text string) error {
	words := strings.Fields(text)
	if len(words) < 3 {
		return errors.New("a datagram has a source, a destination and a message")
	}
	from, err := netip.ParseAddrPort(words[0])
	if err != nil {
		return err
	}
	to, err := netip.ParseAddrPort(words[1])
	if err != nil {
		return err
	}
	var message []byte
	for _, part := range words[2:] {
		times := 1
		if n, rest, ok := strings.Cut(part, "*"); ok {
			if times, err = strconv.Atoi(n); err != nil {
				return err
			}
			part = rest
		}
		b, err := hex.DecodeString(part)
		if err != nil {
			return err
		}
		message = append(message, bytes.Repeat(b, times)...)
	}
	m, err := exchange.Send4(s.link, s.network, oracle.Datagram{From: from, To: to, Message: message})
	if err != nil {
		return err
	}
	s.out.WriteString(answerText(m) + "\n" + destinationText(m))
	return nil
}
