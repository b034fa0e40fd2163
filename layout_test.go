package keamigrate_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/keamigrate/keamigrate"

// allowedImports says, for a folder and all below it, which folders of this
// module (and all below them) its packages may import. The longest folder that
// fits a package counts. What is below a folder of this table may be imported
// from within it.
var allowedImports = map[string][]string{
	"parser/keaversion":  {},
	"parser/option":      {"parser/keaversion"},
	"parser/suggest":     {},
	"parser/dhcpdconf":   {"parser/option", "parser/suggest"},
	"parser/dhcpdleases": {"parser/dhcpdconf", "parser/option"},
	"parser/keaexpr":     {"parser/option", "parser/keaversion"},
	"parser/keaconf":     {"parser/option", "parser/suggest", "parser/keaexpr", "parser/keaversion"},
	"translator/model":   {"parser/dhcpdconf", "parser/option"},
	"translator":         {"parser"},
	"leasesconv":         {"parser/dhcpdleases", "parser/dhcpdconf", "parser/keaconf", "parser/keaversion", "parser/option", "server/lease", "server/store"},
	"server":             {"parser/keaconf", "parser/keaexpr", "parser/keaversion", "parser/option"},
	"verify":             {"parser", "translator", "leasesconv", "server"},
	"verify/client":      {},
	"verify/oracle":      {"parser/keaversion"},
	"golden":             {"parser", "translator", "leasesconv", "server", "verify"}, // tests alone
	"cmd":                {"verify", "translator", "leasesconv", "server", "parser"},
}

// testImports may be imported by the tests of every package.
var testImports = []string{"verify/oracle", "verify/client"}

// badNames say nothing about what a package holds.
var badNames = []string{"util", "utils", "common", "helper", "helpers", "misc", "pkg", "base", "shared", "lib", "internal"}

const maxLines = 800

// hostPaths match folders that one machine has and others have not.
var hostPaths = regexp.MustCompile(`(^|[^\w.])/(home/\w+|Users/\w+|var/tmp/\w+)(/|\b)`)

func TestLayout(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	packages := map[string]*pkg{}
	for _, name := range files(t) {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(name, "testdata/") && name != "layout_test.go" {
			if m := hostPaths.Find(content); m != nil {
				t.Errorf("%s names the folder %q of some machine", name, m)
			}
			if bytes.Contains(content, []byte(here+"/")) {
				t.Errorf("%s names the folder this checkout is in", name)
			}
		}
		if path.Ext(name) != ".go" || inTestdata(name) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, content, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			t.Error(err)
			continue
		}
		if n := bytes.Count(content, []byte("\n")); n > maxLines && !ast.IsGenerated(file) {
			t.Errorf("%s has %d lines, more than %d: split it by subject", name, n, maxLines)
		}
		folder := path.Dir(name)
		p := packages[folder]
		if p == nil {
			p = &pkg{imports: map[string]bool{}, testImports: map[string]bool{}}
			packages[folder] = p
		}
		p.add(strings.HasSuffix(name, "_test.go"), file)
	}
	for _, folder := range slices.Sorted(maps.Keys(packages)) {
		packages[folder].check(t, folder)
	}
}

// pkg is what the rules are about: one folder with Go files.
type pkg struct {
	code, documented     bool // has files that are not tests; one has a package comment
	imports, testImports map[string]bool
}

func (p *pkg) add(test bool, file *ast.File) {
	imports := p.imports
	if test {
		imports = p.testImports
	} else {
		p.code = true
		p.documented = p.documented || file.Doc != nil
	}
	for _, spec := range file.Imports {
		if name, err := strconv.Unquote(spec.Path.Value); err == nil {
			if inner, ok := strings.CutPrefix(name, module+"/"); ok {
				imports[inner] = true
			}
		}
	}
}

func (p *pkg) check(t *testing.T, folder string) {
	if p.code && !p.documented {
		t.Errorf("package %s has no package comment", folder)
	}
	for name := range strings.SplitSeq(folder, "/") {
		if slices.Contains(badNames, name) {
			t.Errorf("%s: a folder named %q does not say what it holds", folder, name)
		}
	}
	rule, allowed, ok := ruleFor(folder)
	if !ok {
		if folder != "." {
			t.Errorf("%s: allowedImports has no rule for this folder", folder)
		}
		return
	}
	allowed = append(slices.Clone(allowed), rule)
	for _, inner := range slices.Sorted(maps.Keys(p.imports)) {
		if !within(inner, allowed) {
			t.Errorf("%s imports %s: imports point inwards, and %s may have only %q", folder, inner, rule, allowed)
		}
	}
	allowed = append(allowed, testImports...)
	for _, inner := range slices.Sorted(maps.Keys(p.testImports)) {
		if !within(inner, allowed) {
			t.Errorf("a test of %s imports %s: it may have only %q", folder, inner, allowed)
		}
	}
}

// ruleFor returns the longest folder of allowedImports that holds folder.
func ruleFor(folder string) (rule string, allowed []string, ok bool) {
	for rule = folder; rule != "."; rule = path.Dir(rule) {
		if allowed, ok = allowedImports[rule]; ok {
			return rule, allowed, true
		}
	}
	return "", nil, false
}

func within(folder string, parents []string) bool {
	return slices.ContainsFunc(parents, func(parent string) bool {
		return folder == parent || strings.HasPrefix(folder, parent+"/")
	})
}

func TestNoReplace(t *testing.T) {
	content, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if regexp.MustCompile(`(?m)^\s*replace\b`).Match(content) {
		t.Error("go.mod replaces a module: go install would not work")
	}
}

// files lists the files of the tree, without what git ignores at the top.
func files(t *testing.T) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{".git", "bin", "kea", ".cache"}, name):
			return fs.SkipDir
		case d.Type().IsRegular() && name != ".git": // a file in a linked work tree
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func inTestdata(name string) bool {
	return strings.HasPrefix(name, "testdata/") || strings.Contains(name, "/testdata/")
}
