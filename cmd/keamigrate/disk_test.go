package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// On a full disk, and on one that cannot be written to, an import says so and
// leaves everything as it was.
func TestDiskFull(t *testing.T) {
	if testing.Short() {
		t.Skip("mounts a file system of its own")
	}
	if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
		t.Skip("a file system is mounted by root")
	}
	l := newLeasesAt(t)
	var text strings.Builder
	for n := range 20_000 {
		text.WriteString(entry4(n, 1))
	}
	l.write(l.dhcpd, text.String())
	l.write(l.dhcpd+".one", entry4(1, 1))
	script := `set -e
mount -t tmpfs -o size=512k tmpfs "$1"
keamigrate leases import "$2.one" --config "$3" --to "$4" >/dev/null
before=$(cat "$4" | md5sum)
for state in full ro; do
	[ $state = full ] || mount -o remount,$state "$1"
	for work in import "follow --until-idle 1ms"; do
		status=0
		keamigrate leases $work "$2" --config "$3" --to "$4" >/dev/null 2>"$2.err" || status=$?
		echo "$state $work: $status $(cat "$2.err")"
		[ "$(cat "$4" | md5sum)" = "$before" ] || echo "the lease file is changed"
	done
done
ls -A "$1"
`
	cmd := exec.Command("unshare", "-m", "/bin/sh", "-c", script, "sh", filepath.Dir(l.place), l.dhcpd, l.config, l.place)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got := strings.ReplaceAll(string(out), filepath.Dir(l.place)+"/", "")
	got = regexp.MustCompile(`csv\.keamigrate-\d+`).ReplaceAllString(got, "csv.N")
	const (
		full = "2 keamigrate: write .kea-leases4.csv.N: no space left on device\nThe leases are as they were. The disk has to have room for another lease file beside the old one\n"
		read = "2 keamigrate: open .kea-leases4.csv.N: read-only file system\nThe leases are as they were. Run it as a user who may read dhcpd's and write to the folder of Kea's, such as root\n"
	)
	want := "full import: " + full + "full follow --until-idle 1ms: " + full + "ro import: " + read + "ro follow --until-idle 1ms: " + read + "kea-leases4.csv\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// When the disk fills while leases are followed, following ends with a word about
// it. What had been taken over is there, and when there is room again it goes on.
func TestDiskFillsWhileFollowing(t *testing.T) {
	if testing.Short() {
		t.Skip("mounts a file system of its own")
	}
	if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
		t.Skip("a file system is mounted by root")
	}
	l := newLeasesAt(t)
	l.write(l.dhcpd, entry4(0, 1))
	for n := range 40 {
		var text strings.Builder
		for m := range 100 {
			text.WriteString(entry4(1+100*n+m, 1))
		}
		l.write(fmt.Sprintf("%s.%02d", l.dhcpd, n), text.String())
	}
	script := `set -e
mount -t tmpfs -o size=128k tmpfs "$1"
: >"$2.out"
keamigrate leases follow "$2" --config "$3" --to "$4" >"$2.out" 2>"$2.err" &
until grep -q Following "$2.out"; do kill -0 $!; done
for more in "$2".[0-9]*; do
	kill -0 $! 2>/dev/null || break
	cat "$more" >>"$2"
	sleep 0.2
done
status=0
wait $! || status=$?
echo "$status $(cat "$2.err")"
tail -c 1 "$4" | od -An -c
cat "$2".[0-9]* >>"$2"
mount -o remount,size=4m "$1"
keamigrate leases follow "$2" --config "$3" --to "$4" --until-idle 1ms >/dev/null
keamigrate leases import "$2" --config "$3" --to "$4.whole" >/dev/null
for file in "$4" "$4.whole"; do keamigrate leases show "$file" --csv | md5sum; done
keamigrate leases show "$4" --csv | wc -l
ls -A "$1"
`
	out, err := exec.Command("unshare", "-m", "/bin/sh", "-c", script, "sh", filepath.Dir(l.place), l.dhcpd, l.config, l.place).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(strings.ReplaceAll(string(out), filepath.Dir(l.place)+"/", "")), "\n")
	if len(lines) != 9 {
		t.Fatalf("%s", out)
	}
	if !regexp.MustCompile(`^2 keamigrate: .*(write|sync|open) \.?kea-leases4\.csv\S*: no space left on device$`).MatchString(lines[0]) {
		t.Errorf("following ended with %q", lines[0])
	}
	if want := "Following goes on where it was when it is started again, once there is room on the disk"; lines[1] != want {
		t.Errorf("%q, want %q", lines[1], want)
	}
	if strings.TrimSpace(lines[2]) != `\n` {
		t.Errorf("the lease file ends with %q", lines[2])
	}
	if lines[3] != lines[4] || lines[5] != "4002" {
		t.Errorf("after there was room: %s lines, %s, and those of an import are %s", lines[5], lines[3], lines[4])
	}
	if want := "kea-leases4.csv kea-leases4.csv.follow kea-leases4.csv.whole"; strings.Join(lines[6:], " ") != want {
		t.Errorf("there are %q", lines[6:])
	}
}

// An ordinary user is told what keeps the leases from being read or written, and
// nothing changes.
func TestNoPermission(t *testing.T) {
	if os.Geteuid() != 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("another user is needed, so root has to run this test")
		}
		t.Skip("another user is needed, so root has to run this test")
	}
	const nobody = 65534
	l := newLeasesAt(t)
	dir := filepath.Dir(l.config)
	for _, d := range []string{filepath.Dir(dir), dir} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(dir, "keamigrate")
	copyExecutable(t, program)
	l.write(l.dhcpd, entry4(1, 1))
	before := "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id\n"
	l.write(l.place, before)
	secret, own := filepath.Join(dir, "secret.leases"), filepath.Join(dir, "own")
	l.write(secret, entry4(1, 1))
	if err := os.Chmod(secret, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(own, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(own, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	const remedy = "The leases are as they were. Run it as a user who may read dhcpd's and write to the folder of Kea's, such as root"
	mine := filepath.Join(own, "kea-leases4.csv")
	for _, c := range []struct {
		args []string
		want string // a regular expression; "": it goes well
	}{
		{[]string{"import", secret, "--to", mine}, `^keamigrate: open .*/secret.leases: permission denied\n` + remedy},
		{[]string{"import", l.dhcpd, "--to", l.place}, `^keamigrate: open .*/kea/.*: permission denied\n` + remedy},
		{[]string{"follow", l.dhcpd, "--to", l.place, "--until-idle", "1ms"}, `^keamigrate: open .*/kea/.*: permission denied\n` + remedy},
		{[]string{"follow", secret, "--to", mine, "--until-idle", "1ms"}, `^keamigrate: open .*/secret.leases: permission denied\n` + remedy},
		{[]string{"import", l.dhcpd, "--to", mine}, ""},
	} {
		cmd := exec.Command(program, append([]string{"leases"}, append(c.args, "--config", l.config)...)...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		out, err := cmd.CombinedOutput()
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%v: %v\n%s", c.args, err, out)
		case c.want != "" && (cmd.ProcessState.ExitCode() != 2 || !regexp.MustCompile(c.want).Match(out)):
			t.Errorf("%v: %v\n%s\nwant %s", c.args, err, out, c.want)
		}
	}
	if left, err := os.ReadFile(l.place); err != nil || string(left) != before {
		t.Errorf("the lease file is changed: %q, %v", left, err)
	}
	l.nothingElse("kea-leases4.csv")
}

// copyExecutable copies the test itself, which is keamigrate when it is called so.
func copyExecutable(t *testing.T, name string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	from, err := os.Open(self)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(to, from); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
}
