package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/translator"
)

type sarifLog struct {
	Version string
	Runs    []struct {
		ColumnKind string
		Tool       struct {
			Driver struct {
				Name  string
				Rules []struct{ ID string }
			}
		}
		Results []sarifResultRead
	}
}

type sarifResultRead struct {
	RuleID    string
	RuleIndex int
	Kind      string
	Level     string
	Message   struct{ Text string }
	Locations []sarifLocation
	Related   []sarifLocation `json:"relatedLocations"`
}

// checkSARIF holds a log against what SARIF 2.1.0 requires of it.
func checkSARIF(t *testing.T, text []byte, r *translator.Report) sarifLog {
	t.Helper()
	var log sarifLog
	if err := json.Unmarshal(text, &log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || len(log.Runs) != 1 || log.Runs[0].Tool.Driver.Name != "keamigrate" || log.Runs[0].ColumnKind != "unicodeCodePoints" {
		t.Fatalf("not a log of SARIF 2.1.0: %.300s", text)
	}
	run := log.Runs[0]
	if len(run.Results) != len(r.Findings) {
		t.Errorf("%d results, want %d", len(run.Results), len(r.Findings))
	}
	levels := map[string]bool{"fail error": true, "fail warning": true, "fail note": true, "informational none": true}
	for _, x := range run.Results {
		switch {
		case x.Message.Text == "":
			t.Errorf("%s has no message", x.RuleID)
		case !levels[x.Kind+" "+x.Level]:
			t.Errorf("%s is of kind %q and level %q", x.RuleID, x.Kind, x.Level)
		case x.RuleIndex >= 0 && (x.RuleIndex >= len(run.Tool.Driver.Rules) || run.Tool.Driver.Rules[x.RuleIndex].ID != x.RuleID):
			t.Errorf("%s has the index %d of another rule", x.RuleID, x.RuleIndex)
		}
		for _, l := range append(x.Locations, x.Related...) {
			g := l.Physical.Region
			if l.Physical.Artifact.URI == "" || g.StartLine < 1 || g.StartColumn < 1 || g.EndLine < g.StartLine || g.EndLine == g.StartLine && g.EndColumn < g.StartColumn {
				t.Errorf("%s has the location %+v", x.RuleID, l)
			}
		}
	}
	return log
}

func TestSARIF(t *testing.T) {
	dir := t.TempDir()
	sub := filepath.Join(dir, "sub dir.conf")
	if err := os.WriteFile(sub, []byte("# x\noption domain-name \"äöü\"; nonsense words;\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, opts := translate("etc/dhcpd.conf", []byte("subnet 10.0.0.0 netmask 255.0.0.0 { }\n\ninclude \""+sub+"\";\n"))
	var out bytes.Buffer
	if err := SARIF(&out, r, opts); err != nil {
		t.Fatal(err)
	}
	log := checkSARIF(t, out.Bytes(), r)
	found := false
	for _, x := range log.Runs[0].Results {
		if x.Level != "error" || len(x.Locations) != 1 {
			continue
		}
		found = true
		at := x.Locations[0].Physical
		if !strings.HasPrefix(at.Artifact.URI, "file:///") || !strings.HasSuffix(at.Artifact.URI, "/sub%20dir.conf") || at.Region.StartLine != 2 || at.Region.StartColumn != 27 {
			t.Errorf("the statement in the include is at %+v, want line 2, column 27 in characters", at)
		}
		if len(x.Related) != 1 || x.Related[0].Physical.Artifact.URI != "etc/dhcpd.conf" || x.Related[0].Physical.Region.StartLine != 3 {
			t.Errorf("the include statement is at %+v", x.Related)
		}
	}
	if !found {
		t.Errorf("no result of level error in\n%s", out.String())
	}
}
