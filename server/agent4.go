package server

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/server/control"
	"github.com/keamigrate/keamigrate/server/packet"
)

// Sub-options of option 82 that a lease remembers apart.
const (
	agentRemoteID = 2
	agentRelayID  = 12
)

// agentContext is what a lease remembers of a relay agent: in its user context,
// below "ISC".
type agentContext struct {
	Options string `json:"sub-options"` // hexadecimal
}

const (
	contextISC   = "ISC"
	contextAgent = "relay-agent-info"
)

// readAgent reads what a relay agent says, as Kea does: in the order of the codes, with
// parts of the same sub-option put together, and without what does not fit. The fault
// says which sub-option Kea cannot read.
func (s *Server4) readAgent(x *exchange, content []byte) (fault error) {
	rest, last, inOrder := content, -1, true
	for len(rest) >= 2 && len(rest) >= 2+int(rest[1]) {
		inOrder = inOrder && int(rest[0]) > last
		last = int(rest[0])
		rest = rest[2+int(rest[1]):]
	}
	whole := content[: len(content)-len(rest) : len(content)-len(rest)]
	if !inOrder {
		whole = sortAgent(whole)
	}
	x.query.Agent = whole
	for rest = whole; len(rest) >= 2; rest = rest[2+int(rest[1]):] {
		format := s.conf.AgentFormats[rest[0]]
		if format == nil {
			continue
		}
		if why := format(rest[2 : 2+int(rest[1])]); why != "" {
			return fmt.Errorf("opt_type: %d, opt_len: %d, error: opt_type: %d, opt_len: %d, error: %s", optAgent, len(content), rest[0], rest[1], why)
		}
	}
	return nil
}

// sortAgent puts whole sub-options into order.
func sortAgent(content []byte) (out []byte) {
	parts := map[uint8][]byte{}
	for rest := content; len(rest) >= 2; rest = rest[2+int(rest[1]):] {
		parts[rest[0]] = append(parts[rest[0]], rest[2:2+int(rest[1])]...)
	}
	for _, code := range slices.Sorted(maps.Keys(parts)) {
		out = packet.AppendOption(out, code, parts[code])
	}
	return out
}

// rememberAgent puts what the relay agent says into the lease, where the subnet
// wants that (Kea manual, "Storing Extended Lease Information").
func (s *Server4) rememberAgent(x *exchange) {
	if _, ok := x.message.Option(optAgent); !ok || !x.subnet.StoreExtended {
		return
	}
	agent := x.query.Agent
	entry := map[string]any{"sub-options": ""}
	if len(agent) > 0 {
		entry["sub-options"] = "0x" + strings.ToUpper(hex.EncodeToString(agent))
	}
	if id, ok := packet.Suboption(agent, agentRemoteID); ok && len(id) > 0 {
		entry["remote-id"] = strings.ToUpper(hex.EncodeToString(id))
	}
	if id, ok := packet.Suboption(agent, agentRelayID); ok && len(id) > 0 {
		entry["relay-id"] = strings.ToUpper(hex.EncodeToString(id))
	}
	x.remember(contextAgent, entry)
}

// remember puts something that Kea keeps with leases into the lease. A user context
// that cannot be read is left as it is.
func (x *exchange) remember(key string, value any) {
	context, err := readContext(x.lease.UserContext)
	if err != nil {
		return
	}
	isc, ok := context[contextISC].(map[string]any)
	if !ok {
		isc = map[string]any{}
		context[contextISC] = isc
	}
	isc[key] = value
	x.lease.UserContext = string(control.AppendJSON(nil, context))
}

// readContext reads a user context, of which there may be none.
func readContext(text string) (map[string]any, error) {
	context := map[string]any{}
	if text == "" {
		return context, nil
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	err := d.Decode(&context)
	return context, err
}

// recallAgent finds what a relay agent said earlier about a client that now renews
// without it (Kea manual, "Stash Agent Options").
func (s *Server4) recallAgent(x *exchange) {
	m := &x.message
	if !s.conf.StashAgentOptions || len(x.query.Agent) > 0 || m.CIAddr().IsUnspecified() || !m.GIAddr().IsUnspecified() {
		return
	}
	if kind, ok := m.Option(optMessageType); !ok || len(kind) != 1 || kind[0] != packet.Request {
		return
	}
	l, ok := s.leases.Get(m.CIAddr())
	if !ok || l.UserContext == "" || l.ExpiredAt(x.now-1) || !s.belongsAsIs(x, &l) {
		return
	}
	agent, err := agentOf(l.UserContext)
	if err != nil || len(agent) == 0 {
		s.note("what the relay agent said is not in the lease: %v", err)
		return
	}
	x.query.Agent = agent
	s.join(x, s.conf.BuiltIn.StashAgentOptions)
}

// agentOf returns the option 82 that a lease remembers.
func agentOf(text string) ([]byte, error) {
	var context struct {
		ISC struct {
			Agent json.RawMessage `json:"relay-agent-info"`
		} `json:"ISC"`
	}
	if err := json.Unmarshal([]byte(text), &context); err != nil || context.ISC.Agent == nil {
		return nil, err
	}
	var entry agentContext
	if err := json.Unmarshal(context.ISC.Agent, &entry); err != nil {
		// Kea 2.2 wrote the option itself.
		if err := json.Unmarshal(context.ISC.Agent, &entry.Options); err != nil {
			return nil, fmt.Errorf("%s: %w", contextAgent, err)
		}
	}
	return hex.DecodeString(strings.TrimPrefix(entry.Options, "0x"))
}
