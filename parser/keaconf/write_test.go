package keaconf

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func sample() *DHCP4 {
	c := &DHCP4{
		InterfacesConfig: &InterfacesConfig{Interfaces: []string{"eth0", "eth1"}, ServiceSocketsMaxRetries: new(uint32(10))},
		Notes: Notes{
			Comments:    []string{"Made from dhcpd.conf", "", "two\nlines"},
			KeyComments: map[string][]string{"valid-lifetime": {"dhcpd's default"}},
		},
		EchoClientID: new(false),
		OptionDef:    []OptionDef{{Name: "tftp", Code: 150, Space: "dhcp4", Type: "ipv4-address", Array: new(true)}},
		OptionData: []OptionData{
			{Name: "domain-name", Data: "example.org", Comments: []string{"a comment"}},
			{Code: new(uint16(222)), Space: "dhcp4", CSVFormat: new(false), Data: "0102", AlwaysSend: new(true)},
		},
		ClientClasses: []ClientClass{{Name: "phones", Test: "option[60].text == 'phone'", BootFields: BootFields{NextServer: new("192.0.2.1")}}},
		SharedNetworks: []SharedNetwork{{Name: "net", Subnet4: []Subnet{
			{ID: 2, Subnet: "198.51.100.0/24", Relay: &Relay{IPAddresses: []string{"198.51.100.1"}}},
		}}},
		Subnet4: []Subnet{{
			ID: 1, Subnet: "192.0.2.0/24",
			ClassGuards: ClassGuards{ClientClasses: []string{"a", "b"}},
			Pools:       []Pool{{Pool: "192.0.2.10 - 192.0.2.20"}, {Pool: "192.0.2.30 - 192.0.2.40", Notes: Notes{Comments: []string{"second"}}}},
			Reservations: []Reservation{
				{HWAddress: "00:11:22:33:44:55", IPAddress: "192.0.2.50", Hostname: "h", Comments: []string{"host h"}},
				{ClientID: "01:02", Extra: &ReservationExtra{BootFields: BootFields{BootFileName: new("")}, FlexID: "aa", UserContext: Object{
					{"z", []any{1, int64(2), uint32(3), 1.0, nil, true}}, {"a", map[string]any{"y": "1", "x": []string{}}},
				}}},
				{DUID: "01:02", OptionData: []OptionData{{Name: "domain-name-servers", Data: "192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4"}}},
			},
		}},
		Loggers: []Logger{{Name: "kea-dhcp4", Severity: "INFO", OutputOptions: []OutputOption{{Output: "stdout"}}}},
	}
	c.ValidLifetime = new(uint32(43200))
	c.T1Percent, c.T2Percent = new(0.5), new(1.0)
	c.HooksLibraries = []HookLibrary{{Library: "libdhcp_lease_cmds.so", Parameters: Object{}}}
	return c
}

func TestWrite(t *testing.T) {
	for _, v := range keaversion.All() {
		var b bytes.Buffer
		if err := Write(&b, sample(), v); err != nil {
			t.Fatal(err)
		}
		golden(t, "write.conf", strings.Replace(b.String(), `"output_options"`, `"output-options"`, 1))
		if want := v == keaversion.V2_2; strings.Contains(b.String(), `"output_options"`) != want {
			t.Errorf("%s: spelling output_options: want %v", v, want)
		}
	}
}

// golden compares with a file of testdata; -update writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: -want +got\n%s", file, diff)
	}
}

