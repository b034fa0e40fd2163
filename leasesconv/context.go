package leasesconv

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"slices"
	"strconv"

	"github.com/keamigrate/keamigrate/parser/dhcpdleases"
	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// contextWriter writes the user context of a lease: what Kea itself keeps of a
// relay agent's options under "ISC", and what it has no place for under
// "isc-dhcp". The form is that in which Kea prints it.
type contextWriter struct {
	target keaversion.Version
	text   []byte
	// parts counts the members of the context that are written, kept those of
	// "isc-dhcp".
	parts, kept int
	// last is the latest context: those of a network are much alike.
	last      string
	agents    []dhcpdleases.AgentOption
	variables []*dhcpdleases.Variable
	bytes     []byte
}

func (w *contextWriter) reset() { w.text, w.parts, w.kept = w.text[:0], 0, 0 }

// agent takes the options of a relay agent.
func (w *contextWriter) agent(options []dhcpdleases.AgentOption) {
	if len(options) == 0 {
		return
	}
	// Kea has them in the order of their codes.
	w.agents = append(w.agents[:0], options...)
	slices.SortStableFunc(w.agents, func(a, b dhcpdleases.AgentOption) int { return cmp.Compare(a.Code, b.Code) })
	w.bytes = w.bytes[:0]
	var relayID, remoteID []byte
	for _, o := range w.agents {
		w.bytes = append(append(w.bytes, o.Code, byte(len(o.Data))), o.Data...)
		switch o.Code {
		case 2:
			remoteID = o.Data
		case 12:
			relayID = o.Data
		}
	}
	w.open(&w.parts, "ISC")
	w.text = append(w.text, `{ "relay-agent-info": `...)
	if w.target < keaversion.V2_6 {
		w.text = append(appendUpperHex(append(w.text, `"0x`...), w.bytes), `" }`...)
		return
	}
	w.text = append(w.text, "{ "...)
	if len(relayID) > 0 {
		w.text = append(appendUpperHex(append(w.text, `"relay-id": "`...), relayID), `", `...)
	}
	if len(remoteID) > 0 {
		w.text = append(appendUpperHex(append(w.text, `"remote-id": "`...), remoteID), `", `...)
	}
	w.text = append(appendUpperHex(append(w.text, `"sub-options": "0x`...), w.bytes), `" } }`...)
}

// notes takes what is for people, and for the way back.
func (w *contextWriter) notes(variables []dhcpdleases.Variable, reserved, bootp bool, billing *dhcpdleases.Billing) {
	w.variables = w.variables[:0]
	for i := range variables {
		// Those of DNS are known by the name and the flags of the lease.
		if !bytes.HasPrefix(variables[i].Name, []byte("ddns-")) {
			w.variables = append(w.variables, &variables[i])
		}
	}
	if billing.Given {
		w.keep("billing")
		if billing.Subclass {
			w.text = append(appendJSON(append(w.text, "[ "...), billing.Class), ", "...)
			w.text = append(appendJSON(w.text, billing.Data), " ]"...)
		} else {
			w.text = appendJSON(w.text, billing.Class)
		}
	}
	if bootp {
		w.keep("dynamic-bootp")
		w.text = append(w.text, "true"...)
	}
	if reserved {
		w.keep("reserved")
		w.text = append(w.text, "true"...)
	}
	if len(w.variables) > 0 {
		w.keep("vars")
		slices.SortStableFunc(w.variables, func(a, b *dhcpdleases.Variable) int { return bytes.Compare(a.Name, b.Name) })
		n := 0
		for _, v := range w.variables {
			w.open(&n, string(v.Name))
			switch v.Value.Kind {
			case dhcpdleases.Number:
				w.text = strconv.AppendInt(w.text, v.Value.Number, 10)
			case dhcpdleases.Bool:
				w.text = strconv.AppendBool(w.text, v.Value.Bool)
			default:
				w.text = appendJSON(w.text, v.Value.Data)
			}
		}
		w.text = append(w.text, " }"...)
	}
	if w.kept > 0 {
		w.text = append(w.text, " }"...)
	}
}

// keep begins a member of "isc-dhcp".
func (w *contextWriter) keep(name string) {
	if w.kept == 0 {
		w.open(&w.parts, "isc-dhcp")
	}
	w.open(&w.kept, name)
}

// open begins a member of an object that has so many already.
func (w *contextWriter) open(members *int, name string) {
	if *members == 0 {
		w.text = append(w.text, "{ "...)
	} else {
		w.text = append(w.text, ", "...)
	}
	*members++
	w.text = append(appendJSON(w.text, name), ": "...)
}

// String returns the context, empty when there is nothing in it.
func (w *contextWriter) String() string {
	if w.parts == 0 {
		return ""
	}
	w.text = append(w.text, " }"...)
	if string(w.text) != w.last {
		w.last = string(w.text)
	}
	return w.last
}

// appendJSON adds bytes as a JSON string. Others than visible ASCII characters
// and blanks, which Kea would print in a way of its own, make all of them
// hexadecimal, as 0x0102; so does text that looks like that.
func appendJSON[B string | []byte](dst []byte, data B) []byte {
	dst = append(dst, '"')
	plain := len(data) < 2 || data[0] != '0' || data[1] != 'x'
	for i := 0; plain && i < len(data); i++ {
		plain = data[i] >= ' ' && data[i] <= '~'
	}
	if !plain {
		dst = append(dst, "0x"...)
		dst = hex.AppendEncode(dst, []byte(data))
		return append(dst, '"')
	}
	for i := 0; i < len(data); i++ {
		if data[i] == '"' || data[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, data[i])
	}
	return append(dst, '"')
}

func appendUpperHex(dst, data []byte) []byte {
	const digits = "0123456789ABCDEF"
	for _, b := range data {
		dst = append(dst, digits[b>>4], digits[b&15])
	}
	return dst
}
