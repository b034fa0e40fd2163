package dhcpdleases

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keamigrate/keamigrate/verify/oracle"
)

// TestCorpus reads the lease files of a folder, CORPUS in the environment, with
// DHCPv4 files in leases4 and DHCPv6 files in leases6: without a panic, both
// readers alike, and with what dhcpd keeps when it starts on the file.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("CORPUS")
	if dir == "" {
		t.Skip("CORPUS is not set")
	}
	dhcpd := oracle.Dhcpd(t)
	for _, v6 := range []bool{false, true} {
		name := map[bool]string{false: "leases4", true: "leases6"}[v6]
		files, err := filepath.Glob(filepath.Join(dir, name, "*"))
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

// checkLikeDhcpd compares what the reader gives of a lease file, and of the file
// that is made of that, with what dhcpd keeps.
func checkLikeDhcpd(t *testing.T, dhcpd *oracle.Program, text []byte, v6 bool) {
	t.Helper()
	checkAgree(t, text)
	checkRoundTrip(t, text)
	conf := coverage(text, v6)
	want := kept(t, restarted(t, dhcpd, conf, text, v6), v6)
	if diff := cmp.Diff(want, kept(t, text, v6)); diff != "" {
		t.Errorf("dhcpd keeps (-), the reader gives (+):\n%s", diff)
	}
	written := AppendHeader(nil, false)
	r := NewReader(bytes.NewReader(text), Options{})
	for {
		e, err := r.Next()
		if e == nil && err != nil {
			if r.stopped {
				break
			}
			continue
		}
		switch e := e.(type) {
		case *Lease4, *ServerDUID:
			written = Format{}.Append(written, e)
		case *IA:
			e.Key = Key(e.IAID, e.DUID, false)
			written = Format{HexIDs: true}.Append(written, e)
		}
	}
	if diff := cmp.Diff(want, kept(t, restarted(t, dhcpd, conf, written, v6), v6)); diff != "" {
		t.Errorf("dhcpd keeps of the original (-), of what was written (+):\n%s", diff)
	}
}

// coverage is a configuration with a pool for each address of a lease file.
func coverage(text []byte, v6 bool) string {
	var bindings []oracle.Binding
	for e := range Read(bytes.NewReader(text), Options{}) {
		switch e := e.(type) {
		case *Lease4:
			bindings = append(bindings, oracle.Binding{Kind: "lease", Prefix: netip.PrefixFrom(e.Address, 32)})
		case *IA:
			for _, b := range e.Bindings {
				bindings = append(bindings, oracle.Binding{Kind: e.Kind.String(), Prefix: b.Prefix})
			}
		}
	}
	return oracle.Covering(bindings, v6)
}
