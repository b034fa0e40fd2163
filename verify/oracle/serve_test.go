package oracle_test

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// discover is a DHCPDISCOVER that asks for a broadcast answer.
func discover() []byte {
	m := make([]byte, 236)
	m[0], m[1], m[2], m[10] = 1, 1, 6, 0x80
	copy(m[4:], "xid4")
	copy(m[28:], []byte{2, 0, 0, 0, 0, 2})
	return append(m, 99, 130, 83, 99, 53, 1, 1, 255)
}

// A server that serves answers what comes over its wire.
func TestServe(t *testing.T) {
	const kea = `{ "Dhcp4": {
  "interfaces-config": { "interfaces": [ "en0" ] },
  "lease-database": { "type": "memfile", "persist": false },
  "loggers": [ { "name": "kea-dhcp4", "severity": "INFO", "output_options": [ { "output": "stdout" } ] } ],
  "subnet4": [ { "id": 1, "subnet": "192.0.2.0/24", "pools": [ { "pool": "192.0.2.10 - 192.0.2.20" } ] } ]
} }
`
	for _, tt := range []struct {
		name    string
		program func(*testing.T) *oracle.Program
		file    string
		conf    string
	}{
		{"dhcpd", func(t *testing.T) *oracle.Program { return oracle.Dhcpd(t) }, "dhcpd.conf",
			"ping-check false; subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10 192.0.2.20; }\n"},
		{"kea", func(t *testing.T) *oracle.Program { return oracle.Kea(t, keaversion.V3_0, "dhcp4") }, "kea-dhcp4.conf", kea},
	} {
		t.Run(tt.name, func(t *testing.T) {
			program := tt.program(t)
			if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
				t.Skip("frames in a namespace need root")
			}
			file := write(t, tt.file, tt.conf)
			if err := os.WriteFile(filepath.Join(filepath.Dir(file), "dhcpd.leases"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
			server, err := program.Serve(t.Context(), file, false, en0)
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			link, err := server.Link(0)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := link.Close(); err != nil {
					t.Error(err)
				}
			}()
			answer, err := link.Exchange4(discover(), time.Minute)
			if err != nil {
				t.Fatalf("%v\n%s", err, server.Log())
			}
			offered, _ := netip.AddrFromSlice(answer[16:20])
			if pool := netip.MustParsePrefix("192.0.2.0/27"); !pool.Contains(offered) || !bytes.Contains(answer[240:], []byte{53, 1, 2}) {
				t.Errorf("offered %s, want an offer of the pool: %x", offered, answer)
			}
		})
	}
	t.Run("refused", func(t *testing.T) {
		program := oracle.Dhcpd(t)
		if _, err := program.Serve(t.Context(), write(t, "dhcpd.conf", "no such thing;\n"), false, en0); err == nil {
			t.Error("dhcpd serves with a file that it refuses")
		}
	})
}
