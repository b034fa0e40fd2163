package exchange

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/netip"
	"strconv"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"

	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/translator/model/answer"
	"github.com/keamigrate/keamigrate/verify/client"
)

// Model is the target of the model of dhcpd: no program runs. now is the time;
// the clock stands still.
func Model(server *answer.Server, now time.Time) Target { return &modelled{server: server, now: now} }

// ModelAlike is Model with the clock of another run of the same messages: which
// of the addresses that others had a client gets depends on the second.
func ModelAlike(server *answer.Server, run []Message) Target {
	m := &modelled{server: server, run: run}
	if len(run) > 0 {
		m.now = run[0].At
	}
	return m
}

// ModelSettings are those of a model that stands where a target's server does.
func ModelSettings(network Network) answer.Settings {
	return answer.Settings{Interface: interfaceName, Address: network.Address, ServerDUID: modelDUID}
}

// modelDUID is the DUID of a server that makes one up; what it is does not
// count in a comparison.
var modelDUID = []byte{0, 3, 0, 1, 2, 0, 0, 0, 0, 0xfe}

// ModelWith is ModelAlike of a dhcpd that finds leases when it starts.
func ModelWith(server *answer.Server, leases iter.Seq[answer.Lease], run []Message) Target {
	m := &modelled{server: server, run: run, leases: leases}
	if len(run) > 0 {
		m.now = run[0].At
	}
	return m
}

type modelled struct {
	server *answer.Server
	leases iter.Seq[answer.Lease] // when it starts; nil: none
	now    time.Time
	run    []Message // whose times are the model's; nil: the clock stands still
}

func (m *modelled) Name() string { return "model" }

// Deviations tells in which fields the model's answers are not dhcpd's, for
// the same clients. More is demanded than of a translation: the same bytes. What
// remains are a few seconds of what is left of a lease, and which of the
// addresses of a pool that others had before a client gets: that depends on the
// seconds in which they were given back.
func Deviations(conf *model.Config, want, got []Message) ([]Difference, error) {
	if len(want) != len(got) {
		return nil, fmt.Errorf("%d messages cannot be compared with %d", len(want), len(got))
	}
	var list []Difference
	c := &comparison{conf: conf}
	for i, w := range want {
		g := got[i]
		if w.Client != g.Client || w.Step != g.Step {
			return nil, fmt.Errorf("message %d is not the same message", i+1)
		}
		add := func(field, want, got string) {
			list = append(list, Difference{Client: w.Client, Step: w.Step, Field: field, Want: cmpOr(want), Got: cmpOr(got)})
		}
		if w.What() != g.What() {
			add("answered", w.What(), g.What())
			continue
		}
		all := map[string]string{}
		maps.Copy(all, w.Answer.Fields)
		maps.Copy(all, g.Answer.Fields)
		for _, name := range names(all) {
			a, b := w.Answer.Fields[name], g.Answer.Fields[name]
			p := &pair{comparison: c, step: w.Step, field: name, want: a, got: b, answer: g.Answer}
			switch {
			case a == b, p.nearly():
			case name == "address" && p.interchangeable():
			case name == "option 3" && a == hexOf(w.Answer.Fields["address"]) && b == hexOf(g.Answer.Fields["address"]):
				// The router is the address itself (use-lease-addr-for-default-route).
			default:
				add(name, a, b)
			}
		}
	}
	return list, nil
}

// hexOf writes an address as an option is written.
func hexOf(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	return "0x" + hex.EncodeToString(a.AsSlice())
}

// nearly allows for the seconds that pass while clients speak to a server.
func (p *pair) nearly() bool {
	want, err := strconv.Atoi(p.want)
	got, err2 := strconv.Atoi(p.got)
	return isLifetime(p.field) && err == nil && err2 == nil && max(want, got)-min(want, got) <= clockSlack
}

// Run lets the clients speak to the model.
func (m *modelled) Run(ctx context.Context, clients []*client.Client) ([]Message, error) {
	var messages []Message
	err := m.each(ctx, clients, false, func(_ int, message Message, _ answer.Reply) { messages = append(messages, message) })
	return messages, err
}

// Explain lets clients speak to the model of dhcpd and calls visit with each
// message, what came back, and why.
func Explain(ctx context.Context, server *answer.Server, now time.Time, clients []*client.Client, visit func(Message, answer.Reply)) error {
	m := &modelled{server: server, now: now}
	return m.each(ctx, clients, true, func(_ int, message Message, reply answer.Reply) { visit(message, reply) })
}

// ExplainAlike is Explain at the times of another run of the same messages.
func ExplainAlike(ctx context.Context, server *answer.Server, run []Message, clients []*client.Client, visit func(Message, answer.Reply)) error {
	m := &modelled{server: server, run: run}
	if len(run) > 0 {
		m.now = run[0].At
	}
	return m.each(ctx, clients, true, func(_ int, message Message, reply answer.Reply) { visit(message, reply) })
}

