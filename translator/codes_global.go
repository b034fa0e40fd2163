package translator

// globalCodes are those about what Kea's file holds and dhcpd's does not.
var globalCodes = []CodeInfo{
	{"interfaces-all", S1, "The server listens on all interfaces",
		"dhcpd takes the names of interfaces from its command line; without any it listens where an interface has an address in a declared subnet. Neither is in dhcpd.conf, so the result says \"*\". Requests that come in elsewhere find no subnet and are not answered. Give --interface, or --defaults with the init script's file, to name them."},
	{"interface-twice", S2, "Two interfaces for one network",
		"All subnets of a shared network are on one link, so a network has one interface. The last statement counts."},
	{"subnet6-interface", S3, "A DHCPv6 subnet without interface",
		"dhcpd finds the subnet of a directly attached client by the addresses of the interface. Kea demands that the subnet (or shared network) names the interface; otherwise it answers such clients that it could not select a subnet. Relayed clients are not concerned. Write \"interface NAME;\" into the network that is on a link of the server, and convert again."},
	{"control-socket", S1, "A control socket",
		"Kea takes commands at a UNIX socket: config-reload, statistics, leases. Monitoring and management need it. Only the user of the server and its group can open it. Remove it if you do not want it."},
	{"lease-database", S1, "The lease database",
		"Leases are kept in memory and in a CSV file that is rewritten every hour, as dhcpd does with its own. Kea does not wait for the disk after each lease, so that a crash of the whole system can lose the last ones. The leases of dhcpd are not part of its configuration and must be converted separately."},
	{"expired-leases", S1, "Leases that have ended",
		"dhcpd keeps ended leases until the address is needed and gives a client its old address when it comes back. Kea forgets an ended lease after hold-reclaimed-time, an hour by default; the result says a year. When addresses are needed dhcpd takes the one that ended longest ago, Kea the next in turn."},
	{"fqdn-echo", S1, "Kea answers the option for a full name",
		"Some clients, among them Windows, send their full name in option 81 (RFC 4702), with flags that say who shall update the DNS. Kea always answers it, with the name as it will register it or as the client sent it, and flags of its own. dhcpd answers it where it makes DNS updates, and otherwise not."},
	{"host-name-echo", S1, "Kea returns the client's host name",
		"When a client sends its host name and asks for option 12, Kea returns the name. dhcpd sends only names that are configured."},
	{"logger", S1, "Log messages",
		"Kea's messages differ from dhcpd's in form and words: programs that read the log must be changed. They go to standard output, which systemd writes into the journal, and with log-facility to that facility of syslog as well. Remove one of the two outputs where a message would be kept twice."},
	{"server-duid", S3, "A server DUID that Kea's configuration cannot hold",
		"DHCPv6 clients renew with the server whose DUID gave them the lease. Kea's server-id takes DUIDs of the types LLT, EN and LL. Write any other into the file kea-dhcp6-serverid in the data directory before the first start, as octets joined by colons."},
	{"server-duid-in-leases", S3, "The server DUID is in dhcpd's lease file",
		"dhcpd makes its DUID at the first start and keeps it in dhcpd6.leases. A server with another DUID is another server to clients: they do not renew their leases with it, but wait until they rebind. Convert again with --leases and the lease file, which takes the DUID over."},
}
