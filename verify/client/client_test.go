package client

import (
	"encoding/hex"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/insomniacslk/dhcp/dhcpv6"
)

const duid = "duid=00:03:00:01:02:00:00:00:00:01"

var equate = cmp.Options{cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})}

// Every word of the page, with the example that the page gives for it.
func TestWords(t *testing.T) {
	for _, v6 := range []bool{false, true} {
		own := v4
		if v6 {
			own = family(2)
		}
		c := &Client{V6: v6}
		options, agent := c.optionWords()
		examples := map[string]string{"opt250": "0x0102", "agent150": "0x0102", doWord.name: doWord.example}
		for _, w := range words {
			if w.family&own != 0 {
				examples[w.name] = w.example
			}
		}
		for _, w := range append(slices.Clone(options), agent...) {
			examples[w.name] = w.example
		}
		for name, example := range examples {
			line := "mac=02:00:00:00:00:09"
			if v6 {
				line = duid
			}
			if name != "relay" {
				line += " relay=" + map[bool]string{false: "10.0.0.9", true: "2001:db8::9"}[v6]
			}
			if v6 && name == "relay" {
				example = "2001:db8::1"
			}
			without, err := Parse(line)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(line, name+"=") {
				line = ""
			}
			line += " " + name
			if example != "" {
				line += "=" + example
			}
			with, err := Parse(line)
			if err != nil {
				t.Errorf("%s: %v", line, err)
				continue
			}
			implied := name == "ia-na" // what a client without the word does too
			if cmp.Equal(with, without, equate) != implied && !strings.HasPrefix(line, " ") {
				t.Errorf("%s: the word %s changes nothing", line, name)
			}
			again, err := Parse(with.String())
			if err != nil || !cmp.Equal(with, again, equate) {
				t.Errorf("%s is written %s: %v", line, with, err)
			}
			if want := name + map[bool]string{true: "=" + example}[example != ""]; !implied && !strings.Contains(with.String(), want) {
				t.Errorf("%s is written %s, without %s", line, with, want)
			}
		}
	}
}

func TestCanonical(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{"do=discover mac=2:0:0:0:0:1", "mac=02:00:00:00:00:01 do=discover"},
		{"mac=020000000001", ""},
		{"mac=0x020000000001", "mac=02:00:00:00:00:01 do=discover,request"},
		{`mac=02:00 opt60="a b" opt12=0x00`, `mac=02:00 opt12=0x00 vendor-class="a b" do=discover,request`},
		{`mac=02:00 vendor-class=0x6162 circuit-id=x relay=10.0.0.1`, `mac=02:00 relay=10.0.0.1 vendor-class=ab circuit-id=x do=discover,request`},
		{`mac=02:00 vendor-class=" x=\"" hostname="" `, `mac=02:00 hostname="" vendor-class=" x=\"" do=discover,request`},
		{`duid=01:02`, `duid=01:02 iaid=1 ia-na do=solicit,request`},
	} {
		c, err := Parse(tt.line)
		switch {
		case err != nil && tt.want != "":
			t.Errorf("%s: %v", tt.line, err)
		case err == nil && tt.want == "":
			t.Errorf("%s is %s, an error was expected", tt.line, c)
		}
		if err != nil || tt.want == "" {
			continue
		}
		// The words of options stand in the order of the table.
		got, want := strings.Fields(c.String()), strings.Fields(tt.want)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s is written\n%s, not\n%s", tt.line, c, tt.want)
		}
	}
}

