package server

import (
	"errors"
	"fmt"
	"strings"
)

// Flags of the option FQDN (RFC 4702 section 2.1).
const (
	fqdnServer   = 1 << iota // S: the server updates the A record
	fqdnOverride             // O: the server does not do what the client wants
	fqdnEncoded              // E: the name is encoded as in DNS
	fqdnNone                 // N: the server makes no updates
)

// fqdn is the option FQDN, of the message or of the answer.
type fqdn struct {
	there bool
	flags uint8
	codes [2]byte // that nobody uses any more; they go back as they came
	name  string  // ends with a dot when it is a full one
}

var errFQDN = errors.New("the option FQDN is not what RFC 4702 says")

// parseFQDN reads the option. A name that is not encoded as in DNS is text.
func parseFQDN(data []byte) (fqdn, error) {
	const head = 3 // flags and two bytes that nobody uses any more
	if len(data) < head || data[0]&(fqdnServer|fqdnNone) == fqdnServer|fqdnNone {
		if len(data) < head {
			return fqdn{}, fmt.Errorf("opt_type: 81, opt_len: %d, error: DHCPv4 Client FQDN Option (81) is truncated", len(data))
		}
		return fqdn{}, errFQDN
	}
	f := fqdn{there: true, flags: data[0] & (fqdnServer | fqdnEncoded | fqdnNone), codes: [2]byte(data[1:head])}
	rest := data[head:]
	if f.flags&fqdnEncoded == 0 {
		f.name = string(rest)
		if _, ok := labelsOf(f.name); !ok {
			return fqdn{}, errFQDN
		}
		return f, nil
	}
	var name strings.Builder
	full := len(rest) > 0 && rest[len(rest)-1] == 0
	for len(rest) > 0 {
		length := int(rest[0])
		if length == 0 {
			break
		}
		if length > maxLabel || length >= len(rest)+1 || 1+length > len(rest) {
			return fqdn{}, errFQDN
		}
		if name.Len() > 0 {
			name.WriteByte('.')
		}
		name.Write(rest[1 : 1+length])
		rest = rest[1+length:]
	}
	if full {
		name.WriteByte('.')
	}
	if f.name = name.String(); len(f.name) > maxName {
		return fqdn{}, errFQDN
	}
	return f, nil
}

// nameFull answers the option FQDN.
func (s *Server4) nameFull(x *exchange) {
	d := x.ddns()
	out := fqdn{there: true, flags: x.fqdn.flags & fqdnEncoded, codes: x.fqdn.codes}
	updates := s.conf.UpdatesEnabled && d.Send
	server := x.fqdn.flags&fqdnServer != 0
	does := server && updates
	switch {
	case x.fqdn.flags&fqdnNone != 0:
		does = updates && d.OverrideNoUpdate
		out.set(fqdnNone, !does)
	case server:
		out.set(fqdnNone, !does)
	default:
		does = updates && d.OverrideClientUpdate
		out.set(fqdnNone, !updates)
	}
	out.set(fqdnServer, does)
	out.set(fqdnOverride, does != server)

	host := x.host()
	switch {
	case host != nil && host.Hostname != "":
		out.name = qualify(host.Hostname, d.Suffix, true)
	case x.fqdn.name == ".":
		return // the root is nobody's name
	case x.fqdn.name == "" || d.Replace == "always" || d.Replace == "when-present":
		out.name = s.generated(x, true)
	default:
		full := strings.HasSuffix(x.fqdn.name, ".")
		labels := strings.Split(strings.TrimSuffix(x.fqdn.name, "."), ".")
		for i := range labels {
			labels[i] = d.Scrub(labels[i])
		}
		out.name = strings.Join(labels, ".")
		if full {
			out.name += "."
		}
		out.name = qualify(out.name, d.Suffix, true)
	}
	out.name = strings.ToLower(out.name)
	if n, ok := labelsOf(out.name); !ok || n == 0 {
		return
	}
	x.fqdnOut = out
}

func (f *fqdn) set(flag uint8, on bool) {
	if on {
		f.flags |= flag
	}
}

// append adds the content of the option.
func (f *fqdn) append(dst []byte) []byte {
	dst = append(append(dst, f.flags), f.codes[:]...)
	if f.flags&fqdnEncoded == 0 {
		return append(dst, f.name...)
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(f.name, "."), ".") {
		dst = append(append(dst, byte(len(label))), label...)
	}
	return append(dst, 0)
}
