package logging

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 5, 1, 12, 3, 4, 56789000, time.UTC)

func TestForm(t *testing.T) {
	var out bytes.Buffer
	l := New("kea-dhcp4", &out, Info, func() time.Time { return noon })
	l.Log(Warn, "leases", "SOME_ID", "%d of %s", 1, "two")
	l.Log(Info, "", "OTHER_ID", "at the root")
	l.Log(Debug, "leases", "NO_ID", "is not written")
	got := regexp.MustCompile(`/\d+\.`).ReplaceAllString(out.String(), "/PID.")
	want := "2026-05-01 12:03:04.056 WARN  [kea-dhcp4.leases/PID.1] SOME_ID 1 of two\n" +
		"2026-05-01 12:03:04.056 INFO  [kea-dhcp4/PID.1] OTHER_ID at the root\n"
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestTime(t *testing.T) {
	early := time.Date(2026, 11, 21, 23, 59, 1, 7000, time.UTC)
	for format, want := range map[string]string{
		"":                     "2026-11-21 23:59:01",
		"%d.%m.%y %I:%M %p":    "21.11.26 11:59 PM",
		"%H:%M:%S.%q":          "23:59:01.000",
		"%Q %s":                "000.007 1795305541",
		"%F %T %b %Y%%%":       "2026-11-21 23:59:01 Nov 2026%%",
		"no field, 100% plain": "no field, 100% plain",
	} {
		if got := FormatTime(early, format); got != want {
			t.Errorf("%q: %q, want %q", format, got, want)
		}
	}
}

// writes counts what is written with one call.
type writes []string

func (w *writes) Write(text []byte) (int, error) {
	*w = append(*w, string(text))
	return len(text), nil
}

func TestHold(t *testing.T) {
	var root, part writes
	l := New("kea-dhcp4", &root, Info, func() time.Time { return noon })
	spec := []Spec{{Name: "kea-dhcp4.leases", Severity: Info, Outputs: []Output{{To: "stderr", Pattern: "%m%n"}}},
		{Name: "kea-dhcp4", Severity: Info, Outputs: []Output{{To: "stdout", Pattern: "%m%n"}}}}
	if err := l.Configure(spec, &root, &part); err != nil {
		t.Fatal(err)
	}
	l.Hold()
	for i := range 3 {
		l.Log(Info, "leases", "PART", "%d", i)
		l.Log(Info, "packets", "ROOT", "%d", i)
	}
	if len(root) > 0 || len(part) > 0 {
		t.Errorf("written before the release: %q %q", root, part)
	}
	l.Release()
	if len(root) != 1 || root[0] != "ROOT 0\nROOT 1\nROOT 2\n" || len(part) != 1 || part[0] != "PART 0\nPART 1\nPART 2\n" {
		t.Errorf("%q %q", root, part)
	}
	l.Log(Info, "packets", "ROOT", "at once")
	if len(root) != 2 {
		t.Errorf("after the release: %q", root)
	}
	l.Hold()
	l.Log(Info, "packets", "ROOT", "to where it was said")
	if err := l.Configure(spec, &part, &root); err != nil {
		t.Fatal(err)
	}
	l.Release()
	if len(root) != 3 || len(part) != 1 {
		t.Errorf("a new configuration loses nothing: %q %q", root, part)
	}
	l.Hold()
	l.Log(Info, "packets", "ROOT", "%s", strings.Repeat("x", mostWaiting))
	if len(part) != 2 {
		t.Error("what waits has a bound")
	}
}

// Files end where they would if each message were written for itself.
func TestRotation(t *testing.T) {
	const size, messages = leastSize, 5000
	sizes := func(hold bool) (out []int64) {
		name := filepath.Join(t.TempDir(), "log")
		l := New("kea-dhcp4", os.Stderr, Info, func() time.Time { return noon })
		if err := l.Configure([]Spec{{Name: "kea-dhcp4", Severity: Info, Outputs: []Output{{To: name, MaxSize: size, MaxVer: 9}}}}, nil, nil); err != nil {
			t.Fatal(err)
		}
		for i := range messages {
			if hold && i%100 == 0 {
				l.Hold()
			}
			l.Log(Info, "packets", "ROOT", "message\nnumber %d %s", i, strings.Repeat("x", i%97))
			if hold && i%100 == 99 {
				l.Release()
			}
		}
		for i := range 9 {
			f := name
			if i > 0 {
				f = fmt.Sprintf("%s.%d", name, i)
			}
			info, err := os.Stat(f)
			if err != nil {
				break
			}
			out = append(out, info.Size())
		}
		return out
	}
	alone, together := sizes(false), sizes(true)
	if len(alone) < 3 || fmt.Sprint(alone) != fmt.Sprint(together) {
		t.Errorf("sizes %v, and %v when messages wait", alone, together)
	}
}
