package answer

import (
	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/option"
)

// universe is an option space with what dhcpd knows about it.
type universe struct {
	name   string
	space  option.Space
	linked bool // keeps its options in the order in which they were set
	// container is the option that holds the space; nil: none does.
	container *option.Def
}

// The spaces that dhcpd treats in a way of their own.
const (
	spaceDHCP   = "dhcp"
	spaceDHCP6  = "dhcp6"
	spaceServer = "server"
	spaceAgent  = "agent"
	spaceFQDN   = "fqdn"
	spaceNWIP   = "nwip"
	spaceVSIO   = "vsio"
	spaceISC    = "isc"
	spaceFQDN6  = "fqdn6" // a face of the space fqdn in DHCPv6
)

// setting is the value of an option or parameter: bytes, or what gives them
// when they are needed. dhcpd evaluates options at the moment it sends them,
// not when it executes the statement. Settings are shared and do not change.
type setting struct {
	def   *option.Def
	data  []byte
	fixed bool // data is the value
	expr  dhcpdconf.Expr
	// first and second are joined by append and prepend.
	first, second *setting
	names         bool // they are compressed lists of names

	st    dhcpdconf.Statement // nil: dhcpd's own doing
	nulls bool                // the client ended the text with NUL
	next  *setting            // in a client's message: the same option once more
}

func bytesOf(def *option.Def, data []byte) *setting {
	return &setting{def: def, data: data, fixed: true}
}

// statements are those that made the value, the last one first.
func (s *setting) statements() []dhcpdconf.Statement {
	var list []dhcpdconf.Statement
	for stack := []*setting{s}; len(stack) > 0; {
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if top == nil {
			continue
		}
		if top.st != nil {
			list = append(list, top.st)
		}
		stack = append(stack, top.second, top.first)
	}
	return list
}

// optionSet holds the options of one space.
type optionSet struct {
	universe *universe
	list     []*setting // in the order in which they came; replaced in place
}

// options are option values by space.
type options struct {
	sets []*optionSet
	// siteSpace and siteMin say which codes are looked up in a space of the
	// site; nil: none are.
	siteSpace *universe
	siteMin   uint32
}

func (o *options) set(u *universe) *optionSet {
	if o == nil {
		return nil
	}
	for _, s := range o.sets {
		if s.universe == u {
			return s
		}
	}
	return nil
}

func (o *options) lookup(u *universe, code uint32) *setting {
	if s := o.set(u); s != nil {
		for _, v := range s.list {
			if v.def.Code == code {
				return v
			}
		}
	}
	return nil
}

func (o *options) save(u *universe, v *setting) {
	s := o.set(u)
	if s == nil {
		s = &optionSet{universe: u, list: make([]*setting, 0, 8)}
		o.sets = append(o.sets, s)
	}
	for i, old := range s.list {
		if old.def.Code == v.def.Code {
			s.list[i] = v
			return
		}
	}
	s.list = append(s.list, v)
}

func (o *options) remove(u *universe, code uint32) {
	if s := o.set(u); s != nil {
		for i, v := range s.list {
			if v.def.Code == code {
				s.list = append(s.list[:i:i], s.list[i+1:]...)
				return
			}
		}
	}
}

// dhcpd keeps most spaces in a hash table of this many lists, each with the
// newest option first. The order shows on the wire.
const hashSize = 17

func hash(code uint32) uint32 { return (code&31 + code>>5&31) % hashSize }

// ordered returns the options in the order in which dhcpd walks through them.
func (s *optionSet) ordered() []*setting {
	if s == nil || s.universe.linked {
		if s == nil {
			return nil
		}
		return s.list
	}
	out := make([]*setting, 0, len(s.list))
	for h := range uint32(hashSize) {
		for i := len(s.list) - 1; i >= 0; i-- {
			if hash(s.list[i].def.Code) == h {
				out = append(out, s.list[i])
			}
		}
	}
	return out
}
