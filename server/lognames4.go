package server

import (
	"errors"
	"fmt"
	"strings"

	"github.com/keamigrate/keamigrate/server/classify"
)

const ddnsLogger = "ddns"

// logNames says what the server makes of the name that the client sends, before there
// is an address for the client: a name that is made of the address is not known yet.
func (s *Server4) logNames(x *exchange) {
	if !s.debugging || x.subnet == nil {
		return
	}
	if x.fqdn.there {
		sent, _ := x.message.Option(optFQDN)
		s.debug(x, debugDetail, ddnsLogger, "DHCP4_CLIENT_FQDN_PROCESS", "processing Client FQDN option")
		s.debug(x, debugDetailData, ddnsLogger, "DHCP4_CLIENT_FQDN_DATA", "Client sent FQDN option: %s", classify.AppendFQDN(nil, sent))
		s.nameFull(x)
		if out := x.fqdnOut; out.there {
			text := out.text()
			if x.generated {
				text = text[:strings.Index(text, "='")] + "='' (partial)"
			}
			s.debug(x, debugDetailData, ddnsLogger, "DHCP4_RESPONSE_FQDN_DATA", "including FQDN option in the server's response: %s", text)
		}
		x.fqdnOut, x.generated = fqdn{}, false
		return
	}
	s.debug(x, debugDetail, ddnsLogger, "DHCP4_CLIENT_HOSTNAME_PROCESS", "processing client's Hostname option")
	s.logHostName(x)
}

// logHostName is logNames for the option with the host name.
func (s *Server4) logHostName(x *exchange) {
	said, has := x.message.Option(optHostName)
	name := strings.TrimRight(string(said), "\x00")
	sent := func() {
		s.debug(x, debugDetailData, ddnsLogger, "DHCP4_CLIENT_HOSTNAME_DATA", "client sent Hostname option: %s", name)
	}
	if has {
		sent()
	}
	d := x.ddns()
	if host := x.host(); host != nil && host.Hostname != "" {
		s.debug(x, debugDetailData, ddnsLogger, "DHCP4_RESERVED_HOSTNAME_ASSIGNED", "server assigned reserved hostname %s", strings.ToLower(qualify(host.Hostname, d.Suffix, false)))
		return
	}
	if !has {
		if d.Replace == "always" || d.Replace == "when-not-present" {
			s.debug(x, debugDetailData, ddnsLogger, "DHCP4_GENERATE_FQDN", "client did not send a FQDN or hostname; FQDN will be generated for the client")
		}
		return
	}
	sent() // Kea says so twice
	if err := malformedName(strings.TrimSpace(name)); err != nil {
		s.debug(x, debugDetail, ddnsLogger, "DHCP4_CLIENT_HOSTNAME_MALFORMED", "client hostname option malformed: %v", err)
		return
	}
	if strings.TrimSpace(name) == "" {
		s.debug(x, debugDetailData, ddnsLogger, "DHCP4_EMPTY_HOSTNAME", "received empty hostname from the client, skipping processing of this option")
		return
	}
	s.nameClient(x)
	answer := x.name
	if x.generated {
		answer = "."
	}
	x.name, x.generated = "", false
	if answer == "" {
		s.debug(x, debugDetailData, ddnsLogger, "DHCP4_CLIENT_HOSTNAME_SCRUBBED_EMPTY", "sanitizing client's Hostname option '%s' yielded an empty string", name)
		return
	}
	s.debug(x, debugDetailData, ddnsLogger, "DHCP4_RESPONSE_HOSTNAME_DATA", "including Hostname option in the server's response: %s", answer)
}

// logGenerated says which name the server has made of the address.
func (s *Server4) logGenerated(x *exchange) {
	if !s.debugging || !x.generated || !x.hasLease {
		return
	}
	name := x.name
	if x.fqdnOut.there {
		name = x.fqdnOut.name
	}
	s.debug(x, debugDetailData, ddnsLogger, "DHCP4_RESPONSE_HOSTNAME_GENERATE", "server has generated hostname %s for the client", name)
}

// malformedName says why DNS cannot have a name.
func malformedName(name string) error {
	if _, ok := labelsOf(name); ok {
		return nil
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(name, "."), ".") {
		switch {
		case label == "":
			return fmt.Errorf("duplicate period in %s", name)
		case len(label) > maxLabel:
			return fmt.Errorf("label is too long in %s", name)
		}
	}
	return errors.New("name is too long in " + name)
}

// text is the option as Kea's logs have it.
func (f *fqdn) text() string { return string(classify.AppendFQDN(nil, f.append(nil))) }
