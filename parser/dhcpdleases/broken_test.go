package dhcpdleases

import (
	"slices"
	"strings"
)

// brokenCase is a text with an error in it, and what dhcpd keeps of it: of each
// address its state, end, and hardware address or key.
type brokenCase struct {
	name, text string
}

// The cases are in two tables: dhcpd reads leases as a DHCPv4 server and
// identity associations as a DHCPv6 server.
//
// The good entries around the broken ones show where reading goes on.
const (
	good1 = "lease 10.0.0.1 {\n  ends never;\n  binding state active;\n  hardware ethernet 02:00:00:00:00:01;\n}\n"
	good9 = "lease 10.0.0.9 {\n  ends never;\n  binding state active;\n  hardware ethernet 02:00:00:00:00:09;\n}\n"
	head2 = "lease 10.0.0.2 {\n  starts 4 2024/05/16 06:00:00;\n  ends never;\n"
	tail2 = "  binding state active;\n  hardware ethernet 02:00:00:00:00:02;\n}\n"
)

var brokenCases4 = []brokenCase{
	{name: "two good ones", text: good1 + good9},
	{name: "end of file behind a statement", text: good1 + head2},
	{name: "end of file in a date", text: good1 + "lease 10.0.0.2 {\n  binding state active;\n  ends 4 2024/05"},
	{name: "end of file in the address", text: good1 + "lease 10.0.0"},
	{name: "end of file in a string", text: good1 + head2 + "  binding state active;\n  uid \"\\001\\002"},
	{name: "end of file before the brace", text: good1 + head2 + "  binding state active;\n  hardware ethernet 02:00:00:00:00:02;\n"},
	{name: "end of file in the state", text: good1 + head2 + "  binding sta"},
	{name: "end of file in a hardware address", text: good1 + head2 + "  binding state active;\n  hardware ethernet 02:00"},
	{name: "no brace at the end", text: good1 + head2 + "  binding state active;\n" + good9},
	{name: "no semicolon behind a date", text: good1 + "lease 10.0.0.2 {\n  ends never\n" + tail2 + good9},
	{name: "no semicolon behind the last statement", text: good1 + head2 + "  binding state active;\n  hardware ethernet 02:00:00:00:00:02\n}\n" + good9},
	{name: "unknown statement", text: good1 + head2 + "  colour red;\n" + tail2 + good9},
	{name: "unknown statement at the end", text: good1 + head2 + "  binding state active;\n  colour red;\n}\n" + good9},
	{name: "unknown block", text: good1 + head2 + "  colour { red; }\n" + tail2 + good9},
	{name: "unknown binding state", text: good1 + head2 + "  binding state happy;\n  hardware ethernet 02:00:00:00:00:02;\n}\n" + good9},
	{name: "binding without state", text: good1 + head2 + "  binding active;\n  hardware ethernet 02:00:00:00:00:02;\n}\n" + good9},
	{name: "bad octet of the address", text: good1 + "lease 10.0.0.x {\n  ends never;\n" + tail2 + good9},
	{name: "large octet of the address", text: good1 + "lease 10.0.0.258 {\n  ends never;\n" + tail2 + good9},
	{name: "three octets", text: good1 + "lease 10.0.2 {\n  ends never;\n" + tail2 + good9},
	{name: "no open brace", text: good1 + "lease 10.0.0.2\n  ends never;\n" + tail2 + good9},
	{name: "word for a day", text: good1 + "lease 10.0.0.2 {\n  ends Thu 2024/05/16 06:00:00;\n" + tail2 + good9},
	{name: "day without year", text: good1 + "lease 10.0.0.2 {\n  ends 4;\n" + tail2 + good9},
	{name: "offset of the time zone", text: good1 + "lease 10.0.0.2 {\n  ends 4 2036/05/16 06:00:00 -3600;\n" + tail2 + good9},
	{name: "word for the time zone", text: good1 + "lease 10.0.0.2 {\n  ends 4 2036/05/16 06:00:00 UTC;\n" + tail2 + good9},
	{name: "unknown hardware", text: good1 + head2 + "  binding state active;\n  hardware avian 02:00;\n}\n" + good9},
	{name: "bad hardware address", text: good1 + head2 + "  binding state active;\n  hardware ethernet 02:zz:00:00:00:02;\n}\n" + good9},
	{name: "no hexadecimal digit in hardware", text: good1 + head2 + "  binding state active;\n  hardware ethernet 02:g0:00:00:00:02;\n}\n" + good9},
	{name: "hardware without address", text: good1 + head2 + "  binding state active;\n  hardware ethernet;\n}\n" + good9},
	{name: "long hardware address", text: good1 + head2 + "  binding state active;\n  hardware ethernet 1:2:3:4:5:6:7:8:9:a:b:c:d:e:f:10:11:12:13:14:15;\n}\n" + good9},
	{name: "bad uid", text: good1 + head2 + "  uid x;\n" + tail2 + good9},
	{name: "empty uid", text: good1 + head2 + "  uid ;\n" + tail2 + good9},
	{name: "uid without quotes", text: good1 + head2 + "  uid host-2;\n" + tail2 + good9},
	{name: "empty text of uid", text: good1 + head2 + "  uid \"\";\n" + tail2 + good9},
	{name: "variable with an expression", text: good1 + head2 + "  set x = concat(\"a\", \"b\");\n" + tail2 + good9},
	{name: "variable with decimal octets", text: good1 + head2 + "  set x = 01:02;\n" + tail2 + good9},
	{name: "variable with a keyword for a name", text: good1 + head2 + "  set lease-time = \"1\";\n" + tail2 + good9},
	{name: "variable without value", text: good1 + head2 + "  set x;\n" + tail2 + good9},
	{name: "option of another space", text: good1 + head2 + "  option host-name \"x\";\n" + tail2 + good9},
	{name: "unknown option space", text: good1 + head2 + "  option colour.red \"x\";\n" + tail2 + good9},
	{name: "unknown agent option", text: good1 + head2 + "  option agent.colour \"x\";\n" + tail2 + good9},
	{name: "bad value of an agent option", text: good1 + head2 + "  option agent.circuit-id ;\n" + tail2 + good9},
	{name: "statement twice", text: good1 + head2 + "  ends never;\n  hardware ethernet 02:00:00:00:00:03;\n" + tail2 + good9},
	{name: "event of no kind", text: good1 + head2 + "  on startup { }\n" + tail2 + good9},
	{name: "junk before", text: "junk\n" + good1 + good9},
	{name: "junk between", text: good1 + "junk;\n" + good9},
	{name: "junk block between", text: good1 + "junk { more; }\n" + good9},
	{name: "stray brace between", text: good1 + "}\n" + good9},
	{name: "stray semicolon between", text: good1 + ";\n" + good9},
	{name: "number between", text: good1 + "4711\n" + good9},
	{name: "group that a brace ends", text: good1 + "group g }\n" + good9},
	{name: "host that a brace ends", text: good1 + "host h }\n" + good9},
	{name: "class that a brace ends", text: good1 + "class \"c\" }\n" + good9},
	{name: "subclass that a brace ends", text: good1 + "subclass \"c\" 1:2 }\n" + good9},
	{name: "NUL between", text: good1 + "\x00\x00\x00\n" + good9},
	{name: "byte 0xff between", text: good1 + "\xff\n" + good9},
	{name: "byte 0xff in a lease", text: good1 + head2 + "\xff" + tail2 + good9},
	{name: "string over two lines", text: good1 + head2 + "  client-hostname \"a\nb\";\n" + tail2 + good9},
	{name: "string without end", text: good1 + head2 + "  client-hostname \"a;\n" + tail2 + good9},
	{name: "capital letters", text: good1 + "LEASE 10.0.0.2 {\n  Ends NEVER;\n  Binding State ACTIVE;\n  Hardware Ethernet 02:00:00:00:00:02;\n}\n" + good9},
	{name: "comments", text: good1 + "lease # x\n10.0.0.2 { # y }\n ends never; # z\n" + tail2 + good9},
	{name: "no state", text: good1 + head2 + "  hardware ethernet 02:00:00:00:00:02;\n}\n" + good9},
	{name: "abandoned in the old way", text: good1 + head2 + "  abandoned;\n}\n" + good9},
	{name: "class of old files", text: good1 + head2 + "  class x;\n" + tail2 + good9},
	{name: "DDNS names of old files", text: good1 + head2 + "  ddns-fwd-name \"a.b\";\n" + tail2 + good9},
	{name: "failover of an unknown peer", text: good1 + "failover peer \"x\" state {\n  my state normal at never;\n}\n" + good9},
	{name: "unknown class is billed", text: good1 + head2 + "  billing class \"x\";\n" + tail2 + good9},
	{name: "unknown subclass is billed", text: good1 + head2 + "  billing subclass \"x\" 1:2;\n" + tail2 + good9},
	{name: "DHCPv6 in DHCPv4", text: good1 + "ia-na \"\\001\\000\\000\\000abcd\" {\n  iaaddr 2001:db8::1 {\n    binding state active;\n    ends never;\n  }\n}\n" + good9},
	{name: "include", text: good1 + "include \"x\";\n" + good9},
	{name: "lease in a lease", text: good1 + head2 + good9 + tail2},
}

