package lease_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
)

func compareAddresses(a, b netip.Addr) bool { return a == b }

// The rows are as the real Kea wrote them, but for the addresses.
var rows4 = []struct {
	name  string
	row   string
	lease lease.Lease4
}{
	{"client id and MAC", "192.0.2.10,02:00:00:00:00:01,01:02:00:00:00:00:01,3600,1700003600,7,0,0,,0,,0",
		lease.Lease4{Address: netip.MustParseAddr("192.0.2.10"), HWAddr: []byte{2, 0, 0, 0, 0, 1}, ClientID: []byte{1, 2, 0, 0, 0, 0, 1},
			Terms: lease.Terms{SubnetID: 7, Valid: 3600, CLTT: 1700000000}}},
	{"infinite", "192.0.2.11,02:00:00:00:00:02,,4294967295,5994967295,1,1,1,host.example.org.,0,,3",
		lease.Lease4{Address: netip.MustParseAddr("192.0.2.11"), HWAddr: []byte{2, 0, 0, 0, 0, 2},
			Terms: lease.Terms{SubnetID: 1, PoolID: 3, Valid: lease.Infinite, CLTT: 1700000000, FQDNFwd: true, FQDNRev: true, Hostname: "host.example.org."}}},
	{"declined", "192.0.2.12,,,86400,1700086400,1,0,0,,1,,0",
		lease.Lease4{Address: netip.MustParseAddr("192.0.2.12"), Terms: lease.Terms{SubnetID: 1, Valid: 86400, CLTT: 1700000000, State: lease.Declined}}},
	{"escapes", `192.0.2.13,02:00:00:00:00:04,,60,1700000060,1,0,0,a&#x2cb&#x26c,2,{ "a": 1&#x2c "b": 2 },0`,
		lease.Lease4{Address: netip.MustParseAddr("192.0.2.13"), HWAddr: []byte{2, 0, 0, 0, 0, 4},
			Terms: lease.Terms{SubnetID: 1, Valid: 60, CLTT: 1700000000, Hostname: "a,b&c", State: lease.Reclaimed, UserContext: `{ "a": 1, "b": 2 }`}}},
}

