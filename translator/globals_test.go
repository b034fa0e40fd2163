package translator

import (
	"context"
	"encoding/hex"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

const host1 = "host a { hardware ethernet 00:01:02:03:04:05; fixed-address 10.0.0.5; }\n"

func TestGlobals(t *testing.T) {
	for _, c := range []struct {
		name    string
		conf    string
		opts    Options
		targets []keaversion.Version // empty: all
		want    map[string]any
		codes   []string // that must be among the findings
		not     []string // that must not
	}{
		{
			name: "what every file has", conf: quiet + sub4,
			want: map[string]any{
				"/Dhcp4/interfaces-config/interfaces":                  []any{"*"},
				"/Dhcp4/interfaces-config/service-sockets-max-retries": 4294967295.0,
				"/Dhcp4/lease-database/type":                           "memfile",
				"/Dhcp4/lease-database/persist":                        true,
				"/Dhcp4/lease-database/lfc-interval":                   3600.0,
				"/Dhcp4/expired-leases-processing/hold-reclaimed-time": 31536000.0,
				"/Dhcp4/echo-client-id":                                false,
				"/Dhcp4/cache-threshold":                               0.25,
				"/Dhcp4/decline-probation-period":                      86400.0,
				"/Dhcp4/dhcp-ddns/enable-updates":                      false,
				"/Dhcp4/sanity-checks/lease-checks":                    "fix",
				"/Dhcp4/host-reservation-identifiers":                  []any{"client-id", "hw-address"},
				"/Dhcp4/reservations-global":                           false,
				"/Dhcp4/reservations-in-subnet":                        true,
				"/Dhcp4/reservations-out-of-pool":                      false,
				"/Dhcp4/ip-reservations-unique":                        "absent",
				"/Dhcp4/loggers/0/severity":                            "INFO",
			},
			codes: []string{"interfaces-all", "control-socket", "lease-database", "expired-leases", "host-name-echo", "logger"},
		},
		{
			name: "hold", conf: quiet + sub4, opts: Options{Hold: 30 * 24 * time.Hour},
			want: map[string]any{"/Dhcp4/expired-leases-processing/hold-reclaimed-time": 2592000.0},
		},
		{
			name: "paths from 3.0", conf: quiet + sub4, targets: from30,
			want: map[string]any{
				"/Dhcp4/control-sockets/0/socket-name":     "kea4-ctrl-socket",
				"/Dhcp4/control-socket":                    "absent",
				"/Dhcp4/lease-database/name":               "kea-leases4.csv",
				"/Dhcp4/loggers/0/output-options/0/output": "stdout",
			},
		},
		{
			name: "paths before 3.0", conf: quiet + sub4, targets: to26,
			want: map[string]any{
				"/Dhcp4/control-socket/socket-name": "/run/kea/kea4-ctrl-socket",
				"/Dhcp4/control-sockets":            "absent",
				"/Dhcp4/lease-database/name":        "/var/lib/kea/kea-leases4.csv",
			},
		},
		{
			name: "a layout", conf: quiet + sub4, targets: only22,
			opts: Options{Layout: Layout{DataDir: "/d", RunDir: "/r"}},
			want: map[string]any{"/Dhcp4/control-socket/socket-name": "/r/kea4-ctrl-socket", "/Dhcp4/lease-database/name": "/d/kea-leases4.csv"},
		},
		{
			name: "interfaces given", conf: quiet + sub4, opts: Options{Interfaces: []string{"eth0"}},
			want: map[string]any{
				"/Dhcp4/interfaces-config/interfaces":                      []any{"eth0"},
				"/Dhcp4/interfaces-config/service-sockets-retry-wait-time": 5000.0,
			},
			not: []string{"interfaces-all"},
		},
		{
			name: "interfaces in the file",
			conf: quiet + "shared-network n { interface eth0; " + sub4 + "}\nsubnet 10.0.1.0 netmask 255.255.255.0 { interface eth1; }\n",
			want: map[string]any{
				"/Dhcp4/interfaces-config/interfaces": []any{"eth0", "eth1"},
				"/Dhcp4/shared-networks/0/interface":  "eth0",
				"/Dhcp4/subnet4/0/interface":          "eth1",
			},
			not: []string{"interfaces-all"},
		},
		{
			name:  "an interface for one of two networks does not silence the other",
			conf:  quiet + sub4 + "subnet 10.0.1.0 netmask 255.255.255.0 { interface eth1; }\n",
			want:  map[string]any{"/Dhcp4/interfaces-config/interfaces": []any{"*"}, "/Dhcp4/subnet4/1/interface": "eth1"},
			codes: []string{"interfaces-all"},
		},
		{
			name: "identifiers in use", conf: quiet + host1 + sub4,
			want: map[string]any{"/Dhcp4/host-reservation-identifiers": []any{"hw-address"}, "/Dhcp4/reservations-global": false},
		},
		{
			name: "a host with two identifiers",
			conf: quiet + "host a { hardware ethernet 00:01:02:03:04:05; uid \"foo\"; fixed-address 10.0.0.5; }\nhost b { hardware ethernet 00:01:02:03:04:06; }\n" + sub4,
			want: map[string]any{
				"/Dhcp4/host-reservation-identifiers": []any{"client-id", "hw-address"},
				"/Dhcp4/reservations-global":          true,
				"/Dhcp4/ip-reservations-unique":       false,
			},
		},
		{
			name: "a log facility", conf: quiet + "log-facility local7;\n" + sub4, targets: from30,
			want: map[string]any{
				"/Dhcp4/loggers/0/output-options/0/output": "stdout",
				"/Dhcp4/loggers/0/output-options/1/output": "syslog:local7",
			},
		},
		{
			name: "DHCPv6", conf: sub6,
			want: map[string]any{
				"/Dhcp6/calculate-tee-times":                           false,
				"/Dhcp6/expired-leases-processing/hold-reclaimed-time": 3600.0,
				"/Dhcp6/server-id":                                     "absent",
				"/Dhcp6/subnet6/0/interface":                           "absent",
			},
			codes: []string{"subnet6-interface", "server-duid-in-leases"},
			not:   []string{"host-name-echo", "ping-check", "ping-check-hook", "bootp"},
		},
		{
			name: "one DHCPv6 network on one interface", conf: sub6, opts: Options{Interfaces: []string{"eth0"}},
			want: map[string]any{"/Dhcp6/subnet6/0/interface": "eth0"},
			not:  []string{"subnet6-interface"},
		},
		{
			name: "hardware addresses in DHCPv6",
			conf: "host a { hardware ethernet 00:01:02:03:04:05; fixed-address6 2001:db8::5; }\n" + sub6,
			want: map[string]any{"/Dhcp6/mac-sources": []any{"client-link-addr-option", "duid"}, "/Dhcp6/host-reservation-identifiers": []any{"hw-address"}},
		},
		{
			name: "a DUID with time", conf: "server-duid LLT ethernet 213982198 00:16:6f:49:7d:9b;\n" + sub6,
			want: map[string]any{
				"/Dhcp6/server-id/type": "LLT", "/Dhcp6/server-id/htype": 1.0, "/Dhcp6/server-id/time": 213982198.0,
				"/Dhcp6/server-id/identifier": "00166F497D9B",
			},
			not: []string{"server-duid", "server-duid-in-leases"},
		},
		{
			name: "a DUID of an enterprise", conf: "server-duid EN 2495 \"enterprise-specific-identifier-1234\";\n" + sub6,
			want: map[string]any{
				"/Dhcp6/server-id/type": "EN", "/Dhcp6/server-id/enterprise-id": 2495.0,
				"/Dhcp6/server-id/identifier": "656E74657270726973652D73706563696669632D6964656E7469666965722D31323334",
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			targets := c.targets
			if len(targets) == 0 {
				targets = keaversion.All()
			}
			for _, v := range targets {
				opts := c.opts
				opts.Target = v
				r, out := convertText(t, c.conf, opts)
				for pointer, want := range c.want {
					if have := at(t, out, pointer); !reflect.DeepEqual(have, want) {
						t.Errorf("Kea %s: %s is %v, want %v in\n%s", v, pointer, have, want, out)
					}
				}
				has := func(code string) bool {
					return slices.ContainsFunc(r.Report.Findings, func(f Finding) bool { return string(f.Code) == code })
				}
				for _, code := range c.codes {
					if !has(code) {
						t.Errorf("Kea %s: no finding %s", v, code)
					}
				}
				for _, code := range append(c.not, "unaccounted") {
					if has(code) {
						t.Errorf("Kea %s: a finding %s", v, code)
					}
				}
				acceptedByKea(t, out, v, r.DHCP6 != nil)
			}
		})
	}
}

func TestDUIDOf(t *testing.T) {
	for _, c := range []struct {
		raw  string // hexadecimal
		want *keaconf.ServerID
	}{
		{"000100010cc11df600166f497d9b", &keaconf.ServerID{Type: "LLT", HType: new(uint32(1)), Time: new(uint32(213982710)), Identifier: "00166F497D9B"}},
		{"0002000009bf0102", &keaconf.ServerID{Type: "EN", EnterpriseID: new(uint32(2495)), Identifier: "0102"}},
		{"0003000100166f497d9b", &keaconf.ServerID{Type: "LL", HType: new(uint32(1)), Identifier: "00166F497D9B"}},
		{"000400112233445566778899aabbccddeeff", nil}, // a UUID (RFC 6355)
		{"00010001", nil},
		{"", nil},
	} {
		raw, err := hex.DecodeString(c.raw)
		if err != nil {
			t.Fatal(err)
		}
		have := duidOf(&dhcpdconf.ServerDUID{Type: "raw", Identifier: raw})
		if c.want != nil {
			c.want.Persist = new(true)
		}
		if !reflect.DeepEqual(have, c.want) {
			t.Errorf("%s: %+v, want %+v", c.raw, have, c.want)
		}
	}
}

// A file with everything in it is not only accepted: the server starts.
func TestStarts(t *testing.T) {
	for _, conf := range []string{
		"log-facility local7;\nallow bootp;\ndeny unknown-clients;\n" + host1 + sub4,
		"server-duid LL ethernet 00:16:6f:49:7d:9b;\n" + sub6,
	} {
		for _, v := range []keaversion.Version{keaversion.V2_2, keaversion.V2_6, keaversion.V3_0} {
			r, out := convertText(t, conf, Options{Target: v, Interfaces: []string{"eth0"}})
			daemon := "dhcp4"
			if r.DHCP6 != nil {
				daemon = "dhcp6"
			}
			t.Run(daemon+" "+v.String(), func(t *testing.T) {
				p := oracle.Kea(t, v, daemon)
				file := filepath.Join(t.TempDir(), "kea.conf")
				if err := os.WriteFile(file, out, 0o600); err != nil {
					t.Fatal(err)
				}
				interfaces, err := oracle.Interfaces(out)
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
				defer cancel()
				ok, log, err := p.Start(ctx, file, interfaces...)
				if err != nil || !ok {
					t.Fatalf("started: %t, %v\n%s\n%s", ok, err, log, out)
				}
				if strings.Contains(log, " ERROR ") {
					t.Errorf("the server complains:\n%s", log)
				}
			})
		}
	}
}
