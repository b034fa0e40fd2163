package session_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/verify/oracle"
	"github.com/keamigrate/keamigrate/verify/session"
)

var update = flag.Bool("update", false, "record what the real Kea 3.0 says")

// TestSessions has keasrv go through the script of each archive of golden/kea/sessions:
// it has to say what the real Kea 3.0 has said, which is recorded in the archive.
func TestSessions(t *testing.T) {
	files, err := filepath.Glob("../../golden/kea/sessions/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	// Namespaces with interfaces, and frames in them, need root; so does the real Kea.
	kea := oracle.Kea(t, keaversion.V3_0, "dhcp4")
	if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
		t.Skip("frames in a namespace need root")
	}
	program := kea
	if !*update {
		if program, err = oracle.BuildKeasrv(t.TempDir()); err != nil {
			t.Fatal(err)
		}
	}
	recorder := sync.OnceValue(func() []byte {
		program, err := session.BuildRecorder(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		return program
	})
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			part := map[string]*txtar.File{}
			for i := range archive.Files {
				part[archive.Files[i].Name] = &archive.Files[i]
			}
			conf, script := part["kea.json"], part["script.txt"]
			files := map[string][]byte{}
			for name, p := range part {
				if name != "kea.json" && name != "script.txt" && name != "answers.txt" {
					files[name] = p.Data
				}
			}
			if conf != nil && bytes.Contains(conf.Data, []byte(session.Recorder)) {
				files[session.Recorder] = recorder()
			}
			if conf == nil || script == nil {
				t.Fatal("the archive has no kea.json or no script.txt")
			}
			lines := session.Lines(string(script.Data))
			came, err := session.Run(t.Context(), program, conf.Data, files, lines)
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				record(t, file, archive, came)
				return
			}
			if part["answers.txt"] == nil {
				t.Fatal("nothing is recorded; run it with -update")
			}
			recorded := strings.Split(string(part["answers.txt"].Data), separator)
			if len(recorded) != len(came) {
				t.Fatalf("%d answers are recorded for %d lines; run it with -update", len(recorded), len(came))
			}
			for i, line := range lines {
				if recorded[i] != came[i] {
					t.Errorf("%s\n  Kea    %s  keasrv %s", line, recorded[i], came[i])
				}
			}
		})
	}
}

const separator = "--\n"

func record(t *testing.T, file string, archive *txtar.Archive, answers []string) {
	t.Helper()
	content := []byte(strings.Join(answers, separator))
	found := false
	for i := range archive.Files {
		if archive.Files[i].Name == "answers.txt" {
			archive.Files[i].Data, found = content, true
		}
	}
	if !found {
		archive.Files = append(archive.Files, txtar.File{Name: "answers.txt", Data: content})
	}
	text := txtar.Format(archive)
	if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, text) {
		return
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
}
