package classify_test

import (
	"net"
	"net/netip"
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv4"

	"github.com/keamigrate/keamigrate/parser/keaexpr"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/parser/option"
	"github.com/keamigrate/keamigrate/server/classify"
	"github.com/keamigrate/keamigrate/server/packet"
)

// query is a relayed DISCOVER with a host name, a vendor class, an enterprise's
// options and those of a relay agent.
func query(t testing.TB) *classify.Query {
	t.Helper()
	raw := func(code uint8, content string) dhcpv4.Modifier {
		return dhcpv4.WithOption(dhcpv4.OptGeneric(dhcpv4.GenericOptionCode(code), []byte(content)))
	}
	m, err := dhcpv4.NewDiscovery(net.HardwareAddr{2, 0, 0, 0, 0, 0x1f}, dhcpv4.WithGatewayIP(net.IP{10, 0, 0, 1}),
		raw(12, "Host-7"), raw(60, "PXEClient:Arch:00007"), raw(93, "\x00\x07"), raw(124, "\x00\x00\x11\x8b\x04\x03abc"),
		raw(125, "\x00\x00\x11\x8b\x05\x01\x03xyz"), raw(82, "\x01\x05port7\x02\x00"), raw(57, "\x05\xdc"), raw(118, ""))
	if err != nil {
		t.Fatal(err)
	}
	m.TransactionID = [4]byte{1, 2, 3, 4}
	q := &classify.Query{Message: &packet.Message4{}, Interface: "eth0", Src: netip.MustParseAddr("10.0.0.1"), Dst: netip.MustParseAddr("10.0.0.2")}
	if err := q.Message.Parse(m.ToBytes()); err != nil {
		t.Fatal(err)
	}
	q.Agent, _ = q.Message.Option(82)
	return q
}

func compiler() (*classify.Compiler, keaexpr.Rules) {
	code := func(name string) (uint32, bool) {
		d, ok := option.KeaByName(option.V4, "dhcp4", name, keaversion.V3_0)
		return d.Code, ok
	}
	return &classify.Compiler{
		Names: classify.NewNames(),
		Definition: func(code uint32) (option.KeaDef, bool) {
			return option.KeaLookup(option.V4, "dhcp4", code, keaversion.V3_0)
		},
		Code: code,
	}, keaexpr.Rules{Family: option.V4, Version: keaversion.V3_0, Option: code}
}

func TestTests(t *testing.T) {
	for test, want := range map[string]bool{
		"option[12].exists":                                                     true,
		"option[host-name].exists":                                              true,
		"option[61].exists":                                                     false,
		"option[118].exists and option[118].hex == ''":                          true,
		"option[61].hex == ''":                                                  true,
		"not option[61].exists":                                                 true,
		"option[12].text == 'Host-7'":                                           true,
		"option[12].hex == 0x486f73742d37":                                      true,
		"lcase(option[12].hex) == 'host-7'":                                     true,
		"ucase(option[12].hex) == 'HOST-7'":                                     true,
		"substring(option[60].hex,0,9) == 'PXEClient'":                          true,
		"substring(option[60].hex,-5,all) == '00007'":                           true,
		"substring(option[60].hex,-5,2) == '00'":                                true,
		"substring(option[60].hex,9,-9) == 'PXEClient'":                         true,
		"substring(option[60].hex,2,-9) == 'PX'":                                true,
		"substring(option[60].hex,20,1) == ''":                                  true,
		"substring(option[60].hex,-21,1) == ''":                                 true,
		"substring(option[60].hex,15,100) == '00007'":                           true,
		"substring('foobar', 4, -2) == 'ob'":                                    true,
		"option[93].hex == 0x0007":                                              true,
		"option[93].hex == 7":                                                   false,
		"uint16totext(option[93].hex) == '7'":                                   true,
		"uint16totext(option[57].hex) == '1500'":                                true,
		"option[57].text == 'type=057, len=002: 1500 (uint16)'":                 true,
		"relay4[1].hex == 'port7'":                                              true,
		"relay4[1].exists and relay4[2].exists":                                 true,
		"relay4[5].exists":                                                      false,
		"option[82].option[1].hex == 'port7'":                                   true,
		"pkt4.mac == 0x02000000001f":                                            true,
		"hexstring(pkt4.mac, ':') == '02:00:00:00:00:1f'":                       true,
		"pkt4.giaddr == 10.0.0.1":                                               true,
		"addrtotext(pkt4.giaddr) == '10.0.0.1'":                                 true,
		"pkt4.msgtype == 1":                                                     true,
		"pkt4.hlen == 6 and pkt4.htype == 1":                                    true,
		"pkt4.transid == 0x01020304":                                            true,
		"pkt.iface == 'eth0'":                                                   true,
		"pkt.src == 10.0.0.1 and pkt.dst == 10.0.0.2":                           true,
		"concat(option[12].hex, '!') == 'Host-7!'":                              true,
		"option[12].hex + '-' + relay4[1].hex == 'Host-7-port7'":                true,
		"ifelse(option[61].exists, option[61].hex, pkt4.mac) == 0x02000000001f": true,
		"split(option[60].hex, ':', 2) == 'Arch'":                               true,
		"split(option[60].hex, ':', 4) == ''":                                   true,
		"split('a.b-c', '.-', 3) == 'c'":                                        true,
		"vendor[4491].exists and not vendor[1].exists":                          true,
		"vendor[*].option[1].hex == 'xyz'":                                      true,
		"vendor.enterprise == 4491":                                             true,
		"vendor-class[4491].data == 0x03616263":                                 true,
		"vendor-class[4491].data[1] == ''":                                      true,
		"match('PXE.*:0000[67]', option[60].text)":                              true,
		"match('PXE', option[60].text)":                                         false,
		"member('lab') and not member('other')":                                 true,
		"option[61].exists or option[12].exists":                                true,
		"option[61].exists sand option[12].exists":                              false,
	} {
		c, rules := compiler()
		e, err := keaexpr.Parse(test, rules)
		if err != nil {
			t.Errorf("%s: %v", test, err)
			continue
		}
		f, err := c.Test(e)
		if err != nil {
			t.Errorf("%s: %v", test, err)
			continue
		}
		q := query(t)
		q.Classes.Add(c.Names.ID("lab"))
		if got, err := f(q); got != want || err != nil {
			t.Errorf("%s is %v, want %v (%v)", test, got, want, err)
		}
	}
}

