package translator_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// The file of kea-dhcp-ddns is accepted, and the daemon starts with it: every
// algorithm, several primaries of both protocols, zones that are derived, none
// declared, one direction off.
func TestD2IsTaken(t *testing.T) {
	var keys, zones strings.Builder
	for i, algorithm := range []string{"hmac-md5", "HMAC-MD5.SIG-ALG.REG.INT", "hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "HMAC-SHA512."} {
		name := string(rune('a' + i))
		keys.WriteString("key " + name + " { algorithm " + algorithm + "; secret \"cGxhbnRlZC1zZWNyZXQ=\"; }\n")
		zones.WriteString("zone " + name + ".example.org. { primary 192.0.2.53, 192.0.2.54; primary6 2001:db8::53; key " + name + "; }\n")
	}
	const serving = "option domain-name \"example.org\";\nsubnet 10.1.0.0 netmask 255.255.252.0 { range 10.1.0.10 10.1.0.20; }\nsubnet 192.0.2.64 netmask 255.255.255.192 { range 192.0.2.70; ddns-domainname \"sub.a.example.org.\"; }\n"
	for name, conf := range map[string]string{
		"algorithms": "ddns-update-style standard;\n" + keys.String() + zones.String() + serving,
		"no zones":   "ddns-update-style interim;\n" + serving,
		"forward":    "ddns-update-style interim;\ndo-reverse-updates off;\n" + keys.String() + zones.String() + serving,
		"reverse":    "ddns-update-style interim;\ndo-forward-updates off;\n" + keys.String() + zones.String() + serving,
		"nothing":    "ddns-update-style standard;\nddns-updates off;\nsubnet 10.1.0.0 netmask 255.255.252.0 { range 10.1.0.10 10.1.0.20; }\n",
	} {
		for _, v := range []keaversion.Version{keaversion.V2_2, keaversion.V2_6, keaversion.V3_0} {
			t.Run(name+" "+v.String(), func(t *testing.T) {
				kea := oracle.Kea(t, v, "ddns")
				file, diags := dhcpdconf.Parse("dhcpd.conf", []byte(conf), dhcpdconf.Options{})
				if diags.HasErrors() {
					t.Fatal(diags)
				}
				d2 := translator.Translate(file, diags, translator.Options{Target: v}).D2
				var out strings.Builder
				if err := keaconf.Write(&out, d2, v); err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				path := filepath.Join(t.TempDir(), "kea-dhcp-ddns.conf")
				write(t, filepath.Dir(path), filepath.Base(path), []byte(out.String()))
				if ok, output, err := kea.Check(ctx, path); err != nil || !ok {
					t.Errorf("-t: %t, %v\n%s\n%s", ok, err, output, out.String())
				}
				if ok, output, err := kea.Start(ctx, path); err != nil || !ok || strings.Contains(output, " ERROR ") {
					t.Errorf("start: %t, %v\n%s", ok, err, output)
				}
			})
		}
	}
}
