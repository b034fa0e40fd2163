package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestREADME runs every command of the README's sh blocks, in order, in a copy
// of what they need. Those that run make are only looked up in the Makefile:
// make test would run this test again.
func TestREADME(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	dir := workplace(t)
	ran := 0
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(readme), -1) {
		for line := range strings.Lines(block[1]) {
			line = strings.TrimSpace(line)
			ran++
			if target, ok := strings.CutPrefix(line, "make "); ok {
				if !bytes.Contains(makefile, []byte("\n"+target+":")) {
					t.Errorf("%s: the Makefile has no target %s", line, target)
				}
				continue
			}
			if status, out := shell(t, dir, line); status > 1 {
				t.Errorf("%s: exit status %d\n%s", line, status, out)
			}
		}
	}
	if ran < 8 {
		t.Errorf("only %d commands found in the README", ran)
	}
}

// workplace makes a directory with bin/keamigrate, bin/keasrv and the samples.
func workplace(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"keamigrate", "keasrv"} {
		if out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "bin", name), "../"+name).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	if err := os.CopyFS(filepath.Join(dir, "testdata"), os.DirFS("../../testdata")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func shell(t *testing.T, dir, line string) (status int, out string) {
	t.Helper()
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir = dir
	text, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return exit.ExitCode(), string(text)
	case err != nil:
		t.Fatal(err)
	}
	return 0, string(text)
}

var demoBlock = regexp.MustCompile("(?s)<!-- demo -->\n```text\n(.*?)```\n<!-- /demo -->")

// TestREADMEShowsRealOutput: the output in the README is that of make demo, up
// to the first finding; -update puts it there.
func TestREADMEShowsRealOutput(t *testing.T) {
	dir := workplace(t)
	status, out := shell(t, dir, "bin/keamigrate convert --force -o kea testdata/dhcpd-samples/showcase.conf")
	if status > 1 {
		t.Fatalf("exit status %d\n%s", status, out)
	}
	head, findings, _ := strings.Cut(out, "\nFindings: ")
	paragraphs := strings.SplitN(findings, "\n\n", 3)
	_, next, found := strings.Cut(out, "\nNext:\n")
	if len(paragraphs) < 3 || !found {
		t.Fatalf("no findings and next steps in the output:\n%s", out)
	}
	want := head + "\nFindings: " + paragraphs[0] + "\n\n" + paragraphs[1] + "\n\n...\n\nNext:\n" + next

	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	m := demoBlock.FindSubmatchIndex(readme)
	if m == nil {
		t.Fatal("the README has no block between <!-- demo --> and <!-- /demo -->")
	}
	if string(readme[m[2]:m[3]]) == want {
		return
	}
	if !*update {
		t.Fatalf("the output in the README is not that of the program: go test ./cmd/keamigrate -run README -update. It is now\n%s", want)
	}
	readme = append(append(append([]byte{}, readme[:m[2]]...), want...), readme[m[3]:]...)
	if err := os.WriteFile("../../README.md", readme, 0o644); err != nil {
		t.Fatal(err)
	}
}
