package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestConfined starts the program under Kea's name as root: it keeps its name, and
// no capabilities but those that it needs.
func TestConfined(t *testing.T) {
	if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
		t.Skip("dropping capabilities needs root, who has them")
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "keasrv")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	link := filepath.Join(dir, "kea-dhcp4")
	if err := os.Symlink(program, link); err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(dir, "kea-dhcp4.conf")
	if err := os.WriteFile(conf, []byte(`{ "Dhcp4": { "lease-database": { "type": "memfile", "persist": false }, "loggers": [ { "name": "kea-dhcp4", "severity": "INFO", "output-options": [ { "output": "stdout" } ] } ] } }`), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), link, "-c", conf)
	cmd.Env = append(os.Environ(), "KEA_PIDFILE_DIR="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()         // it is killed
	defer cmd.Process.Kill() // nothing is lost
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.Contains(lines.Text(), "DHCP4_STARTED") {
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(status), "Name:\tkea-dhcp4\n") {
		t.Errorf("the process has another name:\n%s", status)
	}
	const allowed = 1<<0 | 1<<1 | 1<<3 | 1<<10 | 1<<13
	for _, set := range []string{"CapBnd", "CapPrm", "CapEff"} {
		_, rest, _ := strings.Cut(string(status), set+":\t")
		text, _, _ := strings.Cut(rest, "\n")
		if has, err := strconv.ParseUint(text, 16, 64); err != nil || has&^allowed != 0 {
			t.Errorf("%s is %s, which is more than %x (%v)", set, text, allowed, err)
		}
	}
}
