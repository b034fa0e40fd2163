package leasesconv_test

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store/memfile"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// iaid is what all clients of these tests number their identity association with:
// its octets in the order of the wire, which a lease file has the other way round.
var iaid = [4]byte{1, 2, 3, 4}

// ia6 is an entry of dhcpd about what the client n has.
func ia6(n int, what, address, state string, ends time.Duration, more string) string {
	inner := map[string]string{"ia-na": "iaaddr", "ia-pd": "iaprefix"}[what]
	heard := time.Now().Add(min(0, ends) - 30*time.Minute)
	return fmt.Sprintf("%s \"\\004\\003\\002\\001\\000\\003\\000\\001\\002\\000\\000\\000\\000\\%03o\" {\n  cltt %s;\n  %s %s {\n    binding state %s;\n"+
		"    preferred-life 2700;\n    max-life 3600;\n    ends %s;\n    %s\n  }\n}\n", what, n, stamp(heard), inner, address, state, stamp(time.Now().Add(ends)), more)
}

const (
	liveConf6 = `{"Dhcp6": {%s, "valid-lifetime": 3600, "preferred-lifetime": 2700,
		"subnet6": [{"id": 7, "subnet": "2001:db8:1::/64", "interface": "eth0", "pools": [{"pool": "2001:db8:1::10 - 2001:db8:1::ff"}],
			"pd-pools": [{"prefix": "2001:db8:8::", "prefix-len": 48, "delegated-len": 56}]}]}}`
	liveDhcpd6 = "authoritative; default-lease-time 3600;\nsubnet6 2001:db8:1::/64 { range6 2001:db8:1::10 2001:db8:1::ff; prefix6 2001:db8:8:: 2001:db8:8:ff00:: /56; }\n"
	serverDUID = `server-duid "\000\003\000\001\002\000\000\000\000\001";` + "\n"
)

// liveLeases6 are leases of clients that have one, and of such that had one.
func liveLeases6() string {
	return "authoring-byte-order little-endian;\n" + serverDUID +
		ia6(0x20, "ia-na", "2001:db8:1::20", "active", time.Hour, `set ddns-fwd-name = "pc20.example.org";`) +
		ia6(0x21, "ia-pd", "2001:db8:8:2100::/56", "active", time.Hour, "") +
		ia6(0x22, "ia-na", "2001:db8:1::22", "released", -time.Hour, "") +
		ia6(0x23, "ia-pd", "2001:db8:8:2300::/56", "expired", -time.Hour, "") +
		ia6(0x24, "ia-na", "2001:db8:1::24", "abandoned", time.Hour, "") +
		ia6(0x25, "ia-na", "2001:db8:1::25", "active", -time.Minute, "set count = %17;") +
		ia6(0x26, "ia-na", "2001:db8:1::26", "active", time.Hour, "") +
		ia6(0x26, "ia-pd", "2001:db8:8:2600::/56", "active", time.Hour, "")
}

// TestLive6 is TestLive4 for addresses and prefixes of DHCPv6. dhcpd keeps no
// leases of DHCPv6 that have ended.
func TestLive6(t *testing.T) {
	for _, v := range liveVersions {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			kea, dhcpd := oracle.Kea(t, v, "dhcp6"), oracle.Dhcpd(t)
			needRoot(t)
			h := newHost(t)
			conf := h.keaConf(v, "dhcp6", liveConf6)
			if out := h.bring(v, conf, liveLeases6()); out.Total() != 8 {
				t.Errorf("%d leases are imported, want all 8", out.Total())
			}
			want := map[string]listed{}
			table, err := memfile.Load6(t.Context(), h.leases, func(p memfile.Problem) { t.Error(p) })
			if err != nil {
				t.Fatal(err)
			}
			for l := range table.All() {
				w := asListed(l.Address, l.HWAddr, &l.Terms)
				w.DUID, w.IAID, w.Type, w.Pref = colons(l.DUID), l.IAID, l.Type.String(), l.Preferred
				if l.Type == lease.PD {
					w.Prefix = int(l.PrefixLen)
				}
				want[w.Address] = w
			}
			server, link := h.serve(kea, conf, true)
			if diff := gocmp.Diff(want, list(t, server, "lease6-get-all"), sameJSON); diff != "" {
				t.Errorf("imported -, listed +\n%s", diff)
			}
			checkLog(t, server.Log())
			checkClients6(t, link, true)

			if err := os.WriteFile(filepath.Join(filepath.Dir(h.leases), "kea-dhcp6-serverid"), []byte("00:03:00:01:02:00:00:00:00:01"), 0o644); err != nil {
				t.Fatal(err)
			}
			back := h.export(liveDhcpd6)
			_, link = back.serve(dhcpd, filepath.Join(back.dir, "dhcpd.conf"), true)
			if id := checkClients6(t, link, false); id != "00030001020000000001" {
				t.Errorf("dhcpd's DUID is %s, not that of Kea", id)
			}
		})
	}
}

