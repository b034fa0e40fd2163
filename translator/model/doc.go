// Package model says what a dhcpd.conf means: which scopes there are and how
// they nest, which links, subnets, pools, hosts and classes are declared, and
// which settings apply at any place, by dhcpd's own rules of precedence.
//
// It knows nothing of Kea.
package model
