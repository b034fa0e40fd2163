package dhcpdconf

import "testing"

// Escapes in strings, as dhcpd reads them; the bytes of "\267\355" came back
// from the real dhcpd.
func TestUnescape(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{`plain`, "plain"},
		{`\267\355\265`, "\xb7\xed\xb5"},
		{`\377\001\0019`, "\xff\x01\x019"},
		{`\x0aA\xfF`, "\nA\xff"},
		{`a\tb\"c\\d\q`, "a\tb\"c\\dq"},
	} {
		if got, problem := unescape(tt.text); got != tt.want || problem != "" {
			t.Errorf("%s is %q, expected %q (%s)", tt.text, got, tt.want, problem)
		}
	}
	for _, text := range []string{`\18`, `\x0`, `\xg0`} {
		if got, problem := unescape(text); problem == "" {
			t.Errorf("%s is %q, a complaint was expected", text, got)
		}
	}
}
