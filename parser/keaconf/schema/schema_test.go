package schema

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

func TestCompile(t *testing.T) {
	for _, tt := range []struct {
		daemon, doc string
		since       keaversion.Range
	}{
		{"dhcp4", `{"Dhcp4":{"subnet4":[{"id":1,"subnet":"192.0.2.0/24"}]}}`, keaversion.Range{}},
		{"dhcp4", `{"Dhcp4":{"subnet4":[{"subnet":"192.0.2.0/24"}]}}`, keaversion.Range{Until: keaversion.V2_6}},
		{"dhcp4", `{"Dhcp4":{"control-sockets":[{"socket-type":"unix"}]}}`, keaversion.Range{Since: keaversion.V3_0}},
		{"dhcp6", `{"Dhcp6":{"allow-address-registration":true}}`, keaversion.Range{Since: keaversion.V3_2}},
		{"dhcp6", `{"Dhcp6":{"ddns-replace-client-name":"WHEN-present"}}`, keaversion.Range{}},
		{"dhcp6", `{"Dhcp6":{"ddns-replace-client-name":"wen-present"}}`, keaversion.Range{Since: 99}},
		{"dhcp4", `{"Dhcp4":{"reservations":[{"hw-address":"01","duid":"01"}]}}`, keaversion.Range{Since: 99}},
		{"ddns", `{"DhcpDdns":{"tsig-keys":[{"name":"a","algorithm":"hmac-md5","secret-file":"x"}]}}`, keaversion.Range{Since: keaversion.V2_6}},
		{"ctrl-agent", `{"Control-agent":{"http-port":8000}}`, keaversion.Range{Until: keaversion.V3_2}},
	} {
		for _, v := range keaversion.All() {
			s, err := Compile(tt.daemon, v)
			if err != nil {
				if tt.daemon != "ctrl-agent" || v != keaversion.V3_2 {
					t.Error(err)
				}
				continue
			}
			var doc any
			if err := json.NewDecoder(strings.NewReader(tt.doc)).Decode(&doc); err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(doc); (err == nil) != tt.since.Has(v) {
				t.Errorf("Kea %s, %s: %v", v, tt.doc, err)
			}
		}
	}
}

func TestText32IsMarked(t *testing.T) {
	for _, v := range keaversion.All() {
		text, err := Text("dhcp4", v)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(text), "not measured"); got != (v == keaversion.V3_2) {
			t.Errorf("Kea %s: marked as not measured: %v", v, got)
		}
	}
}
