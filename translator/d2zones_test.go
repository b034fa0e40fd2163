package translator

import (
	"net/netip"
	"slices"
	"testing"
)

func TestReverseZones(t *testing.T) {
	for _, c := range []struct {
		prefix string
		want   []string
	}{
		{"192.0.2.0/24", []string{"2.0.192.in-addr.arpa."}},
		{"192.0.2.64/26", []string{"2.0.192.in-addr.arpa."}},
		{"192.0.2.1/32", []string{"2.0.192.in-addr.arpa."}},
		{"10.1.2.0/23", []string{"2.1.10.in-addr.arpa.", "3.1.10.in-addr.arpa."}},
		{"10.1.255.0/23", []string{"254.1.10.in-addr.arpa.", "255.1.10.in-addr.arpa."}},
		{"172.16.0.0/15", []string{"16.172.in-addr.arpa.", "17.172.in-addr.arpa."}},
		{"10.0.0.0/8", []string{"10.in-addr.arpa."}},
		{"254.0.0.0/7", []string{"254.in-addr.arpa.", "255.in-addr.arpa."}},
		{"2001:db8:1::/48", []string{"1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa."}},
		{"2001:db8::/31", []string{"8.b.d.0.1.0.0.2.ip6.arpa.", "9.b.d.0.1.0.0.2.ip6.arpa."}},
		{"2001:db8::1/128", []string{"0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa."}},
	} {
		p := netip.MustParsePrefix(c.prefix).Masked()
		if got := reverseZones(p); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.prefix, got, c.want)
		}
	}
	if n := len(reverseZones(netip.MustParsePrefix("0.0.0.0/0"))); n != 256 {
		t.Errorf("0.0.0.0/0 has %d zones", n)
	}
}
