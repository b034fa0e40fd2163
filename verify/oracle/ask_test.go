package oracle_test

import (
	"encoding/binary"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

const loggers = `"loggers": [
	{"name": "kea-dhcpN", "severity": "INFO", "output_options": [{"output": "stdout"}]},
	{"name": "kea-dhcpN.bad-packets", "severity": "DEBUG", "debuglevel": 99, "output_options": [{"output": "stdout"}]}],
	"multi-threading": {"enable-multi-threading": false}, "lease-database": {"type": "memfile", "persist": false},
	"interfaces-config": {"interfaces": ["eth0"]}`

// A relayed client gets an answer in its own subnet, and silence, which is
// noticed without waiting, in another.
func TestAsk(t *testing.T) {
	const patience = time.Minute
	for _, v6 := range []bool{false, true} {
		name, conf, kea := "4", "ping-check false; subnet 10.255.0.0 netmask 255.255.255.0 { } subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.12; }",
			`{"Dhcp4": {"subnet4": [{"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.10-10.0.0.12"}]}],`
		if v6 {
			name, conf, kea = "6", "subnet6 2001:db8::/64 { } ", `{"Dhcp6": {"subnet6": [{"id": 1, "subnet": "2001:db8::/64"}],`
		}
		programs := map[string]*oracle.Program{"dhcpd": oracle.Dhcpd(t)}
		for _, v := range []keaversion.Version{keaversion.V2_2, keaversion.V2_6, keaversion.V3_0} {
			programs["kea "+v.String()] = oracle.Kea(t, v, "dhcp"+name)
		}
		for which, p := range programs {
			t.Run(which+" DHCPv"+name, func(t *testing.T) {
				dir := t.TempDir()
				text := conf
				if which != "dhcpd" {
					text = kea + string(replaceN(loggers, name[0])) + "}}"
				}
				file := filepath.Join(dir, "conf")
				for name, content := range map[string]string{file: text, filepath.Join(dir, "dhcpd.leases"): ""} {
					if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				addresses := []netip.Prefix{netip.MustParsePrefix("10.255.0.1/32"), netip.MustParsePrefix("2001:db8::1/64")}
				s, err := p.Serve(t.Context(), file, v6, oracle.Interface{Name: "eth0", Addresses: addresses, Relayed: true})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				link, err := s.Link(0)
				if err != nil {
					if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
						t.Skipf("frames in a namespace need root: %v", err)
					}
					t.Fatal(err)
				}
				defer link.Close()
				for n := range uint32(4) {
					d, wanted := relayed4(n)
					if v6 {
						d, wanted = request6(n)
					}
					answer, err := link.Ask(d, patience, wanted)
					if err != nil {
						t.Fatal(err)
					}
					if answered := answer != nil; answered != (n%2 == 0) {
						t.Errorf("message %d: answered is %v; the log:\n%s", n, answered, s.Log())
					}
				}
			})
		}
	}
}

func replaceN(s string, n byte) []byte {
	b := []byte(s)
	for i := range b {
		if b[i] == 'N' && i > 0 && b[i-1] == 'p' {
			b[i] = n
		}
	}
	return b
}

// relayed4 is a DHCPDISCOVER from 10.0.0.0/24, and with odd numbers from a
// network that no server knows.
func relayed4(n uint32) (oracle.Datagram, func([]byte) bool) {
	m := make([]byte, 236)
	m[0], m[1], m[2] = 1, 1, 6
	binary.BigEndian.PutUint32(m[4:], n)
	copy(m[24:], []byte{10, 0, byte(n % 2), 1})
	copy(m[28:], []byte{2, 0, 0, 0, 0, 2})
	m = append(m, 99, 130, 83, 99, 53, 1, 1, 255)
	from := netip.AddrFrom4([4]byte(m[24:28]))
	return oracle.Datagram{From: netip.AddrPortFrom(from, 67), To: netip.MustParseAddrPort("10.255.0.1:67"), Message: m},
		func(a []byte) bool { return len(a) > 240 && a[0] == 2 && binary.BigEndian.Uint32(a[4:]) == n }
}

// request6 is an Information-request, and with odd numbers a Request that lacks
// the server's identifier.
func request6(n uint32) (oracle.Datagram, func([]byte) bool) {
	kind := byte(11)
	if n%2 == 1 {
		kind = 3
	}
	m := []byte{kind, 1, 2, byte(n), 0, 1, 0, 10, 0, 3, 0, 1, 2, 0, 0, 0, 0, 2, 0, 6, 0, 2, 0, 23}
	return oracle.Datagram{From: netip.AddrPortFrom(netip.MustParseAddr(oracle.ClientLinkLocal), 546), To: netip.MustParseAddrPort("[ff02::1:2]:547"), Message: m},
		func(a []byte) bool { return len(a) > 4 && a[0] == 7 && string(a[1:4]) == string(m[1:4]) }
}
