// Package leasesconv carries leases from ISC dhcpd to Kea, and back.
//
// Collect4 and Collect6 read lease files of dhcpd and keep of each address what
// its last entry says, as dhcpd does when it starts; a Collection then fills any
// place that package store knows. Each entry read is accounted for.
package leasesconv
