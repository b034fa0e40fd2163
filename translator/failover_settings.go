package translator

import (
	"cmp"
	"fmt"
	"net/netip"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

// speakForFailover gives the declaration and each of its settings a verdict and
// says what differs.
func (t *translation) speakForFailover(r *relationship, self, partner netip.AddrPort, pointer string) {
	t.speakForPair(r, pointer)
	t.ledger.add(r.stmt, Finding{
		Code: "failover-channel", Severity: S2, Verdict: Approximated,
		Message: fmt.Sprintf("the servers speak HTTP with each other, at the ports of dhcpd's failover protocol (here %s, the partner %s), neither encrypted nor authenticated, as with dhcpd. A dhcpd and a Kea are no pair: both servers change at the same time.", self, partner),
		Remedy:  "switch both servers in one go; let no others reach the ports; see Kea's manual for TLS and authentication",
	}, pointer+"/peers")
	if len(t.conf.Hosts) > 0 {
		t.ledger.add(r.stmt, Finding{
			Code: "failover-fixed", Severity: S2, Verdict: Approximated,
			Fields: []string{"answered", "server-identifier"}, Clients: "hosts with fixed addresses, and clients of pools outside the relationship",
			Message: "both servers of dhcpd answer hosts with fixed addresses, whatever state the relationship is in; with Kea only the server answers that the client belongs to, and none until both have found each other or one has given up the other.",
		}, pointer)
	}
	t.ledger.mark(r.stmt, Approximated)
	for _, part := range r.stmt.Parts {
		if s, ok := part.(*dhcpdconf.Setting); ok {
			t.failoverSetting(r, s, pointer)
		}
	}
	if r.own["auto-partner-down"] == nil {
		t.partnerDown(r, r.stmt, pointer)
	}
	if r.own["load balance max seconds"] == nil && r.mode == HALoadBalancing {
		t.ledger.add(r.stmt, failoverBalanceOff, pointer+"/mode")
	}
}

var failoverBalanceOff = Finding{
	Code: "failover-split", Severity: S2, Verdict: Approximated,
	Fields: []string{"server-identifier"}, Clients: "all clients",
	Message: "without load balance max seconds dhcpd switches load balancing off, and both servers answer; Kea divides the clients.",
	Remedy:  "choose the other mode with --ha-mode hot-standby",
}

// failoverPointer is where a relationship stands in the result.
func (t *translation) failoverPointer(number int) string {
	return fmt.Sprintf("%s/parameters/high-availability/%d", t.hookPointer(hookHA), number)
}

func (t *translation) speakForPair(r *relationship, pointer string) {
	f := Finding{
		Code: "failover", Severity: S2, Verdict: Approximated,
		Fields: []string{"answered"}, Clients: "all clients, when a server fails",
		Message: fmt.Sprintf("failover %q becomes Kea's high availability in the mode %s; this server is %q. Each lease is sent to the partner before the client gets it.", r.stmt.Name.Text, r.mode, r.prefix+cmp.Or(t.server, r.name())),
	}
	if !r.known {
		f.Severity = S3
		if t.opts.Mirrored {
			f.Message += " Its own file was not given, so this is the partner's with the roles exchanged."
		} else {
			f.Message += " The partner's file was not given, so its part is taken from this one."
		}
		if _, known := r.share(); !known {
			f.Message += " How the clients are divided stands in the primary's file: make sure that it has the same mode."
		}
		f.Remedy = "convert both files in one run (--peer FILE); both servers must have the same mode, subnets and subnet ids"
		if t.opts.Mirrored {
			f.Remedy += "; look whether what belongs to one machine alone (interfaces, server-identifier, next-server) is right for this one"
		}
	}
	t.ledger.add(r.stmt, f, pointer)
}

func (t *translation) failoverSetting(r *relationship, s *dhcpdconf.Setting, pointer string) {
	switch s.Key {
	case "primary", "secondary", "address", "peer address", "port", "peer port", "max-response-delay":
		t.ledger.mark(s, Translated)
	case "split", "hba":
		t.failoverSplit(r, s, pointer)
	case "mclt":
		t.ledger.add(s, Finding{
			Code: "failover-lead-time", Severity: S2, Verdict: Approximated,
			Fields: []string{"lease-time"}, Clients: "clients with a new lease",
			Message: fmt.Sprintf("dhcpd gives a new lease for at most %d seconds and the full time at the renewal; Kea sends the lease to the partner first, and gives the full time at once.", s.Values[0].Num),
		}, "")
	case "load balance max seconds":
		t.ledger.add(s, Finding{
			Code: "failover-takeover", Severity: S2, Verdict: Approximated,
			Fields: []string{"answered", "server-identifier"}, Clients: "clients that their own server does not answer, while the servers are in contact",
			Message: fmt.Sprintf("after %d seconds without an answer dhcpd's other server serves a client. Kea's does so only after it has lost contact with its partner; until then the time tells it (max-ack-delay) which clients go without.", s.Values[0].Num),
		}, pointer+"/max-ack-delay")
	case "auto-partner-down":
		t.partnerDown(r, s, pointer)
	default: // max-unacked-updates, and how dhcpd moves free addresses from one server to the other
		f := Finding{
			Code: "failover-tuning", Severity: S1, Verdict: Approximated,
			Message: "Kea has no equal: free addresses do not move from one server to the other.",
		}
		if s.Key == "max-unacked-updates" {
			f.Message = "Kea has no equal: each lease is sent to the partner and confirmed before the client gets it."
		}
		t.ledger.add(s, f, "")
	}
}

// failoverSplit speaks for the statement that divides the clients.
func (t *translation) failoverSplit(r *relationship, s *dhcpdconf.Setting, pointer string) {
	parts, _ := r.share()
	f := Finding{
		Code: "failover-split", Severity: S2, Verdict: Approximated,
		Fields: []string{"server-identifier"}, Clients: "those that the other server would answer",
		Message: fmt.Sprintf("the primary of dhcpd answers %d of 256 parts of the clients; in Kea's hot-standby mode it answers all, and the partner none while the primary works.", parts),
	}
	if r.mode == HALoadBalancing {
		f.Severity = S3
		f.Fields = append(f.Fields, "address")
		f.Clients = "clients with a lease from the other server's half of a pool, once; new clients, when the addresses of one server are used up"
		f.Message = "Kea divides the clients in halves by their identifiers (RFC 3074), as dhcpd does, but its servers have no common pool: each range was cut in two halves, the lower for the primary. A lease in the other half is not renewed, and a server without free addresses gets none from its partner."
		if parts != 128 || s.Key == "hba" {
			f.Message += fmt.Sprintf(" dhcpd gives the primary %d of 256 parts.", parts)
		}
		f.Remedy = "choose --ha-mode hot-standby: one server answers all clients from undivided pools, and every client keeps its address"
	}
	t.ledger.add(s, f, pointer+"/mode")
}

// partnerDown speaks for what happens when the partner is silent.
func (t *translation) partnerDown(r *relationship, st dhcpdconf.Statement, pointer string) {
	seconds := r.number("auto-partner-down", 0)
	delay := r.responseDelay() / 1000
	f := Finding{
		Code: "failover-partner-down", Severity: S3, Verdict: Approximated,
		Fields: []string{"answered", "address"}, Clients: "all clients, while the servers have lost each other",
		Message: fmt.Sprintf("without contact each dhcpd serves on, from its own free addresses, until the operator declares the partner down. Kea's server takes over on its own: %d seconds after the last contact, when more than %d clients of the partner go without an answer. Until then those clients are not served.", delay, r.unackedClients()),
		Remedy:  "with fewer clients lower max-unacked-clients; 0 takes over at once, even if only the line between the servers is cut",
	}
	if seconds > 0 {
		f.Severity = S2
		f.Message = fmt.Sprintf("dhcpd declares the partner down %d seconds after the contact is lost, and serves its own half until then. Kea's server takes over %d seconds after the last contact, without asking whether clients go unanswered (max-unacked-clients 0).", seconds, delay)
		f.Remedy = "raise max-unacked-clients if the line between the servers can fail while both reach the clients: both would give out the same addresses"
	}
	t.ledger.add(st, f, pointer+"/max-unacked-clients")
}
