package translator

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator/model"
)

func TestPrefixBlocks(t *testing.T) {
	for _, test := range []struct {
		low, high string
		length    int
		want      []string
	}{
		{"2001:db8:100::", "2001:db8:1ff::", 48, []string{"2001:db8:100::/40"}},
		{"2001:db8:100::", "2001:db8:105::", 48, []string{"2001:db8:100::/46", "2001:db8:104::/47"}},
		{"2001:db8:101::", "2001:db8:104::", 48, []string{"2001:db8:101::/48", "2001:db8:102::/47", "2001:db8:104::/48"}},
		{"2001:db8:104::", "2001:db8:101::", 48, []string{"2001:db8:101::/48", "2001:db8:102::/47", "2001:db8:104::/48"}},
		{"::", "ffff:ffff:ffff:ffff::", 64, []string{"::/1", "8000::/1"}},
		{"2001:db8::", "2001:db8::", 64, []string{"2001:db8::/64"}},
		{"10.0.0.0", "10.0.0.1", 32, nil},
		{"2001:db8::", "2001:db8::", 0, nil},
	} {
		var got []string
		for _, p := range prefixBlocks(netip.MustParseAddr(test.low), netip.MustParseAddr(test.high), test.length) {
			got = append(got, p.String())
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s - %s /%d: got %v, want %v", test.low, test.high, test.length, got, test.want)
		}
	}
}

// The blocks follow each other without a gap, from the first prefix to the last.
func FuzzPrefixBlocks(f *testing.F) {
	f.Add(uint64(0x20010db801000000), uint64(0x20010db801050000), uint8(48))
	f.Add(uint64(0), ^uint64(0), uint8(64))
	f.Fuzz(func(t *testing.T, a, b uint64, length uint8) {
		if length < 1 || length > 64 {
			return
		}
		low, high := addr64(min(a, b)), addr64(max(a, b))
		first, _ := low.Prefix(int(length))
		last, _ := high.Prefix(int(length))
		blocks := prefixBlocks(low, high, int(length))
		at := first.Addr()
		for _, block := range blocks {
			if block.Addr() != at || block.Masked() != block || block.Bits() > int(length) {
				t.Fatalf("%s does not follow at %s", block, at)
			}
			at = model.LastAddr(block).Next()
		}
		if want := model.LastAddr(last).Next(); at != want {
			t.Fatalf("the blocks end before %s, want before %s", at, want)
		}
		if len(blocks) > 2*int(length) {
			t.Fatalf("%d blocks, more than needed", len(blocks))
		}
	})
}

func addr64(n uint64) netip.Addr {
	var raw [16]byte
	for i := range 8 {
		raw[i] = byte(n >> (56 - 8*i))
	}
	return netip.AddrFrom16(raw)
}

// TestOverlappingPrefixes: dhcpd accepts the file, and Kea the result.
func TestOverlappingPrefixes(t *testing.T) {
	const conf = `subnet6 2001:db8::/64 {
  prefix6 2001:db8:100:: 2001:db8:1ff:: /48;
  prefix6 2001:db8:120:: 2001:db8:12f:: /56;
  prefix6 2001:db8:300:: 2001:db8:301:: /48;
  prefix6 2001:db8:300:: 2001:db8:301:: /48;
  pool6 { prefix6 2001:db8:100:: 2001:db8:3ff:: /48; }
}
`
	r, out := convertText(t, conf, Options{Target: keaversion.V3_0})
	var got []string
	for _, p := range r.DHCP6.Subnet6[0].PDPools {
		got = append(got, fmt.Sprintf("%s/%d", p.Prefix, p.PrefixLen))
	}
	slices.Sort(got)
	if want := []string{"2001:db8:100::/40", "2001:db8:200::/39"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q\n%s", got, want, out)
	}
	findings := 0
	for _, f := range r.Report.Findings {
		if f.Code == "prefix-overlap" {
			findings++
		}
	}
	if findings == 0 {
		t.Error("no finding prefix-overlap")
	}
}
