package translator_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/verify/oracle"
)

// DHCPv6 message types (RFC 8415, 7.3).
const (
	solicit6 = 1
	request6 = 3
	renew6   = 5
	release6 = 8
)

func option6(code byte, body ...byte) []byte {
	return append([]byte{0, code, 0, byte(len(body))}, body...)
}

// client6 is a client of DHCPv6 with one IA_NA and one IA_PD.
type client6 struct {
	t      *testing.T
	server *oracle.Server
	link   *oracle.Link
	// What the server has given: its identifier, the IA options.
	id, na, pd []byte
}

func newClient6(t *testing.T, s *oracle.Server) *client6 {
	return &client6{
		t: t, server: s, link: linkOf(t, s),
		na: option6(3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0),
		pd: option6(25, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0),
	}
}

// say sends a message with the IA options given and keeps what comes back.
func (c *client6) say(kind byte, options ...[]byte) {
	c.t.Helper()
	message := []byte{kind, 1, 2, kind}
	message = append(message, option6(1, 0, 3, 0, 1, 2, 0, 0, 0, 0, 2)...)
	message = append(message, c.id...)
	message = append(message, option6(39, append([]byte{0}, "\x03box\x07example\x03org\x00"...)...)...)
	answer, err := c.link.Exchange6(slices.Concat(append([][]byte{message}, options...)...), time.Minute)
	if err != nil {
		c.t.Fatalf("message type %d: %v\n%s", kind, err, c.server.Log())
	}
	got := options6(c.t, answer)
	c.id = option6(2, got[2]...)
	if kind != release6 {
		c.na, c.pd = option6(3, got[3]...), option6(25, got[25]...)
	}
}

// take gets an address and a prefix, and renews both.
func (c *client6) take() {
	c.t.Helper()
	c.say(solicit6, c.na, c.pd)
	c.say(request6, c.na, c.pd)
}

// What the translation of events of DHCPv6 relies on, as dhcpd does it: a
// block is executed for each address and prefix, with the client's message for
// commits and without it for releases; a lease has neither address nor lifetime
// in expressions.
func TestDhcpd6Events(t *testing.T) {
	const conf = `default-lease-time 7200;
on commit {
  log(info, concat("commit of ", binary-to-ascii(16, 8, ":", option dhcp6.client-id)));
  log(info, concat("address of the commit ", binary-to-ascii(16, 16, ":", substring(option dhcp6.ia-na, 16, 16))));
  log(info, concat("prefix of the commit ", binary-to-ascii(16, 16, ":", suffix(option dhcp6.ia-pd, 16))));
  log(info, concat("name of the commit ", option fqdn.fqdn));
  log(info, concat("leased-address of the commit ", pick-first-value(leased-address, "none")));
  log(info, concat("lease-time of the commit ", pick-first-value(encode-int(lease-time, 32), "none")));
}
on release {
  log(info, concat("release of ", binary-to-ascii(16, 8, ":", option dhcp6.client-id)));
  log(info, concat("ia-na of the release ", binary-to-ascii(16, 16, ":", substring(option dhcp6.ia-na, 16, 16))));
  log(info, concat("name of the release ", pick-first-value(option fqdn.fqdn, "none")));
  log(info, concat("leased-address of the release ", pick-first-value(leased-address, "none")));
}
subnet6 2001:db8::/64 { range6 2001:db8::100 2001:db8::1ff; prefix6 2001:db8:1:: 2001:db8:1:ff00:: /56; }
`
	dhcpd := oracle.Dhcpd(t)
	dir := t.TempDir()
	write(t, dir, "dhcpd.leases", nil)
	s, err := dhcpd.Serve(t.Context(), write(t, dir, "dhcpd.conf", []byte(conf)), true, served)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c := newClient6(t, s)
	c.take()
	c.say(release6, c.na, c.pd)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	waitLog(ctx, t, s, 0, "releases prefix") // the log is read a little later than the answer
	waitLog(ctx, t, s, strings.Index(s.Log(), "releases prefix"), "Sending Reply")
	for text, times := range map[string]int{
		"commit of 0:3:0:1:2:0:0:0:0:2":      2,
		"address of the commit 2001:db8:0":   2,
		"prefix of the commit 2001:db8:1":    2,
		"name of the commit box.example.org": 2,
		"leased-address of the commit none":  2,
		"lease-time of the commit none":      2,
		"release of ":                        0,
		"ia-na of the release ":              0,
		"name of the release none":           2,
		"leased-address of the release none": 2,
	} {
		if n := strings.Count(s.Log(), text); n != times {
			t.Errorf("%q is logged %d times, want %d:\n%s", text, n, times, s.Log())
		}
	}
}
