package translator_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
)

// What options become: definitions, option data of each place, timers, and the
// findings about them.
func TestOptions(t *testing.T) {
	for _, tt := range optionTests {
		t.Run(tt.name, func(t *testing.T) {
			protocol := dhcpdconf.DHCP4
			if tt.v6 {
				protocol = dhcpdconf.DHCP6
			}
			file, diags := dhcpdconf.Parse("dhcpd.conf", []byte(tt.conf), dhcpdconf.Options{Protocol: protocol})
			for _, d := range diags {
				t.Fatalf("%s: %s", d.Span, d.Summary)
			}
			target := tt.target
			if target == 0 {
				target = keaversion.V3_0
			}
			result := translator.Translate(file, diags, translator.Options{Target: target, Resolve: testNames})
			if diff := cmp.Diff(lines(tt.want), optionLines(result)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func testNames(name string) []netip.Addr {
	switch name {
	case "one.example.org":
		return []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}
	case "two.example.org":
		return []netip.Addr{netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("192.0.2.3")}
	}
	return nil
}

func lines(text string) []string {
	var list []string
	for l := range strings.SplitSeq(text, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			list = append(list, l)
		}
	}
	return list
}

// optionLines writes a result as one line for each thing that the tests are
// about.
func optionLines(r *translator.Result) []string {
	var out []string
	defs := func(list []keaconf.OptionDef) {
		for _, d := range list {
			l := fmt.Sprintf("def %s %d %s %s", d.Name, d.Code, d.Space, d.Type)
			if d.RecordTypes != "" {
				l += " (" + d.RecordTypes + ")"
			}
			if d.Array != nil {
				l += " array"
			}
			out = append(out, l)
		}
	}
	data := func(place string, list []keaconf.OptionData) {
		for _, d := range list {
			name := d.Name
			if name == "" {
				name = fmt.Sprint(*d.Code)
			}
			if d.Space != "" {
				name = d.Space + "." + name
			}
			l := fmt.Sprintf("%s %s %s", place, name, d.Data)
			if d.CSVFormat != nil {
				l += " bytes"
			}
			if d.AlwaysSend != nil {
				l += " always"
			}
			if d.NeverSend != nil {
				l += " never"
			}
			if len(d.ClientClasses) > 0 {
				l += " for " + strings.Join(d.ClientClasses, ",")
			}
			if len(d.Comments) > 0 {
				l += " // " + strings.Join(d.Comments, " // ")
			}
			out = append(out, l)
		}
	}
	timers := func(place string, tm keaconf.Timers) {
		if tm.RenewTimer != nil {
			out = append(out, fmt.Sprintf("%s renew-timer %d", place, *tm.RenewTimer))
		}
		if tm.RebindTimer != nil {
			out = append(out, fmt.Sprintf("%s rebind-timer %d", place, *tm.RebindTimer))
		}
	}
	hosts := func(list []keaconf.Reservation) {
		for _, h := range list {
			data("host "+h.HWAddress, h.OptionData)
		}
	}
	subnets := func(list []keaconf.Subnet) {
		for _, s := range list {
			data(s.Subnet, s.OptionData)
			timers(s.Subnet, s.Timers)
			if s.RapidCommit != nil {
				out = append(out, s.Subnet+" rapid-commit")
			}
			for _, p := range s.Pools {
				data("pool "+p.Pool, p.OptionData)
			}
			hosts(s.Reservations)
		}
	}
	networks := func(list []keaconf.SharedNetwork) {
		for _, n := range list {
			data(n.Name, n.OptionData)
			timers(n.Name, n.Timers)
			subnets(slices.Concat(n.Subnet4, n.Subnet6))
		}
	}
	classes := func(list []keaconf.ClientClass) {
		for _, c := range list {
			data("class "+c.Name, c.OptionData)
		}
	}
	if d := r.DHCP6; d != nil {
		defs(d.OptionDef)
		data("global", d.OptionData)
		timers("global", d.Timers)
		classes(d.ClientClasses)
		networks(d.SharedNetworks)
		subnets(d.Subnet6)
		hosts(d.Reservations)
	} else {
		d := r.DHCP4
		defs(d.OptionDef)
		data("global", d.OptionData)
		timers("global", d.Timers)
		classes(d.ClientClasses)
		networks(d.SharedNetworks)
		subnets(d.Subnet4)
		hosts(d.Reservations)
	}
	for _, f := range r.Report.Findings {
		about := strings.HasPrefix(string(f.Code), "option-") || slices.Contains([]translator.Code{
			"renewal-after-rebinding", "server-identifier-scope", "domain-names-not-compressed", "domain-names-in-one",
			"no-effect", "overridden", "name-unresolved", "unaccounted",
		}, f.Code)
		if about {
			out = append(out, fmt.Sprintf("! %s %s %s %q %s", f.Severity, f.Verdict, f.Code, f.Span.Text(), strings.Join(f.Places, " ")))
			out[len(out)-1] = strings.TrimSpace(out[len(out)-1])
		}
	}
	return out
}
