package daemon

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/logging"
)

// updater sends requests for changes of DNS to kea-dhcp-ddns: in datagrams that
// nobody acknowledges.
type updater struct {
	log *logging.Logger
	// conn has no peer: on a connected socket the request after one that nobody took
	// would be lost too, with the error of that one in its place.
	conn net.PacketConn
	peer net.Addr
	to   string
	from string
}

// Where kea-dhcp-ddns listens unless the configuration says it.
const (
	defaultD2     = "127.0.0.1"
	defaultD2Port = 53001
)

// configure says where requests go from now on.
func (u *updater) configure(log *logging.Logger, c *keaconf.DHCPDDNS) {
	u.log = log
	to, from := "", ""
	if c != nil && c.EnableUpdates != nil && *c.EnableUpdates {
		port, sender := uint32(defaultD2Port), uint32(0)
		if c.ServerPort != nil {
			port = *c.ServerPort
		}
		if c.SenderPort != nil {
			sender = *c.SenderPort
		}
		to = net.JoinHostPort(cmp.Or(c.ServerIP, defaultD2), fmt.Sprint(port))
		if c.SenderIP != "" || sender != 0 {
			from = net.JoinHostPort(c.SenderIP, fmt.Sprint(sender))
		}
	}
	if to == u.to && from == u.from {
		return
	}
	u.close()
	u.to, u.from = to, from
}

// senderText are the settings of updates, as Kea tells them.
func senderText(c *keaconf.DHCPDDNS) string {
	number := func(n *uint32, otherwise uint32) uint32 {
		if n == nil {
			return otherwise
		}
		return *n
	}
	const queue = 1024
	return fmt.Sprintf("enable_updates: yes, server-ip: %s, server-port: %d, sender-ip: %s, sender-port: %d, max-queue-size: %d, ncr-protocol: UDP, ncr-format: JSON",
		cmp.Or(c.ServerIP, defaultD2), number(c.ServerPort, defaultD2Port), cmp.Or(c.SenderIP, "0.0.0.0"), number(c.SenderPort, 0), number(c.MaxQueueSize, queue))
}

func (u *updater) close() {
	if u.conn != nil {
		u.conn.Close() // nothing is kept in it
		u.conn = nil
	}
}

// send sends a request. One that cannot be sent is lost, as with Kea.
func (u *updater) send(c server.NameChange) {
	if u.to == "" {
		return
	}
	if u.conn == nil {
		peer, err := net.ResolveUDPAddr("udp", u.to)
		if err != nil {
			u.failed(err)
			return
		}
		conn, err := net.ListenPacket("udp", u.from)
		if err != nil {
			u.failed(err)
			return
		}
		u.conn, u.peer = conn, peer
	}
	if _, err := u.conn.WriteTo(datagram(c), u.peer); err != nil {
		u.failed(err)
	}
}

func (u *updater) failed(err error) {
	u.log.Log(logging.Error, "dhcp-to-d2", "DHCP_DDNS_UDP_SEND_FAIL", "a request to kea-dhcp-ddns cannot be sent: %v", err)
}

// datagram is a request as kea-dhcp-ddns reads it: its length and JSON.
func datagram(c server.NameChange) []byte {
	kind := 0
	if c.Remove {
		kind = 1
	}
	text, err := json.Marshal(struct {
		Kind     int    `json:"change-type"`
		Forward  bool   `json:"forward-change"`
		Reverse  bool   `json:"reverse-change"`
		FQDN     string `json:"fqdn"`
		Address  string `json:"ip-address"`
		DHCID    string `json:"dhcid"`
		Expires  string `json:"lease-expires-on"`
		TTL      uint32 `json:"lease-length"`
		Conflict string `json:"conflict-resolution-mode"`
	}{kind, c.Forward, c.Reverse, c.FQDN, c.Address.String(), c.DHCID, time.Unix(c.Expires, 0).UTC().Format("20060102150405"), c.TTL, c.ConflictMode})
	if err != nil {
		return nil
	}
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(text))), text...)
}