func TestErrors(t *testing.T) {
	for line, want := range map[string]string{
		"":                                        "mac",
		"relay=10.0.0.1":                          "mac",
		"mac=02:00 mac=02:01":                     "twice",
		"mac=02:00 opt60=0x00 vendor-class=x":     "already",
		"mac=":                                    "missing",
		"mac":                                     "missing",
		"mac=02:00 do=solicit":                    "no message",
		"mac=02:00 oro=3":                         "no such word",
		"mac=02:00 iaid=3":                        "duid",
		duid + " secs=3":                          "DUID",
		duid + " relay=10.0.0.1":                  "protocol",
		"mac=02:00 opt53=0x01":                    "themselves",
		"mac=02:00 opt300=0x01":                   "no such word",
		"mac=02:00 opt060=0x01":                   "no such word",
		"mac=02:00 prl=1,,3":                      "no code",
		"mac=02:00 prl=300":                       "no code",
		`mac=02:00 vendor-class="x`:               "does not end",
		`mac=02:00 vendor-class="x"y`:             "blank",
		"mac=02:00 circuit-id=x":                  "relay",
		"mac=02:00 broadcast=1":                   "no value",
		"mac=" + strings.Repeat("00:", 16) + "00": "17 bytes",
		"mac=02:00 opt250=0x" + strings.Repeat("00", 256): "255",
	} {
		if c, err := Parse(line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v; an error with %q was expected", line, c, err, want)
		}
	}
	if _, err := ParseList("# x\n\nmac=02:00\nmac=z"); err == nil || !strings.HasPrefix(err.Error(), "line 4:") {
		t.Error(err)
	}
}

func FuzzRoundTrip(f *testing.F) {
	f.Add("mac=02:00:00:00:00:01 relay=10.0.0.1 vendor-class=\"a b\" opt43=0x0102 prl=1,3 do=discover,request")
	f.Add(duid + " ia-pd oro=23 prefix=::/56 valid-lifetime=100 relay=2001:db8::1 interface-id=x do=solicit")
	f.Fuzz(func(t *testing.T, line string) {
		c, err := Parse(line)
		if err != nil {
			return
		}
		written := c.String()
		again, err := Parse(written)
		if err != nil {
			t.Fatalf("%q is written %q: %v", line, written, err)
		}
		if diff := cmp.Diff(c, again, equate); diff != "" {
			t.Fatalf("%q is written %q:\n%s", line, written, diff)
		}
		if again.String() != written {
			t.Fatalf("%q is written %q, then %q", line, written, again)
		}
	})
}

func TestMessages4(t *testing.T) {
	c, err := Parse("mac=02:00:00:00:00:01 relay=10.0.0.1 client-id=01:02 prl=1,3 request=10.0.0.7 lease-time=60 circuit-id=p hostname=x do=discover")
	if err != nil {
		t.Fatal(err)
	}
	lease := Lease4{Address: netip.MustParseAddr("10.0.0.20"), Server: netip.MustParseAddr("10.0.0.254")}
	for _, tt := range []struct {
		step           Step
		ciaddr, giaddr string
		options        string // code=hex
	}{
		{Discover, "0.0.0.0", "10.0.0.1", "12=78 50=0a000007 51=0000003c 53=01 55=0103 61=0102 82=010170"},
		{Request, "0.0.0.0", "10.0.0.1", "12=78 50=0a000014 51=0000003c 53=03 54=0a0000fe 55=0103 61=0102 82=010170"},
		{Renew, "10.0.0.20", "0.0.0.0", "12=78 51=0000003c 53=03 55=0103 61=0102"},
		{Rebind, "10.0.0.20", "10.0.0.1", "12=78 51=0000003c 53=03 55=0103 61=0102 82=010170"},
		{Reboot, "0.0.0.0", "10.0.0.1", "12=78 50=0a000007 51=0000003c 53=03 55=0103 61=0102 82=010170"},
		{Release, "10.0.0.20", "0.0.0.0", "12=78 53=07 54=0a0000fe 61=0102"},
		{Decline, "0.0.0.0", "10.0.0.1", "12=78 50=0a000014 53=04 54=0a0000fe 61=0102 82=010170"},
		{Inform, "10.0.0.20", "10.0.0.1", "12=78 53=08 55=0103 61=0102 82=010170"},
		{Bootp, "0.0.0.0", "10.0.0.1", "12=78 51=0000003c 55=0103 61=0102 82=010170"},
	} {
		m, err := c.Message4(tt.step, [4]byte{1, 2, 3, 4}, lease)
		if err != nil {
			t.Fatal(err)
		}
		read, err := dhcpv4.FromBytes(m.ToBytes())
		if err != nil {
			t.Fatal(err)
		}
		if read.ClientIPAddr.String() != tt.ciaddr || read.GatewayIPAddr.String() != tt.giaddr || read.ClientHWAddr.String() != "02:00:00:00:00:01" {
			t.Errorf("%s: %s", tt.step, read)
		}
		var options []string
		for code := 1; code < 255; code++ {
			if data, ok := read.Options[uint8(code)]; ok {
				options = append(options, strconv.Itoa(code)+"="+hex.EncodeToString(data))
			}
		}
		if got := strings.Join(options, " "); got != tt.options {
			t.Errorf("%s:\n%s, expected\n%s", tt.step, got, tt.options)
		}
		if tt.step != Discover && tt.step != Bootp && tt.step != Reboot {
			if _, err := c.Message4(tt.step, [4]byte{}, Lease4{}); !errors.Is(err, ErrNoLease) {
				t.Errorf("%s without a lease: %v", tt.step, err)
			}
		}
	}
}

