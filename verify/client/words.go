package client

import (
	"fmt"
	"iter"
	"math"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

type family uint8

const (
	v4 family = 1 << iota
	v6
)

// A word is one word of the notation that fills a field.
type word struct {
	name    string
	family  family
	value   string // what the value is; "" for words without one
	text    string // what the word means
	example string
	set     func(*Client, string) error
	get     func(*Client) (value string, there bool)
}

// flag makes the functions of a word without a value.
func flag(field func(*Client) *bool) (func(*Client, string) error, func(*Client) (string, bool)) {
	return func(c *Client, s string) error {
			if s != "" {
				return fmt.Errorf("this word has no value")
			}
			*field(c) = true
			return nil
		}, func(c *Client) (string, bool) {
			return "", *field(c)
		}
}

// number makes the functions of a word with a number.
func number[T uint8 | uint16 | uint32](field func(*Client) *T) (func(*Client, string) error, func(*Client) (string, bool)) {
	return func(c *Client, s string) error {
			n, err := strconv.ParseUint(s, 10, 32)
			if err != nil || n == 0 || n > uint64(^T(0)) {
				return fmt.Errorf("%q is no number from 1 to %d", s, ^T(0))
			}
			*field(c) = T(n)
			return nil
		}, func(c *Client) (string, bool) {
			n := *field(c)
			return strconv.FormatUint(uint64(n), 10), n != 0
		}
}

func addr(field func(*Client) *netip.Addr) (func(*Client, string) error, func(*Client) (string, bool)) {
	return func(c *Client, s string) error {
			a, err := netip.ParseAddr(s)
			if err != nil || a.Is4() == c.V6 || a.Zone() != "" {
				return fmt.Errorf("%q is no address of the client's protocol", s)
			}
			*field(c) = a
			return nil
		}, func(c *Client) (string, bool) {
			a := *field(c)
			return a.String(), a.IsValid()
		}
}

func content(cc codec, field func(*Client) *[]byte, most int) (func(*Client, string) error, func(*Client) (string, bool)) {
	return func(c *Client, s string) error {
			b, err := cc.parse(s)
			if err != nil {
				return err
			}
			if len(b) == 0 || len(b) > most {
				return fmt.Errorf("%d bytes: 1 to %d are possible", len(b), most)
			}
			*field(c) = b
			return nil
		}, func(c *Client) (string, bool) {
			return cc.format(*field(c)), *field(c) != nil
		}
}

// words is the table, in canonical order. Words for options are in optionWords.
var words = makeWords()

func makeWords() []word {
	var list []word
	add := func(name string, f family, value, text, example string) *word {
		list = append(list, word{name: name, family: f, value: value, text: text, example: example})
		return &list[len(list)-1]
	}
	w := add("name", v4|v6, "text", "a name for people; nothing of it is sent", "phone")
	w.set = func(c *Client, s string) error {
		b, err := parseText(s)
		if err != nil || formatText(b) == "" || len(b) == 0 {
			return fmt.Errorf("%s is no printable text", s)
		}
		c.Name = string(b)
		return nil
	}
	w.get = func(c *Client) (string, bool) { return formatText([]byte(c.Name)), c.Name != "" }

	w = add("mac", v4|v6, "1 to 16 bytes: `02:00:00:00:00:01`", "the hardware address (chaddr). DHCPv6: six bytes, from which the link-local address is made", "02:00:00:00:00:01")
	w.set, w.get = content(colons, func(c *Client) *[]byte { return (*[]byte)(&c.MAC) }, 16)
	w = add("htype", v4, "a number, 1 to 255", "the type of hardware (RFC 826); Ethernet, 1, without the word", "6")
	w.set, w.get = number(func(c *Client) *uint8 { return &c.HType })
	w = add("duid", v6, octets.what, "the DUID, at most 128 bytes; it is the word that makes a client one of DHCPv6", "00:03:00:01:02:00:00:00:00:01")
	w.set, w.get = content(colons, func(c *Client) *[]byte { return &c.DUID }, 128)
	w = add("iaid", v6, "a number, 1 to 4294967295", "the IAID of all its IAs; 1 without the word", "7")
	w.set, w.get = number(func(c *Client) *uint32 { return &c.IAID })
	w = add("ia-na", v6, "", "asks for an address; so does a client without this word and without ia-pd", "")
	w.set, w.get = flag(func(c *Client) *bool { return &c.NA })
	w = add("ia-pd", v6, "", "asks for a prefix", "")
	w.set, w.get = flag(func(c *Client) *bool { return &c.PD })
	w = add("relay", v4|v6, "an address", "messages come through a relay with this address (giaddr, link-address)", "10.0.0.1")
	w.set, w.get = addr(func(c *Client) *netip.Addr { return &c.Relay })
	w = add("secs", v4, "a number, 1 to 65535", "seconds since the client began", "10")
	w.set, w.get = number(func(c *Client) *uint16 { return &c.Secs })
	w = add("broadcast", v4, "", "sets the broadcast flag", "")
	w.set, w.get = flag(func(c *Client) *bool { return &c.Broadcast })
	w = add("ciaddr", v4, "an IPv4 address", "the client's address in inform, without the word the leased one; and in renew, rebind and release of a client that has not been given one yet", "10.0.0.20")
	w.set, w.get = addr(func(c *Client) *netip.Addr { return &c.CIAddr })
	w = add("address", v6, "an IPv6 address", "the address that it would like", "2001:db8::5")
	w.set, w.get = addr(func(c *Client) *netip.Addr { return &c.Address })
	w = add("prefix", v6, "a prefix; `::/56` is a wish for a length", "the prefix that it would like", "2001:db8:5::/48")
	w.set = func(c *Client, s string) error {
		p, err := netip.ParsePrefix(s)
		if err != nil || !p.Addr().Is6() || p != p.Masked() {
			return fmt.Errorf("%q is no IPv6 prefix", s)
		}
		c.Prefix = p
		return nil
	}
	w.get = func(c *Client) (string, bool) { return c.Prefix.String(), c.Prefix.IsValid() }
	w = add("valid-lifetime", v6, "seconds, 1 to 4294967295", "the valid lifetime that it would like", "3600")
	w.set, w.get = number(func(c *Client) *uint32 { return &c.Valid })
	w = add("preferred-lifetime", v6, "seconds, 1 to 4294967295", "the preferred lifetime that it would like", "1800")
	w.set, w.get = number(func(c *Client) *uint32 { return &c.Preferred })
	w = add("rapid-commit", v6, "", "sends the option Rapid Commit in solicit", "")
	w.set, w.get = flag(func(c *Client) *bool { return &c.RapidCommit })
	return list
}

// doWord is the last word of a line.
var doWord = word{
	name: "do", family: v4 | v6, value: "messages with commas between them",
	text:    "the messages that it sends, in order; discover,request or solicit,request without the word",
	example: "request",
	set: func(c *Client, s string) error {
		for part := range strings.SplitSeq(s, ",") {
			if !slices.Contains(Steps(c.V6), Step(part)) {
				return fmt.Errorf("there is no message %q; there are %v", part, Steps(c.V6))
			}
			c.Do = append(c.Do, Step(part))
		}
		return nil
	},
	get: func(c *Client) (string, bool) {
		var list []string
		for _, s := range c.Do {
			list = append(list, string(s))
		}
		return strings.Join(list, ","), len(list) > 0
	},
}

// An optionWord is a word for an option.
type optionWord struct {
	name    string
	code    uint16
	codec   codec
	text    string
	example string
}

// optionWords4 and the others are the options that have a word of their own.
var (
	optionWords4 = []optionWord{
		{"client-id", 61, colons, "Client Identifier", "01:02:00:00:00:00:01"},
		{"prl", 55, codes(1), "Parameter Request List", "1,3,6"},
		{"request", 50, address4, "Requested IP Address, in discover and reboot; without the word reboot asks for the leased address", "10.0.0.5"},
		{"lease-time", 51, seconds, "IP Address Lease Time that it would like", "60"},
		{"hostname", 12, text, "Host Name", "x"},
		{"vendor-class", 60, text, "Vendor Class Identifier", "PXEClient:Arch:00007"},
		{"user-class", 77, text, "User Class: the bytes as they are, without a length", "iPXE"},
		{"arch", 93, number16, "Client System Architecture", "7"},
		{"max-size", 57, number16, "Maximum DHCP Message Size", "1500"},
		{"subnet-selection", 118, address4, "Subnet Selection", "10.1.0.0"},
		{"server-id", 54, address4, "Server Identifier: another one than the server offered", "10.9.9.9"},
	}
	agentWords4 = []optionWord{
		{"circuit-id", 1, text, "Agent Circuit ID", "port7"},
		{"remote-id", 2, text, "Agent Remote ID", "switch1"},
		{"link-selection", 5, address4, "Link Selection", "10.1.0.0"},
		{"subscriber-id", 6, text, "Subscriber ID", "s1"},
		{"server-id-override", 11, address4, "Server Identifier Override", "10.0.0.1"},
	}
	optionWords6 = []optionWord{
		{"oro", 6, codes(2), "Option Request", "23,24"},
		{"arch", 61, number16, "Client System Architecture Type", "7"},
	}
	agentWords6 = []optionWord{
		{"interface-id", 18, text, "Interface-Id", "port7"},
		{"remote-id", 37, octets, "Relay Agent Remote-ID, with the enterprise number in its first four bytes", "0x0000000161"},
		{"subscriber-id", 38, text, "Relay Agent Subscriber-ID", "s1"},
	}
)

func (c *Client) optionWords() (options, agent []optionWord) {
	if c.V6 {
		return optionWords6, agentWords6
	}
	return optionWords4, agentWords4
}

// ownOptions cannot be given with opt: the messages or other words make them.
func (c *Client) ownOptions() []uint16 {
	if c.V6 {
		return []uint16{0, 1, 2, 3, 4, 5, 9, 13, 14, 25, 26}
	}
	return []uint16{0, 53, 82, 255}
}

// set puts the value of a word in its place.
func (c *Client) set(name, value string) error {
	own := v4
	if c.V6 {
		own = v6
	}
	for _, w := range append(slices.Clone(words), doWord) {
		if w.name != name {
			continue
		}
		switch {
		case w.family&own == 0 && c.V6:
			return fmt.Errorf("a client with a DUID has no such word")
		case w.family&own == 0:
			return fmt.Errorf("only a client with the word duid has this word")
		case w.value != "" && value == "":
			return fmt.Errorf("a value is missing")
		}
		return w.set(c, value)
	}
	options, agent := c.optionWords()
	if i := slices.IndexFunc(options, func(w optionWord) bool { return w.name == name }); i >= 0 {
		return c.setOption(&c.Options, options[i].code, options[i].codec, value)
	}
	if i := slices.IndexFunc(agent, func(w optionWord) bool { return w.name == name }); i >= 0 {
		return c.setOption(&c.Agent, agent[i].code, agent[i].codec, value)
	}
	for prefix, list := range map[string]*[]Option{"opt": &c.Options, "agent": &c.Agent} {
		digits, ok := strings.CutPrefix(name, prefix)
		code, err := strconv.ParseUint(digits, 10, 16)
		if !ok || err != nil || strconv.FormatUint(code, 10) != digits || (!c.V6 && code > math.MaxUint8) {
			continue
		}
		if prefix == "opt" && slices.Contains(c.ownOptions(), uint16(code)) {
			return fmt.Errorf("the messages fill option %d themselves", code)
		}
		if prefix == "agent" && c.V6 && code == 9 {
			return fmt.Errorf("the relay fills option %d itself", code)
		}
		return c.setOption(list, uint16(code), octets, value)
	}
	return fmt.Errorf("there is no such word; docs/clients.md has them all")
}

func (c *Client) setOption(list *[]Option, code uint16, cc codec, value string) error {
	if value == "" {
		return fmt.Errorf("a value is missing")
	}
	data, err := cc.parse(value)
	if err != nil {
		return err
	}
	if len(data) > math.MaxUint8 {
		return errSize
	}
	var added bool
	if *list, added = insert(*list, Option{code, data}); !added {
		return fmt.Errorf("option %d has a value already", code)
	}
	return nil
}

// words are those of the client, in canonical order.
func (c *Client) words() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for _, w := range words {
			if value, there := w.get(c); there && !yield(w.name, value) {
				return
			}
		}
		options, agent := c.optionWords()
		for _, part := range []struct {
			have   []Option
			words  []optionWord
			prefix string
		}{{c.Options, options, "opt"}, {c.Agent, agent, "agent"}} {
			left := slices.Clone(part.have)
			for _, w := range part.words {
				data, there := find(left, w.code)
				value := w.codec.format(data)
				if _, err := w.codec.parse(value); !there || value == "" || err != nil {
					continue
				}
				left = slices.DeleteFunc(left, func(o Option) bool { return o.Code == w.code })
				if !yield(w.name, value) {
					return
				}
			}
			for _, o := range left {
				if !yield(part.prefix+strconv.Itoa(int(o.Code)), formatBytes(o.Data)) {
					return
				}
			}
		}
		if value, there := doWord.get(c); there {
			yield(doWord.name, value)
		}
	}
}

// linkLocal returns the address that a client with this hardware address gives
// itself (RFC 4291 appendix A).
func linkLocal(mac net.HardwareAddr) netip.Addr {
	a := [16]byte{0: 0xfe, 1: 0x80}
	if len(mac) == 6 {
		copy(a[8:], []byte{mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5]})
	} else {
		a[15] = 1
	}
	return netip.AddrFrom16(a)
}
