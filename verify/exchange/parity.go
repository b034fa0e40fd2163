package exchange

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/stats"
	"github.com/keamigrate/keamigrate/server/store/memfile"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// An Outcome is what a server answered some clients, and what it knows
// afterwards.
type Outcome struct {
	Messages []Message
	// Leases are the leases as the command lease4-get-all shows them, by address.
	Leases map[string]map[string]any
	// Statistics are the latest values by name, without the messages by which the
	// harness knows that a server is through.
	Statistics map[string]int64
}

const paritySocket = "/run/kea/parity"

// forParity changes what concerns the machine: a configuration of Kea is served
// as it is otherwise.
func forParity(conf *keaconf.DHCP4) *keaconf.DHCP4 {
	c := *conf
	c.InterfacesConfig = &keaconf.InterfacesConfig{Interfaces: []string{interfaceName}}
	c.LeaseDatabase = &keaconf.Database{Type: "memfile", Persist: new(false)}
	c.ControlSocket = &keaconf.ControlSocket{SocketType: "unix", SocketName: paritySocket}
	c.MultiThreading = &keaconf.MultiThreading{EnableMultiThreading: new(false)}
	c.HooksLibraries = append([]keaconf.HookLibrary{{Library: "libdhcp_lease_cmds.so"}}, c.HooksLibraries...)
	out := []keaconf.OutputOption{{Output: "stdout"}}
	c.Loggers = []keaconf.Logger{{Name: "kea-dhcp4", Severity: "INFO", OutputOptions: out},
		{Name: "kea-dhcp4.bad-packets", Severity: "DEBUG", DebugLevel: new(uint32(99)), OutputOptions: out}}
	return &c
}

// AskKea lets clients speak to the real Kea with a configuration of its own.
// pauses say how long to wait before a client begins, by its number from 0.
func AskKea(ctx context.Context, p *oracle.Program, conf *keaconf.DHCP4, network Network, clients []*client.Client, pauses map[int]time.Duration) (*Outcome, error) {
	var text bytes.Buffer
	if err := keaconf.Write(&text, forParity(conf), keaversion.V3_0); err != nil {
		return nil, err
	}
	target := &program{name: "kea", program: p, file: "kea-dhcp4.conf", conf: text.Bytes(), network: network}
	k := &knows{outcome: &Outcome{Leases: map[string]map[string]any{}, Statistics: map[string]int64{}}, pauses: map[int]time.Duration{}}
	first := 0
	for i, c := range clients {
		k.pauses[first] = pauses[i]
		first += len(c.Do)
	}
	messages, err := target.run(ctx, clients, k)
	k.outcome.Messages = messages
	for _, name := range []string{"pkt4-received", "pkt4-receive-drop", "pkt4-unknown-received"} {
		if _, has := k.outcome.Statistics[name]; has {
			k.outcome.Statistics[name] -= int64(target.marks)
		}
	}
	return k.outcome, err
}

// knows asks a server what it knows after the last message.
type knows struct {
	server  *oracle.Server
	outcome *Outcome
	pauses  map[int]time.Duration // before messages
	message int                   // the next
}

func (k *knows) start(server *oracle.Server, _ string) error { k.server = server; return nil }
func (k *knows) wait(client.Step) error {
	time.Sleep(k.pauses[k.message]) // it is the server's clock that has to move on
	k.message++
	return nil
}

func (k *knows) stop() error {
	var leases struct {
		Arguments struct {
			Leases []map[string]any `json:"leases"`
		} `json:"arguments"`
	}
	if err := k.ask("lease4-get-all", &leases); err != nil {
		return err
	}
	for _, l := range leases.Arguments.Leases {
		address, _ := l["ip-address"].(string)
		k.outcome.Leases[address] = l
	}
	var values struct {
		Arguments map[string][][]any `json:"arguments"`
	}
	if err := k.ask("statistic-get-all", &values); err != nil {
		return err
	}
	for name, samples := range values.Arguments {
		if len(samples) > 0 && len(samples[0]) > 0 {
			value, _ := samples[0][0].(float64)
			k.outcome.Statistics[name] = int64(value)
		}
	}
	return nil
}

func (k *knows) ask(command string, into any) error {
	answer, err := k.server.Control(paritySocket, `{"command": "`+command+`"}`)
	if err != nil {
		return err
	}
	return json.Unmarshal(answer, into)
}

// AskKeasrv lets the same clients speak to keasrv in this process, at the times
// at which they spoke to the other server.
func AskKeasrv(ctx context.Context, conf *keaconf.DHCP4, network Network, clients []*client.Client, like []Message) (*Outcome, error) {
	built, err := config.Build(forParity(conf))
	if err != nil {
		return nil, fmt.Errorf("keasrv: %w", err)
	}
	leases, err := memfile.OpenLive4(ctx, "", memfile.LiveOptions{})
	if err != nil {
		return nil, err
	}
	registry := stats.NewRegistry(stats.DefaultCount, 0)
	run := &KeasrvRun{conf: built, network: network, now: time.Now()}
	if len(like) > 0 {
		run.now = like[0].At
	}
	run.server = server.New4(built, server.Options{Leases: leases, Clock: func() time.Time { return run.now }, Stats: registry, Rand: rand.New(rand.NewPCG(1, 2))})
	var messages []Message
	for i, c := range clients {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := run.Speak(i, c, like[min(len(messages), len(like)):], func(m Message, _ *server.Trace) { messages = append(messages, m) }); err != nil {
			return nil, err
		}
	}
	out := &Outcome{Messages: messages, Leases: map[string]map[string]any{}, Statistics: map[string]int64{}}
	for l := range leases.All() {
		out.Leases[l.Address.String()] = leaseAsShown(&l)
	}
	for _, name := range registry.Names() {
		s, _ := registry.Find(name)
		out.Statistics[name] = s.Value()
	}
	return out, nil
}

// leaseAsShown is a lease as JSON has it after reading.
func leaseAsShown(l *lease.Lease4) map[string]any {
	out := map[string]any{"ip-address": l.Address.String(), "hw-address": lease.Colons(l.HWAddr), "subnet-id": float64(l.SubnetID),
		"valid-lft": float64(l.Valid), "cltt": float64(l.CLTT), "state": float64(l.State), "fqdn-fwd": l.FQDNFwd, "fqdn-rev": l.FQDNRev, "hostname": l.Hostname}
	if l.PoolID != 0 {
		out["pool-id"] = float64(l.PoolID)
	}
	if len(l.ClientID) > 0 {
		out["client-id"] = lease.Colons(l.ClientID)
	}
	var context any
	if l.UserContext != "" && json.Unmarshal([]byte(l.UserContext), &context) == nil {
		out["user-context"] = context
	}
	return out
}