func TestRows4(t *testing.T) {
	for _, c := range rows4 {
		t.Run(c.name, func(t *testing.T) {
			got := string(lease.Append4(nil, &c.lease, keaversion.V3_0))
			if got != c.row+"\n" {
				t.Errorf("written\n%swant\n%s", got, c.row)
			}
			for row, err := range lease.Read4(strings.NewReader(lease.Header4(keaversion.V3_0) + c.row + "\n")) {
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.lease, row.Lease, cmp.Comparer(compareAddresses)); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

var rows6 = []struct {
	name  string
	row   string
	lease lease.Lease6
}{
	{"address", "2001:db8::10,00:03:00:01:02:00:00:00:00:01,4000,1700004000,5,2000,0,16909060,128,0,0,,02:00:00:00:00:01,0,,1,2,0",
		lease.Lease6{Address: netip.MustParseAddr("2001:db8::10"), PrefixLen: 128, IAID: 0x01020304, DUID: []byte{0, 3, 0, 1, 2, 0, 0, 0, 0, 1}, Preferred: 2000,
			HWAddr: []byte{2, 0, 0, 0, 0, 1}, HWType: 1, HWSource: 2, Terms: lease.Terms{SubnetID: 5, Valid: 4000, CLTT: 1700000000}}},
	{"prefix", "2001:db8:5::,00:04:aa,4000,1700004000,5,2000,2,1,56,0,0,,,0,,,,9",
		lease.Lease6{Address: netip.MustParseAddr("2001:db8:5::"), PrefixLen: 56, Type: lease.PD, IAID: 1, DUID: []byte{0, 4, 0xaa}, Preferred: 2000,
			Terms: lease.Terms{SubnetID: 5, PoolID: 9, Valid: 4000, CLTT: 1700000000}}},
}

func TestRows6(t *testing.T) {
	for _, c := range rows6 {
		t.Run(c.name, func(t *testing.T) {
			got := string(lease.Append6(nil, &c.lease, keaversion.V3_0))
			if got != c.row+"\n" {
				t.Errorf("written\n%swant\n%s", got, c.row)
			}
			for row, err := range lease.Read6(strings.NewReader(lease.Header6(keaversion.V3_0) + c.row + "\n")) {
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.lease, row.Lease, cmp.Comparer(compareAddresses)); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// Headers are those of the real servers' files.
func TestHeaders(t *testing.T) {
	const (
		old4 = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context"
		old6 = "address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,fqdn_fwd,fqdn_rev,hostname,hwaddr,state,user_context,hwtype,hwaddr_source"
	)
	for v, want := range map[keaversion.Version][2]string{
		keaversion.V2_2: {old4 + "\n", old6 + "\n"},
		keaversion.V2_6: {old4 + ",pool_id\n", old6 + ",pool_id\n"},
		keaversion.V3_0: {old4 + ",pool_id\n", old6 + ",pool_id\n"},
	} {
		if got := [2]string{lease.Header4(v), lease.Header6(v)}; got != want {
			t.Errorf("%v: %q, want %q", v, got, want)
		}
	}
}

func TestReading(t *testing.T) {
	const least = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname"
	full := strings.TrimSuffix(lease.Header4(keaversion.V3_0), "\n")
	for _, c := range []struct{ name, file, want string }{
		{"empty", "", "this is no lease file of Kea: its first line is not the header of one"},
		{"dhcpd's file", "# The format of this file is documented in dhcpd.leases(5)\nlease 192.0.2.1 {\n", "this is no lease file of Kea: its first line is not the header of one"},
		{"DHCPv6", lease.Header6(keaversion.V3_0), "this is no lease file of Kea: its first line is not the header of one of DHCPv4, but that of DHCPv6"},
		{"header too short", "address,hwaddr,client_id\n", "this is no lease file of Kea: its first line is not the header of one"},
		{"old file", least + "\n192.0.2.1,02:00:00:00:00:01,,60,1700000060,1,0,0,\n", "192.0.2.1"},
		{"later file", full + ",colour\n192.0.2.1,02:00:00:00:00:01,,60,1700000060,1,0,0,,0,,0,red\n", "192.0.2.1"},
		{"deleted", full + "\n192.0.2.1,02:00:00:00:00:01,,0,1700000060,1,0,0,,0,,0\n", "192.0.2.1 deleted"},
		{"line ends", full + "\r\n\n192.0.2.1,02:00:00:00:00:01,,60,1700000060,1,0,0,,0,,0\n", "192.0.2.1"},
		{"faults", full + "\n" +
			"192.0.2.1,02:00,,60\n" +
			"192.0.2.999,02:00:00:00:00:01,,60,1700000060,1,0,0,,0,,0\n" +
			"2001:db8::1,02:00:00:00:00:01,,60,1700000060,1,0,0,,0,,0\n" +
			"192.0.2.1,02:0g,,60,1700000060,1,0,0,,0,,0\n" +
			"192.0.2.1,02:00,,-1,1700000060,1,0,0,,0,,0\n" +
			"192.0.2.1,02:00,,60,soon,1,0,0,,0,,0\n" +
			"192.0.2.1,02:00,,60,1700000060,,0,0,,0,,0\n" +
			"192.0.2.1,02:00,,60,1700000060,1,2,0,,0,,0\n" +
			"192.0.2.1,02:00,,60,1700000060,1,0,0,,9,,0\n" +
			"192.0.2.1,,,60,1700000060,1,0,0,,0,,0\n" +
			"192.0.2.1," + strings.Repeat("02:", 20) + "02,,60,1700000060,1,0,0,,0,,0\n" +
			"192.0.2.2,02:00,,60,1700000060,1,0,0,,0,,0",
			`line 2: the row has 4 columns, and the header 12
line 3: address "192.0.2.999" is no address of DHCPv4
line 4: address "2001:db8::1" is no address of DHCPv4
line 5: hwaddr "02:0g" is not hexadecimal
line 6: valid_lifetime "-1" is no number from 0 to 4294967295
line 7: expire "soon" is no number from -4611686018427387904 to 4611686018427387904
line 8: subnet_id "" is no number from 0 to 4294967295
line 9: fqdn_fwd "2" is no number from 0 to 1
line 10: state "9" is no number from 0 to 3
line 11: the lease has neither a hwaddr nor a client_id, so it is nobody's
line 12: hwaddr "02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02" has more than 20 bytes
192.0.2.2`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for row, err := range lease.Read4(strings.NewReader(c.file)) {
				switch {
				case err != nil:
					got = append(got, err.Error())
					var rowErr *lease.RowError
					if !errors.As(err, &rowErr) && !errors.Is(err, lease.ErrNotALeaseFile) {
						t.Errorf("%v is neither about a row nor about the file", err)
					}
				case row.Deleted:
					got = append(got, row.Lease.Address.String()+" deleted")
				default:
					got = append(got, row.Lease.Address.String())
				}
			}
			if diff := cmp.Diff(c.want, strings.Join(got, "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Whatever can be read is written so that it is read again the same.
func FuzzRows(f *testing.F) {
	for _, c := range rows4 {
		f.Add(c.row)
	}
	for _, c := range rows6 {
		f.Add(c.row)
	}
	f.Add("192.0.2.1,0a,0a0b,1,2,3,0,0,&#x2C&#x&#x2,0,{},1")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, "\n") {
			return
		}
		if l, ok := one(lease.Read4(strings.NewReader(lease.Header4(keaversion.V3_0) + text + "\n"))); ok {
			row := string(lease.Append4(nil, &l, keaversion.V3_0))
			again, ok := one(lease.Read4(strings.NewReader(lease.Header4(keaversion.V3_0) + row)))
			if diff := cmp.Diff(l, again, cmp.Comparer(compareAddresses), cmpopts.EquateEmpty()); diff != "" || !ok {
				t.Errorf("%q became %q:\n%s", text, row, diff)
			}
		}
		if l, ok := one(lease.Read6(strings.NewReader(lease.Header6(keaversion.V3_0) + text + "\n"))); ok {
			if len(l.HWAddr) == 0 {
				l.HWType, l.HWSource = 0, 0 // of no meaning, and not written
			}
			row := string(lease.Append6(nil, &l, keaversion.V3_0))
			again, ok := one(lease.Read6(strings.NewReader(lease.Header6(keaversion.V3_0) + row)))
			if diff := cmp.Diff(l, again, cmp.Comparer(compareAddresses), cmpopts.EquateEmpty()); diff != "" || !ok {
				t.Errorf("%q became %q:\n%s", text, row, diff)
			}
		}
	})
}

// one returns the only row of a file, and whether it could be read.
func one[L any](rows func(yield func(lease.Row[L], error) bool)) (l L, ok bool) {
	for row, err := range rows {
		l, ok = row.Lease, err == nil
	}
	return l, ok
}

func BenchmarkRead4(b *testing.B) {
	var file []byte
	file = append(file, lease.Header4(keaversion.V3_0)...)
	for i := range 10000 {
		l := rows4[i%2].lease
		l.Address = netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
		l.Hostname = fmt.Sprintf("host-%d.example.org.", i)
		file = lease.Append4(file, &l, keaversion.V3_0)
	}
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range lease.Read4(strings.NewReader(string(file))) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
