package constructs_test

import (
	"os"
	"slices"
	"testing"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/translator/constructs"
)

// Each construct has words for what it becomes, and no words are for nothing.
func TestBecomes(t *testing.T) {
	known := dhcpdconf.Constructs()
	for i, c := range known {
		if constructs.Becomes(c) == "" {
			t.Errorf("nothing says what the %s becomes", c)
		}
		if slices.Contains(known[:i], c) {
			t.Errorf("the %s is listed twice", c)
		}
	}
	for _, c := range constructs.Described() {
		if !slices.Contains(known, c) {
			t.Errorf("the table describes the %s, which does not exist", c)
		}
	}
}

// Each construct is seen in every version, with a verdict.
func TestObserve(t *testing.T) {
	confs, err := constructs.Read(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	seen := constructs.Observe(confs)
	for _, c := range dhcpdconf.Constructs() {
		for _, v := range constructs.Versions {
			out := seen[c][v]
			if len(out.Verdicts) == 0 || out.Verdicts[translator.Unset] > 0 {
				t.Errorf("the %s has for Kea %s the verdicts %v", c, v, out.Verdicts)
			}
		}
	}
	// What is known of the versions is on the page.
	spawn := seen[dhcpdconf.Construct{Kind: dhcpdconf.ConstructStatement, Name: "spawn with"}]
	if spawn[keaversion.V2_2].Verdicts[translator.Manual] == 0 || spawn[keaversion.V3_0].Verdicts[translator.Manual] != 0 {
		t.Errorf("spawn with: %v", spawn)
	}
}
