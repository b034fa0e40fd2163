// Package conversion runs a whole conversion, from the bytes of a dhcpd.conf
// and the state of earlier runs to the files for Kea: the way that the command
// takes, without the command line, the network and the clock, which the caller
// gives.
package conversion
