package translator_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/parser/option"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// The options that clients really get: each configuration is served by dhcpd
// and, translated, by each Kea, and the answers to the same requests hold the
// same bytes.
func TestOptionsOnTheWire(t *testing.T) {
	dhcpd := oracle.Dhcpd(t)
	for name, tt := range wireTests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "dhcpd.leases", nil)
			file := write(t, dir, "dhcpd.conf", []byte(tt.conf))
			s, err := dhcpd.Serve(t.Context(), file, tt.v6, served)
			if err != nil {
				t.Fatal(err)
			}
			want := ask(t, s, tt.v6)
			s.Close()
			if len(want) < tt.least {
				t.Fatalf("dhcpd sends %d options, at least %d were expected: %v", len(want), tt.least, want)
			}
			for _, v := range []keaversion.Version{keaversion.V2_2, keaversion.V2_6, keaversion.V3_0} {
				t.Run(v.String(), func(t *testing.T) {
					daemon := "dhcp4"
					if tt.v6 {
						daemon = "dhcp6"
					}
					kea := oracle.Kea(t, v, daemon)
					file := write(t, t.TempDir(), "kea.conf", translated(t, tt.conf, tt.v6, v))
					s, err := kea.Serve(t.Context(), file, tt.v6, served)
					if err != nil {
						t.Fatal(err)
					}
					defer s.Close()
					compare(t, want, ask(t, s, tt.v6), tt.v6, v, tt.differ[v])
				})
			}
		})
	}
}

var served = oracle.Interface{Name: "eth0", Addresses: []netip.Prefix{
	netip.MustParsePrefix("198.18.0.1/16"), netip.MustParsePrefix("2001:db8::1/64"),
}}

func write(t *testing.T, dir, name string, text []byte) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// translated gives Kea's file for a dhcpd.conf, with loggers and a lease
// database that suit the test.
func translated(t *testing.T, conf string, v6 bool, v keaversion.Version) []byte {
	t.Helper()
	protocol := dhcpdconf.DHCP4
	if v6 {
		protocol = dhcpdconf.DHCP6
	}
	file, diags := dhcpdconf.Parse("dhcpd.conf", []byte(conf), dhcpdconf.Options{Protocol: protocol})
	for _, d := range diags {
		t.Fatalf("%s: %s", d.Span, d.Summary)
	}
	result := translator.Translate(file, diags, translator.Options{
		Target: v, Interfaces: []string{served.Name},
		Layout: translator.Layout{ScriptsDir: "/usr/share/kea/scripts"},
	})
	var c keaconf.Config
	memory := &keaconf.Database{Type: "memfile", Persist: new(false)}
	loggers := []keaconf.Logger{{Name: "kea-dhcp", Severity: "INFO", OutputOptions: []keaconf.OutputOption{{Output: "stdout"}}}}
	interfaces := &keaconf.InterfacesConfig{Interfaces: []string{served.Name}}
	if d := result.DHCP6; d != nil {
		loggers[0].Name += "6"
		d.InterfacesConfig, d.LeaseDatabase, d.Loggers, d.ControlSocket, d.ControlSockets = interfaces, memory, loggers, nil, nil
		for i := range d.Subnet6 {
			d.Subnet6[i].Interface = served.Name
		}
		c = d
	} else {
		d := result.DHCP4
		loggers[0].Name += "4"
		d.InterfacesConfig, d.LeaseDatabase, d.Loggers, d.ControlSocket, d.ControlSockets = interfaces, memory, loggers, nil, nil
		c = d
	}
	var out bytes.Buffer
	if err := keaconf.Write(&out, c, v); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// ask requests every option, a few at a time so that the answers fit a packet.
func ask(t *testing.T, s *oracle.Server, v6 bool) map[uint32][]byte {
	t.Helper()
	link, err := s.Link(0)
	if err != nil {
		if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
			t.Skipf("frames in a namespace need root: %v", err)
		}
		t.Fatal(err)
	}
	defer func() {
		if err := link.Close(); err != nil {
			t.Error(err)
		}
	}()
	const group = 16
	const patience = time.Minute
	got := map[uint32][]byte{}
	last, exchange, request, read := uint32(254), link.Exchange4, discover, options4
	if v6 {
		last, exchange, request, read = 1100, link.Exchange6, informationRequest, options6
	}
	for first := uint32(1); first <= last; first += group {
		if v6 && first > 160 && first < 990 {
			continue
		}
		codes := make([]uint32, 0, group)
		for code := first; code < first+group && code <= last; code++ {
			codes = append(codes, code)
		}
		answer, err := exchange(request(codes), patience)
		if err != nil {
			t.Fatalf("%v\n%s", err, s.Log())
		}
		for code, content := range read(t, answer) {
			if slices.Contains(codes, code) {
				got[code] = content
			}
		}
	}
	return got
}

