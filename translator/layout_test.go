package translator

import "testing"

func TestParseLayout(t *testing.T) {
	for name, hooks := range map[string]string{
		"": "", "debian": "/usr/lib/x86_64-linux-gnu/kea/hooks", "rhel": "/usr/lib64/kea/hooks", "/opt/kea": "/opt/kea/lib/kea/hooks",
	} {
		l, err := ParseLayout(name)
		if err != nil || l.HooksDir != hooks {
			t.Errorf("ParseLayout(%q) = %+v, %v, want hooks in %q", name, l, err, hooks)
		}
	}
	for _, name := range []string{"suse", "opt/kea"} {
		if l, err := ParseLayout(name); err == nil {
			t.Errorf("ParseLayout(%q) = %+v, want an error", name, l)
		}
	}
}
