package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// openTerminal returns both ends of a pseudo-terminal.
func openTerminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(int(slave.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}); err != nil {
		t.Fatal(err)
	}
	return master, slave
}

// On a terminal an import shows how far it has come, and clears that away in the
// end; elsewhere it does not.
func TestProgress(t *testing.T) {
	dir := t.TempDir()
	var text strings.Builder
	for n := range 50_000 {
		text.WriteString(entry4(n, 1))
	}
	leases, config := filepath.Join(dir, "dhcpd.leases"), filepath.Join(dir, "kea-dhcp4.conf")
	for name, content := range map[string]string{leases: text.String(), config: `{ "Dhcp4": { "subnet4": [ { "id": 1, "subnet": "10.0.0.0/8" } ] } }`} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	importTo := func(errs io.Writer) {
		t.Helper()
		var out bytes.Buffer
		args := []string{"leases", "import", leases, "--config", config, "--dry-run"}
		if status := run(t.Context(), terminal{strings.NewReader(""), &out, errs}, args); status != 0 {
			t.Fatalf("status %d: %s", status, &out)
		}
	}
	master, slave := openTerminal(t)
	shown := make(chan string)
	go func() {
		text, _ := io.ReadAll(master) // it ends with an error when the terminal is closed
		shown <- string(text)
	}()
	importTo(slave)
	if err := slave.Close(); err != nil {
		t.Fatal(err)
	}
	got := <-shown
	if !strings.Contains(got, "reading") || !strings.Contains(got, "%") || !strings.Contains(got, "MB") {
		t.Errorf("the terminal shows %q", got)
	}
	// What was drawn last on the line is blanks.
	pieces := strings.FieldsFunc(got, func(r rune) bool { return r == '\r' || r == '\n' })
	if last := pieces[len(pieces)-1]; strings.TrimSpace(last) != "" {
		t.Errorf("the bar stays: %q", last)
	}

	var errs bytes.Buffer
	importTo(&errs)
	if errs.Len() > 0 {
		t.Errorf("without a terminal it says %q", &errs)
	}
}
