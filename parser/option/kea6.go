package option

import "github.com/keamigrate/keamigrate/parser/keaversion"

// kea6Options is Kea's space "dhcp6".
var kea6Options = []keaRow{
	{1, "clientid", "binary", 0},
	{2, "serverid", "binary", 0},
	{3, "ia-na", "record(uint32,uint32,uint32)", 0},
	{4, "ia-ta", "uint32", 0},
	{5, "iaaddr", "record(ipv6-address,uint32,uint32)", 0},
	{6, "oro", "uint16[]", 0},
	{7, "preference", "uint8", 0},
	{8, "elapsed-time", "uint16", 0},
	{9, "relay-msg", "binary", 0},
	{11, "auth", "binary", 0},
	{12, "unicast", "ipv6-address", 0},
	{13, "status-code", "record(uint16,string)", 0},
	{14, "rapid-commit", "empty", 0},
	{15, "user-class", "binary", 0},
	{16, "vendor-class", "record(uint32,binary)", 0},
	{17, "vendor-opts", "uint32", 0},
	{18, "interface-id", "binary", 0},
	{19, "reconf-msg", "uint8", 0},
	{20, "reconf-accept", "empty", 0},
	{21, "sip-server-dns", "fqdn[]", 0},
	{22, "sip-server-addr", "ipv6-address[]", 0},
	{23, "dns-servers", "ipv6-address[]", 0},
	{24, "domain-search", "fqdn[]", 0},
	{25, "ia-pd", "record(uint32,uint32,uint32)", 0},
	{26, "iaprefix", "record(uint32,uint32,uint8,ipv6-address)", 0},
	{27, "nis-servers", "ipv6-address[]", 0},
	{28, "nisp-servers", "ipv6-address[]", 0},
	{29, "nis-domain-name", "fqdn[]", 0},
	{30, "nisp-domain-name", "fqdn[]", 0},
	{31, "sntp-servers", "ipv6-address[]", 0},
	{32, "information-refresh-time", "uint32", 0},
	{33, "bcmcs-server-dns", "fqdn[]", 0},
	{34, "bcmcs-server-addr", "ipv6-address[]", 0},
	{36, "geoconf-civic", "record(uint8,uint16,binary)", 0},
	{37, "remote-id", "record(uint32,binary)", 0},
	{38, "subscriber-id", "binary", 0},
	{39, "client-fqdn", "record(uint8,fqdn)", 0},
	{40, "pana-agent", "ipv6-address[]", 0},
	{41, "new-posix-timezone", "string", 0},
	{42, "new-tzdb-timezone", "string", 0},
	{43, "ero", "uint16[]", 0},
	{44, "lq-query", "record(uint8,ipv6-address)>dhcp6", 0},
	{45, "client-data", "empty>dhcp6", 0},
	{46, "clt-time", "uint32", 0},
	{47, "lq-relay-data", "record(ipv6-address,binary)", 0},
	{48, "lq-client-link", "ipv6-address[]", 0},
	{51, "v6-lost", "fqdn", 0},
	{52, "capwap-ac-v6", "ipv6-address[]", 0},
	{53, "relay-id", "binary", 0},
	{56, "ntp-server", "empty>v6-ntp-server-suboptions", keaversion.V3_0},
	{57, "v6-access-domain", "fqdn", 0},
	{58, "sip-ua-cs-list", "fqdn[]", 0},
	{59, "bootfile-url", "string", 0},
	{60, "bootfile-param", "tuple[]", 0},
	{61, "client-arch-type", "uint16[]", 0},
	{62, "nii", "record(uint8,uint8,uint8)", 0},
	{64, "aftr-name", "fqdn", 0},
	{65, "erp-local-domain-name", "fqdn", 0},
	{66, "rsoo", "empty>rsoo-opts", 0},
	{67, "pd-exclude", "ipv6-prefix", 0},
	{74, "rdnss-selection", "record(ipv6-address,uint8,fqdn)[]", 0},
	{79, "client-linklayer-addr", "binary", 0},
	{80, "link-address", "ipv6-address", 0},
	{82, "solmax-rt", "uint32", 0},
	{83, "inf-max-rt", "uint32", 0},
	{87, "dhcpv4-message", "binary", 0},
	{88, "dhcp4o6-server-addr", "ipv6-address[]", 0},
	{94, "s46-cont-mape", "empty>s46-cont-mape-options", 0},
	{95, "s46-cont-mapt", "empty>s46-cont-mapt-options", 0},
	{96, "s46-cont-lw", "empty>s46-cont-lw-options", 0},
	{103, "v6-captive-portal", "string", 0},
	{135, "relay-source-port", "uint16", 0},
	{136, "v6-sztp-redirect", "tuple[]", keaversion.V2_6},
	{143, "ipv6-address-andsf", "ipv6-address[]", 0},
	{144, "v6-dnr", "internal", keaversion.V2_6},
	{148, "addr-reg-enable", "empty", keaversion.V3_0},
}

// keaDocsis6Options is the space "vendor-4491" of DHCPv6, CableLabs.
var keaDocsis6Options = []keaRow{
	{1, "oro", "uint16[]", 0},
	{2, "device-type", "string", 0},
	{10, "vendor-type", "string", 0},
	{32, "tftp-servers", "ipv6-address[]", 0},
	{33, "config-file", "string", 0},
	{34, "syslog-servers", "ipv6-address[]", 0},
	{36, "device-id", "binary", 0},
	{37, "time-servers", "ipv6-address[]", 0},
	{38, "time-offset", "int32", 0},
	{1026, "cmts-cm-mac", "binary", 0},
}

// keaISC6Options is the space "vendor-2495" of DHCPv6, which Kea itself uses
// for DHCPv4-over-DHCPv6.
var keaISC6Options = []keaRow{
	{60000, "4o6-interface", "string", 0},
	{60001, "4o6-source-address", "ipv6-address", 0},
	{60002, "4o6-source-port", "uint16", 0},
}

// keaMapEOptions is the space of option 94, RFC 7598.
var keaMapEOptions = []keaRow{
	{89, "s46-rule", "record(uint8,uint8,uint8,ipv4-address,ipv6-prefix)>s46-rule-options", 0},
	{90, "s46-br", "ipv6-address", 0},
}

// keaMapTOptions is the space of option 95, RFC 7598.
var keaMapTOptions = []keaRow{
	{89, "s46-rule", "record(uint8,uint8,uint8,ipv4-address,ipv6-prefix)>s46-rule-options", 0},
	{91, "s46-dmr", "ipv6-prefix", 0},
}

// keaLightweightOptions is the space of option 96, RFC 7598.
var keaLightweightOptions = []keaRow{
	{90, "s46-br", "ipv6-address", 0},
	{92, "s46-v4v6bind", "record(ipv4-address,ipv6-prefix)>s46-v4v6bind-options", 0},
}

// keaMapRuleOptions is the space within option 89, RFC 7598.
var keaMapRuleOptions = []keaRow{
	{93, "s46-portparams", "record(uint8,psid)", 0},
}

// keaBindOptions is the space within option 92, RFC 7598.
var keaBindOptions = []keaRow{
	{93, "s46-portparams", "record(uint8,psid)", 0},
}

// keaNTPOptions is the space of option 56, RFC 5908.
var keaNTPOptions = []keaRow{
	{1, "ntp-server-address", "ipv6-address", keaversion.V3_0},
	{2, "ntp-server-multicast", "ipv6-address", keaversion.V3_0},
	{3, "ntp-server-fqdn", "fqdn", keaversion.V3_0},
}
