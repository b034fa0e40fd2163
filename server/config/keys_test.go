package config_test

import (
	"bufio"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server/config"
)

var update = flag.Bool("update", false, "rewrite the table in the documentation")

// TestNoKeyIsIgnored holds the keys of Kea's grammar against the server: each is
// read somewhere in it, or listed as one that is refused or warned about.
func TestNoKeyIsIgnored(t *testing.T) {
	fields := map[string][]string{} // names of fields by key
	collect(reflect.TypeFor[keaconf.DHCP4](), fields, map[reflect.Type]bool{})
	source := serverSource(t)
	read := map[string]bool{}
	for _, m := range regexp.MustCompile(`\.(\w+)`).FindAllStringSubmatch(source, -1) {
		read[m[1]] = true
	}
	listed := map[string]bool{}
	for _, k := range config.Keys() {
		listed[k.Object+" "+k.Key] = true
	}
	// What stands in an object that is listed as a whole needs no mention.
	whole := map[string]bool{"dhcp-queue-control": true, "multi-threading": true, "hosts-database": true, "config-control": true, "config-database": true}
	for object, keys := range grammar(t) {
		for _, key := range keys {
			if whole[object] || listed[object+" "+key] || key == "comment" || key == "user-context" {
				continue
			}
			found := false
			for _, f := range fields[key] {
				found = found || read[f]
			}
			if !found {
				t.Errorf("%s: %s: nothing in the server reads it (%v), and it is not listed", object, key, fields[key])
			}
		}
	}
}

// grammar reads the keys of kea-dhcp4 by object.
func grammar(t *testing.T) map[string][]string {
	t.Helper()
	f, err := os.Open("../../parser/keaconf/schema/dhcp4.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := map[string][]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		columns := strings.Split(lines.Text(), "\t")
		if strings.HasPrefix(lines.Text(), "#") || len(columns) < 2 || columns[1] == "" {
			continue
		}
		out[columns[0]] = append(out[columns[0]], columns[1])
	}
	if len(out) < 20 {
		t.Fatalf("the grammar has %d objects", len(out))
	}
	return out
}

func collect(typ reflect.Type, into map[string][]string, seen map[reflect.Type]bool) {
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || seen[typ] {
		return
	}
	seen[typ] = true
	for i := range typ.NumField() {
		f := typ.Field(i)
		for key := range strings.SplitSeq(f.Tag.Get("kea"), ",") {
			if key != "" && key != "-" {
				into[key] = append(into[key], f.Name)
			}
		}
		collect(f.Type, into, seen)
	}
}

// serverSource is all of the server's program text, but for tests.
func serverSource(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir("..", func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := os.ReadFile(name)
		all.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

func TestUnserved(t *testing.T) {
	warnings, err := config.Unserved(map[string]any{"dhcp-queue-control": map[string]any{"enable-queue": true}, "dhcp-ddns": map[string]any{"ncr-format": "JSON", "max-queue-size": 5}})
	if err != nil || len(warnings) != 2 {
		t.Errorf("%q, %v", warnings, err)
	}
	_, err = config.Unserved(map[string]any{"subnet4": []any{map[string]any{"4o6-subnet": "2001:db8::/32"}}})
	if err == nil || !strings.Contains(err.Error(), "4o6-subnet") {
		t.Errorf("a key that is refused is named: %v", err)
	}
	if _, err := config.Unserved(map[string]any{"dhcp4o6-port": 0, "subnet4": []any{map[string]any{"4o6-subnet": ""}}}); err != nil {
		t.Errorf("what config-get shows is taken: %v", err)
	}
}

// TestKeysPage holds the table in the documentation against the one that counts.
func TestKeysPage(t *testing.T) {
	const page, begin, end = "../../docs/keasrv.md", "<!-- keys -->\n", "<!-- end of keys -->\n"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	have, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table", page)
	}
	if have == config.KeysPage() {
		return
	}
	if !*update {
		t.Fatalf("%s does not have the table; go test ./server/config -update writes it", page)
	}
	if err := os.WriteFile(page, []byte(before+begin+config.KeysPage()+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
