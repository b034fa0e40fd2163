package leasesconv_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/leasesconv"
	"github.com/keamigrate/keamigrate/verify/oracle"
	"github.com/keamigrate/keamigrate/verify/oracle/database"
)

// Kea of each version takes a subnet from the tables that Init makes, with a pool
// and an option, and the triggers tell it while it runs that the option changes.
func TestLiveConfiguration(t *testing.T) {
	for _, e := range []database.Engine{database.PostgreSQL, database.MySQL} {
		t.Run(string(e), func(t *testing.T) {
			s := database.ForTest(t, e)
			for _, v := range liveVersions {
				t.Run(v.String(), func(t *testing.T) {
					d := &liveDatabase{server: s, name: "conf" + strings.ReplaceAll(v.String(), ".", ""), version: v, configured: true}
					if err := s.Create(t.Context(), d.name); err != nil {
						t.Fatal(err)
					}
					var err error
					if d.place, err = leasesconv.ParsePlace(s.URL(d.name)); err != nil {
						t.Fatal(err)
					}
					if err := d.place.Init(t.Context(), v); err != nil {
						t.Fatal(err)
					}
					// Kea rounds the time of the last revision it has seen to whole seconds
					// and in PostgreSQL never sees a revision that is younger than the first
					// but older than the rounded time: the first is an hour old.
					d.configure(t, time.Hour, `INSERT INTO dhcp4_subnet (subnet_id, subnet_prefix, interface, modification_ts) VALUES (7, '192.0.2.0/24', 'eth0', NOW());
						INSERT INTO dhcp4_subnet_server (subnet_id, server_id, modification_ts) VALUES (7, 1, NOW());
						INSERT INTO dhcp4_pool (id, start_address, end_address, subnet_id, modification_ts) VALUES (1, ADDRESS('192.0.2.10'), ADDRESS('192.0.2.10'), 7, NOW());
						INSERT INTO dhcp4_options (option_id, code, space, formatted_value, scope_id, dhcp4_subnet_id, modification_ts) VALUES (1, 6, 'dhcp4', '192.0.2.5', 1, 7, NOW());
						INSERT INTO dhcp4_options_server (option_id, server_id, modification_ts) VALUES (1, 1, NOW());`)
					_, link := d.serve(t, "dhcp4", `{"Dhcp4": {%s}}`, oracle.Interface{Name: "eth0", Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}, Relayed: true})
					offer := discover4(t, link)
					if got := offer.YourIPAddr.String(); got != "192.0.2.10" {
						t.Errorf("offered %s", got)
					}
					if dns := offer.DNS(); len(dns) != 1 || dns[0].String() != "192.0.2.5" {
						t.Errorf("name servers %v", dns)
					}
					d.configure(t, 0, "UPDATE dhcp4_options SET formatted_value = '192.0.2.6', modification_ts = NOW() WHERE option_id = 1;")
					for deadline := time.Now().Add(time.Minute); ; {
						dns := discover4(t, link).DNS()
						if len(dns) == 1 && dns[0].String() == "192.0.2.6" {
							break
						}
						if time.Now().After(deadline) {
							t.Fatalf("a minute after the change the name servers are %v", dns)
						}
						time.Sleep(200 * time.Millisecond) // Kea looks once a second
					}
				})
			}
		})
	}
}

// configure changes the configuration in a database under a revision of its own,
// which is as old as given.
func (d *liveDatabase) configure(t *testing.T, age time.Duration, statements string) {
	t.Helper()
	call, address := "SELECT", "inet"
	if d.server.Engine == database.MySQL {
		call, address = "CALL", "INET_ATON"
	}
	revision := fmt.Sprintf("%s createAuditRevisionDHCP4(NOW() - INTERVAL '%d' SECOND, 'all', 'test', FALSE);", call, int(age.Seconds()))
	if _, err := d.server.Run(t.Context(), d.name, revision+strings.ReplaceAll(statements, "ADDRESS(", address+"(")); err != nil {
		t.Fatal(err)
	}
}
