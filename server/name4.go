package server

import (
	"strings"
)

// nameClient makes the name of the client that the answer and the lease have: the
// reserved one, or the one that the client says, as the configuration wants it.
func (s *Server4) nameClient(x *exchange) {
	d := &x.subnet.DDNS
	said, has := x.message.Option(optHostName)
	if host := x.host(); host != nil && host.Hostname != "" {
		if has || x.asksFor(optHostName) {
			x.name = strings.ToLower(qualify(host.Hostname, d.Suffix))
		}
		return
	}
	generate := d.Replace == "always"
	if !has {
		if generate || d.Replace == "when-not-present" {
			x.name = s.generated(x)
		}
		return
	}
	if generate || d.Replace == "when-present" {
		x.name = s.generated(x)
		return
	}
	name := strings.TrimSpace(strings.TrimRight(string(said), "\x00"))
	name = sanitize(name, x.subnet.DDNS.CharReplacement)
	trimmed := strings.TrimSuffix(name, ".")
	if trimmed == "" {
		return
	}
	if !strings.Contains(trimmed, ".") {
		name = qualify(trimmed, d.Suffix)
	}
	x.name = strings.ToLower(name)
}

// asksFor reports whether the client asks for an option.
func (x *exchange) asksFor(code uint8) bool {
	for _, c := range x.prl {
		if c == code {
			return true
		}
	}
	return false
}

// qualify adds the suffix to a name, unless it ends with it already.
func qualify(name, suffix string) string {
	suffix = strings.TrimSuffix(suffix, ".")
	if suffix == "" || strings.HasSuffix(name, ".") {
		return strings.TrimSuffix(name, ".")
	}
	if strings.EqualFold(name, suffix) || len(name) > len(suffix) && strings.EqualFold(name[len(name)-len(suffix)-1:], "."+suffix) {
		return name
	}
	return name + "." + suffix
}

// generated is a name made of the address.
func (s *Server4) generated(x *exchange) string {
	d := &x.subnet.DDNS
	return qualify(d.GeneratedPrefix+"-"+strings.ReplaceAll(x.lease.Address.String(), ".", "-"), d.Suffix)
}

// sanitize replaces the characters that names in DNS do not have.
func sanitize(name, replacement string) string {
	clean := true
	for _, c := range []byte(name) {
		if !nameByte(c) {
			clean = false
		}
	}
	if clean {
		return name
	}
	var b strings.Builder
	for _, c := range []byte(name) {
		if nameByte(c) {
			b.WriteByte(c)
		} else {
			b.WriteString(replacement)
		}
	}
	return b.String()
}

func nameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.'
}
