// Package server is keasrv: a DHCP server that takes Kea's configuration and
// answers as Kea does.
//
// pipeline4.go is the list of steps that a message of DHCPv4 goes through; each
// step has a file named for its subject. What a step needs is in the packages
// below: packet (bytes on the wire), config (the configuration made ready),
// classify (expressions and classes), lease and store (leases).
package server
