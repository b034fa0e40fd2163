package translator

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator/model"
)

// d2Port is where kea-dhcp-ddns listens on the loopback address.
const d2Port = 53001

// dnsDaemon writes the file of kea-dhcp-ddns, which sends the DNS updates that
// dhcpd sends itself, from the zones and keys of the file.
func (t *translation) dnsDaemon() {
	defer t.unusedKeys()
	if !t.updatesDNS() {
		for _, z := range t.conf.Zones {
			t.wholeStatement(z, Finding{
				Code: "zone-unused", Severity: S1, Verdict: Ignored,
				Message: "ddns-update-style is none, so dhcpd updates no zone.",
			}, "")
		}
		return
	}
	d2 := &keaconf.D2{
		IPAddress: "127.0.0.1", Port: new(uint32(d2Port)),
		NCRProtocol: "UDP", NCRFormat: "JSON",
		Loggers: []keaconf.Logger{{Name: "kea-dhcp-ddns", Severity: "INFO", OutputOptions: []keaconf.OutputOption{{Output: "stdout"}}}},
	}
	socket := keaconf.ControlSocket{SocketType: "unix", SocketName: path.Join(t.layout().RunDir, "kea-ddns-ctrl-socket")}
	if t.opts.Target >= keaversion.V3_0 {
		d2.ControlSockets = []keaconf.ControlSocket{socket}
	} else {
		d2.ControlSocket = &socket
	}
	if t.opts.Target < keaversion.V2_6 {
		d2.DNSServerTimeout = new(uint32(500)) // milliseconds; the default of 100 is short
	}
	d2.ForwardDDNS, d2.ReverseDDNS = &keaconf.DDNSDomains{}, &keaconf.DDNSDomains{}
	seen := map[string]bool{}
	for _, z := range t.conf.Zones {
		t.zone(d2, z, seen)
	}
	style := t.conf.Global.Setting("ddns-update-style")
	declared := len(d2.ForwardDDNS.DDNSDomains) + len(d2.ReverseDDNS.DDNSDomains)
	t.qualifyingSuffixes()
	t.suffixedNames()
	t.derivedZones(d2, seen)
	t.updateDirections(d2)
	t.d2 = d2
	t.topServer().DHCPDDNS = &keaconf.DHCPDDNS{
		EnableUpdates: new(declared > 0), ServerIP: "127.0.0.1", ServerPort: new(uint32(d2Port)),
		NCRProtocol: "UDP", NCRFormat: "JSON",
	}
	if declared == 0 {
		// The servers are not known: updates would go to the wrong ones.
		t.ledger.add(style, Finding{
			Code: "ddns-no-zones", Severity: S3, Verdict: Manual, Fields: []string{"DNS"},
			Clients: "all whose names dhcpd enters into the DNS",
			Message: "dhcpd asks the DNS which server takes updates; Kea's daemon kea-dhcp-ddns needs the zones and their servers in its file, and this file declares none. kea-dhcp-ddns.conf has the zones that the domains and subnets lead to, with the address 127.0.0.1 in the place of their server, and updates are off.",
			Remedy:  "put the servers' addresses into kea-dhcp-ddns.conf, check the names of the zones, then set dhcp-ddns/enable-updates to true",
		}, t.root()+"/dhcp-ddns/enable-updates")
		return
	}
	t.ledger.add(style, Finding{
		Code: "ddns-daemon", Severity: S1, Verdict: Moved, Fields: []string{"DNS"},
		Message: "Kea leaves DNS updates to a daemon of its own, kea-dhcp-ddns, which must run too; its file is kea-dhcp-ddns.conf.",
		Remedy:  "install and start kea-dhcp-ddns",
	}, t.root()+"/dhcp-ddns")
}

