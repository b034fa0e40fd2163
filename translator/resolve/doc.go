// Package resolve finds the addresses of the host names that a dhcpd.conf uses
// as values. dhcpd looks such names up while it runs and sends every address
// that it finds; Kea takes addresses only, so they are looked up once, when the
// configuration is converted. What was found is kept in resolved.json, so that
// the same input gives the same result later.
package resolve
