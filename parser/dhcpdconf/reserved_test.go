package dhcpdconf

import (
	"strings"
	"testing"
)

func TestReserved(t *testing.T) {
	longest := 0
	for word := range reserved {
		longest = max(longest, len(word))
		if strings.HasSuffix(word, "-") || strings.HasPrefix(word, "-") {
			t.Errorf("%q is half a word", word)
		}
		if !Reserved([]byte(strings.ToUpper(word))) {
			t.Errorf("Reserved(%q) is false", strings.ToUpper(word))
		}
	}
	if longest != maxReserved {
		t.Errorf("the longest word has %d letters, not %d", longest, maxReserved)
	}
	for _, word := range []string{"backoff-cutoff", "extract-int", "host-decl-name", "token-ring"} {
		if !Reserved([]byte(word)) {
			t.Errorf("Reserved(%q) is false", word)
		}
	}
	for _, word := range []string{"", "cutoff", "ddns-fwd-name", strings.Repeat("a", 2000)} {
		if Reserved([]byte(word)) {
			t.Errorf("Reserved(%q) is true", word)
		}
	}
}
