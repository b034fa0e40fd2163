package exchange

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// A Target answers clients. Each run begins with the lease database that the
// target was given, an empty one as a rule.
type Target interface {
	Name() string
	Run(ctx context.Context, clients []*client.Client) ([]Message, error)
}

// A Network is where a target's server stands.
type Network struct {
	V6 bool
	// Address is the server's address on its one interface. Clients without a
	// relay are on that link.
	Address netip.Addr
	// Patience is how long the server may take for one message.
	Patience time.Duration
}

// The interface that a target's server has.
const interfaceName = "eth0"

// program is a target that is a real program in namespaces of its own.
type program struct {
	name    string
	program *oracle.Program
	file    string // name of the configuration
	conf    []byte
	leases  []byte // dhcpd's when it starts
	csv     []byte // Kea's when it starts; nil: it keeps none on disk
	network Network
	// holds: an address that a client gave up is free from the next second on;
	// slowly: so it is, and the pools are small.
	holds, slowly bool
	marks         int // how many messages besides those of the clients the server got
}

func (p *program) Name() string { return p.name }

// Run starts the program and lets the clients speak. It needs root.
func (p *program) Run(ctx context.Context, clients []*client.Client) (messages []Message, err error) {
	return p.run(ctx, clients, nil)
}

// companions are others beside a server.
type companions interface {
	start(server *oracle.Server, dir string) error // before the first client speaks
	wait(client.Step) error                        // before each message
	stop() error                                   // after the last
}

func (p *program) run(ctx context.Context, clients []*client.Client, beside companions) (messages []Message, err error) {
	dir, err := os.MkdirTemp("", "keamigrate-exchange-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	for name, content := range map[string][]byte{p.file: p.conf, "dhcpd.leases": p.leases} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return nil, err
		}
	}
	if p.csv != nil {
		lib := filepath.Join(dir, "lib") // is its /var/lib/kea
		if err := errors.Join(os.Mkdir(lib, 0o755), os.WriteFile(filepath.Join(lib, keaLeases), p.csv, 0o644)); err != nil {
			return nil, err
		}
	}
	bits := 32
	if p.network.V6 {
		bits = 64
	}
	server, err := p.program.Serve(ctx, filepath.Join(dir, p.file), p.network.V6, oracle.Interface{
		Name: interfaceName, Relayed: !p.network.V6, Addresses: []netip.Prefix{netip.PrefixFrom(p.network.Address, bits)},
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.name, err)
	}
	defer server.Close()
	if beside != nil {
		if err := beside.start(server, dir); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, beside.stop()) }()
	}
	link, err := server.Link(0)
	if err != nil {
		return nil, err
	}
	defer func() {
		p.marks = link.Marks()
		err = errors.Join(err, link.Close())
	}()
	for i, c := range clients {
		s := session{link: link, network: p.network, client: c, index: i}
		for j, step := range c.Do {
			if beside != nil {
				if err := beside.wait(step); err != nil {
					return nil, err
				}
			}
			if _, asks := c.Option(codeRequested); asks && p.holds && step == client.Discover {
				if err := nextSecond(ctx); err != nil {
					return nil, err
				}
			}
			m := Message{Client: i, Step: step, At: time.Now()}
			speak := s.step4
			if c.V6 {
				speak = s.step6
			}
			if err := speak(&m, byte(j)); err != nil {
				return nil, fmt.Errorf("%s, client %d, %s: %w", p.name, i+1, step, err)
			}
			messages = append(messages, m)
			if p.slowly && m.Sent && step == client.Release {
				if err := nextSecond(ctx); err != nil {
					return nil, err
				}
			}
		}
	}
	return messages, nil
}

// codeRequested is the option with the address that a client would like to have.
const codeRequested = 50

// nextSecond waits until the clock has struck.
func nextSecond(ctx context.Context) error {
	const after = 20 * time.Millisecond
	now := time.Now()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(now.Truncate(time.Second).Add(time.Second + after).Sub(now)):
		return nil
	}
}

// session is one client that speaks to one server.
type session struct {
	link    *oracle.Link
	network Network
	client  *client.Client
	index   int
	lease4  client.Lease4
	lease6  client.Lease6
}

const (
	client4Port, server4Port = 68, 67
	client6Port, server6Port = 546, 547
)

