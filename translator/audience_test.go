package translator_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
)

// Findings name the clients that they concern: those of the scope in which the
// statement stands, or fewer.
func TestAudience(t *testing.T) {
	file, diags := dhcpdconf.Parse("dhcpd.conf", []byte(`authoritative;
subnet 10.0.1.0 netmask 255.255.255.0 {
  option subnet-mask 255.255.0.0;
  pool { range 10.0.1.10 10.0.1.19; max-lease-time 300; }
  pool { range dynamic-bootp 10.0.1.20 10.0.1.29; if option agent.circuit-id = "x" { if known { deny booting; } } }
}
host outside { hardware ethernet 02:00:00:00:00:01; fixed-address 10.9.9.9; }
`), dhcpdconf.Options{})
	result := translator.Translate(file, diags, translator.Options{Target: keaversion.V3_0})
	got := map[translator.Code]string{}
	for _, f := range result.Report.Findings {
		text := string(f.Audience.From)
		for _, s := range f.Audience.Scopes {
			text += s.Stmt.Head().Text()
		}
		for _, m := range f.Audience.Messages {
			text += " " + m
		}
		got[f.Code] = text
	}
	for code, want := range map[translator.Code]string{
		"authoritative":        " request renew rebind reboot",
		"host-outside-subnets": "host outside {",
		"range-dynamic-bootp":  "pool { bootp",
	} {
		if text, ok := got[code]; !ok || text != want {
			t.Errorf("%s concerns %q, want %q (there is one: %v)", code, text, want, ok)
		}
	}
	if i := slices.IndexFunc(result.Report.Findings, func(f translator.Finding) bool { return f.Keyword == "deny" }); i >= 0 {
		if s := result.Report.Findings[i].Audience.Scopes; len(s) != 1 || s[0].Kind.String() != "pool" {
			t.Errorf("a statement in a condition of a pool concerns %v", s)
		}
	} else {
		t.Error("no finding about the condition in the pool")
	}
}

// Clients that come back are spoken for once: with "authoritative" for those subnets,
// and for the others as a whole.
func TestNotAuthoritative(t *testing.T) {
	for conf, want := range map[string]string{
		"authoritative; subnet 10.0.1.0 netmask 255.255.255.0 { range 10.0.1.10 10.0.1.19; }":                                                                      "",
		"subnet 10.0.1.0 netmask 255.255.255.0 { range 10.0.1.10 10.0.1.19; }":                                                                                     "everybody",
		"subnet 10.0.1.0 netmask 255.255.255.0 { }":                                                                                                                "",
		"subnet 10.0.1.0 netmask 255.255.255.0 { authoritative; range 10.0.1.10 10.0.1.19; } subnet 10.0.2.0 netmask 255.255.255.0 { range 10.0.2.10 10.0.2.19; }": "10.0.2.0",
	} {
		file, diags := dhcpdconf.Parse("dhcpd.conf", []byte(conf), dhcpdconf.Options{})
		result := translator.Translate(file, diags, translator.Options{Target: keaversion.V3_0})
		got := ""
		for _, f := range result.Report.Findings {
			if f.Code != "not-authoritative" {
				continue
			}
			got = "everybody"
			if len(f.Audience.Scopes) == 1 {
				got = strings.Fields(f.Audience.Scopes[0].Stmt.Head().Text())[1]
			}
			if !slices.Equal(f.Audience.Messages, []string{"reboot"}) {
				t.Errorf("%s: it is about %v", conf, f.Audience.Messages)
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", conf, got, want)
		}
	}
}
