package exchange_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// whim are the parts of answers that time or chance decides, and the places of
// faults, which Kea counts in the text of the command.
var whim = []struct {
	what *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}"`), `"time"`},
	{regexp.MustCompile(`"(cltt|pid|uptime|reload|thread-pool-size)": ?\d+`), `"$1": n`},
	{regexp.MustCompile(` \(<wire>:\d+:\d+\)`), ``},
}

// TestCommands sends the same commands to the real Kea 3.0 and to keasrv as a
// program: the answers have to be the same to the byte, but for what time decides.
func TestCommands(t *testing.T) { compareAnswers(t, "testdata/commands.jsonl") }

// TestConfigurations has both judge configurations, right ones and wrong ones: both
// take the same, and say the same about the others.
func TestConfigurations(t *testing.T) { compareAnswers(t, "testdata/configurations.jsonl") }

func compareAnswers(t *testing.T, file string) {
	t.Helper()
	kea := oracle.Kea(t, keaversion.V3_0, "dhcp4")
	if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
		t.Skip("namespaces with interfaces need root")
	}
	keasrv, err := oracle.BuildKeasrv(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	commands := strings.Split(strings.TrimSpace(string(text)), "\n")
	want, got := answers(t, kea, commands), answers(t, keasrv, commands)
	for i, c := range commands {
		if want[i] != got[i] {
			t.Errorf("%s\n  Kea    %s\n  keasrv %s", c, want[i], got[i])
		}
	}
}

func answers(t *testing.T, program *oracle.Program, commands []string) (out []string) {
	t.Helper()
	conf, err := os.ReadFile("testdata/commands.json")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "kea-dhcp4.conf")
	if err := os.WriteFile(file, conf, 0o644); err != nil {
		t.Fatal(err)
	}
	server, err := program.Serve(t.Context(), file, false, oracle.Interface{Name: "eth0", Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for _, c := range commands {
		answer, err := server.Control("/run/kea/commands", c)
		if err != nil {
			t.Fatalf("%s: %v", c, err)
		}
		plain := string(answer)
		for _, w := range whim {
			plain = w.what.ReplaceAllString(plain, w.with)
		}
		out = append(out, plain)
	}
	return out
}
