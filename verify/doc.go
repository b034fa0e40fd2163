// Package verify tells whether a configuration of Kea gives the clients of a
// dhcpd.conf what dhcpd gives them, and shows where not.
//
// The clients are derived from the dhcpd.conf (population). For the original the
// model of dhcpd answers, for the result keasrv, both in this process: nothing is
// sent, and no server is needed. Every difference is allowed by the rule book
// (docs/equivalence.md), or explained by a finding of the translation that carries
// the field and the client, or it stands as a difference.
package verify
