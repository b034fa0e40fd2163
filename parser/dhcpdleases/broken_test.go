package dhcpdleases

// brokenCase is a text with an error in it, and what dhcpd keeps of it: of each
// address its state, end, and hardware address or key.
type brokenCase struct {
	name, text string
}

// The good entries around the broken ones show where reading goes on.
const (
	good1 = "lease 10.0.0.1 {\n  ends never;\n  binding state active;\n  hardware ethernet 02:00:00:00:00:01;\n}\n"
	good9 = "lease 10.0.0.9 {\n  ends never;\n  binding state active;\n  hardware ethernet 02:00:00:00:00:09;\n}\n"
	head2 = "lease 10.0.0.2 {\n  starts 4 2024/05/16 06:00:00;\n  ends never;\n"
	tail2 = "  binding state active;\n  hardware ethernet 02:00:00:00:00:02;\n}\n"
)

var brokenCases = []brokenCase{
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