func TestWriteStrings(t *testing.T) {
	for in, want := range map[string]string{
		"plain / # ü €":      `"plain / # ü €"`,
		`a"b\c`:              `"a\"b\\c"`,
		"\n\t\r\x00\x1f\x7f": `"\n\t\r\u0000\u001f` + "\x7f\"",
		"a\xffb\xc3":         `"a\u00ffb\u00c3"`,
		"\ufffd":             "\"\ufffd\"",
	} {
		if got := string(appendString(nil, in)); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

func TestWriteFloats(t *testing.T) {
	for in, want := range map[float64]string{0: "0.0", 1: "1.0", 0.5: "0.5", -2: "-2.0", 1e21: "1000000000000000000000.0", 1e-7: "0.0000001"} {
		w := NewWriter(io.Discard, keaversion.V3_0)
		w.float(in)
		if got := string(w.buf); got != want || w.err != nil {
			t.Errorf("%v: got %s, want %s, %v", in, got, want, w.err)
		}
	}
}

type failingWriter struct{}

var errFull = errors.New("disk full")

func (failingWriter) Write([]byte) (int, error) { return 0, errFull }

func TestWriteErrors(t *testing.T) {
	if err := Write(failingWriter{}, sample(), keaversion.V3_0); !errors.Is(err, errFull) {
		t.Errorf("got %v, want %v", err, errFull)
	}
	deep := any("x")
	for range maxFree + 2 {
		deep = []any{deep}
	}
	for _, bad := range []any{math.NaN(), math.Inf(1), struct{}{}, deep} {
		c := &D2{Notes: Notes{UserContext: Object{{"x", bad}}}}
		if err := Write(io.Discard, c, keaversion.V3_0); err == nil {
			t.Errorf("%T is written", bad)
		}
	}
}

func TestLine(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(&b, keaversion.V3_0)
	w.RecordLines()
	if err := w.Write(sample()); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	for pointer, want := range map[string]string{
		"/Dhcp4":                                    `"Dhcp4": {`,
		"/Dhcp4/valid-lifetime":                     `"valid-lifetime": 43200,`,
		"/Dhcp4/subnet4/0":                          "{",
		"/Dhcp4/subnet4/0/id":                       `"id": 1,`,
		"/Dhcp4/subnet4/0/pools/1":                  `{ "pool": "192.0.2.30 - 192.0.2.40" }`,
		"/Dhcp4/subnet4/0/pools/1/pool":             `{ "pool": "192.0.2.30 - 192.0.2.40" }`,
		"/Dhcp4/subnet4/0/pools/7":                  `"pools": [`,
		"/Dhcp4/subnet4/0/reservations/1/flex-id":   `"flex-id": "aa",`,
		"/Dhcp4/shared-networks/0/subnet4/0/subnet": `"subnet": "198.51.100.0/24",`,
		"/Dhcp4/loggers/0/output-options/0":         `{ "output": "stdout" }`,
		"/Dhcp4/nothing":                            `"Dhcp4": {`,
	} {
		got := strings.TrimSpace(lines[w.Line(pointer)-1])
		if got != want {
			t.Errorf("%q: line %d is %s, want %s", pointer, w.Line(pointer), got, want)
		}
	}
}

// bigConfig has n hosts in n/20 subnets, as a large site has.
func bigConfig(n int) *DHCP4 {
	c := sample()
	c.Subnet4, c.SharedNetworks = nil, nil
	c.T2Percent = new(0.875)
	for i := range n / 20 {
		s := Subnet{ID: uint32(i + 1), Subnet: fmt.Sprintf("10.%d.%d.0/24", i>>8, i&255)}
		s.Pools = []Pool{{Pool: fmt.Sprintf("10.%d.%d.100 - 10.%d.%d.200", i>>8, i&255, i>>8, i&255)}}
		s.OptionData = []OptionData{{Name: "routers", Data: fmt.Sprintf("10.%d.%d.1", i>>8, i&255)}}
		for j := range 20 {
			s.Reservations = append(s.Reservations, Reservation{
				HWAddress: fmt.Sprintf("02:00:00:%02x:%02x:%02x", i>>8, i&255, j),
				IPAddress: fmt.Sprintf("10.%d.%d.%d", i>>8, i&255, j+10),
				Hostname:  fmt.Sprintf("host-%d-%d.example.org", i, j),
			})
		}
		c.Subnet4 = append(c.Subnet4, s)
	}
	return c
}

func BenchmarkWrite100kHosts(b *testing.B) {
	c := bigConfig(100_000)
	b.ReportAllocs()
	for b.Loop() {
		if err := Write(io.Discard, c, keaversion.V3_0); err != nil {
			b.Fatal(err)
		}
	}
}
