package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestGenerateLeavesNoDifference(t *testing.T) {
	out, err := generate("..")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range out {
		got, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the table says: run go generate", name)
		}
	}
	found, err := filepath.Glob("../*.json")
	if err != nil || len(found) != len(out) || len(out) != 15 {
		t.Errorf("%d schemas in the folder, %d generated, want 15 (%v)", len(found), len(out), err)
	}
}

func TestParseErrors(t *testing.T) {
	for in, want := range map[string]string{
		"a\tb\t\t\tstring\n\na\tc\t\t\ttext":       "3: type \"text\" is not known",
		"a\tb\t9.9\t\tstring":                      "1: unknown Kea version",
		"a\tb\t\t\tstring\tmin":                    "1: fact \"min\" is not known",
		"a\tb\t\t\tstring\tmini=1":                 "1: fact \"mini=1\" is not known",
		"a\tb\t\t2.6\tstring\na\tb\t2.2\t\tstring": "2: a.b has two rows for the same version",
		"a\tb\t\t\tlist:c":                         "1: a.b is made of c",
	} {
		if _, err := parse(in); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", in, err, want)
		}
	}
}
