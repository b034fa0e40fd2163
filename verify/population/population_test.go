package population_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/population"
)

const sample = `
option vendor-text code 224 = text;
class "phones" { match if substring(option vendor-class-identifier, 0, 5) = "phone"; }
class "boards" { match if binary-to-ascii(16, 8, ":", substring(hardware, 1, 3)) = "0:1a:2b"; }
class "ports" { match option agent.circuit-id; }
subclass "ports" "port-7" { default-lease-time 77; }
class "copies" { match if option host-name ~= "^copy[0-9]+$" or exists user-class; }
host printer { hardware ethernet 02:11:22:33:44:55; fixed-address 10.0.1.5; }
host named { option dhcp-client-identifier "named"; fixed-address 10.0.2.5; }
subnet 10.0.1.0 netmask 255.255.255.0 {
  range 10.0.1.1 10.0.1.9;
  range 10.0.1.20 10.0.1.29;
  if option user-class = "gPXE" { filename "g"; }
  option vendor-text "x";
}
subnet 10.0.2.0 netmask 255.255.255.0 { pool { allow members of "phones"; range 10.0.2.20 10.0.2.29; } }
`

func derive(t *testing.T, text string, o population.Options) []string {
	t.Helper()
	file, diags := dhcpdconf.Parse("dhcpd.conf", []byte(text), dhcpdconf.Options{})
	if len(diags) > 0 {
		t.Fatal(diags[0].Summary)
	}
	var lines []string
	for _, c := range population.Derive(model.Build(file, file.Protocol), o) {
		lines = append(lines, c.String())
	}
	return lines
}

func TestDerive(t *testing.T) {
	lines := derive(t, sample, population.Options{Most: 500, Server: netip.MustParseAddr("10.0.1.10")})
	for _, want := range []struct{ what, part, other string }{
		{"the class fulfilled", "vendor-class=phone+1 ", "relay=10.0.2.1"},
		{"the class missed by a letter", "vendor-class=phon ", ""},
		{"hardware of the class", "mac=00:1a:2b:", ""},
		{"hardware beside the class", "mac=00:1a:2c:", ""},
		{"the subclass", "circuit-id=port-7 ", ""},
		{"the subclass missed", "circuit-id=PORT-7 ", ""},
		{"the regular expression", "hostname=copy0 ", ""},
		{"an option that has to exist", "user-class=anything ", ""},
		{"the condition in a subnet, there", "user-class=gPXE ", ""},
		{"the host at home", "mac=02:11:22:33:44:55 ", "do=discover"},
		{"the host elsewhere", "mac=02:11:22:33:44:55 relay=10.0.2.1 ", ""},
		{"the host with an identifier", "mac=02:11:22:33:44:55 client-id=01:02:11:22:33:44:55 ", ""},
		{"a host by its identifier", "client-id=6e:61:6d:65:64 ", "relay=10.0.2.1"},
		{"a client asks for little time", "lease-time=1 ", ""},
		{"a client asks for ever", "lease-time=4294967295 ", ""},
		{"a relay that is in no pool", "relay=10.0.1.11 ", ""},
		{"a wish for what the file sets", ",224 ", ""},
		{"renewals", "do=discover,request,renew,rebind,reboot,release", ""},
		{"BOOTP", "do=bootp", ""},
	} {
		found := false
		for _, line := range lines {
			found = found || strings.Contains(line, want.part) && strings.Contains(line, want.other)
		}
		if !found {
			t.Errorf("no client for %s: none has %q and %q", want.what, want.part, want.other)
		}
	}
	seen := map[string]bool{}
	for _, line := range lines {
		c, err := client.Parse(line)
		if err != nil || c.String() != line {
			t.Errorf("%s is not in canonical form: %v", line, err)
		}
		if seen[line] {
			t.Errorf("twice: %s", line)
		}
		seen[line] = true
	}
}

func TestDeriveIsDeterministicAndBounded(t *testing.T) {
	o := population.Options{Seed: 3, Most: 17, Server: netip.MustParseAddr("10.0.1.10")}
	a, b := derive(t, sample, o), derive(t, sample, o)
	if len(a) != 17 {
		t.Errorf("%d clients, want 17", len(a))
	}
	if strings.Join(a, "\n") != strings.Join(b, "\n") {
		t.Error("the same options give different clients")
	}
	o.Seed = 4
	if strings.Join(a, "\n") == strings.Join(derive(t, sample, o), "\n") {
		t.Error("another seed gives the same clients")
	}
	if got := derive(t, `option domain-name "x";`, population.Options{}); len(got) != 0 {
		t.Errorf("no subnet, but %d clients", len(got))
	}
}

func TestDerive6(t *testing.T) {
	lines := derive(t, `
host a { host-identifier option dhcp6.client-id 00:01:00:01:aa:bb; fixed-address6 2001:db8::5; fixed-prefix6 2001:db8:5::/48; }
class "c" { match if option dhcp6.subscriber-id = "x"; }
subnet6 2001:db8::/64 { range6 2001:db8::100 2001:db8::1ff; prefix6 2001:db8:100:: 2001:db8:1ff:: /48; }
`, population.Options{Most: 200, Server: netip.MustParseAddr("2001:db8::1")})
	for _, part := range []string{
		"duid=00:01:00:01:aa:bb ", " ia-na ia-pd ", " rapid-commit ", "do=inform", "valid-lifetime=600 ", "opt38=0x78", " relay=2001:db8::2 ",
	} {
		found := false
		for _, line := range lines {
			found = found || strings.Contains(line, part)
		}
		if !found {
			t.Errorf("no client has %q", part)
		}
	}
}

// TestPatience: where dhcpd answers those only who have tried for a while, nearly all have.
func TestPatience(t *testing.T) {
	lines := derive(t, `
subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.99; }
subnet 10.0.1.0 netmask 255.255.255.0 { min-secs 7; range 10.0.1.10 10.0.1.99; }
`, population.Options{Most: 60, Server: netip.MustParseAddr("10.0.0.1")})
	patient := 0
	for _, line := range lines {
		if strings.Contains(line, " secs=7 ") {
			patient++
		}
	}
	if patient < len(lines)*3/4 || patient == len(lines) {
		t.Errorf("%d of %d clients have waited", patient, len(lines))
	}
}

// TestOfVendors: options of vendors are well-formed, or servers would drop the message.
func TestOfVendors(t *testing.T) {
	lines := derive(t, `
option dhcp6.vendor-class code 16 = { integer 32, integer 16, string };
subnet6 2001:db8:1::/64 { range6 2001:db8:1::10 2001:db8:1::20; if exists dhcp6.vendor-class { option dhcp6.domain-search "v.example"; } }
`, population.Options{Most: 60, Server: netip.MustParseAddr("2001:db8:1::1")})
	if !strings.Contains(strings.Join(lines, "\n"), "opt16=0x00000009"+"0008"+"616e797468696e67") {
		t.Errorf("%q", lines)
	}
}
