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
	c := *conf
	forTest(&c.Server)
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
	return &keasrv{built, network, like}, nil
}

type keasrv struct {
	conf    *config.Config4
	network Network
	like    []Message
}

func (k *keasrv) Name() string { return "keasrv" }

// Run lets the clients speak to keasrv.
func (k *keasrv) Run(ctx context.Context, clients []*client.Client) ([]Message, error) {
	leases, err := memfile.OpenLive4(ctx, "", memfile.LiveOptions{})
	if err != nil {
		return nil, err
	}
	s := keasrvSession{keasrv: k}
	s.server = server.New4(k.conf, server.Options{Leases: leases, Clock: func() time.Time { return s.now }})
	var messages []Message
	for i, c := range clients {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s.client, s.index, s.lease = c, i, client.Lease4{}
		for j, step := range c.Do {
			if n := len(messages); n < len(k.like) {
				s.now = k.like[n].At
			}
			m := Message{Client: i, Step: step, At: s.now}
			if err := s.speak(&m, byte(j)); err != nil {
				return nil, fmt.Errorf("keasrv, client %d, %s: %w", i+1, step, err)
			}
			messages = append(messages, m)
		}
	}
	return messages, nil
}

// keasrvSession is one client that speaks to keasrv.
type keasrvSession struct {
	*keasrv
	server *server.Server4
	client *client.Client
	index  int
	lease  client.Lease4
	now    time.Time
}

func (s *keasrvSession) speak(m *Message, n byte) error {
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
	answer, ok := s.server.Handle(&in, nil)
	if !ok {
		return nil
	}
	read, err := dhcpv4.FromBytes(answer.Raw)
	if err != nil {
		return fmt.Errorf("the answer cannot be read: %w", err)
	}
	s.lease.Learn(read)
	m.Answer = answer4(read, answer.Raw, s.now.Unix())
	return nil
}
