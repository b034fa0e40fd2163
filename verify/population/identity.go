package population

import (
	"encoding/binary"
	"net"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/verify/client"
)

// Codes of options that clients of a population send.
const (
	code4Requested  = 50
	code4LeaseTime  = 51
	code4List       = 55
	code4ClientID   = 61
	code6List       = 6
	ethernet        = 1
	lengthOfMAC     = 6
	mostOptions     = 100 // in a list of wishes
	duidLinkLayer   = 3
	duidAndHardware = 4 // bytes of a DUID-LL before the address
)

// complete gives a client what it still lacks: an identity of its own and a
// list of wishes. n is its number.
func (p *planner) complete(c *client.Client, n int) {
	if c.MAC == nil {
		c.MAC = net.HardwareAddr{0x02, 0x4b, byte(p.options.Seed), byte(n >> 16), byte(n >> 8), byte(n)}
	}
	if p.v6 {
		if c.DUID == nil {
			c.DUID = linkLayerDUID(c.MAC)
		}
		if len(c.MAC) != lengthOfMAC {
			c.MAC = net.HardwareAddr{0x02, 0x4b, 1, byte(n >> 16), byte(n >> 8), byte(n)}
		}
		if !c.NA && !c.PD {
			c.NA = true
		}
	}
	// Nearly all have waited long enough: of the others nothing more is seen.
	const impatient = 12
	if !p.v6 && c.Secs == 0 && n%impatient != 0 {
		c.Secs = p.patience
	}
	list, size := uint16(code4List), 1
	if p.v6 {
		list, size = code6List, 2
	}
	// Where there are clients to spare, those of a condition ask for everything:
	// what the condition does is to be seen.
	turn := n % wishTurns
	switch p.purposes[c].Kind {
	case "host", "class", "condition", "subclass", "pool":
		if p.options.Grow {
			turn = wishAll
		}
	}
	if p.everything {
		turn = wishAll
	}
	if _, has := c.Option(list); !has && turn != wishNone {
		codes := p.codes
		if turn == wishShort {
			codes = shortList(p.v6)
		}
		var data []byte
		for _, code := range codes {
			if size == 2 {
				data = append(data, byte(code>>8))
			}
			data = append(data, byte(code))
		}
		setOption(&c.Options, list, data)
	}
	if data, has := c.Option(list); has && len(data) == 0 {
		c.Options = slices.DeleteFunc(c.Options, func(o client.Option) bool { return o.Code == list })
	}
	if len(c.Do) == 0 {
		c.Do = usualSteps(p.v6)
	}
}

// One client in so many has a short list of wishes or none; all others wish
// for every option of the file.
const (
	wishTurns = 8
	wishAll   = 0
	wishShort = 3
	wishNone  = 6
)

func shortList(v6 bool) []uint16 {
	if v6 {
		return []uint16{23, 24}
	}
	return []uint16{1, 3, 6, 15}
}

// usualSteps ends with a release, so that a small pool does for many clients.
func usualSteps(v6 bool) []client.Step {
	if v6 {
		return []client.Step{client.Solicit, client.Request, client.Renew, client.Release}
	}
	return []client.Step{client.Discover, client.Request, client.Release}
}

func linkLayerDUID(mac []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0, duidLinkLayer}, ethernet), mac...)
}

// setOption replaces or adds an option in order of code.
func setOption(list *[]client.Option, code uint16, data []byte) {
	i, there := slices.BinarySearchFunc(*list, code, func(o client.Option, code uint16) int { return int(o.Code) - int(code) })
	if there {
		(*list)[i].Data = data
		return
	}
	*list = slices.Insert(*list, i, client.Option{Code: code, Data: data})
}

// patienceOf is the largest min-secs of a file.
func patienceOf(conf *model.Config) (most uint16) {
	const longest = 255 // dhcpd keeps a byte
	for st := range dhcpdconf.Preorder(conf.File) {
		if st.Keyword() != "min-secs" {
			continue
		}
		if n, ok := model.Number(st); ok && n > 0 {
			most = max(most, uint16(min(n, longest)))
		}
	}
	return most
}

// wantedOptions lists the options of the packet that the file sets anywhere,
// and the usual ones.
func wantedOptions(conf *model.Config, v6 bool) []uint16 {
	list := []uint16{1, 3, 6, 12, 15, 28, 42, 43, 51, 54, 58, 59, 66, 67}
	space := "dhcp"
	if v6 {
		list, space = []uint16{17, 21, 22, 23, 24, 31, 59, 60}, "dhcp6"
	}
	for st := range dhcpdconf.Preorder(conf.File) {
		if o, ok := st.(*dhcpdconf.OptionSet); ok && o.Option != nil && o.Option.Space == space && o.Option.Code <= 0xffff {
			code := uint16(o.Option.Code)
			if !slices.Contains(list, code) && (v6 || code > 0 && code < 255) && len(list) < mostOptions {
				list = append(list, code)
			}
		}
	}
	slices.Sort(list)
	return list
}