func TestMessages6(t *testing.T) {
	c, err := Parse(duid + " mac=02:00:00:00:00:01 ia-na ia-pd prefix=::/56 valid-lifetime=256 oro=23 relay=2001:db8::1 interface-id=p")
	if err != nil {
		t.Fatal(err)
	}
	lease := Lease6{Server: []byte{9, 9}, Addresses: []netip.Addr{netip.MustParseAddr("2001:db8::20")}, Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:5::/48")}}
	const head, id, elapsed = "01020300", "0001000a00030001020000000001", "000800020000"
	const wishNA = "000300280000000100000000000000000005001800000000000000000000000000000000" + "0000000000000100"
	const wishPD = "001900290000000100000000000000000" + "01a0019" + "00000000" + "00000100" + "38" + "00000000000000000000000000000000"
	const haveNA = "0003002800000001000000000000000000050018" + "20010db8000000000000000000000020" + "0000000000000100"
	const havePD = "001900290000000100000000000000000" + "01a0019" + "00000000" + "00000100" + "30" + "20010db8000500000000000000000000"
	for _, tt := range []struct {
		step Step
		want string
	}{
		{Solicit, "01" + head[:6] + id + wishNA + wishPD + elapsed + "000600020017"},
		{Renew, "05" + head[:6] + id + "000200020909" + haveNA + havePD + elapsed + "000600020017"},
		{Release, "08" + head[:6] + id + "000200020909" + haveNA + havePD + elapsed},
		{Confirm, "04" + head[:6] + id + haveNA + elapsed},
		{Inform, "0b" + head[:6] + id + elapsed + "000600020017"},
	} {
		m, err := c.Message6(tt.step, [3]byte{1, 2, 3}, lease)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := dhcpv6.FromBytes(m.ToBytes())
		if err != nil {
			t.Fatal(err)
		}
		relay, ok := parsed.(*dhcpv6.RelayMessage)
		if !ok || relay.PeerAddr.String() != "fe80::ff:fe00:1" || string(relay.Options.InterfaceID()) != "p" {
			t.Fatalf("%s: %s", tt.step, m)
		}
		if got := hex.EncodeToString(relay.GetOneOption(dhcpv6.OptionRelayMsg).ToBytes()); got != tt.want {
			t.Errorf("%s:\n%s, expected\n%s", tt.step, got, tt.want)
		}
	}
	if _, err := c.Message6(Request, [3]byte{}, Lease6{}); !errors.Is(err, ErrNoLease) {
		t.Errorf("a request without a lease: %v", err)
	}
	reply, err := c.Message6(Renew, [3]byte{}, lease)
	if err != nil {
		t.Fatal(err)
	}
	raw := reply.(*dhcpv6.RelayMessage).GetOneOption(dhcpv6.OptionRelayMsg).ToBytes()
	inner, err := dhcpv6.FromBytes(raw)
	if err != nil {
		t.Fatal(err)
	}
	var learned Lease6
	learned.Learn(inner.(*dhcpv6.Message))
	if diff := cmp.Diff(lease, learned, equate); diff != "" {
		t.Error(diff)
	}
}
