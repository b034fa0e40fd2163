package keaconf

import (
	"encoding/base64"
	"net/netip"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// d2 checks the DHCP-DDNS server (Kea manual, chapter "The DHCP-DDNS Server").
func (s *semantics) d2(c *D2, top *place) {
	if c.ControlSocket != nil {
		s.controlSocket(c.ControlSocket, top.member("control-socket"))
	}
	for i := range c.ControlSockets {
		s.controlSocket(&c.ControlSockets[i], top.member("control-sockets").item(i))
	}
	s.hooks(c.HooksLibraries, top)
	if c.IPAddress != "" {
		a, err := netip.ParseAddr(c.IPAddress)
		if err != nil || a.IsUnspecified() && s.version < keaversion.V2_6 {
			s.fail(top.member("ip-address"), "%q is no address to listen on", clip(c.IPAddress))
		}
	}
	keys := map[string]bool{}
	for i := range c.TSIGKeys {
		s.tsigKey(&c.TSIGKeys[i], keys, top.member("tsig-keys").item(i))
	}
	for _, d := range []struct {
		domains *DDNSDomains
		key     string
	}{{c.ForwardDDNS, "forward-ddns"}, {c.ReverseDDNS, "reverse-ddns"}} {
		if d.domains != nil {
			s.ddnsDomains(d.domains.DDNSDomains, keys, top.member(d.key).member("ddns-domains"))
		}
	}
	s.loggers(c.Loggers, top)
}

// digestBits is the length of the digests of TSIG algorithms (RFC 8945).
var digestBits = map[string]uint32{"HMAC-MD5": 128, "HMAC-SHA1": 160, "HMAC-SHA224": 224, "HMAC-SHA256": 256, "HMAC-SHA384": 384, "HMAC-SHA512": 512}

func (s *semantics) tsigKey(k *TSIGKey, keys map[string]bool, at *place) {
	if strings.Contains(k.Name, "..") {
		s.fail(at.member("name"), "%q is no domain name", clip(k.Name))
	}
	if k.Name != "" && keys[k.Name] {
		s.fail(at.member("name"), "the key %s is defined already", clip(k.Name))
	}
	keys[k.Name] = true
	if k.Secret != "" {
		if _, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(k.Secret), "")); err != nil {
			s.fail(at.member("secret"), "the secret is not in base64") // and must not be shown
		}
		if s.version >= keaversion.V3_2 {
			s.fail(at.member("secret"), "Kea %s takes secrets from files only: secret-file", s.version)
		}
	}
	full := digestBits[strings.ToUpper(k.Algorithm)]
	if b := k.DigestBits; b != nil && *b != 0 && full != 0 && (*b%8 != 0 || *b < max(80, full/2)) {
		s.fail(at.member("digest-bits"), "digest-bits is 0, or a multiple of 8 of at least %d", max(80, full/2))
	}
}

func (s *semantics) ddnsDomains(domains []DDNSDomain, keys map[string]bool, at *place) {
	var names []string
	key := func(name string, at *place) {
		if name != "" && !keys[name] {
			s.fail(at.member("key-name"), "there is no key %s in tsig-keys", clip(name))
		}
	}
	for i := range domains {
		d := &domains[i]
		dat := at.item(i)
		if slices.Contains(names, d.Name) && d.Name != "" {
			s.fail(dat.member("name"), "the domain %s stands in the list already", clip(d.Name))
		}
		names = append(names, d.Name)
		key(d.KeyName, dat)
		for j := range d.DNSServers {
			server := &d.DNSServers[j]
			sat := dat.member("dns-servers").item(j)
			key(server.KeyName, sat)
			if server.Hostname != nil && *server.Hostname != "" {
				s.fail(sat.member("hostname"), "Kea takes no host names here; write ip-address")
			}
			if _, err := netip.ParseAddr(server.IPAddress); server.IPAddress != "" && err != nil {
				s.fail(sat.member("ip-address"), "%q is no address", clip(server.IPAddress))
			}
		}
	}
}

// agent checks the control agent.
func (s *semantics) agent(c *ControlAgent, top *place) {
	if _, err := netip.ParseAddr(c.HTTPHost); c.HTTPHost != "" && err != nil {
		s.fail(top.member("http-host"), "%q is no address", clip(c.HTTPHost))
	}
	tls := 0
	for _, f := range []string{c.TrustAnchor, c.CertFile, c.KeyFile} {
		if f != "" {
			tls++
		}
	}
	if tls > 0 && tls < 3 {
		s.fail(top, "TLS needs trust-anchor, cert-file and key-file")
	}
	s.authentication(c.Authentication, top)
	s.hooks(c.HooksLibraries, top)
	s.loggers(c.Loggers, top)
}
