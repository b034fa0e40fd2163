package translator

import (
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// conditionOf parses a condition as dhcpd.conf has it.
func conditionOf(t *testing.T, text string) dhcpdconf.Expr {
	t.Helper()
	file, diags := dhcpdconf.Parse("test", []byte("option arch code 93 = unsigned integer 16;\nclass \"c\" { match if "+text+"; }\n"), dhcpdconf.Options{})
	if diags.HasErrors() {
		t.Fatalf("%s: %v", text, diags)
	}
	for st := range dhcpdconf.Preorder(file) {
		if match, ok := st.(*dhcpdconf.Match); ok {
			return match.Expr
		}
	}
	t.Fatalf("%s: no condition read", text)
	return nil
}

func TestBoolean(t *testing.T) {
	for _, test := range []struct {
		dhcpd, kea string
	}{
		{`option vendor-class-identifier = "PXEClient"`, `option[60].hex == 'PXEClient'`},
		{`option vendor-class-identifier != "PXEClient"`, `not (option[60].hex == 'PXEClient')`},
		// An empty value is not an absent one.
		{`option host-name = ""`, `(option[12].exists) and (option[12].hex == '')`},
		{`option host-name != ""`, `not ((option[12].exists) and (option[12].hex == ''))`},
		// Two absent values are equal.
		{`option host-name = option domain-name`,
			`((option[12].exists) and (option[15].exists) and (option[12].hex == option[15].hex)) or ((not (option[12].exists)) and (not (option[15].exists)))`},
		// Bare comparisons swallow the rest of the chain, those in parentheses do not.
		{`option host-name = "a" and option domain-name = "b" or known`, `(option[12].hex == 'a') and ((option[15].hex == 'b') or (member('KNOWN')))`},
		{`(option host-name = "a") and (option domain-name = "b") or known`, `((option[12].hex == 'a') and (option[15].hex == 'b')) or (member('KNOWN'))`},
		{`not (exists host-name)`, `not (option[12].exists)`},
		{`exists agent.circuit-id`, `relay4[1].exists`},
		{`option agent.remote-id = 01:02`, `relay4[2].hex == 0x0102`},
		{`option arch = 00:07`, `option[93].hex == 0x0007`},
		{`hardware = 1:02:00:00:00:00:01`, `concat(substring(pkt4.htype,-1,all), pkt4.mac) == 0x01020000000001`},
		{`substring(hardware, 1, 3) = 00:04:f2`, `substring(pkt4.mac,0,3) == 0x0004F2`},
		{`binary-to-ascii(16, 8, ":", substring(hardware, 1, 3)) = "0:c:29"`, `substring(pkt4.mac,0,3) == 0x000C29`},
		// dhcpd writes no leading zeros, so this never fits.
		{`binary-to-ascii(16, 8, ":", substring(hardware, 1, 3)) = "00:0c:29"`, `not member('ALL')`},
		{`"0:c:29" = binary-to-ascii(16, 8, ":", substring(hardware, 1, 3))`, `substring(pkt4.mac,0,3) == 0x000C29`},
		{`extract-int(option dhcp-max-message-size, 16) = 576`, `substring(option[57].hex,0,2) == 0x0240`},
		{`packet(24, 4) = c8:c8:11:01`, `pkt4.giaddr == 0xC8C81101`},
		{`packet(24, 3) = c8:c8:11`, `substring(pkt4.giaddr,0,3) == 0xC8C811`},
		{`packet(28, 6) = 02:00:00:00:00:01`, `pkt4.mac == 0x020000000001`},
		{`option host-name = "it's"`, `option[12].hex == 0x69742773`},
		{`option host-name = concat("a", "b")`, `option[12].hex == 'ab'`},
		{`concat(option host-name, "x") = "ax"`, `concat(option[12].hex, 'x') == 'ax'`},
		{`lcase(option host-name) = "a"`, `lcase(option[12].hex) == 'a'`},
		{`suffix(option host-name, 2) = "ab"`, `ifelse(substring(option[12].hex,-2,all) == '', option[12].hex, substring(option[12].hex,-2,all)) == 'ab'`},
		{`pick-first-value(option host-name, "none") = "none"`, `ifelse(option[12].exists, option[12].hex, 'none') == 'none'`},
		{`option host-name ~= "^lab-"`, `substring(option[12].hex,0,4) == 'lab-'`},
		{`option host-name ~= "-lab$"`, `substring(option[12].hex,-4,all) == '-lab'`},
		{`option host-name ~= "[0-9]"`, `(option[12].exists) and (match('.*[0-9].*', option[12].hex))`},
		{`option host-name ~~ "^Lab[0-9]$"`, `(option[12].exists) and (match('lab[0-9]', lcase(option[12].hex)))`},
	} {
		got, err := expressions{target: keaversion.V3_0}.boolean(conditionOf(t, test.dhcpd))
		if err != nil {
			t.Errorf("%s: %v", test.dhcpd, err)
		} else if got != test.kea {
			t.Errorf("%s:\n got %s\nwant %s", test.dhcpd, got, test.kea)
		}
	}
}

func TestBooleanInexpressible(t *testing.T) {
	for _, test := range []struct {
		dhcpd  string
		target keaversion.Version
		reason string
	}{
		{`packet(8, 2) = 00:00`, keaversion.V3_0, "packet"},
		{`static`, keaversion.V3_0, "static"},
		{`lcase(option host-name) = "a"`, keaversion.V2_2, "2.6"},
		{`option host-name ~= "[0-9]"`, keaversion.V2_6, "3.0"},
		{`option host-name ~= "^a|b$"`, keaversion.V3_0, "anchored"},
		{`option host-name ~= "[[:digit:]]"`, keaversion.V3_0, "another way"},
		{`config-option host-name = "a"`, keaversion.V3_0, "config-option"},
		{`option fqdn.hostname = "a"`, keaversion.V3_0, "space fqdn"},
	} {
		got, err := expressions{target: test.target}.boolean(conditionOf(t, test.dhcpd))
		if err == nil {
			t.Errorf("%s for %s: got %s, want an error", test.dhcpd, test.target, got)
		} else if !strings.Contains(err.Error(), test.reason) {
			t.Errorf("%s: %q does not name %q", test.dhcpd, err, test.reason)
		}
	}
}
