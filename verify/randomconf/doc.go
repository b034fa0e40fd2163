// Package randomconf writes configurations of dhcpd at random, with clients to
// match: scopes within scopes, classes, conditions, expressions, hosts, permits,
// lifetimes. The same seed gives the same text. dhcpd accepts whatever it
// writes, so that the real one can be asked what it means.
package randomconf
