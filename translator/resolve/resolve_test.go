package resolve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/option"
)

func addrs(texts ...string) []netip.Addr {
	var list []netip.Addr
	for _, t := range texts {
		list = append(list, netip.MustParseAddr(t))
	}
	return list
}

func TestNames(t *testing.T) {
	address := func(host string) []dhcpdconf.Address { return []dhcpdconf.Address{{Host: host}} }
	literal := func(host string) dhcpdconf.Expr { return &dhcpdconf.Literal{Host: host} }
	chain := literal("deep.example")
	for range 100_000 {
		chain = &dhcpdconf.Binary{Op: "or", X: chain, Y: &dhcpdconf.Atom{Name: "known"}}
	}
	f := &dhcpdconf.File{Body: []dhcpdconf.Statement{
		&dhcpdconf.Host{Block: dhcpdconf.Block{Body: []dhcpdconf.Statement{&dhcpdconf.FixedAddress{Addresses: address("Fixed.Example.")}}}},
		&dhcpdconf.OptionSet{Data: dhcpdconf.Data{Fields: []dhcpdconf.Datum{{Host: "ntp.example"}, {Value: option.Value{Text: "no.host.example"}}}}},
		&dhcpdconf.Param{Data: dhcpdconf.Data{Expr: &dhcpdconf.Call{Args: []dhcpdconf.Expr{literal("param.example")}}}},
		&dhcpdconf.Zone{Primary: address("zone.example"), Secondary6: address("zone6.example")},
		&dhcpdconf.Failover{Parts: []dhcpdconf.Statement{&dhcpdconf.Setting{Values: []dhcpdconf.SettingValue{{Addr: dhcpdconf.Address{Host: "peer.example"}}}}}},
		&dhcpdconf.If{Cond: &dhcpdconf.Not{X: literal("cond.example")}, Next: &dhcpdconf.If{Cond: chain}},
		&dhcpdconf.OptionSet{Data: dhcpdconf.Data{Fields: []dhcpdconf.Datum{{Host: "NTP.example"}}}},
	}}
	want := []string{"cond.example", "deep.example", "fixed.example", "ntp.example", "param.example", "peer.example", "zone.example", "zone6.example"}
	if diff := cmp.Diff(want, Names(f)); diff != "" {
		t.Error(diff)
	}
}

func TestResolve(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	lookup := func(ctx context.Context, name string) ([]netip.Addr, error) {
		mu.Lock()
		asked = append(asked, name)
		mu.Unlock()
		switch name {
		case "two.example":
			return addrs("192.0.2.9", "::ffff:192.0.2.1", "2001:db8::1", "192.0.2.9"), nil
		case "gone.example":
			return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
		case "slow.example":
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return nil, errors.New("read udp 127.0.0.1:40000: refused")
	}
	earlier := &Answers{Addresses: map[string][]netip.Addr{"known.example": addrs("192.0.2.7"), "unused.example": addrs("192.0.2.8")}, NotFound: []string{"absent.example"}, Failed: map[string]string{"down.example": "no answer"}}
	names := []string{"absent.example", "down.example", "gone.example", "known.example", "slow.example", "two.example"}
	got := Resolve(t.Context(), names, earlier, lookup, Limits{Timeout: time.Millisecond})
	want := &Answers{
		Version:   1,
		Addresses: map[string][]netip.Addr{"known.example": addrs("192.0.2.7"), "two.example": addrs("192.0.2.1", "192.0.2.9", "2001:db8::1")},
		NotFound:  []string{"absent.example", "gone.example"},
		Failed:    map[string]string{"down.example": "no answer", "slow.example": "no answer in time"},
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	slices.Sort(asked)
	if want := []string{"down.example", "gone.example", "slow.example", "two.example"}; !slices.Equal(asked, want) {
		t.Errorf("asked for %v, want %v", asked, want)
	}
	if got.Lookup("TWO.example.") == nil || got.Lookup("gone.example") != nil || (*Answers)(nil).Lookup("x") != nil {
		t.Error("Lookup does not give what was found")
	}

	var first, second bytes.Buffer
	if err := got.Write(&first); err != nil {
		t.Fatal(err)
	}
	again, err := Read(bytes.NewReader(first.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Write(&second); err != nil {
		t.Fatal(err)
	}
	if first.String() != second.String() {
		t.Errorf("read and written again:\n%s\nwant\n%s", &second, &first)
	}
}

// However many names there are, no more than the limit are asked for at once.
func TestResolveIsBounded(t *testing.T) {
	var names []string
	for i := range 200 {
		names = append(names, fmt.Sprintf("h%d.example", i))
	}
	var mu sync.Mutex
	running, most := 0, 0
	Resolve(t.Context(), names, nil, func(context.Context, string) ([]netip.Addr, error) {
		mu.Lock()
		running++
		most = max(most, running)
		mu.Unlock()
		mu.Lock()
		running--
		mu.Unlock()
		return nil, nil
	}, Limits{Parallel: 4})
	if most > 4 {
		t.Errorf("%d names were asked for at once, want at most 4", most)
	}
}

func TestResolveWithoutAsking(t *testing.T) {
	got := Resolve(t.Context(), []string{"a.example"}, nil, nil, Limits{})
	if len(got.Addresses)+len(got.NotFound)+len(got.Failed) != 0 {
		t.Errorf("got %+v, want no answers", got)
	}
}

func TestHostsFile(t *testing.T) {
	lookup, err := HostsFile(strings.NewReader("# servers\n192.0.2.1 ns1 NS1.example # first\n2001:db8::1\tns1\n\n192.0.2.2 ntp.\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]netip.Addr{"ns1": addrs("192.0.2.1", "2001:db8::1"), "ns1.example": addrs("192.0.2.1"), "ntp": addrs("192.0.2.2"), "other": nil} {
		got, err := lookup(t.Context(), name)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("lookup(%q) = %v, %v, want %v", name, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"192.0.2.1 a\nns1 192.0.2.1\n": `line 2: "ns1" is no address`,
		"192.0.2.1\n":                  "line 1: 192.0.2.1 has no name",
	} {
		if _, err := HostsFile(strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("HostsFile(%q): error %v, want %s", text, err, want)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for _, text := range []string{"", "[]", `{"version": 2}`, `{"version": 1, "names": {}}`, `{"version": 1, "addresses": {"a": ["b"]}}`} {
		if _, err := Read(strings.NewReader(text)); err == nil {
			t.Errorf("Read(%q) takes it", text)
		}
	}
}
