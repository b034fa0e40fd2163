package translator_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
)

// Every script that is made from a sample or a golden case passes shellcheck,
// which has nothing to note about it, not even in style.
func TestScriptsPassShellcheck(t *testing.T) {
	shellcheck, err := exec.LookPath("shellcheck")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("package shellcheck is not installed")
	}
	checked := map[string]int{}
	for name, conf := range configurations(t) {
		protocol := dhcpdconf.DHCP4
		if strings.Contains(name, "/v6/") || strings.Contains(name, "6.conf") {
			protocol = dhcpdconf.DHCP6
		}
		file, diags := dhcpdconf.Parse(name, conf, dhcpdconf.Options{Protocol: protocol})
		result := translator.Translate(file, diags, translator.Options{
			Target: keaversion.Default, Layout: translator.Layout{ScriptsDir: "/usr/share/kea/scripts"},
		})
		for _, script := range result.Scripts {
			checked[script.Name]++
			cmd := exec.Command(shellcheck, "--shell=sh", "--severity=style", "-")
			cmd.Stdin = strings.NewReader(script.Text)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s, %s: %v\n%s", name, script.Name, err, bytes.ReplaceAll(out, []byte("In - "), []byte("In "+script.Name+" ")))
			}
		}
	}
	for _, script := range []string{"keamigrate-events4.sh", "keamigrate-events6.sh"} {
		if checked[script] < 2 {
			t.Errorf("only %d scripts %s were made", checked[script], script)
		}
	}
}

// configurations returns the samples and the inputs of the golden cases.
func configurations(t *testing.T) map[string][]byte {
	t.Helper()
	confs := map[string][]byte{}
	for _, pattern := range []string{"*.conf", "v4/*.conf", "v6/*.conf"} {
		files, err := filepath.Glob("../testdata/dhcpd-samples/" + pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, error %v", pattern, len(files), err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			confs[file] = text
		}
	}
	archives, err := filepath.Glob("../golden/convert/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("%d archives, error %v", len(archives), err)
	}
	for _, file := range archives {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			if strings.HasPrefix(f.Name, "dhcpd") {
				confs[file+"/"+f.Name] = f.Data
			}
		}
	}
	return confs
}
