package translator

// eventCodes are those about blocks that act on events.
var eventCodes = []CodeInfo{
	{"event", S3, "An event handler",
		"dhcpd runs the block when a lease is committed, released or expires. In Kea the hook run_script calls a script at the matching hook points; the block became a function of the generated script. For each event dhcpd executes one block, that of the innermost scope. Kea tells the script the subnet and the address, but neither the classes of the client nor its host declaration, so blocks in classes, hosts and conditions are not translated. In DHCPv6 dhcpd executes the block once for each address and prefix, with the client's message only for commits. Differences that remain: the script runs beside the server and not before the answer; releases and expiries of reserved addresses are events too; a lease expires for Kea when it looks, every ten seconds."},
	{"event-script", S2, "A script that Kea calls",
		"Copy the script to the place that the configuration names (from 3.0 on Kea takes scripts from one directory only) and make it executable: Kea does not start without it. It runs as the user of the Kea server, with what it calls. The AppArmor profiles of Debian and its derivatives do not let Kea run scripts: add a rule such as \"/usr/share/kea/scripts/* Ux,\" to the local part of the profile."},
	{"event-value", S3, "A value that Kea does not tell scripts",
		"The script knows the lease (address, client identifier, hardware address, host name, lifetime) and of the message only the relay agent information. Statements that need other options, host-decl-name, classes or variables set elsewhere were left out of the script; a comment stands in their place."},
	{"event-ia", S1, "The address in an event of DHCPv6",
		"In DHCPv6 dhcpd's scripts take the address from the client's own option (dhcp6.ia-na, dhcp6.ia-pd), as leased-address has no value. Kea does not tell scripts the option; the script makes one of the same form from the first lease of its kind in the answer. T1 and T2 in it are 0, the lifetimes are those of the lease."},
	{"event-host-name", S2, "The host name as Kea has it",
		"Kea does not tell scripts the option that a client sent, but the name in the lease: in lower case, without characters that hostname-char-set removes, taken from the FQDN option if there is one, from a reservation, or with the domain for DNS updates behind it. Compare what the commands get, and cut the domain off where it is not wanted."},
	{"event-agent", S1, "Relay agent information of renewals",
		"A client that renews its lease asks the server directly, and its message has no relay agent information. dhcpd remembers that of the first request (stash-agent-options), the script sees none."},
	{"event-without-effect", S1, "A statement that dhcpd does not execute",
		"One of the values never exists for this event, as options when a lease expires: dhcpd then does not run the command or write the message."},
	{"event-fatal", S2, "A message that ends dhcpd",
		"dhcpd ends after a message of priority fatal; the script writes an error message and Kea goes on."},
}
