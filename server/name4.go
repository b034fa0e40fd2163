package server

import (
	"strings"

	"github.com/keamigrate/keamigrate/server/config"
)

// nameClient makes the name of the client that the answer and the lease have: the
// reserved one, or the one that the client says, as the configuration wants it. A
// client that sends the option FQDN gets that back, and no host name.
func (s *Server4) nameClient(x *exchange) {
	if x.fqdn.there {
		s.nameFull(x)
		return
	}
	d := x.ddns()
	if host := x.host(); host != nil && host.Hostname != "" {
		x.name = strings.ToLower(qualify(host.Hostname, d.Suffix, false))
		return
	}
	said, has := x.message.Option(optHostName)
	if !has {
		if d.Replace == "always" || d.Replace == "when-not-present" {
			x.name = s.generated(x, false)
		}
		return
	}
	name := strings.TrimSpace(strings.TrimRight(string(said), "\x00"))
	labels, ok := labelsOf(name)
	switch {
	case !ok || name == "":
		return
	case d.Replace == "always" || d.Replace == "when-present" || labels == 0:
		x.name = s.generated(x, false)
		return
	}
	name = d.Scrub(name)
	if labels, ok = labelsOf(name); !ok || labels == 0 {
		return
	}
	name = strings.ToLower(name)
	if labels == 1 {
		name = qualify(name, d.Suffix, false)
	}
	x.name = name
}

// ddns are the settings for the client's name: those of the pool, once it is known.
func (x *exchange) ddns() *config.DDNS {
	if x.poolUnknown {
		return &x.subnet.DDNS
	}
	return x.subnet.DDNSAt(x.lease.Address)
}

// nameBefore is the name that a lease would have if its pool were not known yet.
func (s *Server4) nameBefore(x *exchange) string {
	if x.pool == nil || x.pool.DDNS == nil {
		return x.lease.Hostname
	}
	name, out, generated := x.name, x.fqdnOut, x.generated
	x.name, x.fqdnOut, x.poolUnknown = "", fqdn{}, true
	s.nameClient(x)
	before := x.name
	if x.fqdnOut.there {
		before = x.fqdnOut.name
	}
	x.name, x.fqdnOut, x.generated, x.poolUnknown = name, out, generated, false
	return before
}

// Limits of names in DNS (RFC 1035 section 2.3.4) in bytes.
const (
	maxLabel = 63
	maxName  = 255
)

// labelsOf counts the labels of a name; ok is false for one that DNS cannot have.
func labelsOf(name string) (n int, ok bool) {
	name = strings.TrimSuffix(name, ".")
	if name == "" {
		return 0, true
	}
	if len(name)+2 > maxName {
		return 0, false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > maxLabel {
			return 0, false
		}
		n++
	}
	return n, true
}

// qualify adds the suffix to a name, unless the name ends with it or with a dot.
// dot says whether the name is to end with one.
func qualify(name, suffix string, dot bool) string {
	if trimmed := strings.TrimSuffix(suffix, "."); trimmed != "" && !strings.HasSuffix(name, ".") && !endsWith(name, trimmed) {
		name += "." + trimmed
	}
	name = strings.TrimSuffix(name, ".")
	if dot {
		name += "."
	}
	return name
}

// endsWith reports whether a name ends with the labels of another one.
func endsWith(name, suffix string) bool {
	if len(name) <= len(suffix) {
		return strings.EqualFold(name, suffix)
	}
	return strings.EqualFold(name[len(name)-len(suffix)-1:], "."+suffix)
}

// generated is a name made of the address.
func (s *Server4) generated(x *exchange, dot bool) string {
	d := x.ddns()
	x.generated = true
	return qualify(d.GeneratedPrefix+"-"+strings.ReplaceAll(x.lease.Address.String(), ".", "-"), d.Suffix, dot)
}

const tuningLogger = "ddns-tuning-hooks"

// tuneName lets libdhcp_ddns_tuning make another name.
func (s *Server4) tuneName(x *exchange) {
	t := s.conf.Hooks.Tuning
	if t == nil {
		return
	}
	expression := t.At(x.subnet.ID)
	if s.debugging {
		if _, own := t.BySubnet[x.subnet.ID]; own {
			s.debugPlain(debugBasic, tuningLogger, "DDNS_TUNING_SUBNET_EXPR_CACHED", "Using subnet expression stored in a cache for subnet %s", x.subnet.Prefix)
		}
		defer func() {
			if x.query.Classes.Has(s.conf.BuiltIn.SkipDDNS) {
				s.debugPlain(debugBasic, tuningLogger, "DDNS_TUNING4_SKIPPING_DDNS", "Client is a member matches SKIP_DDNS class, skipping DDNS updates, query: %s", label(&x.message))
			}
		}()
	}
	if expression == nil {
		return
	}
	value, err := expression(&x.query)
	if err != nil || len(value) == 0 {
		s.note("ddns_tuning makes no name: %v", err)
		return
	}
	name := string(value)
	if !strings.HasSuffix(name, ".") {
		name = qualify(name, x.ddns().Suffix, false)
	}
	if s.debugging {
		s.debugPlain(debugBasic, tuningLogger, "DDNS_TUNING4_CALCULATED_HOSTNAME", "Replacing host name: %s, with calculated host name: %s, for query: %s", x.lease.Hostname, name, label(&x.message))
	}
	x.lease.Hostname = name
	if x.fqdnOut.there {
		// The library makes the option anew: as one that promises nothing.
		x.fqdnOut.flags = x.fqdnOut.flags&fqdnEncoded | fqdnNone
		x.fqdnOut.name = strings.ToLower(qualify(name, "", true))
	} else if x.name != "" {
		x.name = name
	}
}
