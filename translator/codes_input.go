package translator

// inputCodes are those about the input files themselves: the configuration as
// the parser reads it, and what else the command line names.
func inputCodes() []CodeInfo {
	return []CodeInfo{
		{"defaults-argument", S2, "An argument that the init script passes to dhcpd has no counterpart",
			"The file given with --defaults makes the init script start dhcpd with an argument that Kea takes neither on its command line nor in its configuration, or takes in another way. " +
				"Paths of the lease file, the pid file and the configuration need no counterpart: Kea has its own. Look up the argument in dhcpd(8) and decide whether the server needs it."},
		{"defaults-interfaces", S1, "The interfaces come from the init script's defaults",
			"dhcpd gets the interfaces to listen on from its command line, Kea from its configuration. The names in the file given with --defaults were written to interfaces-config. " +
				"Give --interface to choose others."},
		{"defaults-line", S1, "A line of the defaults file was not understood",
			"The file given with --defaults is read as the init scripts of Debian and Red Hat write it: NAME=VALUE or NAME=\"VALUE\" with comments. Lines that use other features of the shell are left out. " +
				"Check whether the line says something that the server needs, and give it as a flag."},
		{"defaults-port", S3, "dhcpd was started on another port",
			"The init script starts dhcpd with -p, so the server listens on this UDP port and answers clients on the port above it. Kea takes ports on its command line only (kea-dhcp4 -p PORT -P PORT): add them to the service unit. " +
				"Nothing but relays and test clients can talk to a server on another port than 67 (547 for DHCPv6)."},
		{"protocol-assumed", S1, "Nothing says whether the file is for DHCPv4 or for DHCPv6",
			"dhcpd learns the protocol from its command line (-4, -6), not from the file. keamigrate finds it out from what only one protocol has, such as subnet and subnet6. Where there is no such thing it takes DHCPv4. " +
				"Give -4 or -6 to say which it is."},
	}
}
