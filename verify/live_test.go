package verify_test

import (
	"os"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/verify"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// TestLive asks the real dhcpd and Kea 3.0, for both protocols.
func TestLive(t *testing.T) {
	dhcpd := oracle.Dhcpd(t)
	if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
		t.Skip("frames in a namespace need root")
	}
	for _, c := range []struct {
		name, daemon, conf string
		results            []string
	}{
		{"DHCPv4", "dhcp4", `
authoritative;
class "phones" { match if substring(option vendor-class-identifier, 0, 5) = "Phone"; }
subnet 10.0.0.0 netmask 255.255.255.0 { option routers 10.0.0.254; pool { range 10.0.0.10 10.0.0.29; deny members of "phones"; } pool { range 10.0.0.30 10.0.0.49; allow members of "phones"; } }
host h { hardware ethernet 02:00:00:00:00:11; fixed-address 10.0.0.5; }
`, []string{"Kea 3.0", "keasrv"}},
		{"DHCPv6", "dhcp6", `
option dhcp6.name-servers 2001:db8::53;
subnet6 2001:db8::/64 { range6 2001:db8::100 2001:db8::1ff; prefix6 2001:db8:100:: 2001:db8:1ff:: /48; }
`, []string{"Kea 3.0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			kea := oracle.Kea(t, keaversion.V3_0, c.daemon)
			file, _ := dhcpdconf.Parse("dhcpd.conf", []byte(c.conf), dhcpdconf.Options{})
			list, err := verify.Live(t.Context(), verify.LiveJob{File: file, Dhcpd: dhcpd, Keas: []verify.Kea{{Version: keaversion.V3_0, Program: kea}}, Most: 40, Now: now})
			if err != nil {
				t.Fatal(err)
			}
			if len(list) != len(c.results) {
				t.Fatalf("%d results", len(list))
			}
			for i, r := range list {
				if !strings.HasPrefix(r.Result, c.results[i]) || r.Counts.Different > 0 || r.Counts.Equal < 2 || r.Clients < 10 {
					var b strings.Builder
					if err := r.Text(&b, true); err != nil {
						t.Fatal(err)
					}
					t.Error(b.String())
				}
			}
		})
	}
}

// TestLiveReasons: a difference comes with the reasons of both servers.
func TestLiveReasons(t *testing.T) {
	dhcpd, kea := oracle.Dhcpd(t), oracle.Kea(t, keaversion.V3_0, "dhcp4")
	if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
		t.Skip("frames in a namespace need root")
	}
	const conf = "subnet 10.0.0.0 netmask 255.255.255.0 { use-lease-addr-for-default-route true; range 10.0.0.10 10.0.0.29; }\n"
	file, _ := dhcpdconf.Parse("dhcpd.conf", []byte(conf), dhcpdconf.Options{})
	list, err := verify.Live(t.Context(), verify.LiveJob{File: file, Dhcpd: dhcpd, Keas: []verify.Kea{{Version: keaversion.V3_0, Program: kea}}, Most: 10, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	r := list[0]
	if r.Counts.Explained == 0 || len(r.Cases) == 0 {
		t.Fatalf("nothing is explained: %+v", r.Counts)
	}
	for _, e := range r.Cases[0].Exchanges {
		if len(e.Fields) == 0 {
			continue
		}
		var texts []string
		for _, p := range append(e.Original.Reasons, e.Result.Reasons...) {
			texts = append(texts, p.String())
		}
		all := strings.Join(texts, "\n")
		for _, want := range []string{"dhcpd.conf:1: subnet 10.0.0.0", "range 10.0.0.10 10.0.0.29", "subnet 10.0.0.0/24", "pool 10.0.0.10"} {
			if !strings.Contains(all, want) {
				t.Errorf("%s: %q is not among the reasons:\n%s", e.Step, want, all)
			}
		}
	}
}

// TestFindServers: what is not a server is refused.
func TestFindServers(t *testing.T) {
	for _, path := range []string{"/bin/sh", "/nowhere/usr/sbin/dhcpd", "/usr/sbin"} {
		if _, _, _, err := verify.FindServers(false, path, nil); err == nil {
			t.Errorf("%s: no error", path)
		}
	}
}