// zone writes one zone. dhcpd sends updates to the first primary that answers,
// Kea to the servers in their order.
func (t *translation) zone(d2 *keaconf.D2, z *dhcpdconf.Zone, seen map[string]bool) {
	name := strings.ToLower(strings.TrimSuffix(z.Name.Text, ".")) + "."
	list := &d2.ForwardDDNS.DDNSDomains
	pointer := "/DhcpDdns/forward-ddns/ddns-domains"
	if name == "in-addr.arpa." || name == "ip6.arpa." || strings.HasSuffix(name, ".in-addr.arpa.") || strings.HasSuffix(name, ".ip6.arpa.") {
		list, pointer = &d2.ReverseDDNS.DDNSDomains, "/DhcpDdns/reverse-ddns/ddns-domains"
	}
	if seen[name] {
		t.wholeStatement(z, Finding{
			Code: "zone-repeated", Severity: S2, Verdict: Approximated, Fields: []string{"DNS"},
			Message: fmt.Sprintf("zone %q is declared twice; the first declaration was taken.", z.Name.Text),
		}, "")
		return
	}
	domain := keaconf.DDNSDomain{Name: name}
	for _, written := range slices.Concat(z.Primary, z.Primary6) {
		for _, a := range t.zoneServer(written, z) {
			domain.DNSServers = append(domain.DNSServers, keaconf.DNSServer{IPAddress: a.String(), Port: new(uint32(53))})
		}
	}
	if len(domain.DNSServers) == 0 {
		t.wholeStatement(z, Finding{
			Code: "zone-without-server", Severity: S3, Verdict: Manual, Fields: []string{"DNS"},
			Clients: "clients with names in " + name,
			Message: fmt.Sprintf("zone %q has no primary server with an address; dhcpd asks the DNS for one, kea-dhcp-ddns needs it in its file.", z.Name.Text),
			Remedy:  "add the zone with its dns-servers to kea-dhcp-ddns.conf",
		}, "")
		return
	}
	seen[name] = true
	if z.Key.Text != "" {
		domain.KeyName = t.tsigKey(d2, z.Key.Text)
	}
	pointer = fmt.Sprintf("%s/%d", pointer, len(*list))
	*list = append(*list, domain)
	t.ledger.mark(z, Moved)
	t.markInside(z, Moved)
	if len(z.Secondary)+len(z.Secondary6) > 0 {
		t.ledger.add(z, Finding{
			Code: "zone-secondary", Severity: S1, Verdict: Moved, Fields: []string{"DNS"},
			Message: "secondary servers take no updates; they were left out.",
		}, pointer)
	}
}

// zoneServer returns the addresses of a zone's server, of either protocol.
func (t *translation) zoneServer(a dhcpdconf.Address, z *dhcpdconf.Zone) []netip.Addr {
	if a.Host == "" {
		return []netip.Addr{a.Addr}
	}
	var found []netip.Addr
	if t.opts.Resolve != nil {
		for _, addr := range t.opts.Resolve(a.Host) {
			found = append(found, addr.Unmap())
		}
	}
	f := Finding{
		Code: "name-resolved", Severity: S1, Verdict: Translated, Span: a.Span,
		Message: fmt.Sprintf("dhcpd looks up %q whenever it needs the address; Kea takes addresses only, so those of the time of conversion were written.", a.Host),
		Remedy:  "convert again when the name gets another address",
	}
	if len(found) == 0 {
		f.Code, f.Severity, f.Verdict = "name-unresolved", S3, Manual
		f.Fields = []string{"DNS"}
		f.Message = fmt.Sprintf("%q has no address at conversion; the server was left out.", a.Host)
		f.Remedy = "write the address in place of the name, or convert where the name resolves (--resolve)"
	}
	t.ledger.add(z, f, "")
	return found
}

// tsigAlgorithms maps dhcpd's names, which may have the ending of RFC 2845.
var tsigAlgorithms = map[string]string{
	"hmac-md5": "HMAC-MD5", "hmac-sha1": "HMAC-SHA1", "hmac-sha224": "HMAC-SHA224",
	"hmac-sha256": "HMAC-SHA256", "hmac-sha384": "HMAC-SHA384", "hmac-sha512": "HMAC-SHA512",
}

