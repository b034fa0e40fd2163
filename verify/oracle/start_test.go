package oracle_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

const conf6 = `{ "Dhcp6": {
  "interfaces-config": { "interfaces": [ "en0" ] },
  "control-socket": { "socket-type": "unix", "socket-name": "/run/kea/kea6-ctrl-socket" },
  "lease-database": { "type": "memfile", "name": "/var/lib/kea/kea-leases6.csv" },
  "loggers": [ { "name": "kea-dhcp6", "severity": "INFO", "output_options": [ { "output": "/var/log/kea/kea-dhcp6.log" } ] } ],
  "subnet6": [ { "id": 1, "subnet": "2001:db8::/64", "interface": "en0", "pools": [ { "pool": "2001:db8::10 - 2001:db8::20" } ] } ]
} }
`

const confDDNS = `{ "DhcpDdns": { "ip-address": "127.0.0.1", "port": 53001, "tsig-keys": [],
  "forward-ddns": {}, "reverse-ddns": {},
  "loggers": [ { "name": "kea-dhcp-ddns", "severity": "INFO", "output_options": [ { "output": "stdout" } ] } ] } }
`

const confAgent = `{ "Control-agent": { "http-host": "127.0.0.1", "http-port": 8000,
  "control-sockets": { "dhcp4": { "socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket" } } } }
`

// TestStartSyslog: a log that goes to syslog is seen too.
func TestStartSyslog(t *testing.T) {
	for _, v := range binaries {
		kea := oracle.Kea(t, v, "dhcp4")
		conf := strings.Replace(conf4, "/var/log/kea/kea-dhcp4.log", "syslog:local7", 1)
		conf = strings.Replace(conf, `[ "en0" ]`, `[ "*" ]`, 1)
		ok, log, err := kea.Start(t.Context(), write(t, "kea.conf", conf), en0)
		if err != nil || !ok || !strings.Contains(log, "DHCP4_STARTED") || strings.Contains(log, "SOCKET_FAIL") {
			t.Errorf("%s: ok = %v, error %v, log:\n%s", v, ok, err, log)
		}
	}
}

func TestStart(t *testing.T) {
	for _, v := range binaries {
		for daemon, conf := range map[string]string{"dhcp4": conf4, "dhcp6": conf6, "ddns": confDDNS, "ctrl-agent": confAgent} {
			t.Run(daemon+"-"+v.String(), func(t *testing.T) {
				t.Parallel()
				kea := oracle.Kea(t, v, daemon)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				ok, log, err := kea.Start(ctx, write(t, "kea.conf", conf), en0)
				if err != nil || !ok || !strings.Contains(log, "STARTED") || strings.Contains(log, "SOCKET_FAIL") {
					t.Errorf("ok = %v, error %v, log:\n%s", ok, err, log)
				}
				ok, log, err = kea.Start(ctx, write(t, "kea.conf", conf+"{"), en0)
				if err != nil || ok || !strings.Contains(log, "syntax error") {
					t.Errorf("of a faulty file: ok = %v, error %v, log:\n%s", ok, err, log)
				}
			})
		}
	}
}

// TestStartTimeout: a server that never says that it started ends with ctx.
func TestStartTimeout(t *testing.T) {
	kea := oracle.Kea(t, keaversion.V2_2, "dhcp4")
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	quiet := strings.Replace(conf4, `"INFO"`, `"FATAL"`, 1)
	ok, log, err := kea.Start(ctx, write(t, "kea.conf", quiet), en0)
	if ok || err == nil || !strings.Contains(err.Error(), "DHCP4_STARTED") {
		t.Errorf("ok = %v, error %v, log:\n%s", ok, err, log)
	}
}

func TestInterfaces(t *testing.T) {
	prefix := func(s string) []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix(s)} }
	for _, tt := range []struct {
		name, conf string
		want       []oracle.Interface
	}{
		{"none", `{"Dhcp4": {}}`, []oracle.Interface{{Name: "eth0", Addresses: prefix("198.18.0.1/24")}}},
		{"all", `{"Dhcp4": {"interfaces-config": {"interfaces": ["*"]}}}`, []oracle.Interface{{Name: "eth0", Addresses: prefix("198.18.0.1/24")}}},
		{"names", `{"Dhcp4": {"interfaces-config": {"interfaces": ["b", "a/192.0.2.1", "*"]}, // "c"
			/* "d" } */ # ]
			"subnet4": [{"interface": "b",},{"interface": "e", "x": "// no \" comment"} , /* , */ ]}}`,
			[]oracle.Interface{{Name: "b", Addresses: prefix("198.18.0.1/24")}, {Name: "a", Addresses: prefix("192.0.2.1/32")}, {Name: "e", Addresses: prefix("198.18.2.1/24")}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := oracle.Interfaces([]byte(tt.conf))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got, cmpopts.EquateComparable(netip.Prefix{})); d != "" {
				t.Error(d)
			}
		})
	}
	if _, err := oracle.Interfaces([]byte(`{"a": "b`)); err == nil {
		t.Error("an unfinished string gives no error")
	}
}

func TestImpossibleInterface(t *testing.T) {
	kea := oracle.Kea(t, keaversion.V2_2, "dhcp4")
	_, _, err := kea.Check(t.Context(), write(t, "kea.conf", conf4), oracle.Interface{Name: "much-too-long-a-name"})
	if err == nil || !strings.Contains(err.Error(), "much-too-long-a-name") {
		t.Errorf("error %v", err)
	}
}
