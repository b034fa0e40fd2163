package exchange

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

// statusNames are those of RFC 8415 section 21.13.
var statusNames = map[uint16]string{
	0: "Success", 1: "UnspecFail", 2: "NoAddrsAvail", 3: "NoBinding", 4: "NotOnLink", 5: "UseMulticast", 6: "NoPrefixAvail",
}

// read6 reads a DHCPv6 message, taken out of what relays put around it. Options
// are left as they are but for those that say what the client has: servers send
// what a configuration says, well-formed or not.
func read6(raw []byte) (*dhcpv6.Message, error) {
	const header, relayHeader, most = 4, 34, 32
	for range most {
		relayed := len(raw) > 0 && dhcpv6.MessageType(raw[0]) == dhcpv6.MessageTypeRelayReply
		size := header
		if relayed {
			size = relayHeader
		}
		if len(raw) < size {
			return nil, fmt.Errorf("a message of %d bytes", len(raw))
		}
		m := &dhcpv6.Message{MessageType: dhcpv6.MessageType(raw[0]), TransactionID: dhcpv6.TransactionID(raw[1:4])}
		var inner []byte
		for b := raw[size:]; len(b) >= 4; {
			code, n := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
			if 4+n > len(b) {
				return nil, fmt.Errorf("option %d is cut off", code)
			}
			var o dhcpv6.Option = &dhcpv6.OptionGeneric{OptionCode: dhcpv6.OptionCode(code), OptionData: b[4 : 4+n]}
			switch dhcpv6.OptionCode(code) {
			case dhcpv6.OptionIANA, dhcpv6.OptionIAPD:
				parsed, err := dhcpv6.ParseOption(dhcpv6.OptionCode(code), b[4:4+n])
				if err != nil {
					return nil, err
				}
				o = parsed
			case dhcpv6.OptionRelayMsg:
				inner = b[4 : 4+n]
			}
			m.AddOption(o)
			b = b[4+n:]
		}
		if !relayed {
			return m, nil
		}
		raw = inner
	}
	return nil, fmt.Errorf("too many relays")
}

// answer6 reads a DHCPv6 answer.
func answer6(m *dhcpv6.Message) (Answer, error) {
	a := Answer{Type: strings.ToUpper(m.MessageType.String()), Fields: map[string]string{}}
	for _, o := range m.Options.Options {
		data := o.ToBytes()
		switch o.Code() {
		case dhcpv6.OptionClientID, dhcpv6.OptionServerID:
			// The client's own, and one that each server makes up.
		case dhcpv6.OptionIANA, dhcpv6.OptionIAPD:
			if err := a.ia(o.Code() == dhcpv6.OptionIAPD, data); err != nil {
				return a, err
			}
		case dhcpv6.OptionStatusCode:
			a.Fields["status"] = status(data)
		default:
			a.Fields["option "+strconv.Itoa(int(o.Code()))] = "0x" + hex.EncodeToString(data)
		}
	}
	return a, nil
}

// Status codes that the rule book speaks of.
const (
	success   = 0
	noAddress = 2
	noBinding = 3
	noPrefix  = 6
)

func status(data []byte) string {
	if len(data) < 2 {
		return "malformed"
	}
	code := binary.BigEndian.Uint16(data)
	if name, ok := statusNames[code]; ok {
		return name
	}
	return strconv.Itoa(int(code))
}

// ia reads an IA_NA or IA_PD (RFC 8415 sections 21.4 and 21.21).
func (a Answer) ia(pd bool, data []byte) error {
	kind, prefix := "IA_NA", ""
	if pd {
		kind, prefix = "IA_PD", "prefix "
	}
	if len(data) < 12 {
		return fmt.Errorf("an %s of %d bytes", kind, len(data))
	}
	a.Fields[prefix+"T1"] = strconv.FormatUint(uint64(binary.BigEndian.Uint32(data[4:])), 10)
	a.Fields[prefix+"T2"] = strconv.FormatUint(uint64(binary.BigEndian.Uint32(data[8:])), 10)
	add := func(name, value string) {
		if have := a.Fields[name]; have != "" {
			value = have + " " + value
		}
		a.Fields[name] = value
	}
	for b := data[12:]; len(b) >= 4; {
		code, size := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		if 4+size > len(b) {
			return fmt.Errorf("an option in an %s is cut off", kind)
		}
		content := b[4 : 4+size]
		b = b[4+size:]
		switch {
		case code == uint16(dhcpv6.OptionStatusCode):
			if s := status(content); s != statusNames[0] {
				add(kind, s)
			}
		case code == uint16(dhcpv6.OptionIAAddr) && size >= 24:
			addr, _ := netip.AddrFromSlice(content[:16])
			add("address", addr.String())
			lifetimes(add, "", content[16:])
		case code == uint16(dhcpv6.OptionIAPrefix) && size >= 25:
			addr, _ := netip.AddrFromSlice(content[9:25])
			add("prefix", netip.PrefixFrom(addr, int(content[8])).String())
			lifetimes(add, "prefix ", content)
		}
	}
	return nil
}

func lifetimes(add func(name, value string), prefix string, data []byte) {
	add(prefix+"preferred-lifetime", strconv.FormatUint(uint64(binary.BigEndian.Uint32(data)), 10))
	add(prefix+"lease-time", strconv.FormatUint(uint64(binary.BigEndian.Uint32(data[4:])), 10))
}
