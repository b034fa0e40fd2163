package suggest

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	candidates := []string{"subnet", "subnet6", "shared-network", "subclass", "range", "range6", "routers", "domain-name", "domain-name-servers", "default-lease-time", "max-lease-time", "on"}
	for _, tt := range []struct{ word, want string }{
		{"subent", "subnet"},
		{"SUBNET", "subnet"},
		{"sharednetwork", "shared-network"},
		{"routes", "routers"},
		{"max_lease_tim", "max-lease-time"},
		{"domain-nameservers", "domain-name-servers"},
		{"defualt-lease-time", "default-lease-time"},
		{"deafult-lease-tiem", "default-lease-time"},
		{"no", "on"},
		{"x", ""},
		{"", ""},
		{"completely-different", ""},
		{strings.Repeat("range", 100), ""},
	} {
		if got := Nearest(tt.word, candidates); got != tt.want {
			t.Errorf("Nearest(%q) = %q, want %q", tt.word, got, tt.want)
		}
	}
}

func BenchmarkNearest(b *testing.B) {
	var candidates []string
	for i := range 300 {
		candidates = append(candidates, strings.Repeat(string('a'+rune(i%26)), i%17+3))
	}
	for b.Loop() {
		Nearest("defualt-lease-time", candidates)
	}
}
