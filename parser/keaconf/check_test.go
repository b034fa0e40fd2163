package keaconf

import (
	"bytes"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

func checker(t testing.TB, d Daemon, v keaversion.Version) *Checker {
	t.Helper()
	c, err := NewChecker(d, v)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestModelAndSchemaHaveTheSameKeys(t *testing.T) {
	seen := map[*layout]map[string]bool{}
	var compare func(l *layout, r *rule, at string)
	visited := map[planKey]bool{}
	compare = func(l *layout, r *rule, at string) {
		if visited[planKey{l, r}] {
			return
		}
		visited[planKey{l, r}] = true
		if seen[l] == nil {
			seen[l] = map[string]bool{}
		}
		for _, key := range r.keys {
			f := l.byKey[key]
			if f == nil {
				t.Errorf("%s: the model lacks %q", at, key)
				continue
			}
			seen[l][f.key] = true
			m := r.members[key]
			kinds := map[kind]Kind{kindString: String, kindText: String, kindBool: Bool, kindFloat: Float, kindUint: Int, kindUintPtr: Int,
				kindStrings: Array, kindAnys: Array, kindFree: Map, kindObject: Map, kindObjects: Array}
			if kinds[f.kind] != m.kind {
				t.Errorf("%s: %q is %s in the schema", at, key, m.kind)
			}
			switch f.kind {
			case kindObject:
				compare(f.child, m, at+"."+key)
			case kindObjects:
				compare(f.child, m.items, at+"."+key)
			}
		}
	}
	for c, typ := range map[Daemon]Config{DaemonDHCP4: &DHCP4{}, DaemonDHCP6: &DHCP6{}, DaemonDDNS: &D2{}, DaemonCtrlAgent: &ControlAgent{}} {
		for _, v := range keaversion.All() {
			if c == DaemonCtrlAgent && v == keaversion.V3_2 {
				continue
			}
			compare(layoutOf(typ), checker(t, c, v).rules, c.TopKey())
		}
	}
	// Structs that several objects share have keys that not all of those have.
	all := map[string]bool{}
	for _, keys := range seen {
		for key := range keys {
			all[key] = true
		}
	}
	for l := range seen {
		for key, f := range l.byKey {
			if key == f.key && !all[key] {
				t.Errorf("no schema has %q of %s", key, l.typ)
			}
		}
	}
}

func BenchmarkValidate100kHosts(b *testing.B) {
	conf := bigConfig(100_000)
	c := checker(b, DaemonDHCP4, keaversion.V3_0)
	b.ReportAllocs()
	for b.Loop() {
		if faults := c.Validate(conf); faults != nil {
			b.Fatal(faults)
		}
	}
}

func BenchmarkCheck100kHosts(b *testing.B) {
	var buf bytes.Buffer
	if err := Write(&buf, bigConfig(100_000), keaversion.V3_0); err != nil {
		b.Fatal(err)
	}
	root, _ := Parse("f", buf.Bytes(), nil)
	c := checker(b, DaemonDHCP4, keaversion.V3_0)
	b.ReportAllocs()
	for b.Loop() {
		if faults := c.Check(root); faults.HasErrors() {
			b.Fatal(faults)
		}
	}
}