// datagram4 says from where to where a message of a client goes.
func (n Network) datagram4(c *client.Client, step client.Step, message *dhcpv4.DHCPv4) oracle.Datagram {
	from := netip.AddrPortFrom(netip.IPv4Unspecified(), client4Port)
	to := netip.AddrPortFrom(netip.AddrFrom4([4]byte{255, 255, 255, 255}), server4Port)
	ciaddr, _ := netip.AddrFromSlice(message.ClientIPAddr)
	switch {
	case !message.GatewayIPAddr.IsUnspecified():
		from = netip.AddrPortFrom(c.Relay, server4Port)
		to = netip.AddrPortFrom(n.Address, server4Port)
	case step == client.Renew || step == client.Release:
		from = netip.AddrPortFrom(ciaddr, client4Port)
		to = netip.AddrPortFrom(n.Address, server4Port)
	case !ciaddr.IsUnspecified():
		from = netip.AddrPortFrom(ciaddr, client4Port)
	}
	return oracle.Datagram{From: from, To: to, Message: message.ToBytes()}
}

func (s *session) step4(m *Message, n byte) error {
	xid := [4]byte{1, byte(s.index >> 8), byte(s.index), n}
	message, err := s.client.Message4(m.Step, xid, s.lease4)
	if errors.Is(err, client.ErrNoLease) {
		return nil
	}
	if err != nil {
		return err
	}
	m.Sent = true
	m.Raw, m.Frame, err = ask4(s.link, s.network.datagram4(s.client, m.Step, message), s.network.Patience)
	raw := m.Raw
	if err != nil || raw == nil {
		return err
	}
	answer, err := read4(raw)
	if err != nil {
		return fmt.Errorf("the answer cannot be read: %w", err)
	}
	s.lease4.Learn(answer)
	m.Answer = answer4(answer, raw, time.Now().Unix())
	return nil
}

// ask4 sends a message and returns the answer to it, and the frame that it came in;
// nil for silence.
func ask4(link *oracle.Link, d oracle.Datagram, patience time.Duration) (answer, frame []byte, err error) {
	frame, err = link.AskFrame(d, patience, func(a []byte) bool {
		const shortest, xid = 240, 4
		if len(a) > shortest && a[0] == byte(dhcpv4.OpcodeBootReply) && len(d.Message) >= xid+4 && [4]byte(a[xid:]) == [4]byte(d.Message[xid:]) {
			answer = append([]byte{}, a...)
			return true
		}
		return false
	})
	return answer, frame, err
}

func (s *session) step6(m *Message, n byte) error {
	xid := [3]byte{byte(s.index >> 8), byte(s.index), n}
	message, err := s.client.Message6(m.Step, xid, s.lease6)
	if errors.Is(err, client.ErrNoLease) {
		return nil
	}
	if err != nil {
		return err
	}
	m.Sent = true
	fromPort := uint16(client6Port)
	if message.IsRelay() {
		fromPort = server6Port
	}
	from := netip.AddrPortFrom(netip.MustParseAddr(oracle.ClientLinkLocal), fromPort)
	to := netip.AddrPortFrom(netip.MustParseAddr("ff02::1:2"), server6Port)
	var answer *dhcpv6.Message
	raw, err := s.link.Ask(oracle.Datagram{From: from, To: to, Message: message.ToBytes()}, s.network.Patience, func(a []byte) bool {
		inner, err := read6(a)
		if err != nil || inner.TransactionID != xid {
			return false
		}
		answer = inner
		return answers6[inner.MessageType]
	})
	if err != nil || raw == nil {
		return err
	}
	s.lease6.Learn(answer)
	m.Answer, err = answer6(answer)
	return err
}

var answers6 = map[dhcpv6.MessageType]bool{dhcpv6.MessageTypeAdvertise: true, dhcpv6.MessageTypeReply: true}

// Converse lets a client, the n-th, say all that it has to say to a server of DHCPv4
// over a link, and returns its messages with what came back.
func Converse(link *oracle.Link, network Network, c *client.Client, n int) ([]Message, error) {
	s := session{link: link, network: network, client: c, index: n}
	var messages []Message
	for i, step := range c.Do {
		m := Message{Client: n, Step: step, At: time.Now()}
		if err := s.step4(&m, byte(i)); err != nil {
			return messages, err
		}
		messages = append(messages, m)
	}
	return messages, nil
}

// Send4 sends a datagram as it is, and returns what comes back.
func Send4(link *oracle.Link, network Network, d oracle.Datagram) (Message, error) {
	m := Message{Sent: true, At: time.Now()}
	var err error
	if m.Raw, m.Frame, err = ask4(link, d, network.Patience); err != nil || m.Raw == nil {
		return m, err
	}
	answer, err := read4(m.Raw)
	if err != nil {
		return m, fmt.Errorf("the answer cannot be read: %w", err)
	}
	m.Answer = answer4(answer, m.Raw, time.Now().Unix())
	return m, nil
}
