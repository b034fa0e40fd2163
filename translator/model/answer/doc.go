// Package answer says what ISC dhcpd 4.4.3 sends a client, and why: it executes
// a configuration for the client's messages as dhcpd does, over a table of
// leases that it keeps, and tells which statement set each option and lifetime,
// which classes the client joined, and which pool or host gave the address.
//
// A [Server] is a configuration made ready once; it does not change, and any
// number of goroutines may use it. A [State] is what one running server
// remembers: leases, spawned classes, variables. The clock is a parameter of
// each question; nothing here reads files, the network or the time of day.
package answer