const (
	na1   = "ia-na \"\\001\\000\\000\\000duid-1\" {\n  cltt 4 2024/05/16 06:00:00;\n  iaaddr 2001:db8::1 {\n    binding state active;\n    preferred-life 100;\n    max-life 200;\n    ends never;\n  }\n}\n\n"
	na9   = "ia-na \"\\011\\000\\000\\000duid-9\" {\n  cltt 4 2024/05/16 06:00:00;\n  iaaddr 2001:db8::9 {\n    binding state active;\n    preferred-life 100;\n    max-life 200;\n    ends never;\n  }\n}\n\n"
	key2  = "ia-na \"\\002\\000\\000\\000duid-2\" {\n  cltt 4 2024/05/16 06:00:00;\n"
	body2 = "    binding state active;\n    preferred-life 100;\n    max-life 200;\n    ends never;\n  }\n"
	addr2 = "  iaaddr 2001:db8::2 {\n"
	addr3 = "  iaaddr 2001:db8::3 {\n"
	old2  = key2 + addr2 + body2 + "}\n\n"
)

var brokenCases6 = []brokenCase{
	{name: "two good ones", text: na1 + na9},
	{name: "two addresses", text: na1 + key2 + addr2 + body2 + addr3 + body2 + "}\n" + na9},
	{name: "replaced by less", text: na1 + key2 + addr2 + body2 + addr3 + body2 + "}\n" + key2 + addr3 + body2 + "}\n" + na9},
	{name: "replaced by nothing", text: na1 + old2 + key2 + "}\n" + na9},
	{name: "address moves", text: na1 + old2 + "ia-na \"\\003\\000\\000\\000duid-3\" {\n" + addr2 + body2 + "}\n" + na9},
	{name: "released by its owner", text: na1 + old2 + key2 + addr2 + strings.Replace(body2, "active", "released", 1) + "}\n" + na9},
	{name: "released by another", text: na1 + old2 + "ia-na \"\\003\\000\\000\\000duid-3\" {\n" + addr2 + strings.Replace(body2, "active", "released", 1) + "}\n" + na9},
	{name: "abandoned", text: na1 + key2 + addr2 + strings.Replace(body2, "active", "abandoned", 1) + "}\n" + na9},
	{name: "prefix", text: na1 + strings.Replace(key2, "na", "pd", 1) + "  iaprefix 2001:db8:1:100::/56 {\n" + body2 + "}\n" + na9},
	{name: "temporary address", text: na1 + strings.Replace(key2, "na", "ta", 1) + "  iaaddr 2001:db8::12 {\n" + body2 + "}\n" + na9},
	{name: "prefix with bits behind", text: na1 + strings.Replace(key2, "na", "pd", 1) + "  iaprefix 2001:db8:1:101::/56 {\n" + body2 + "}\n" + na9},
	{name: "prefix in ia-na", text: na1 + key2 + "  iaprefix 2001:db8:1:100::/56 {\n" + body2 + "}\n" + na9},
	{name: "end of file behind a statement", text: na1 + old2 + key2 + addr3 + "    binding state active;\n"},
	{name: "end of file behind a block", text: na1 + old2 + key2 + addr3 + body2},
	{name: "end of file in the key", text: na1 + "ia-na \"\\002\\000\\000\\000du"},
	{name: "end of file in a date", text: na1 + key2 + addr2 + "    binding state active;\n    ends 4 2024"},
	{name: "no state", text: na1 + old2 + key2 + addr3 + "    ends never;\n  }\n}\n" + na9},
	{name: "no end", text: na1 + old2 + key2 + addr3 + "    binding state active;\n  }\n}\n" + na9},
	{name: "end in 1969", text: na1 + key2 + addr2 + "    binding state active;\n    ends epoch -1;\n  }\n}\n" + na9},
	{name: "second address without end", text: na1 + key2 + addr2 + body2 + addr3 + "    binding state active;\n  }\n}\n" + na9},
	{name: "address moves to a broken one", text: na1 + old2 + "ia-na \"\\003\\000\\000\\000duid-3\" {\n" + addr2 + body2 + addr3 + "  }\n}\n;\n" + na9},
	{name: "released by a broken one", text: na1 + old2 + key2 + addr2 + strings.Replace(body2, "active", "released", 1) + "  colour red;\n}\n;\n" + na9},
	{name: "unknown statement in a block", text: na1 + key2 + addr2 + "    colour red;\n" + body2 + "}\n" + na9},
	{name: "unknown statement outside of a block", text: na1 + key2 + "  colour red;\n" + addr2 + body2 + "}\n" + na9},
	{name: "backup", text: na1 + key2 + addr2 + strings.Replace(body2, "active", "backup", 1) + "}\n" + na9},
	{name: "lifetimes without semicolon", text: na1 + key2 + addr2 + strings.ReplaceAll(body2, "00;", "00") + "}\n" + na9},
	{name: "word for a lifetime", text: na1 + key2 + addr2 + "    max-life forever;\n" + body2 + "}\n" + na9},
	{name: "word for a lifetime before the brace", text: na1 + key2 + addr2 + "    binding state active;\n    ends never;\n    max-life x\n  }\n}\n" + na9},
	{name: "large lifetime", text: na1 + key2 + addr2 + strings.Replace(body2, "200", "4294967295", 1) + "}\n" + na9},
	{name: "state without semicolon", text: na1 + key2 + addr2 + strings.Replace(body2, "active;", "active", 1) + "}\n" + na9},
	{name: "short key", text: na1 + "ia-na \"abcde\" {\n" + addr2 + body2 + "}\n" + na9},
	{name: "short key of five octets", text: na1 + "ia-na 1:2:3:4:5 {\n" + addr2 + body2 + "}\n" + na9},
	{name: "key in octets", text: na1 + "ia-na 2:0:0:0:64:75:69 {\n" + addr2 + body2 + "}\n" + na9},
	{name: "long key", text: na1 + "ia-na \"" + strings.Repeat("k", 132) + "\" {\n" + addr2 + body2 + "}\n" + na9},
	{name: "longest key", text: na1 + "ia-na \"" + strings.Repeat("k", 131) + "\" {\n" + addr2 + body2 + "}\n" + na9},
	{name: "word for a key", text: na1 + "ia-na key {\n" + addr2 + body2 + "}\n" + na9},
	{name: "bad address", text: na1 + key2 + "  iaaddr 2001:db8:::2 {\n" + body2 + "}\n" + na9},
	{name: "blank in the address", text: na1 + key2 + "  iaaddr 2001:db8:: 2 {\n" + body2 + "}\n" + na9},
	{name: "no brace", text: na1 + key2 + "  iaaddr 2001:db8::2\n" + body2 + "}\n" + na9},
	{name: "one brace too few", text: na1 + key2 + addr2 + body2 + na9},
	{name: "variable with an expression", text: na1 + key2 + addr2 + "    set x = y;\n" + body2 + "}\n" + na9},
	{name: "variable with a keyword for a name", text: na1 + key2 + addr2 + "    set state = \"y\";\n" + body2 + "}\n" + na9},
	{name: "variable without value", text: na1 + key2 + addr2 + "    set x;\n" + body2 + "}\n" + na9},
	{name: "events", text: na1 + key2 + addr2 + "    on expiry { log(info, \"x\"); }\n    on release { log(info, \"y\"); }\n" + body2 + "}\n" + na9},
	{name: "byte order", text: "authoring-byte-order little-endian;\n" + na1 + na9},
	{name: "byte order twice", text: "authoring-byte-order little-endian;\nauthoring-byte-order little-endian;\n" + na1 + na9},
	{name: "byte order too late", text: na1 + "authoring-byte-order big-endian;\n" + na9},
	{name: "byte order of no kind", text: "authoring-byte-order middle-endian;\n" + na1 + na9},
	{name: "lease in DHCPv6", text: na1 + good1 + na9},
	{name: "stray brace", text: na1 + "}\n" + na9},
	{name: "short server DUID", text: "server-duid \"ab\";\n" + na1 + na9},
}

// brokenCases are both tables.
func brokenCases() []brokenCase { return append(slices.Clone(brokenCases4), brokenCases6...) }
