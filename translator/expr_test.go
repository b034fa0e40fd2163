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
		// Without one part there is no value, though Kea's text is not empty.
		{`concat(option host-name, "x") = "ax"`, `(option[12].exists) and (concat(option[12].hex, 'x') == 'ax')`},
		{`lcase(option host-name) = "a"`, `lcase(option[12].hex) == 'a'`},
		{`suffix(option host-name, 2) = "ab"`, `ifelse(substring(option[12].hex,-2,all) == '', option[12].hex, substring(option[12].hex,-2,all)) == 'ab'`},
		{`suffix(option host-name, 1) = "a"`, `substring(option[12].hex,-1,all) == 'a'`},
		{`pick-first-value(option host-name, "none") = "none"`, `ifelse(option[12].exists, option[12].hex, 'none') == 'none'`},
		{`option host-name ~= "^lab-"`, `substring(option[12].hex,0,4) == 'lab-'`},
		{`option host-name ~= "-lab$"`, `substring(split(option[12].hex, 0x00, 1),-4,all) == '-lab'`},
		{`option host-name ~= "^lab$"`, `split(option[12].hex, 0x00, 1) == 'lab'`},
		{`option host-name ~= "[[:digit:]]"`, `(option[12].exists) and (match('[\s\S]*[0-9][\s\S]*', split(option[12].hex, 0x00, 1)))`},
		{`option host-name ~= "^a|b$"`, `(option[12].exists) and (match('[\s\S]*(^a|b$)[\s\S]*', split(option[12].hex, 0x00, 1)))`},
		{`option host-name ~~ "^Lab[0-9]$"`, `(option[12].exists) and (match('[Ll][Aa][Bb][0-9]', split(option[12].hex, 0x00, 1)))`},
		{`option host-name ~= ""`, `not member('ALL')`},
		// A search in an absent value fails, and so does its opposite.
		{`not (option host-name ~= "^a")`, `(option[12].exists) and (not (substring(option[12].hex,0,1) == 'a'))`},
		// The opposite of "false and X" is not true in dhcpd.
		{`not ((exists host-name) and (exists domain-name))`, `(option[12].exists) and (not ((option[12].exists) and (option[15].exists)))`},
		{`extract-int(option user-class, 8) = 257`, `not member('ALL')`},
		{`(extract-int(substring(hardware, 6, 1), 8) % 2) = 1`, `(substring(hexstring(substring(pkt4.mac,5,1), ''),1,1) == '1') or (substring(hexstring(substring(pkt4.mac,5,1), ''),1,1) == '3') or (substring(hexstring(substring(pkt4.mac,5,1), ''),1,1) == '5') or (substring(hexstring(substring(pkt4.mac,5,1), ''),1,1) == '7') or (substring(hexstring(substring(pkt4.mac,5,1), ''),1,1) == '9') or (substring(hexstring(substring(pkt4.mac,5,1), ''),1,1) == 'b') or (substring(hexstring(substring(pkt4.mac,5,1), ''),1,1) == 'd') or (substring(hexstring(substring(pkt4.mac,5,1), ''),1,1) == 'f')`},
		{`binary-to-ascii(10, 8, ".", packet(24, 4)) = "10.0.0.1"`, `pkt4.giaddr == 0x0A000001`},
		{`binary-to-ascii(16, 8, "", packet(24, 2)) = "110"`, `(substring(pkt4.giaddr,0,2) == 0x0110) or (substring(pkt4.giaddr,0,2) == 0x1100)`},
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
		{`lcase(option host-name) = option domain-name`, keaversion.V2_2, "2.6"},
		{`option host-name ~= "[0-9]"`, keaversion.V2_6, "3.0"},
		{`option host-name ~= "(a"`, keaversion.V3_0, "not closed"},
		{`option host-name ~= "\\w"`, keaversion.V3_0, "not POSIX"},
		{`binary-to-ascii(10, 8, ".", option user-class) = option host-name`, keaversion.V3_0, "how many"},
		{`(extract-int(option user-class, 16) % 2) = 1`, keaversion.V3_0, "one byte"},
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
