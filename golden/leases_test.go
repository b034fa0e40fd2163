package golden

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/keamigrate/keamigrate/leasesconv"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
)

// TestLeases imports the lease files of each archive in leases/ (two of them are
// those of a failover pair) and compares Kea's lease file and the account with
// those in the archive. The archive's comment has a line "now: TIME" and may have
// "target: 2.6" lines, one for each version (3.0 alone is the default), "since:
// TIME" and "hold: DURATION".
func TestLeases(t *testing.T) {
	checkArchives(t, "leases", func(name string) bool { return strings.HasPrefix(name, "result") }, importLeases)
}

// importLeases imports an archive's lease files for a version of Kea.
func importLeases(t *testing.T, a *txtar.Archive, target keaversion.Version) []txtar.File {
	t.Helper()
	opts := leasesconv.Options{Target: target}
	for line := range strings.Lines(string(a.Comment)) {
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		var err error
		switch key {
		case "now":
			opts.Now, err = time.Parse(time.RFC3339, value)
		case "since":
			opts.Since, err = time.Parse(time.RFC3339, value)
		case "hold":
			opts.Hold, err = time.ParseDuration(value)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if opts.Now.IsZero() {
		t.Fatal("the archive does not say when now is")
	}
	var inputs []leasesconv.Input
	v6 := false
	for _, f := range a.Files {
		if strings.HasPrefix(f.Name, "kea-dhcp") {
			root, faults := keaconf.Parse(f.Name, f.Data, nil)
			if faults.HasErrors() {
				t.Fatal(faults)
			}
			conf, faults := keaconf.Decode(root)
			if faults.HasErrors() {
				t.Fatal(faults)
			}
			_, v6 = conf.(*keaconf.DHCP6)
			var err error
			if opts.Networks, err = leasesconv.NewNetworks(conf); err != nil {
				t.Fatal(err)
			}
		} else if strings.HasSuffix(f.Name, ".leases") {
			inputs = append(inputs, leasesconv.Input{Name: f.Name, Reader: bytes.NewReader(f.Data)})
		}
	}
	var rows []byte
	var account *leasesconv.Account
	if v6 {
		c, err := leasesconv.Collect6(context.Background(), opts, inputs...)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, lease.Header6(target)...)
		for l := range c.Leases.All() {
			rows = lease.Append6(rows, &l, target)
		}
		account = &c.Account
	} else {
		c, err := leasesconv.Collect4(context.Background(), opts, inputs...)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, lease.Header4(target)...)
		for l := range c.Leases.All() {
			rows = lease.Append4(rows, &l, target)
		}
		account = &c.Account
	}
	if !account.Balanced() {
		t.Errorf("the counts do not add up: %+v", account)
	}
	var text bytes.Buffer
	if err := account.Summary(&text); err != nil {
		t.Fatal(err)
	}
	if err := account.WriteNotes(&text, 0); err != nil {
		t.Fatal(err)
	}
	suffix := "-" + target.String()
	return []txtar.File{{Name: "result" + suffix + ".csv", Data: rows}, {Name: "result" + suffix + ".txt", Data: text.Bytes()}}
}
