package translator

import (
	"os/exec"
	"strings"
	"testing"
)

// Whatever a constant holds, the shell hands it on unchanged, up to a NUL.
func TestShellQuote(t *testing.T) {
	for _, c := range []struct{ text, word, value string }{
		{"", "''", ""},
		{"plain", "'plain'", "plain"},
		{"it's", `'it'\''s'`, "it's"},
		{"''", `''\'''\'''`, "''"},
		{"$(touch x) `id` $HOME \\ \" * ~ #", "'$(touch x) `id` $HOME \\ \" * ~ #'", "$(touch x) `id` $HOME \\ \" * ~ #"},
		{"a\nb\t-n", "'a\nb\t-n'", "a\nb\t-n"},
		{"a\x00b", "'a'", "a"},
		{"\xff\x80", "'\xff\x80'", "\xff\x80"},
	} {
		word := shellQuote(c.text)
		if word != c.word {
			t.Errorf("%q is written %s, want %s", c.text, word, c.word)
		}
		out, err := exec.Command("/bin/sh", "-c", "printf %s "+word).CombinedOutput()
		if err != nil || string(out) != c.value {
			t.Errorf("%s gives %q in the shell (%v), want %q", word, out, err, c.value)
		}
	}
}

func TestShellVariable(t *testing.T) {
	taken := map[string]bool{}
	for _, c := range []struct{ name, want string }{
		{"ClientIP", "v_ClientIP"},
		{"client-ip", "v_client_ip"},
		{"client.ip", "v_client_ip_2"},
		{"PATH", "v_PATH"},
		{"9;rm", "v_9_rm"},
	} {
		if have := shellVariable(c.name, taken); have != c.want {
			t.Errorf("%s is called %s, want %s", c.name, have, c.want)
		}
	}
}

// A comment stays one, whatever stands in it.
func TestScriptComment(t *testing.T) {
	s := newScript()
	s.comment("a\nrm -rf x\r\x00b")
	if have := s.out.String(); have != "# a rm -rf x  b\n" {
		t.Errorf("written: %q", have)
	}
}

// What fails halfway leaves nothing behind.
func TestScriptAttempt(t *testing.T) {
	s := newScript()
	s.line("before")
	err := s.attempt(func() error {
		s.open("if x; then")
		s.line("%s", s.call("ascii"))
		s.temp()
		return errDryRun
	})
	if err != errDryRun {
		t.Errorf("error %v", err)
	}
	s.line("after")
	if have := s.assemble(nil, "daemon"); !strings.HasSuffix(have, "before\nafter\n") || strings.Contains(have, "ascii") || s.temp() != "t1" {
		t.Errorf("written:\n%s", have)
	}
}
