package memfile_test

import (
	"errors"
	"net/netip"
	"os"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/store"
	"github.com/keamigrate/keamigrate/server/store/memfile"
)

func TestOpen(t *testing.T) {
	old := lease.Header4(keaversion.V2_2)
	oldRow := func(x string) string {
		l := given(x, 10)
		return string(lease.Append4(nil, &l, keaversion.V2_2))
	}
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string // the lease file after 10.0.0.9 has been added and 10.0.0.1 taken away
	}{
		{"none", nil, header + row("9", 10, 600) + row("1", 10, 0)},
		{"empty", map[string]string{"": ""}, header + row("9", 10, 600) + row("1", 10, 0)},
		{"torn", map[string]string{"": header + row("1", 10, 600) + "10.0.0.2,02:00"}, header + row("1", 10, 600) + row("9", 10, 600) + row("1", 10, 0)},
		{"old", map[string]string{"": old + oldRow("1")}, old + oldRow("1") + oldRow("9") + oldRow("1")[:len("10.0.0.1,02:00:00:00:00:01,,")] + "0,10,1,0,0,,0,\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := write(t, c.files)
			s, err := memfile.Open4(t.Context(), name, memfile.OpenOptions{Version: keaversion.V3_0, Proc: "/proc"})
			if err != nil {
				t.Fatal(err)
			}
			changes := []store.Change[lease.Lease4]{{Lease: given("9", 10)}, {Lease: given("1", 10), Delete: true}}
			if err := s.Apply(t.Context(), changes); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Get(t.Context(), netip.MustParseAddr("10.0.0.1")); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("the deleted lease: %v", err)
			}
			if l, err := s.Get(t.Context(), netip.MustParseAddr("10.0.0.9")); err != nil || l.CLTT != 10 {
				t.Errorf("the new lease: %+v, %v", l, err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(name)
			if err != nil || string(got) != c.want {
				t.Errorf("the file holds\n%swant\n%s%v", got, c.want, err)
			}
		})
	}
	for _, content := range []string{"lease 10.0.0.1 {\n", "no line end", "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname\n"} {
		name := write(t, map[string]string{"": content})
		if _, err := memfile.Open4(t.Context(), name, memfile.OpenOptions{Version: keaversion.V3_0, Proc: "/proc"}); !errors.Is(err, lease.ErrNotALeaseFile) {
			t.Errorf("%q: %v", content, err)
		}
		if now, _ := os.ReadFile(name); string(now) != content {
			t.Errorf("%q was changed", content)
		}
	}
}
