package translator

import (
	"bytes"
	"os"
	"path/filepath"
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

// Every code that the sources name is in the table, and nothing else is.
func TestCodesAreThoseInUse(t *testing.T) {
	used := map[Code]string{}
	collect := func(pattern string, prefix string, forms ...string) {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", pattern, files, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, form := range forms {
				for _, m := range regexp.MustCompile(form).FindAllSubmatch(text, -1) {
					used[Code(prefix+string(m[1]))] = name
				}
			}
		}
	}
	const code = `"([a-z0-9-]+)"`
	collect("../parser/dhcpdconf/*.go", "", `\.(?:fail|warn)\(`+code, `Diagnostic\{Error, `+code, `Code: `+code)
	collect("../parser/dhcpdconf/*.go", "expected-", `\.expected\(`+code, `return "(block|parenthesis|comma)"`)
	collect("*.go", "", `Code: +`+code)
	collect("defaults/*.go", "", `\.add\(`+code, `Code: +`+code)
	collect("conversion/*.go", "", `Code: +`+code)

	delete(used, "expected-") // put together from the next pattern

	known := map[Code]bool{}
	for _, c := range Codes() {
		known[c.Code] = true
		if used[c.Code] == "" {
			t.Errorf("nothing has the code %q of the table", c.Code)
		}
	}
	for c, name := range used {
		if !known[c] {
			t.Errorf("%s uses the code %q, which is not in the table", name, c)
		}
	}
}
