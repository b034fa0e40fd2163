// Command gen makes the JSON Schemas from the tables of facts. It is run by
// "go generate" in the folder of package schema.
package main

import (
	"fmt"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// daemons are the tables, with the top key and the first version without the
// server.
var daemons = []struct {
	name, top string
	until     keaversion.Version
}{
	{"dhcp4", "Dhcp4", 0},
	{"dhcp6", "Dhcp6", 0},
	{"ddns", "DhcpDdns", 0},
	{"ctrl-agent", "Control-agent", keaversion.V3_2},
}

func main() {
	log.SetFlags(0)
	out, err := generate(".")
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(out)) {
		if err := os.WriteFile(name, out[name], 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// generate returns the schemas by file name.
func generate(dir string) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, d := range daemons {
		file := filepath.Join(dir, d.name+".tsv")
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		t, err := parse(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s:%w", file, err)
		}
		for _, v := range keaversion.All() {
			if (keaversion.Range{Until: d.until}).Has(v) {
				out[d.name+"-"+v.String()+".json"] = t.schema(d.name, d.top, v)
			}
		}
	}
	return out, nil
}
