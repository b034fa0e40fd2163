package translator_test

import (
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

type wireTest struct {
	conf  string
	v6    bool
	least int // how many options dhcpd sends at least
	// differ are the options that a version cannot send, as a finding says.
	differ map[keaversion.Version][]uint32
}

var wireTests = map[string]wireTest{
	"data types": {least: 50, conf: `
ping-check false;
option subnet-mask 255.255.0.0;
option time-offset -18000;
option routers 198.18.0.3, 198.18.0.4;
option domain-name-servers 198.18.0.5, 198.18.0.6;
option ien116-name-servers 198.18.0.7;
option domain-name "example.org example.net";
option root-path "198.18.0.9:/srv/root, with comma\\and backslash";
option boot-size 512;
option swap-server 198.18.0.10;
option ip-forwarding off;
option non-local-source-routing true;
option policy-filter 198.18.1.0 255.255.255.0, 198.18.2.0 255.255.255.0;
option max-dgram-reassembly 65535;
option default-ip-ttl 64;
option path-mtu-aging-timeout 4294967295;
option path-mtu-plateau-table 68, 296, 508;
option interface-mtu 1400;
option broadcast-address 198.18.255.255;
option static-routes 198.19.1.0 198.18.0.4, 198.19.2.0 198.18.0.5;
option nis-domain "nis domain";
option ntp-servers 198.18.0.11;
option netbios-name-servers 198.18.0.12;
option netbios-node-type 8;
option netbios-scope "SCOPE";
option vendor-class-identifier "PXEClient";
option nwip-domain "nwip";
option nisplus-domain "nisplus";
option tftp-server-name "tftp.example.org";
option bootfile-name "pxelinux.0";
option user-class "class";
option slp-directory-agent true 198.18.0.13, 198.18.0.14;
option slp-service-scope false "scope,other";
option nds-servers 198.18.0.15;
option bcms-controller-names "a.example.org", "b.example.org";
option bcms-controller-address 198.18.0.16;
option pxe-system-type 0, 7;
option pxe-interface-id 1 2 3;
option pxe-client-id 0 0:1:2:3:4:5;
option uap-servers "http://uap";
option geoconf-civic 1:2:3;
option pcode "EST5EDT";
option tcode "America/New_York";
option v6-only-preferred 1800;
option default-url "https://portal.example.org/x?a=1,b";
option auto-config 1;
option name-service-search 6, 44;
option subnet-selection 198.18.0.0;
option domain-search "example.org", "sub.example.org", "other.example.net";
option vivco 00:00:10:92:02:61:62;
option v4-lost lost.example.org;
option capwap-ac-v4 198.18.0.17;
option sip-ua-cs-domains "sip.example.org";
option ipv4-address-andsf 198.18.0.18;
option tftp-server-address 198.18.0.19, 198.18.0.20;
option v4-captive-portal "https://x.example.org";
option loader-configfile "cfg";
option loader-pathprefix "/tftp/";
option loader-reboottime 30;
option v4-access-domain access.example.org;
option rfc3442 code 121 = array of unsigned integer 8;
option rfc3442 24, 198,18,3, 198,18,0,1, 0, 198,18,0,2;
option ms-routes code 249 = array of unsigned integer 8;
option ms-routes 24, 198,18,3, 198,18,0,1, 0, 198,18,0,2;
option wpad code 252 = text;
option wpad "http://wpad/wpad.dat\n";
option arch code 93 = unsigned integer 16;
option u8 code 224 = unsigned integer 8; option u8 200;
option s16 code 225 = integer 16; option s16 -2;
option s32 code 226 = signed integer 32; option s32 4294967295;
option flag code 227 = boolean; option flag on;
option addrs code 228 = array of ip-address; option addrs 198.18.0.21, 198.18.0.22;
option rec code 229 = { boolean, unsigned integer 16, array of ip-address }; option rec on 17 198.18.0.23, 198.18.0.24;
option recs code 230 = array of { ip-address, unsigned integer 8 }; option recs 198.18.0.25 1, 198.18.0.26 2;
option str code 231 = string; option str "text";
option hexed code 232 = string; option hexed 0:1:ff:fe;
option dom code 233 = domain-name; option dom a.example.org;
option doms code 234 = domain-list; option doms "a.example.org", "b.example.org";
option six code 235 = ip6-address; option six 2001:db8::5;
option sixes code 236 = array of ip6-address; option sixes 2001:db8::5, 2001:db8::6;
option folded code 237 = text; option folded = concat("a", ucase("bc"), 2d:31);
option one-name code 238 = text; option other-name code 238 = unsigned integer 16; option one-name "xyz";
option unknown-239 1:2:3;
option comma code 240 = text; option comma "a, b,c\"d'e";
option dotted code 241 = text; option dotted "trailing.";
option blank code 242 = text; option blank " blank ";
option empty code 243 = text; option empty "";
subnet 198.18.0.0 netmask 255.255.0.0 { range 198.18.10.1 198.18.10.100; }
`},

	"containers": {least: 7, conf: `
ping-check false;
option space mine;
option mine.a code 10 = unsigned integer 8;
option mine.b code 3 = text;
option mine.c code 18 = ip-address;
option mine.d code 1 = array of ip-address;
option mine.e code 255 = text;
option mine.f code 35 = text;
option mine.a 1; option mine.b "b"; option mine.c 198.18.0.3; option mine.d 198.18.0.4, 198.18.0.5; option mine.e "e"; option mine.f "f";
option container code 220 = encapsulate mine;
option space deep;
option deep.x code 5 = text; option deep.x "deep";
option space mid;
option mid.inner code 9 = encapsulate deep;
option mid.y code 2 = text; option mid.y "mid";
option nested code 221 = encapsulate mid;
option space alone;
option space lonely;
option lonely.x code 1 = text; option lonely.x "x";
option alone.inner code 9 = encapsulate lonely;
option not-sent code 222 = encapsulate alone;
option space wide code width 2 length width 2;
option wide.x code 700 = text; option wide.x "wide";
option wide-container code 223 = encapsulate wide;
option space over;
option over.x code 1 = text; option over.x "over";
option explicit code 224 = encapsulate over;
option explicit 5:1:7;
option space vend;
option vend.one code 1 = text;
option vend.two code 2 = ip-address;
option vend.three code 3 = unsigned integer 16;
option vend.one "global";
option vend.three 300;
vendor-option-space vend;
option nwip-domain "nwip";
option nwip.nsq-broadcast true;
option vendor-class.cisco code 9 = string;
option vendor-class.cisco 2:61:62;
shared-network lan {
  option vend.three 301;
  subnet 198.18.0.0 netmask 255.255.0.0 {
    option vend.two 198.18.0.9;
    pool { range 198.18.10.1 198.18.10.100; option vend.one "pool"; append mine.b "more"; }
  }
}
`},

	"explicit 43": {least: 1, conf: `
ping-check false;
option space vend;
option vend.one code 1 = text;
option vend.one "global";
vendor-option-space vend;
subnet 198.18.0.0 netmask 255.255.0.0 { range 198.18.10.1 198.18.10.100; option vendor-encapsulated-options 1:2:3:4; }
`},

	"43 defined": {least: 1, conf: `
ping-check false;
option space juniper;
option juniper.image code 0 = text;
option juniper.config code 1 = text;
option juniper.mode code 3 = text;
option juniper-encap code 43 = encapsulate juniper;
option juniper.mode "http";
subnet 198.18.0.0 netmask 255.255.0.0 {
  range 198.18.10.1 198.18.10.100;
  host one { hardware ethernet 02:00:00:00:00:02; option juniper.config "/one.conf"; option juniper.image "image.tgz"; }
}
`},

	"vendors": {least: 1, differ: map[keaversion.Version][]uint32{keaversion.V2_2: {125}}, conf: `
ping-check false;
option space acme;
option acme.x code 5 = unsigned integer 16;
option acme.y code 6 = text;
option vendor.acme code 4242 = encapsulate acme;
option vendor.iana code 9999 = string;
option vendor.iana 1:2:61:62;
option acme.x 77;
subnet 198.18.0.0 netmask 255.255.0.0 { range 198.18.10.1 198.18.10.100; option acme.y "sub"; }
`},

	"one vendor": {least: 1, conf: `
ping-check false;
option vivso 00:00:10:92:07:05:02:00:4d:06:01:61;
subnet 198.18.0.0 netmask 255.255.0.0 { range 198.18.10.1 198.18.10.100; }
`},

	"subnet mask": {least: 1, conf: `
ping-check false;
subnet 198.18.0.0 netmask 255.255.0.0 { range 198.18.10.1 198.18.10.100; option subnet-mask 255.255.255.0; }
`},

	"scopes": {least: 12, conf: `
ping-check false;
option domain-name "global";
option domain-name-servers 198.18.0.5;
option ntp-servers 198.18.0.6;
option root-path "global";
option tcode "global";
option nis-domain "global";
option own code 224 = text;
option own "global";
default own "default";
option second code 225 = text;
option dhcp-parameter-request-list = concat(option dhcp-parameter-request-list, e1);
shared-network lan {
  option root-path "network";
  option nis-domain "first";
  option nis-domain "last";
    subnet 198.18.0.0 netmask 255.255.0.0 {
      prepend domain-name-servers 198.18.0.4;
      append domain-name ".subnet";
      default pcode "default";
      option tcode "";
      option default-ip-ttl 12;
      pool { range 198.18.10.1 198.18.10.100; option default-ip-ttl 13; option boot-size 9; option second "pool"; }
    }
}
group {
  option boot-size 10;
  option log-servers 198.18.0.8;
  host one { hardware ethernet 02:00:00:00:00:02; append log-servers 198.18.0.9; option cookie-servers 198.18.0.10; }
}
`, differ: map[keaversion.Version][]uint32{keaversion.V2_2: {101}}},

	"site space": {least: 3, conf: `
ping-check false;
option space pxelinux;
option pxelinux.magic code 208 = string;
option pxelinux.configfile code 209 = text;
option pxelinux.reboottime code 211 = unsigned integer 32;
site-option-space "pxelinux";
option pxelinux.magic f1:00:74:7e;
option pxelinux.configfile "cfg";
option pxelinux.reboottime 30;
subnet 198.18.0.0 netmask 255.255.0.0 { range 198.18.10.1 198.18.10.100; }
`},

	"class names the space": {least: 1, conf: `
ping-check false;
option space phone;
option phone.a code 128 = string;
option phone.b code 191 = string;
option phone.b "global";
class "phones" { match if option vendor-class-identifier = "abc"; vendor-option-space phone; }
subnet 198.18.0.0 netmask 255.255.0.0 {
  option phone.a "VLAN-A:40.";
  pool { range 198.18.10.1 198.18.10.100; option phone.a "pool"; }
}
`},

	"iPXE": {least: 4, conf: `
ping-check false;
option space ipxe;
option ipxe-encap-opts code 175 = encapsulate ipxe;
option ipxe.priority code 1 = signed integer 8;
option ipxe.no-pxedhcp code 176 = unsigned integer 8;
option ipxe.bus-id code 177 = string;
option ipxe.priority -5;
class "abc" {
  match if substring(option vendor-class-identifier, 0, 2) = "ab";
  option ipxe.no-pxedhcp 1;
  option vendor-class-identifier "PXEClient";
  option tftp-server-name "class";
}
if exists vendor-class-identifier { option root-path "condition"; }
subnet 198.18.0.0 netmask 255.255.0.0 { range 198.18.10.1 198.18.10.100; option bootfile-name "subnet"; }
`},

	"long": {least: 4, differ: map[keaversion.Version][]uint32{keaversion.V2_2: {4}, keaversion.V2_6: {4}, keaversion.V3_0: {4}}, conf: `
ping-check false;
option text300 code 224 = text;
option text300 "` + strings.Repeat("0123456789", 30) + `";
option addresses code 225 = array of ip-address;
option addresses 198.18.0.1` + strings.Repeat(", 198.18.0.2", 70) + `;
option numbers code 226 = array of unsigned integer 8;
option numbers 1` + strings.Repeat(", 2", 270) + `;
option time-servers 198.18.0.1` + strings.Repeat(", 198.18.0.2", 70) + `;
subnet 198.18.0.0 netmask 255.255.0.0 { range 198.18.10.1 198.18.10.100; }
`},

	"host group with vendor options": {least: 3, conf: `
ping-check false;
option space vend;
option vend.one code 1 = text;
option vend.two code 2 = text;
option vend.three code 3 = text;
option vend.one "global";
subnet 198.18.0.0 netmask 255.255.0.0 { range 198.18.10.1 198.18.10.100; option vend.two "subnet"; option log-servers 198.18.0.3; }
group {
  vendor-option-space vend;
  option vend.three "group";
  option root-path "group";
  host one { hardware ethernet 02:00:00:00:00:02; fixed-address 198.18.20.1; option host-name "one"; }
}
`},

	"DHCPv6": {v6: true, least: 18, conf: `
option dhcp6.name-servers 2001:db8::3, 2001:db8::4;
option dhcp6.domain-search "a.example.org", "b.example.org";
option dhcp6.sip-servers-names "sip.example.org";
option dhcp6.sip-servers-addresses 2001:db8::5;
option dhcp6.nis-domain-name "nis.example.org";
option dhcp6.sntp-servers 2001:db8::6;
option dhcp6.info-refresh-time 900;
option dhcp6.bcms-server-d "bcms.example.org";
option dhcp6.bcms-server-a 2001:db8::7;
option dhcp6.preference 7;
option dhcp6.unicast 2001:db8::8;
option dhcp6.new-posix-timezone "EST5EDT";
option dhcp6.new-tzdb-timezone "Europe/Paris";
option dhcp6.bootfile-url "tftp://[2001:db8::9]/x,y";
option dhcp6.bootfile-param 00:02:61:62:00:01:63;
option dhcp6.aftr-name aftr.example.org;
option dhcp6.v6-captive-portal "https://portal.example.org";
option dhcp6.subscriber-id 1:2:3;
option space docsis code width 2 length width 2;
option docsis.tftp-servers code 32 = array of ip6-address;
option docsis.config code 33 = text;
option vsio.docsis code 4491 = encapsulate docsis;
option docsis.tftp-servers 2001:db8::a;
option docsis.config "cm.cfg";
option space inner code width 2 length width 2;
option inner.a code 3 = text;
option inner.a "inner";
option dhcp6.container code 1000 = encapsulate inner;
option dhcp6.mine code 1001 = { unsigned integer 8, array of ip6-address };
option dhcp6.mine 3 2001:db8::b, 2001:db8::c;
option dhcp6.four code 1002 = array of ip-address;
option dhcp6.four 198.18.0.1, 198.18.0.2;
option domain-name "ignored";
subnet6 2001:db8::/64 { range6 2001:db8::100 2001:db8::200; }
`},
}
