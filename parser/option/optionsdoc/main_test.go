package main

import (
	"os"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/parser/option"
)

// The page is what "go generate ./parser/option" makes of the tables.
func TestPageIsCurrent(t *testing.T) {
	var b strings.Builder
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../../docs/options.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != b.String() {
		t.Error("docs/options.md is out of date: run go generate ./parser/option")
	}
}

// The page shows every space that Kea has options for.
func TestPageHasEverySpace(t *testing.T) {
	for _, f := range []option.Family{option.V4, option.V6} {
		for _, space := range option.KeaSpaces(f) {
			found := false
			for _, s := range sections {
				found = found || s.family == f && s.kea == space
			}
			if !found && len(option.KeaDefs(f, space, keaversion.Default)) > 0 {
				t.Errorf("the page lacks the space %s of DHCPv%d", space, f)
			}
		}
	}
}
