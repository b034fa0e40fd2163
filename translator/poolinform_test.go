package translator

import (
	"fmt"
	"net/netip"
	"testing"
)

func TestPrefixesOf(t *testing.T) {
	for _, tt := range []struct {
		low, high string
		most      int
		want      string
	}{
		{"10.0.0.10", "10.0.0.19", 8, "[10.0.0.10/31 10.0.0.12/30 10.0.0.16/30]"},
		{"10.0.0.0", "10.0.1.255", 8, "[10.0.0.0/23]"},
		{"10.0.0.7", "10.0.0.7", 8, "[10.0.0.7/32]"},
		{"0.0.0.0", "255.255.255.255", 8, "[0.0.0.0/0]"},
		{"255.255.255.254", "255.255.255.255", 8, "[255.255.255.254/31]"},
		{"10.0.0.1", "10.0.0.254", 8, "[]"}, // 14 of them
	} {
		if got := fmt.Sprint(prefixesOf(netip.MustParseAddr(tt.low), netip.MustParseAddr(tt.high), tt.most)); got != tt.want {
			t.Errorf("%s - %s: %s, want %s", tt.low, tt.high, got, tt.want)
		}
	}
}

func TestRangeTest(t *testing.T) {
	got, ok := rangeTest("pkt4.ciaddr", netip.MustParseAddr("10.0.0.15"), netip.MustParseAddr("10.0.0.33"))
	const want = "(substring(pkt4.ciaddr, 0, 3) == 0x0a0000) and ((hexstring(substring(pkt4.ciaddr, 3, 1), '') == '0f') or " +
		"(substring(hexstring(substring(pkt4.ciaddr, 3, 1), ''), 0, 1) == '1') or " +
		"(hexstring(substring(pkt4.ciaddr, 3, 1), '') == '20') or (hexstring(substring(pkt4.ciaddr, 3, 1), '') == '21'))"
	if got != want || !ok {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
