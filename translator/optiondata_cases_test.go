package translator_test

import "github.com/keamigrate/keamigrate/parser/keaversion"

var optionTests = []struct {
	name   string
	conf   string
	v6     bool
	target keaversion.Version // 3.0 if 0
	want   string
}{
	{name: "scopes", conf: `
option domain-name "global";
option routers 192.0.2.1;
option routers 192.0.2.2;
shared-network lan {
  option domain-name "network";
  subnet 192.0.2.0 netmask 255.255.255.0 {
    option time-offset -3600;
    pool { range 192.0.2.10 192.0.2.20; option domain-name "pool"; }
    pool { range 192.0.2.30 192.0.2.40; }
  }
}
group {
  option root-path "/group";
  option log-servers 192.0.2.7;
  host a { hardware ethernet 02:00:00:00:00:01; fixed-address 192.0.2.51; }
  host b { hardware ethernet 02:00:00:00:00:02; fixed-address 192.0.2.52; option root-path "/b"; }
}
`, want: `
global domain-name global
global routers 192.0.2.2
lan domain-name network
192.0.2.0/24 domain-name pool for inform-192.0.2.10-192.0.2.20
192.0.2.0/24 time-offset -3600
pool 192.0.2.10 - 192.0.2.20 domain-name pool
host 02:00:00:00:00:01 root-path /group
host 02:00:00:00:00:01 log-servers 192.0.2.7
host 02:00:00:00:00:02 root-path /b
host 02:00:00:00:00:02 log-servers 192.0.2.7
! S0 ignored overridden "option routers 192.0.2.1;"
`},
	{name: "verbs", conf: `
option domain-name "a";
option domain-name-servers 192.0.2.1;
subnet 192.0.2.0 netmask 255.255.255.0 {
  append domain-name "b";
  prepend domain-name-servers 192.0.2.2, 192.0.2.3;
  default domain-name "never";
  default root-path "default";
  supersede tcode "x";
  append pcode "alone";
}
`, want: `
global domain-name a
global domain-name-servers 192.0.2.1
192.0.2.0/24 domain-name ab
192.0.2.0/24 domain-name-servers 192.0.2.2, 192.0.2.3, 192.0.2.1
192.0.2.0/24 root-path default
192.0.2.0/24 tcode x
192.0.2.0/24 pcode alone
! S0 ignored no-effect "default domain-name \"never\";"
`},
	{name: "definitions", conf: `
option arch code 93 = unsigned integer 16;
option a code 224 = text;
option bytes code 226 = string;
option mixed code 227 = text;
option mixed-number code 227 = unsigned integer 8;
option recs code 228 = array of { ip-address, unsigned integer 8 };
option rec code 229 = { boolean, array of ip-address };
option impossible code 255 = text;
option dhcp6.other code 1000 = text;
option arch 7;
option bytes "text";
option mixed-number 7;
option mixed "abc";
option recs 192.0.2.1 1, 192.0.2.2 2;
option rec on 192.0.2.1, 192.0.2.2;
option unknown-230 1:2;
option dhcp6.other "x";
subnet 192.0.2.0 netmask 255.255.255.0 { }
`, want: `
def a 224 dhcp4 string
def bytes 226 dhcp4 string
def mixed-number 227 dhcp4 binary
def recs 228 dhcp4 binary
def rec 229 dhcp4 record (boolean, ipv4-address) array
global client-system 7
global bytes text
global mixed-number 'abc' bytes
global recs C000020101C000020202 bytes
global rec true, 192.0.2.1, 192.0.2.2
global 230 0102 bytes
! S2 manual option-code-impossible "option impossible code 255 = text;"
! S1 ignored option-other-protocol "option dhcp6.other code 1000 = text;"
! S1 ignored option-other-protocol "option dhcp6.other \"x\";"
! S0 translated option-known-to-kea "option arch code 93 = unsigned integer 16;"
! S0 translated option-defined-twice "option mixed-number code 227 = unsigned integer 8;"
! S0 ignored overridden "option mixed-number 7;"
`},
	{name: "host names", conf: `
option domain-name-servers one.example.org, none.example.org, two.example.org;
option ntp-servers none.example.org;
option swap-server two.example.org;
subnet 192.0.2.0 netmask 255.255.255.0 { }
`, want: `
global domain-name-servers 192.0.2.1, 192.0.2.2, 192.0.2.3
global swap-server 192.0.2.2
! S3 manual name-unresolved "none.example.org"
! S3 manual name-unresolved "none.example.org"
! S2 approximated option-one-address "two.example.org"
`},
	{name: "values that are computed or do not fit", conf: `
option host-name = concat("a", option host-name);
option domain-name = concat("a", "b");
option user-class "";
option routers = 1:2:3;
subnet 192.0.2.0 netmask 255.255.255.0 { }
`, want: `
global domain-name ab
! S1 translated option-flex "option host-name = concat(\"a\", option host-name);" /Dhcp4/hooks-libraries/0/parameters/options/1
! S1 translated option-flex "option routers = 1:2:3;" /Dhcp4/hooks-libraries/0/parameters/options/0
`},
	{name: "names in one pair of quotes", conf: `
option domain-search "a.example b.example", "c.example";
subnet 192.0.2.0 netmask 255.255.255.0 { }
`, want: `
global domain-search a.example., b.example., c.example.
! S2 approximated domain-names-in-one "option domain-search \"a.example b.example\", \"c.example\";" /Dhcp4
! S1 translated domain-names-not-compressed "option domain-search \"a.example b.example\", \"c.example\";" /Dhcp4
`},
	{name: "empty, hidden by never-send", conf: `
option tcode "global";
option domain-name "global";
subnet 192.0.2.0 netmask 255.255.255.0 { option tcode ""; option domain-name ""; option pcode ""; }
`, want: `
global tcode global
global domain-name global
192.0.2.0/24 tcode global never // not sent here
! S1 translated option-flex "option domain-name \"\";" /Dhcp4/hooks-libraries/0/parameters/options/0
`},
	{name: "empty in 2.2", target: keaversion.V2_2, conf: `
option tcode "global";
subnet 192.0.2.0 netmask 255.255.255.0 { option tcode ""; }
`, want: `
global tcode global
! S1 translated option-flex "option tcode \"\";" /Dhcp4/hooks-libraries/0/parameters/options/0
`},
	{name: "containers", conf: `
option space vend;
option vend.one code 1 = text;
option vend.two code 2 = ip-address;
option vend.unused code 3 = text;
option vend.one "global";
option space lost;
option lost.x code 1 = text;
option lost.x "never";
vendor-option-space vend;
subnet 192.0.2.0 netmask 255.255.255.0 {
  option vend.two 192.0.2.9;
  host h { hardware ethernet 02:00:00:00:00:01; option vend.one "host"; }
}
`, want: `
def vendor-encapsulated-options 43 dhcp4 binary
global vendor-encapsulated-options 0106676C6F62616C bytes // option vend.one "global"
192.0.2.0/24 vendor-encapsulated-options 0106676C6F62616C0204C0000209 bytes // option vend.one "global" // option vend.two 192.0.2.9
host 02:00:00:00:00:01 vendor-encapsulated-options 0104686F73740204C0000209 bytes // option vend.one "host" // option vend.two 192.0.2.9
! S1 ignored option-not-sent "option lost.x \"never\";"
`},
	{name: "vendors", conf: `
option space acme;
option acme.x code 5 = unsigned integer 16;
option vendor.acme code 4242 = encapsulate acme;
option vendor.raw code 77 = string;
option vendor.raw 1:1:ff;
option acme.x 77;
subnet 192.0.2.0 netmask 255.255.255.0 { }
subnet 192.0.3.0 netmask 255.255.255.0 { option vivso 00:00:00:09:03:61:62:63; }
`, want: `
! S1 translated option-flex "option vendor.raw 1:1:ff;" /Dhcp4/hooks-libraries/0/parameters/options/0
! S1 translated option-flex "option acme.x 77;" /Dhcp4/hooks-libraries/0/parameters/options/0
! S1 translated option-flex "option vivso 00:00:00:09:03:61:62:63;" /Dhcp4/hooks-libraries/0/parameters/options/1
`},
	{name: "a class names the space", conf: `
option space phone;
option phone.a code 128 = string;
option phone.b code 191 = string;
option phone.b "b";
class "phones" { match if option vendor-class-identifier = "phone"; vendor-option-space phone; }
subnet 192.0.2.0 netmask 255.255.255.0 { option phone.a "a"; }
`, want: `
def vendor-encapsulated-options 43 dhcp4 binary
class phones vendor-encapsulated-options BF0162 bytes // option phone.b "b"
192.0.2.0/24 vendor-encapsulated-options BF0162800161 bytes for phones // option phone.b "b" // option phone.a "a"
`},
	{name: "a class names the space, 2.6", target: keaversion.V2_6, conf: `
option space phone;
option phone.a code 128 = string;
class "phones" { match if option vendor-class-identifier = "phone"; vendor-option-space phone; }
subnet 192.0.2.0 netmask 255.255.255.0 { option phone.a "a"; }
`, want: `
def vendor-encapsulated-options 43 dhcp4 binary
class subnet-192.0.2.0-24-phones vendor-encapsulated-options 800161 bytes // option phone.a "a"
`},
	{name: "special", conf: `
option dhcp-lease-time 600;
option dhcp-max-message-size 600;
option dhcp-renewal-time 300;
option dhcp-rebinding-time 500;
option dhcp-server-identifier 192.0.2.1;
option agent.circuit-id "x";
option fqdn.fqdn "x";
option dhcp6.name-servers 2001:db8::1;
option dhcp-parameter-request-list 3, 66;
option tftp-server-name "t";
option root-path "r";
subnet 192.0.2.0 netmask 255.255.255.0 {
  option subnet-mask 255.255.255.0;
  option dhcp-rebinding-time 200;
  option routers 192.0.2.1;
  pool { range 192.0.2.10 192.0.2.20; option dhcp-renewal-time 100; }
  host h { hardware ethernet 02:00:00:00:00:01; option dhcp-server-identifier 192.0.2.2; option subnet-mask 255.255.0.0; }
}
`, want: `
global dhcp-max-message-size 600
global dhcp-server-identifier 192.0.2.1
global tftp-server-name t always
global root-path r
global renew-timer 300
global rebind-timer 500
192.0.2.0/24 subnet-mask 255.255.255.0
192.0.2.0/24 routers 192.0.2.1 always
192.0.2.0/24 renew-timer 200
192.0.2.0/24 rebind-timer 200
host 02:00:00:00:00:01 subnet-mask 255.255.0.0
! S2 approximated renewal-after-rebinding "option dhcp-renewal-time 300;" /Dhcp4/subnet4/0
! S2 manual option-not-settable "option agent.circuit-id \"x\";" /Dhcp4
! S2 manual option-not-settable "option fqdn.fqdn \"x\";" /Dhcp4
! S2 manual server-identifier-scope "option dhcp-server-identifier 192.0.2.2;" /Dhcp4/subnet4/0/reservations/0
! S1 translated option-max-size "option dhcp-max-message-size 600;" /Dhcp4
! S1 ignored option-other-protocol "option dhcp6.name-servers 2001:db8::1;"
! S1 translated option-request-list "option dhcp-parameter-request-list 3, 66;" /Dhcp4
! S1 translated option-flex "option dhcp-renewal-time 100;" /Dhcp4/hooks-libraries/1/parameters/options/1
! S1 translated option-flex "option subnet-mask 255.255.0.0;" /Dhcp4/hooks-libraries/1/parameters/options/0
! S0 ignored option-servers-own "option dhcp-lease-time 600;" /Dhcp4
`},
	{name: "DHCPv6", v6: true, conf: `
option dhcp6.name-servers 2001:db8::1;
option dhcp6.rapid-commit;
option dhcp-renewal-time 300;
option domain-name "v4";
option dhcp6.client-id 1:2;
vendor-option-space none;
subnet6 2001:db8::/64 { option dhcp6.domain-search "a.example.org"; option dhcp-rebinding-time 600; }
`, want: `
global dns-servers 2001:db8::1
global renew-timer 300
2001:db8::/64 domain-search a.example.org.
2001:db8::/64 renew-timer 300
2001:db8::/64 rebind-timer 600
2001:db8::/64 rapid-commit
! S1 ignored option-other-protocol "option domain-name \"v4\";"
! S1 manual option-not-settable "option dhcp6.client-id 1:2;" /Dhcp6
! S1 ignored option-other-protocol "vendor-option-space none;"
`},
}