// tsigKey adds a key to the daemon's file and returns its name; "" when the
// key cannot be used.
func (t *translation) tsigKey(d2 *keaconf.D2, name string) string {
	i := slices.IndexFunc(t.conf.Keys, func(k *dhcpdconf.Key) bool { return k.Name.Text == name })
	if i < 0 {
		return ""
	}
	k := t.conf.Keys[i]
	clean := strings.ToLower(strings.TrimSuffix(k.Name.Text, "."))
	if slices.ContainsFunc(d2.TSIGKeys, func(have keaconf.TSIGKey) bool { return have.Name == clean }) {
		return clean
	}
	word := strings.TrimSuffix(strings.ToLower(strings.TrimSuffix(k.Algorithm.Text, ".")), ".sig-alg.reg.int")
	algorithm, ok := tsigAlgorithms[word]
	if !ok {
		t.wholeStatement(k, Finding{
			Code: "key-algorithm", Severity: S3, Verdict: Manual, Fields: []string{"DNS"},
			Message: fmt.Sprintf("Kea knows no key algorithm %q; updates of the zone would go unsigned.", k.Algorithm.Text),
			Remedy:  "make a new key, such as with tsig-keygen",
		}, "")
		return ""
	}
	if raw, err := base64.StdEncoding.DecodeString(k.Secret.Text); err != nil || len(raw) == 0 {
		t.wholeStatement(k, Finding{
			Code: "key-secret", Severity: S3, Verdict: Manual, Fields: []string{"DNS"},
			Message: fmt.Sprintf("the secret of key %q is not base64, so Kea refuses it; updates of the zone would go unsigned.", k.Name.Text),
			Remedy:  "correct the secret and convert again",
		}, "")
		return ""
	}
	out := keaconf.TSIGKey{Name: clean, Algorithm: algorithm}
	pointer := fmt.Sprintf("/DhcpDdns/tsig-keys/%d", len(d2.TSIGKeys))
	t.markInside(k, Moved)
	t.ledger.mark(k, Moved)
	if t.opts.Target >= keaversion.V3_2 {
		out.SecretFile = path.Join(t.layout().ConfDir, clean+".tsig")
		t.ledger.add(k, Finding{
			Code: "key-secret-file", Severity: S3, Verdict: Moved, Fields: []string{"DNS"},
			Message: "Kea 3.2 refuses secrets in its configuration file; the file names another one that must hold the secret.",
			Remedy:  fmt.Sprintf("write the secret of key %q, in base64, to %s, readable by Kea's user only", k.Name.Text, out.SecretFile),
		}, pointer)
	} else {
		out.Secret = k.Secret.Text
	}
	d2.TSIGKeys = append(d2.TSIGKeys, out)
	return clean
}

// unusedKeys speaks for keys that sign no zone's updates.
func (t *translation) unusedKeys() {
	for _, k := range t.conf.Keys {
		if t.ledger.verdicts[k.ID()] == Unset {
			t.wholeStatement(k, Finding{
				Code: "key-unused", Severity: S1, Verdict: Ignored,
				Message: fmt.Sprintf("no zone that is updated uses key %q, so it is not in the result.", k.Name.Text),
			}, "")
		}
	}
}

// wholeStatement records a finding about a statement and all that is in it.
func (t *translation) wholeStatement(st dhcpdconf.Statement, f Finding, place string) {
	t.ledger.add(st, f, place)
	t.markInside(st, f.Verdict)
}

// updateDirections leaves out the half that the file switches off.
func (t *translation) updateDirections(d2 *keaconf.D2) {
	if !t.updatesDirection("do-forward-updates") {
		d2.ForwardDDNS = &keaconf.DDNSDomains{}
	}
	if !t.updatesDirection("do-reverse-updates") {
		d2.ReverseDDNS = &keaconf.DDNSDomains{}
	}
}

// updatesDirection reports whether the top of the file leaves a flag on that is
// on by default.
func (t *translation) updatesDirection(name string) bool {
	return onUnlessOff(model.Chain{t.conf.Global}, name)
}

