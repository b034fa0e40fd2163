package client

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// A Client is one client and what it sends. The zero value of a field means
// that the client's line does not have the word.
type Client struct {
	Name string // for people
	V6   bool   // DHCPv6; the line has the word duid

	MAC       net.HardwareAddr // chaddr; for DHCPv6 it gives the link-local address
	HType     uint8            // RFC 826; 0 means Ethernet (1)
	Relay     netip.Addr       // giaddr or link-address; not valid: no relay
	Secs      uint16           // seconds since the client began
	Broadcast bool             // the broadcast flag
	CIAddr    netip.Addr       // ciaddr of an INFORM

	DUID        []byte
	IAID        uint32
	NA, PD      bool         // asks for an address (IA_NA), for a prefix (IA_PD)
	Address     netip.Addr   // the address that it would like
	Prefix      netip.Prefix // the prefix that it would like; "::/56" is a wish for a length
	Valid       uint32       // the valid lifetime that it would like, in seconds
	Preferred   uint32       // the preferred lifetime that it would like, in seconds
	RapidCommit bool

	Options []Option // sent in the message, by code
	Agent   []Option // sub-options of option 82, or options of the DHCPv6 relay, by code

	Do []Step
}

// An Option is one option as it is sent.
type Option struct {
	Code uint16
	Data []byte
}

// Option returns the content of one of the client's options.
func (c *Client) Option(code uint16) ([]byte, bool) { return find(c.Options, code) }

func find(options []Option, code uint16) ([]byte, bool) {
	i, ok := slices.BinarySearchFunc(options, code, func(o Option, code uint16) int { return int(o.Code) - int(code) })
	if !ok {
		return nil, false
	}
	return options[i].Data, true
}

// insert adds an option in order; false means that it is there already.
func insert(options []Option, o Option) ([]Option, bool) {
	i, there := slices.BinarySearchFunc(options, o, func(a, b Option) int { return int(a.Code) - int(b.Code) })
	if there {
		return options, false
	}
	return slices.Insert(options, i, o), true
}

// A Step is one message of a client.
type Step string

// The messages of DHCPv4 (RFC 2131 section 4.4) and DHCPv6 (RFC 8415 section
// 18.2).
const (
	Discover Step = "discover" // v4
	Solicit  Step = "solicit"  // v6
	Request  Step = "request"  // what was offered
	Renew    Step = "renew"    // v4: to the server itself, without the relay
	Rebind   Step = "rebind"   // to all servers
	Reboot   Step = "reboot"   // v4: DHCPREQUEST of the state INIT-REBOOT
	Confirm  Step = "confirm"  // v6
	Release  Step = "release"
	Decline  Step = "decline"
	Inform   Step = "inform" // v6: Information-request
	Bootp    Step = "bootp"  // v4: BOOTREQUEST without a message type (RFC 951)
)

var steps4 = []Step{Discover, Request, Renew, Rebind, Reboot, Release, Decline, Inform, Bootp}
var steps6 = []Step{Solicit, Request, Renew, Rebind, Confirm, Release, Decline, Inform}

// Steps returns the messages that a client of DHCPv4 or DHCPv6 can send.
func Steps(v6 bool) []Step {
	if v6 {
		return slices.Clone(steps6)
	}
	return slices.Clone(steps4)
}

// Parse reads a client's line. Without the word do, the client sends
// discover,request or solicit,request.
func Parse(line string) (*Client, error) {
	words, err := split(line)
	if err != nil {
		return nil, err
	}
	c := &Client{V6: slices.ContainsFunc(words, func(w [2]string) bool { return w[0] == "duid" })}
	seen := map[string]bool{}
	for _, w := range words {
		if seen[w[0]] {
			return nil, fmt.Errorf("the word %s is there twice", w[0])
		}
		seen[w[0]] = true
		if err := c.set(w[0], w[1]); err != nil {
			return nil, fmt.Errorf("%s: %w", w[0], err)
		}
	}
	return c, c.complete()
}

// complete fills in what is left out.
func (c *Client) complete() error {
	if !c.V6 {
		if c.MAC == nil {
			return fmt.Errorf("a client needs the word mac (DHCPv4) or duid (DHCPv6)")
		}
		if c.Do == nil {
			c.Do = []Step{Discover, Request}
		}
		if len(c.Agent) > 0 && !c.Relay.IsValid() {
			return fmt.Errorf("sub-options of the relay agent need the word relay")
		}
		return nil
	}
	if c.IAID == 0 {
		c.IAID = 1
	}
	if !c.NA && !c.PD {
		c.NA = true
	}
	if c.Do == nil {
		c.Do = []Step{Solicit, Request}
	}
	if len(c.Agent) > 0 && !c.Relay.IsValid() {
		return fmt.Errorf("options of the relay need the word relay")
	}
	return nil
}

// String returns the line in canonical form: [Parse] gives the same client.
func (c *Client) String() string {
	var b strings.Builder
	for name, value := range c.words() {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(name)
		if value != "" {
			b.WriteByte('=')
			b.WriteString(value)
		}
	}
	return b.String()
}

// ParseList reads one client for each line. Empty lines and those that begin
// with "#" are left out. Errors begin with the number of the line.
func ParseList(text string) ([]*Client, error) {
	var list []*Client
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		c, err := Parse(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		list = append(list, c)
	}
	return list, nil
}