// What cannot be evaluated is an error, and in "and" and "or" only when it is
// looked at.
func TestEvaluationErrors(t *testing.T) {
	for test, want := range map[string]bool{
		"uint16totext(option[12].hex) == '7'":                                                        true,
		"addrtotext(option[12].hex) == '7'":                                                          true,
		"option[61].exists and uint16totext(option[12].hex) == '7'":                                  false,
		"option[12].exists or uint16totext(option[12].hex) == '7'":                                   false,
		"option[12].hex == 'x' or option[12].hex == 'y' or uint16totext(option[12].hex) == '7'":      true,
		"uint16totext(option[12].hex) == '7' or uint16totext(option[12].hex) == '8'":                 true,
		"option[12].hex == 'x' or option[12].hex == 'Host-7' or uint16totext(option[12].hex) == '7'": false,
		"option[12].exists sor uint16totext(option[12].hex) == '7'":                                  true,
		"not (option[12].exists and uint16totext(option[12].hex) == '7')":                            true,
	} {
		c, rules := compiler()
		e, err := keaexpr.Parse(test, rules)
		if err != nil {
			t.Fatal(err)
		}
		f, err := c.Test(e)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f(query(t)); (err != nil) != want {
			t.Errorf("%s: %v, want an error: %v", test, err, want)
		}
	}
}

func TestSet(t *testing.T) {
	var s classify.Set
	for _, id := range []int{3, 70, 3, 0} {
		s.Add(id)
	}
	if got := s.Order(); len(got) != 3 || got[0] != 3 || got[1] != 70 || got[2] != 0 {
		t.Errorf("order %v", got)
	}
	s.Remove(70)
	if s.Has(70) || !s.Has(0) || !s.HasAny([]int{70, 3}) || s.HasAny([]int{70, 1}) || !s.HasAny(nil) || s.Has(1000) {
		t.Error("membership is wrong")
	}
	s.Reset()
	if s.Has(3) || len(s.Order()) != 0 {
		t.Error("not empty")
	}
}

func TestNoAllocation(t *testing.T) {
	c, rules := compiler()
	e, err := keaexpr.Parse("substring(option[60].hex,0,9) == 'PXEClient' and lcase(option[12].hex) + 'x' == 'host-7x' and pkt4.giaddr == 10.0.0.1", rules)
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.Test(e)
	if err != nil {
		t.Fatal(err)
	}
	q := query(t)
	m, agent := q.Message, q.Agent
	if n := testing.AllocsPerRun(100, func() {
		q.Reset()
		q.Message, q.Agent = m, agent
		if v, err := f(q); !v || err != nil {
			t.Fatal(v, err)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
