package exchange_test

import (
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/verify/exchange"
)

func TestAdapt(t *testing.T) {
	const included = "# no line end\nhost b { hardware ethernet 02:00:00:00:00:01; fixed-address b.example; }"
	file, _ := dhcpdconf.Parse("dhcpd.conf", []byte(`ping-check true;
failover peer "f" { primary; address 10.0.0.1; peer address 10.0.0.2; }
option ntp-servers time.example, 10.9.9.9;
include "hosts";
subnet 10.0.0.0 netmask 255.252.0.0 { interface eth7; pool { failover peer "f"; range dynamic-bootp 10.0.0.10 10.3.0.9; range 10.3.1.1 10.3.1.9; } }
local-port 7067; # stays
`), dhcpdconf.Options{ReadFile: func(string) ([]byte, error) { return []byte(included), nil }})
	text, notes := exchange.Adapt(file, false)
	for _, gone := range []string{"ping-check true", "failover", "eth7", "time.example", "b.example", "7067", "10.3.0.9", "include"} {
		if strings.Contains(string(text), gone) {
			t.Errorf("%q is still there", gone)
		}
	}
	for _, there := range []string{"ping-check false;", "10.9.9.9", "range dynamic-bootp 10.0.0.10 10.0.1.9;", "range 10.3.1.1 10.3.1.9;", "# stays", "host b {", "fixed-address 10.3.255.254"} {
		if !strings.Contains(string(text), there) {
			t.Errorf("%q is missing", there)
		}
	}
	if len(notes) != 3 {
		t.Errorf("notes: %q", notes)
	}
	if again, diags := dhcpdconf.Parse("dhcpd.conf", text, dhcpdconf.Options{}); len(diags) > 0 || again.Statements == 0 {
		t.Errorf("the text cannot be read: %v", diags)
	}
	file, _ = dhcpdconf.Parse("dhcpd.conf", []byte("max-lease-time 100;\n"), dhcpdconf.Options{})
	if text, _ = exchange.Adapt(file, false); !strings.Contains(string(text), "subnet 192.0.2.0") {
		t.Error("a file without subnets gets one")
	}
}
