package translator

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestCodesAreDocumented(t *testing.T) {
	form := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	seen := map[Code]bool{}
	for _, c := range Codes() {
		if !form.MatchString(string(c.Code)) {
			t.Errorf("code %q: want words in lower case joined by hyphens", c.Code)
		}
		if seen[c.Code] {
			t.Errorf("code %q is in the table twice", c.Code)
		}
		seen[c.Code] = true
		if c.Title == "" || strings.HasSuffix(c.Title, ".") || strings.Contains(c.Title, "\n") {
			t.Errorf("code %q: title %q: want one line without a full stop", c.Code, c.Title)
		}
		if len(c.Text) < 40 || !strings.HasSuffix(c.Text, ".") {
			t.Errorf("code %q: want a paragraph that ends in a full stop", c.Code)
		}
	}
}

// The page is what go generate writes.
func TestFindingsPageIsFresh(t *testing.T) {
	have, err := os.ReadFile("../docs/findings.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, CodesMarkdown()) {
		t.Error("docs/findings.md is not what the table says: run go generate ./translator")
	}
}
