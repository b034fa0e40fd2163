package exchange

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/store/memfile"
	"github.com/keamigrate/keamigrate/verify/client"
)

// Keasrv is the target of keasrv, in this process, with a configuration of
// kea-dhcp4: no socket is opened and no lease file written. The times of the
// messages are those of another server that got the same ones.
func Keasrv(conf *keaconf.DHCP4, network Network, like []Message) (Target, error) {
	built, err := BuildKeasrv(conf)
	if err != nil {
		return nil, err
	}
	return &keasrv{conf: built, network: network, like: like}, nil
}

// KeasrvWith is Keasrv with a lease database; of several runs each goes on with what the
// one before has left. It remembers ended leases.
func KeasrvWith(conf *keaconf.DHCP4, network Network, leases *memfile.Live4, like []Message) (Target, error) {
	built, err := buildKeasrv(conf, true)
	if err != nil {
		return nil, err
	}
	return &keasrv{built, network, like, leases}, nil
}

// BuildKeasrv makes a configuration of kea-dhcp4 ready for keasrv in this process:
// without what concerns the machine.
func BuildKeasrv(conf *keaconf.DHCP4) (*config.Config4, error) { return buildKeasrv(conf, false) }

// buildKeasrv is BuildKeasrv; with remembers, leases that have ended are kept as long as
// the configuration says.
func buildKeasrv(conf *keaconf.DHCP4, remembers bool) (*config.Config4, error) {
	c := *conf
	forTest(&c.Server)
	if remembers {
		c.ExpiredLeasesProcessing = conf.ExpiredLeasesProcessing
	}
	c.Subnet4 = onLink(c.Subnet4, netip.Addr{})
	networks := append([]keaconf.SharedNetwork{}, c.SharedNetworks...)
	for i := range networks {
		networks[i].Interface = ""
		networks[i].Subnet4 = onLink(networks[i].Subnet4, netip.Addr{})
	}
	c.SharedNetworks = networks
	built, err := config.Build(&c)
	if err != nil {
		return nil, fmt.Errorf("keasrv: %w", err)
	}
	return built, nil
}

type keasrv struct {
	conf    *config.Config4
	network Network
	like    []Message
	leases  *memfile.Live4 // nil: each run begins with none
}

func (k *keasrv) Name() string { return "keasrv" }

// Run lets the clients speak to keasrv.
func (k *keasrv) Run(ctx context.Context, clients []*client.Client) ([]Message, error) {
	leases := k.leases
	if leases == nil {
		var err error
		if leases, err = memfile.OpenLive4(ctx, "", memfile.LiveOptions{}); err != nil {
			return nil, err
		}
	}
	r := newKeasrvRun(k.conf, k.network, leases)
	var messages []Message
	for i, c := range clients {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		like := k.like[min(len(messages), len(k.like)):]
		if err := r.Speak(i, c, like, func(m Message, _ *server.Trace) { messages = append(messages, m) }); err != nil {
			return nil, err
		}
	}
	return messages, nil
}

// A KeasrvRun is keasrv, in this process, while it serves: one client after the
// other speaks to it.
type KeasrvRun struct {
	conf    *config.Config4
	network Network
	server  *server.Server4
	now     time.Time
	why     bool
}

// StartKeasrv starts keasrv with a configuration of kea-dhcp4 and a lease
// database. What concerns the machine counts for nothing: interfaces, files,
// sockets. With why it says where its answers come from. With remembers it keeps
// leases that have ended as long as the configuration says; without, it forgets them
// at once, as clients of a test follow each other faster than real ones.
func StartKeasrv(conf *keaconf.DHCP4, network Network, leases *memfile.Live4, why, remembers bool) (*KeasrvRun, error) {
	built, err := buildKeasrv(conf, remembers)
	if err != nil {
		return nil, err
	}
	r := newKeasrvRun(built, network, leases)
	r.why = why
	return r, nil
}

// Again starts keasrv with the same configuration and another lease database.
func (r *KeasrvRun) Again(leases *memfile.Live4) *KeasrvRun {
	again := newKeasrvRun(r.conf, r.network, leases)
	again.why = r.why
	return again
}

func newKeasrvRun(conf *config.Config4, network Network, leases *memfile.Live4) *KeasrvRun {
	r := &KeasrvRun{conf: conf, network: network}
	r.server = server.New4(conf, server.Options{Leases: leases, Clock: func() time.Time { return r.now }})
	return r
}

// Config is the configuration as it is served.
func (r *KeasrvRun) Config() *config.Config4 { return r.conf }

// Speak lets a client, the n-th, say all that it has to say, at the times at
// which it said the same to another server, and calls visit with each message,
// what came back, and why (nil, if nobody wants to know).
func (r *KeasrvRun) Speak(n int, c *client.Client, like []Message, visit func(Message, *server.Trace)) error {
	s := keasrvSession{KeasrvRun: r, client: c, index: n}
	for j, step := range c.Do {
		if j < len(like) {
			r.now = like[j].At
		}
		m := Message{Client: n, Step: step, At: r.now}
		var trace *server.Trace
		if r.why {
			trace = &server.Trace{}
		}
		if err := s.speak(&m, byte(j), trace); err != nil {
			return fmt.Errorf("keasrv, client %d, %s: %w", n+1, step, err)
		}
		visit(m, trace)
	}
	return nil
}

// keasrvSession is one client that speaks to keasrv.
type keasrvSession struct {
	*KeasrvRun
	client *client.Client
	index  int
	lease  client.Lease4
}

func (s *keasrvSession) speak(m *Message, n byte, trace *server.Trace) error {
	message, err := s.client.Message4(m.Step, [4]byte{1, byte(s.index >> 8), byte(s.index), n}, s.lease)
	if errors.Is(err, client.ErrNoLease) {
		return nil
	}
	if err != nil {
		return err
	}
	m.Sent = true
	d := s.network.datagram4(s.client, m.Step, message)
	in := server.Packet{Raw: d.Message, Interface: interfaceName, Local: s.network.Address, Src: d.From, Dst: d.To}
	answer, ok := s.server.Handle(&in, trace)
	if !ok {
		return nil
	}
	read, err := dhcpv4.FromBytes(answer.Raw)
	if err != nil {
		return fmt.Errorf("the answer cannot be read: %w", err)
	}
	s.lease.Learn(read)
	m.Raw = append([]byte(nil), answer.Raw...)
	m.Answer = answer4(read, answer.Raw, s.now.Unix())
	return nil
}