func (m *modelled) each(ctx context.Context, clients []*client.Client, trace bool, visit func(int, Message, answer.Reply)) error {
	r := &ModelRun{modelled: *m, state: m.server.Start(m.now.Unix()), trace: trace}
	if m.leases != nil {
		r.state.Load(m.leases)
	}
	for i, c := range clients {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.Speak(i, c, func(message Message, reply answer.Reply) { visit(i, message, reply) }); err != nil {
			return err
		}
	}
	return nil
}

// A ModelRun is the model of dhcpd while it serves: one client after the other
// speaks to it.
type ModelRun struct {
	modelled
	state *answer.State
	trace bool
	sent  int
}

// StartModel starts the model of dhcpd with an empty lease database. With why
// its replies say where they come from.
func StartModel(server *answer.Server, now time.Time, why bool) *ModelRun {
	return &ModelRun{modelled: modelled{server: server, now: now}, state: server.Start(now.Unix()), trace: why}
}

// An EndedError says that a message made dhcpd end, and why.
type EndedError struct{ Why string }

func (e *EndedError) Error() string { return e.Why }

// Load gives dhcpd the leases of a lease file, before the first client speaks.
func (r *ModelRun) Load(leases iter.Seq[answer.Lease]) {
	r.leases = leases
	r.state.Load(leases)
}

// Restart starts dhcpd again, after its end, with the leases that it had in the
// beginning.
func (r *ModelRun) Restart() {
	r.state = r.server.Start(r.now.Unix())
	if r.leases != nil {
		r.state.Load(r.leases)
	}
}

// Pass lets time pass.
func (r *ModelRun) Pass(d time.Duration) { r.now = r.now.Add(d) }

// Speak lets a client, the n-th, say all that it has to say, and calls visit
// with each message and what came back.
func (r *ModelRun) Speak(n int, c *client.Client, visit func(Message, answer.Reply)) error {
	s := modelSession{modelled: &r.modelled, state: r.state, client: c, index: n, trace: r.trace}
	for j, step := range c.Do {
		message := Message{Client: n, Step: step, At: r.now}
		if r.sent < len(r.run) && !r.run[r.sent].At.IsZero() {
			message.At = r.run[r.sent].At
		}
		r.sent++
		speak := s.step4
		if c.V6 {
			speak = s.step6
		}
		reply, err := speak(&message, byte(j))
		if why := r.state.Ended(); why != "" && err == nil {
			err = &EndedError{why}
		}
		if err != nil {
			return fmt.Errorf("client %d, %s: %w", n+1, step, err)
		}
		visit(message, reply)
	}
	return nil
}

// modelSession is one client that speaks to the model.
type modelSession struct {
	*modelled
	state  *answer.State
	client *client.Client
	index  int
	trace  bool
	lease4 client.Lease4
	lease6 client.Lease6
}

func (s *modelSession) step4(m *Message, n byte) (answer.Reply, error) {
	message, err := s.client.Message4(m.Step, [4]byte{1, byte(s.index >> 8), byte(s.index), n}, s.lease4)
	if errors.Is(err, client.ErrNoLease) {
		return answer.Reply{}, nil
	}
	if err != nil {
		return answer.Reply{}, err
	}
	m.Sent = true
	reply := s.state.Answer4(message.ToBytes(), m.At, s.trace)
	if reply.Message == nil || s.lost(message) {
		return reply, nil
	}
	read, err := read4(reply.Message)
	if err != nil {
		return reply, fmt.Errorf("the answer cannot be read: %w", err)
	}
	s.lease4.Learn(read)
	m.Answer = answer4(read, reply.Message, m.At.Unix())
	return reply, nil
}

// lost reports whether an answer goes where no client is: to the server's own
// address, or into the server's machine.
func (s *modelSession) lost(m *dhcpv4.DHCPv4) bool {
	if a, ok := netip.AddrFromSlice(m.GatewayIPAddr.To4()); ok && !a.IsUnspecified() && m.MessageType() != dhcpv4.MessageTypeInform {
		return a.IsLoopback()
	}
	a, ok := netip.AddrFromSlice(m.ClientIPAddr.To4())
	return ok && !a.IsUnspecified() && (a == s.server.Address() || a.IsLoopback())
}

func (s *modelSession) step6(m *Message, n byte) (answer.Reply, error) {
	message, err := s.client.Message6(m.Step, [3]byte{byte(s.index >> 8), byte(s.index), n}, s.lease6)
	if errors.Is(err, client.ErrNoLease) {
		return answer.Reply{}, nil
	}
	if err != nil {
		return answer.Reply{}, err
	}
	m.Sent = true
	reply := s.state.Answer6(message.ToBytes(), m.At, s.trace)
	if reply.Message == nil {
		return reply, nil
	}
	inner, err := read6(reply.Message)
	if err != nil {
		return reply, fmt.Errorf("the answer cannot be read: %w", err)
	}
	s.lease6.Learn(inner)
	m.Answer, err = answer6(inner)
	return reply, err
}
