package keaconf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaconf/schema"
	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// every gives each server with each of its versions.
func every(t *testing.T, f func(t *testing.T, d Daemon, v keaversion.Version)) {
	for _, d := range Daemons() {
		for _, v := range keaversion.All() {
			if d != DaemonCtrlAgent || v < keaversion.V3_2 {
				t.Run(string(d)+"-"+v.String(), func(t *testing.T) { f(t, d, v) })
			}
		}
	}
}

// TestWalkAgreesWithSchemaLibrary has a library of JSON Schema judge what the
// walk of this package judges.
func TestWalkAgreesWithSchemaLibrary(t *testing.T) {
	every(t, func(t *testing.T, d Daemon, v keaversion.Version) {
		lib, err := schema.Compile(string(d), v)
		if err != nil {
			t.Fatal(err)
		}
		c := checker(t, d, v)
		for _, m := range mutants(t, d, v) {
			decoder := json.NewDecoder(bytes.NewReader(m.text))
			decoder.UseNumber()
			var doc any
			if err := decoder.Decode(&doc); err != nil {
				t.Fatalf("%s: %v", m, err)
			}
			want := lib.Validate(doc)
			root, _ := Parse("f", m.text, nil)
			w := &walker{c: c}
			w.node(&root.Items[0], c.rules, &place{key: root.Items[0].Key})
			got := w.faults.list
			if strings.Contains(got.Error(), "is a number with a point, not an integer") {
				continue // JSON Schema cannot tell 1 from 1.0
			}
			if got.Starts() == (want != nil) {
				t.Errorf("%s: we say %v, the library says %v", m, got, want)
			}
		}
	})
}

// TestModelAndFileAreJudgedAlike compares Validate with Check.
func TestModelAndFileAreJudgedAlike(t *testing.T) {
	list := func(fs Faults) []string {
		var all []string
		for _, f := range fs {
			all = append(all, fmt.Sprint(f.Severity, " ", strings.ReplaceAll(f.Pointer, "output_options", "output-options")))
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	every(t, func(t *testing.T, d Daemon, v keaversion.Version) {
		c := checker(t, d, v)
		for _, m := range mutants(t, d, v) {
			root, _ := Parse("f", m.text, nil)
			conf, faults := Decode(root)
			if len(faults) > 0 || strings.HasPrefix(m.kind, "wrong type") || strings.Contains(m.where, "/output-options") {
				continue // the model cannot hold it, or has one name for two
			}
			file, model := list(c.Check(root)), list(c.Validate(conf))
			if m.kind == "number 0" && !slices.Equal(file, model) {
				continue // the same as an absent key where the model has no pointer
			}
			if !slices.Equal(file, model) {
				t.Errorf("%s:\nmodel: %v\nfile:  %v", m, c.Validate(conf), c.Check(root))
			}
		}
	})
}