func discover(codes []uint32) []byte {
	m := make([]byte, 236)
	m[0], m[1], m[2], m[10] = 1, 1, 6, 0x80
	copy(m[4:], []byte{1, 2, 3, byte(codes[0])})
	copy(m[28:], []byte{2, 0, 0, 0, 0, 2})
	m = append(m, 99, 130, 83, 99, 53, 1, 1, 57, 2, 5, 0xdc, 60, 3, 'a', 'b', 'c', 55, byte(len(codes)))
	for _, c := range codes {
		m = append(m, byte(c))
	}
	return append(m, 255)
}

func options4(t *testing.T, message []byte) map[uint32][]byte {
	t.Helper()
	got := map[uint32][]byte{}
	for b := message[240:]; len(b) > 1 && b[0] != 255; {
		if b[0] == 0 {
			b = b[1:]
			continue
		}
		end := 2 + int(b[1])
		if end > len(b) {
			t.Fatalf("option %d is cut off", b[0])
		}
		got[uint32(b[0])] = append(got[uint32(b[0])], b[2:end]...)
		b = b[end:]
	}
	return got
}

func informationRequest(codes []uint32) []byte {
	m := []byte{11, 1, 2, byte(codes[0]), 0, 1, 0, 10, 0, 3, 0, 1, 2, 0, 0, 0, 0, 2, 0, 8, 0, 2, 0, 0, 0, 6, 0, byte(2 * len(codes))}
	for _, c := range codes {
		m = append(m, byte(c>>8), byte(c))
	}
	return m
}

// options6 joins several options of one code: those of vendors.
func options6(t *testing.T, message []byte) map[uint32][]byte {
	t.Helper()
	got := map[uint32][]byte{}
	for b := message[4:]; len(b) >= 4; {
		code, end := uint32(b[0])<<8|uint32(b[1]), 4+int(b[2])<<8+int(b[3])
		if end > len(b) {
			t.Fatalf("option %d is cut off", code)
		}
		got[code] = append(got[code], b[4:end]...)
		b = b[end:]
	}
	return got
}

// compare looks at all options but those that the servers fill themselves.
func compare(t *testing.T, want, got map[uint32][]byte, v6 bool, v keaversion.Version, differ []uint32) {
	t.Helper()
	own := []uint32{51, 53, 54, 55, 58, 59, 61, 82}
	family, space := option.V4, "dhcp4"
	if v6 {
		own = []uint32{1, 2}
		family, space = option.V6, "dhcp6"
	}
	all := maps.Clone(want)
	maps.Copy(all, got)
	for _, code := range slices.Sorted(maps.Keys(all)) {
		if slices.Contains(own, code) {
			continue
		}
		d, _ := option.KeaLookup(family, space, code, v)
		if code == 125 && !v6 {
			sortEnterprises(want[code])
			sortEnterprises(got[code])
		}
		same := d.Same(want[code], got[code]) && (want[code] == nil) == (got[code] == nil)
		if same == slices.Contains(differ, code) {
			t.Errorf("option %d: dhcpd sends %s, Kea %s", code, show(want, code), show(got, code))
		}
	}
}

// sortEnterprises puts the enterprises of option 125 in the order of their
// numbers, as Kea does.
func sortEnterprises(content []byte) {
	var parts [][]byte
	for rest := content; len(rest) >= 5 && len(rest) >= 5+int(rest[4]); {
		end := 5 + int(rest[4])
		parts = append(parts, rest[:end])
		rest = rest[end:]
	}
	slices.SortFunc(parts, bytes.Compare)
	copy(content, bytes.Join(parts, nil))
}

func show(options map[uint32][]byte, code uint32) string {
	content, there := options[code]
	if !there {
		return "nothing"
	}
	return fmt.Sprintf("%q", hex.EncodeToString(content))
}
