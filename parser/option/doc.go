// Package option is the one table of DHCP options, v4 and v6: code, dhcpd's
// name and format, Kea's name and type, and the versions of Kea that know it.
// It reads values as dhcpd and as Kea write them, encodes them to the bytes on
// the wire and decodes them again. The translator proves each option by
// encoding both sides.
//
// The package is a leaf: everything else may import it.
package option
