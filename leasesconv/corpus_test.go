package leasesconv_test

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/keamigrate/keamigrate/leasesconv"
	"github.com/keamigrate/keamigrate/parser/dhcpdleases"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// What is imported of a lease file is what is imported of the file that dhcpd
// leaves when it has started on it, and again of what dhcpd leaves of the export
// of that. So nothing is lost that dhcpd uses. It is asked of our samples, and of
// the files of a folder CORPUS, in leases4 and leases6.
func TestLikeDhcpd(t *testing.T) {
	dhcpd := oracle.Dhcpd(t)
	folders := []string{"../testdata/dhcpd-samples"}
	if dir := os.Getenv("CORPUS"); dir != "" {
		folders = append(folders, dir)
	}
	for _, folder := range folders {
		for _, v6 := range []bool{false, true} {
			name := map[bool]string{false: "leases4", true: "leases6"}[v6]
			files, err := filepath.Glob(filepath.Join(folder, name, "*"))
			if err != nil || len(files) == 0 {
				t.Errorf("%s: %d files, %v", name, len(files), err)
			}
			for _, file := range files {
				t.Run(filepath.Join(name, filepath.Base(file)), func(t *testing.T) {
					t.Parallel()
					text, err := os.ReadFile(file)
					if err != nil {
						t.Fatal(err)
					}
					checkLikeDhcpd(t, dhcpd, text, v6)
				})
			}
		}
	}
}

func checkLikeDhcpd(t *testing.T, dhcpd *oracle.Program, text []byte, v6 bool) {
	conf := coverage(text, v6)
	now := time.Now()
	imported, exported := taken(t, text, v6, now)
	kept, _ := taken(t, restarted(t, dhcpd, conf, text, v6), v6, now)
	back, _ := taken(t, restarted(t, dhcpd, conf, exported, v6), v6, now)
	if slices.Contains(imported, server(nil)) {
		// dhcpd makes a DUID where it has none.
		for _, list := range []*[]string{&imported, &kept, &back} {
			*list = slices.DeleteFunc(*list, func(s string) bool { return strings.HasPrefix(s, server(nil)) })
		}
	}
	if diff := gocmp.Diff(kept, imported); diff != "" {
		t.Errorf("dhcpd keeps (-), imported (+):\n%s", diff)
	}
	if diff := gocmp.Diff(kept, back); diff != "" {
		t.Errorf("dhcpd keeps of the original (-), of what was exported (+):\n%s", diff)
	}
}

func server(duid []byte) string { return fmt.Sprintf("server %x", duid) }

// taken is what is imported of a lease file, as text, and the export of that.
func taken(t *testing.T, text []byte, v6 bool, now time.Time) (leases []string, exported []byte) {
	t.Helper()
	opts := leasesconv.Options{Target: keaversion.V3_0, Now: now, Hold: 100 * 365 * 24 * time.Hour}
	input := leasesconv.Input{Name: "dhcpd.leases", Reader: bytes.NewReader(text)}
	var out bytes.Buffer
	if v6 {
		c, err := leasesconv.Collect6(t.Context(), opts, input)
		if err != nil {
			t.Fatal(err)
		}
		for l := range c.Leases.All() {
			// dhcpd forgets what has ended.
			if l.State != lease.Reclaimed && !l.ExpiredAt(opts.Now.Unix()) {
				leases = append(leases, fmt.Sprintf("%v %v iaid %d duid %x ends %d life %d heard %d %v %s", l.Type, l.Prefix(), l.IAID, l.DUID,
					l.Expire(), l.Preferred, l.CLTT, l.State, l.UserContext))
			}
		}
		if _, err := leasesconv.Export6(t.Context(), &out, c.ServerDUID, each(c.Leases)); err != nil {
			t.Fatal(err)
		}
		if !c.Balanced() {
			t.Errorf("the counts do not add up: %+v", c.Account)
		}
		return append(leases, server(c.ServerDUID)), out.Bytes()
	}
	c, err := leasesconv.Collect4(t.Context(), opts, input)
	if err != nil {
		t.Fatal(err)
	}
	for l := range c.Leases.All() {
		if l.State == lease.Assigned && l.ExpiredAt(opts.Now.Unix()) {
			l.State = lease.Reclaimed
		}
		// The classes that leases are billed to are not in the configuration, so
		// that dhcpd drops them.
		l.UserContext = billing.ReplaceAllString(l.UserContext, "")
		text := fmt.Sprintf("%v hwaddr %x id %x ends %d %v", l.Address, l.HWAddr, l.ClientID, l.Expire(), l.State)
		if l.State == lease.Assigned {
			text += fmt.Sprintf(" heard %d name %q %v %v %s", l.CLTT, l.Hostname, l.FQDNFwd, l.FQDNRev, l.UserContext)
		}
		leases = append(leases, text)
	}
	if _, err := leasesconv.Export4(t.Context(), &out, each(c.Leases)); err != nil {
		t.Fatal(err)
	}
	if !c.Balanced() {
		t.Errorf("the counts do not add up: %+v", c.Account)
	}
	return leases, out.Bytes()
}

var billing = regexp.MustCompile(`^{ "isc-dhcp": { "billing": (\[[^]]*\]|"[^"]*") } }$|"billing": (\[[^]]*\]|"[^"]*"), `)

func each[L lease.Lease](table *lease.Table[L]) func(func(L, error) bool) {
	return func(yield func(L, error) bool) {
		for l := range table.All() {
			if !yield(l, nil) {
				return
			}
		}
	}
}

// restarted starts dhcpd on a lease file and returns the one it leaves.
func restarted(t *testing.T, dhcpd *oracle.Program, conf string, leases []byte, v6 bool) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	text, _, err := dhcpd.Restart(ctx, conf, leases, v6)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// coverage is a configuration with a pool for each address of a lease file.
func coverage(text []byte, v6 bool) string {
	var bindings []oracle.Binding
	for e := range dhcpdleases.Read(bytes.NewReader(text), dhcpdleases.Options{}) {
		switch e := e.(type) {
		case *dhcpdleases.Lease4:
			bindings = append(bindings, oracle.Binding{Kind: "lease", Prefix: netip.PrefixFrom(e.Address, 32)})
		case *dhcpdleases.IA:
			for _, b := range e.Bindings {
				bindings = append(bindings, oracle.Binding{Kind: e.Kind.String(), Prefix: b.Prefix})
			}
		}
	}
	return oracle.Covering(bindings, v6)
}

// Of a last entry that is torn, an import keeps what dhcpd keeps when it starts.
func TestTornLikeDhcpd(t *testing.T) {
	dhcpd := oracle.Dhcpd(t)
	for _, v6 := range []bool{false, true} {
		text := lease4(20, "active", time.Hour, "hardware ethernet 02:00:00:00:00:20;") +
			lease4(21, "active", time.Hour, `hardware ethernet 02:00:00:00:00:21; uid "client"; client-hostname "pc";`)
		last := strings.LastIndex(text, "lease ")
		if v6 {
			text = "authoring-byte-order little-endian;\n" + serverDUID + ia6(0x20, "ia-na", "2001:db8:1::20", "active", time.Hour, "")
			last = len(text)
			text += ia6(0x21, "ia-pd", "2001:db8:8:2100::/56", "active", time.Hour, `set a = "b";`)
		}
		for cut := last + 3; cut < len(text); cut += (len(text) - last) / 9 {
			t.Run(fmt.Sprintf("%v-%d", v6, cut-last), func(t *testing.T) {
				t.Parallel()
				checkLikeDhcpd(t, dhcpd, []byte(text[:cut]), v6)
			})
		}
	}
}
