package population_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/verify/population"
)

func TestGrow(t *testing.T) {
	o := population.Options{Most: 2000, Server: netip.MustParseAddr("10.0.1.10"), Grow: true}
	lines := derive(t, sample, o)
	for _, want := range []struct{ what, a, b string }{
		{"the edge of a pool", "request=10.0.1.9 ", ""},
		{"beside the edge of a pool", "request=10.0.1.30 ", ""},
		{"the edge of a pool for a class, by a member", "request=10.0.2.29 ", "vendor-class=phone+1 "},
		{"a host that is a member of a class", "mac=02:11:22:33:44:55 ", "vendor-class=phone+1 "},
		{"two conditions at once", "user-class=gPXE ", "vendor-class=phone+1 "},
		{"a condition on another link", "relay=10.0.2.1 ", "user-class=gPXE "},
		{"BOOTP on the other link", "relay=10.0.2.1 ", "do=bootp"},
	} {
		found := false
		for _, line := range lines {
			found = found || strings.Contains(line, want.a) && strings.Contains(line, want.b)
		}
		if !found {
			t.Errorf("no client for %s: none has %q and %q", want.what, want.a, want.b)
		}
	}
	lasting := false
	for _, line := range lines {
		is := strings.HasSuffix(line, "do=bootp") || strings.Contains(line, ",decline,")
		if lasting && !is {
			t.Fatalf("a client after those that keep an address: %s", line)
		}
		lasting = is
	}
	o.Most = 90
	if n := len(derive(t, sample, o)); n != 90 {
		t.Errorf("%d clients, want 90", n)
	}
}
