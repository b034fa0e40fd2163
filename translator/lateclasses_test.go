package translator_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
)

// With very many subclasses that set what a subnet sets too, the subnet's option
// stands in a class that is evaluated last; with few the entries are tagged.
func TestManyTaggedOptions(t *testing.T) {
	for _, tt := range []struct {
		subclasses, tagged int
		late               bool
	}{
		{20, 20, false},
		{1001, 0, true},
	} {
		var text strings.Builder
		text.WriteString(`class "c" { match option host-name; }` + "\n")
		for i := range tt.subclasses {
			fmt.Fprintf(&text, "subclass \"c\" \"h%d\" { option domain-name \"d%d\"; }\n", i, i)
		}
		text.WriteString(`subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.99; option domain-name "subnet"; option routers 10.0.0.1; }`)
		file, diags := dhcpdconf.Parse("dhcpd.conf", []byte(text.String()), dhcpdconf.Options{})
		result := translator.Translate(file, diags, translator.Options{Target: keaversion.V3_0})
		subnet := result.DHCP4.Subnet4[0]
		tagged, plain := 0, 0
		for _, o := range subnet.OptionData {
			if len(o.ClientClasses) > 0 {
				tagged++
			} else {
				plain++
			}
		}
		late := len(subnet.EvaluateAdditionalClasses) > 0
		if tagged != tt.tagged || late != tt.late || late == (plain == 2) {
			t.Errorf("%d subclasses: %d tagged entries, %d plain ones, late %v", tt.subclasses, tagged, plain, late)
		}
	}
}
