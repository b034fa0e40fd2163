// Package leases gives both sides of a comparison the leases that clients have before
// the first of them speaks: the model of dhcpd what dhcpd makes of its lease file when
// it starts, and keasrv what "keamigrate leases import" makes of the same file.
package leases