// checkClients6 lets the clients of liveLeases6 ask a server, and returns its
// DUID. Those that come back ask only a server that can know them.
func checkClients6(t *testing.T, link *oracle.Link, ended bool) (server string) {
	t.Helper()
	for _, c := range []struct {
		name   string
		n      byte
		prefix bool
		want   string
		ended  bool
	}{
		{"active address", 0x20, false, "2001:db8:1::20", false},
		{"active prefix", 0x21, true, "2001:db8:8:2100::", false},
		{"address of one that comes back", 0x22, false, "2001:db8:1::22", true},
		{"prefix of one that comes back", 0x23, true, "2001:db8:8:2300::", true},
		{"address that has just ended", 0x25, false, "2001:db8:1::25", true},
		{"address beside a prefix", 0x26, false, "2001:db8:1::26", false},
		{"prefix beside an address", 0x26, true, "2001:db8:8:2600::", false},
	} {
		if c.ended && !ended {
			continue
		}
		got, _ := ask6(t, link, dhcpv6.MessageTypeSolicit, c.n, c.prefix, netip.Addr{})
		if got.String() != c.want {
			t.Errorf("%s: advertised %v, want %s", c.name, got, c.want)
		}
		if !c.ended {
			got, server = ask6(t, link, dhcpv6.MessageTypeRebind, c.n, c.prefix, netip.MustParseAddr(c.want))
			if got.String() != c.want {
				t.Errorf("%s: rebinding gives %v, want %s", c.name, got, c.want)
			}
		}
	}
	return server
}

// ask6 sends a SOLICIT or REBIND for an address or a prefix, and returns what the
// server gives and its DUID in hexadecimal digits.
func ask6(t *testing.T, link *oracle.Link, kind dhcpv6.MessageType, n byte, prefix bool, has netip.Addr) (netip.Addr, string) {
	t.Helper()
	duid, err := dhcpv6.DUIDFromBytes([]byte{0, 3, 0, 1, 2, 0, 0, 0, 0, n})
	if err != nil {
		t.Fatal(err)
	}
	m, err := dhcpv6.NewMessage(dhcpv6.WithClientID(duid))
	if err != nil {
		t.Fatal(err)
	}
	m.MessageType = kind
	m.AddOption(dhcpv6.OptElapsedTime(0))
	if prefix {
		ia := &dhcpv6.OptIAPD{IaId: iaid}
		if has.IsValid() {
			ia.Options.Add(&dhcpv6.OptIAPrefix{Prefix: &net.IPNet{IP: has.AsSlice(), Mask: net.CIDRMask(56, 128)}})
		}
		m.AddOption(ia)
	} else {
		ia := &dhcpv6.OptIANA{IaId: iaid}
		if has.IsValid() {
			ia.Options.Add(&dhcpv6.OptIAAddress{IPv6Addr: has.AsSlice()})
		}
		m.AddOption(ia)
	}
	var answer *dhcpv6.Message
	raw, err := link.Ask(oracle.Datagram{From: netip.AddrPortFrom(netip.MustParseAddr(oracle.ClientLinkLocal), 546),
		To: netip.MustParseAddrPort("[ff02::1:2]:547"), Message: m.ToBytes()}, patience, func(a []byte) bool {
		read, err := dhcpv6.MessageFromBytes(a)
		if err != nil || read.TransactionID != m.TransactionID || read.MessageType != dhcpv6.MessageTypeReply && read.MessageType != dhcpv6.MessageTypeAdvertise {
			return false
		}
		answer = read
		return true
	})
	if err != nil || raw == nil {
		t.Fatalf("no answer to %v of client %x (%v)", kind, n, err)
	}
	server := fmt.Sprintf("%x", answer.Options.ServerID().ToBytes())
	if prefix {
		if ia := answer.Options.OneIAPD(); ia != nil {
			for _, p := range ia.Options.Prefixes() {
				if p.ValidLifetime > 0 {
					a, _ := netip.AddrFromSlice(p.Prefix.IP.To16())
					return a, server
				}
			}
		}
	} else if ia := answer.Options.OneIANA(); ia != nil {
		for _, a := range ia.Options.Addresses() {
			if a.ValidLifetime > 0 {
				a, _ := netip.AddrFromSlice(a.IPv6Addr.To16())
				return a, server
			}
		}
	}
	t.Logf("%s", answer.Summary())
	return netip.Addr{}, server
}
