package daemon

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server"
)

// TestUpdatesAfterNobody has nobody listen for requests at first: those that follow when
// somebody does arrive all the same.
func TestUpdatesAfterNobody(t *testing.T) {
	listen := func(address string) net.PacketConn {
		t.Helper()
		conn, err := net.ListenPacket("udp", address)
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
	first := listen("127.0.0.1:0")
	address := first.LocalAddr().(*net.UDPAddr)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	u := &updater{}
	defer u.close()
	on, port := true, uint32(address.Port)
	u.configure(nil, &keaconf.DHCPDDNS{EnableUpdates: &on, ServerPort: &port})
	change := server.NameChange{FQDN: "a.example.", Address: netip.MustParseAddr("10.0.0.1")}
	for range 3 {
		u.send(change) // would tell a logger that is not there, if it failed
	}
	conn := listen(address.String())
	defer conn.Close()
	u.send(change)
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := conn.ReadFrom(make([]byte, 2048)); err != nil {
		t.Fatal(err)
	}
}