// qualifyingSuffixes gives names the domain that dhcpd gives them where no
// ddns-domainname is set: that of the option domain-name.
func (t *translation) qualifyingSuffixes() {
	t.qualifyingSuffix(t.globalPlace(), t.topParameters())
	for _, n := range t.conf.Networks {
		if k := t.networkOf[n]; k != nil {
			t.qualifyingSuffix(t.networkPlace(n), &k.Parameters)
		}
	}
	for _, s := range t.conf.Subnets {
		if k := t.subnetOf[s]; k != nil {
			t.qualifyingSuffix(t.subnetPlace(s), &k.Parameters)
		}
	}
}

func (t *translation) qualifyingSuffix(p place, k *keaconf.Parameters) {
	if p.chain().Setting("ddns-domainname") != nil || k.DDNSQualifyingSuffix != nil || t.v6() {
		return
	}
	for _, s := range p.own {
		for _, st := range slices.Backward(s.Own) {
			o, ok := st.(*dhcpdconf.OptionSet)
			if !ok || o.Option == nil || o.Option.Space != "dhcp" || o.Option.Code != 15 {
				continue
			}
			if raw, ok := constantBytes(o.Data); ok && validHostname(strings.TrimSuffix(string(raw), ".")) {
				k.DDNSQualifyingSuffix = new(string(raw))
			}
			return
		}
	}
}

var d2Codes = []CodeInfo{
	{"zone-unused", S1, "A zone that is never updated",
		"The file declares a zone and sets ddns-update-style to none, or not at all, which is the same: dhcpd sends no DNS updates."},
	{"ddns-no-zones", S3, "DNS updates without declared zones",
		"dhcpd finds out by itself which DNS server takes the updates of a name. Kea's daemon kea-dhcp-ddns sends updates only for the domains in its file. The file declares no zone with the address of a server. kea-dhcp-ddns.conf has an entry for each domain in which clients get names and for the reverse zones of the subnets; the address 127.0.0.1 stands in the place of the server, and updates are off in the result. Fill in the servers, and the names of the zones as they are on them; then set enable-updates to true."},
	{"zone-repeated", S2, "A zone is declared twice",
		"The same zone is declared with two sets of servers or keys. kea-dhcp-ddns takes one entry for a domain; the first was kept."},
	{"zone-without-server", S3, "A zone without a server's address",
		"dhcpd finds the primary server of a zone by asking the DNS when none is declared. kea-dhcp-ddns sends updates only to the servers in its file."},
	{"zone-secondary", S1, "Secondary servers of a zone",
		"The secondary servers of a zone take no part in updates. They are not in Kea's file."},
	{"zone-undeclared", S3, "Names in a domain without a zone",
		"dhcpd looks up which server is responsible for a name, and sends its updates there without a key. kea-dhcp-ddns compares the name with the domains in its file and drops the update when none fits. So each domain in which clients get names, and the reverse zones of the subnets, got an entry with the server of another zone of the file. Check that this server has the zone, under this name: a reverse zone for a part of a network often has another (RFC 2317)."},
	{"key-algorithm", S3, "A key with an algorithm that Kea lacks",
		"Kea signs updates with HMAC-MD5, HMAC-SHA1 and the HMAC-SHA2 family. Make a new key for the zone."},
	{"key-secret", S3, "A key whose secret cannot be read",
		"The secret is not in base64. Kea refuses the whole file of kea-dhcp-ddns for such a key, so the key was left out, and the updates of its zones go unsigned. Correct the secret in the source and convert again."},
	{"key-secret-file", S3, "The secret of a key belongs into a file of its own",
		"From 3.2 Kea refuses TSIG secrets in its configuration file. The configuration names a file that must hold the secret; write it there by hand, readable by Kea's user only."},
	{"key-unused", S1, "A key that nothing uses",
		"The key signs the updates of no zone in the result. Keys for OMAPI have no counterpart, since Kea has no OMAPI."},
}
