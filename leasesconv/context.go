package leasesconv

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/keamigrate/keamigrate/parser/dhcpdleases"
	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// contextWriter writes the user context of a lease: what Kea itself keeps of a
// relay agent's options under "ISC", and what it has no place for under
// "isc-dhcp". The form is that in which Kea prints it.
type contextWriter struct {
	target keaversion.Version
	isc    []byte
	kept   []member
	sorted []dhcpdleases.AgentOption
}

type member struct{ name, value string } // value is JSON

func (w *contextWriter) reset() { w.isc, w.kept = w.isc[:0], w.kept[:0] }

// agent takes the options of a relay agent.
func (w *contextWriter) agent(options []dhcpdleases.AgentOption) {
	if len(options) == 0 {
		return
	}
	// Kea has them in the order of their codes.
	w.sorted = append(w.sorted[:0], options...)
	slices.SortStableFunc(w.sorted, func(a, b dhcpdleases.AgentOption) int { return cmp.Compare(a.Code, b.Code) })
	var all []byte
	var relayID, remoteID []byte
	for _, o := range w.sorted {
		all = append(all, o.Code, byte(len(o.Data)))
		all = append(all, o.Data...)
		switch o.Code {
		case 2:
			remoteID = o.Data
		case 12:
			relayID = o.Data
		}
	}
	sub := "0x" + strings.ToUpper(hex.EncodeToString(all))
	if w.target < keaversion.V2_6 {
		w.isc = append(w.isc, `"relay-agent-info": `+strconv.Quote(sub)...)
		return
	}
	w.isc = append(w.isc, `"relay-agent-info": { `...)
	if len(relayID) > 0 {
		w.isc = append(w.isc, `"relay-id": "`+strings.ToUpper(hex.EncodeToString(relayID))+`", `...)
	}
	if len(remoteID) > 0 {
		w.isc = append(w.isc, `"remote-id": "`+strings.ToUpper(hex.EncodeToString(remoteID))+`", `...)
	}
	w.isc = append(w.isc, `"sub-options": `+strconv.Quote(sub)+` }`...)
}

// notes takes what is for people, and for the way back.
func (w *contextWriter) notes(variables []dhcpdleases.Variable, reserved, bootp bool, billing *dhcpdleases.Billing) {
	if billing.Given {
		value := quoteJSON(billing.Class)
		if billing.Subclass {
			value = "[ " + value + ", " + quoteJSON(billing.Data) + " ]"
		}
		w.kept = append(w.kept, member{"billing", value})
	}
	if bootp {
		w.kept = append(w.kept, member{"dynamic-bootp", "true"})
	}
	if reserved {
		w.kept = append(w.kept, member{"reserved", "true"})
	}
	var vars []member
	for _, v := range variables {
		if bytes.HasPrefix(v.Name, []byte("ddns-")) {
			continue // known by the name and the flags of the lease
		}
		m := member{name: string(v.Name)}
		switch v.Value.Kind {
		case dhcpdleases.Number:
			m.value = strconv.FormatInt(v.Value.Number, 10)
		case dhcpdleases.Bool:
			m.value = strconv.FormatBool(v.Value.Bool)
		default:
			m.value = quoteJSON(v.Value.Data)
		}
		vars = append(vars, m)
	}
	if len(vars) > 0 {
		slices.SortStableFunc(vars, func(a, b member) int { return strings.Compare(a.name, b.name) })
		w.kept = append(w.kept, member{"vars", object(vars)})
	}
}

// String returns the context, empty when there is nothing in it.
func (w *contextWriter) String() string {
	var all []member
	if len(w.isc) > 0 {
		all = append(all, member{"ISC", "{ " + string(w.isc) + " }"})
	}
	if len(w.kept) > 0 {
		all = append(all, member{"isc-dhcp", object(w.kept)})
	}
	if len(all) == 0 {
		return ""
	}
	return object(all)
}

func object(members []member) string {
	var b strings.Builder
	b.WriteString("{ ")
	for i, m := range members {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quoteJSON([]byte(m.name)) + ": " + m.value)
	}
	b.WriteString(" }")
	return b.String()
}

// quoteJSON returns bytes as a JSON string; bytes that are no text are written
// in hexadecimal, as 0x0102.
func quoteJSON(data []byte) string {
	text := string(data)
	if !utf8.Valid(data) || strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		text = "0x" + hex.EncodeToString(data)
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(text) != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}
