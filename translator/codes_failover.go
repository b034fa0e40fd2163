package translator

// failoverCodes are those about two servers that serve the same clients.
var failoverCodes = []CodeInfo{
	{"failover", S3, "Failover becomes high availability",
		"dhcpd's failover becomes Kea's high availability: the hooks libdhcp_lease_cmds.so and libdhcp_ha.so, loaded by both servers with the same list of peers. Convert both files in one run (--peer) so that mode, subnets and subnet ids agree. Where the address of a server is not known, nothing is written and the server would run alone: do not start two such servers on one network."},
	{"failover-channel", S2, "What the servers speak with each other",
		"Kea's servers send each other commands in JSON over HTTP, each listening at its own url. The result uses the addresses and ports that dhcpd uses for its failover protocol, so that a firewall between them needs no change. dhcpd and Kea do not understand each other: both servers change at the same time."},
	{"failover-fixed", S2, "Fixed addresses with two servers",
		"In dhcpd failover is about the addresses of pools. Hosts with fixed addresses, and pools outside of the relationship, are answered by every server that has them. Kea's relationship is about clients: each belongs to one server, and the other is silent until it takes over."},
	{"failover-split", S3, "How two servers divide the clients",
		"With split or hba near one half, and load balance max seconds, the result is Kea's mode load-balancing, which divides the clients in halves by the same hash (RFC 3074). dhcpd's servers divide the free addresses of a pool between them all the time; Kea's cannot, so that each range is cut into a half for each server (client classes HA_primary and HA_secondary). Leases in the half of the other server are not renewed. With any other share the result is hot-standby: one server answers all, and the pools stay whole. --ha-mode chooses."},
	{"failover-lead-time", S2, "Maximum client lead time",
		"dhcpd gives a new client a lease of at most mclt seconds, because the partner may not know of it. Kea tells the partner first and gives the full time at once."},
	{"failover-takeover", S2, "A client whose server is silent",
		"dhcpd's servers look at how long a client has been asking: after load balance max seconds either answers. Kea's servers answer only their own clients as long as they are in contact with each other."},
	{"failover-partner-down", S3, "When a server takes over",
		"Two dhcpd without contact go on, each from its own free addresses, until the operator or auto-partner-down says that the partner is down. Kea's server takes over by itself: after max-response-delay without contact, and after max-unacked-clients clients of the partner have waited longer than max-ack-delay."},
	{"failover-tuning", S1, "How dhcpd's servers share addresses",
		"max-unacked-updates, max-lease-misbalance, max-lease-ownership, min-balance and max-balance say when dhcpd's servers tell each other of leases and move free addresses. Kea has neither: each lease is confirmed by the partner before the client gets it."},
	{"failover-pool-alone", S3, "A pool outside of the failover relationship",
		"dhcpd has failover by pool, Kea for the whole server. The pool stays undivided. If only one of the servers has it, clients that belong to the other do not get its addresses. If both have the same range without failover, dhcpd's servers could give an address to two clients, and so could Kea's: remove it from one of them."},
	{"failover-single", S3, "A range that cannot be divided",
		"In the mode load-balancing each server has addresses of its own. A range of one address is given to the primary."},
	{"failover-second", S2, "Two relationships with one partner",
		"dhcpd can have several failover relationships with the same server, for instance each server as primary of some pools. Kea has one for each pair of servers; it is made from the first, for the pools of all."},
	{"failover-several", S4, "Relationships with several partners",
		"A dhcpd can share some pools with one server and others with another. In Kea such a server is a hub (2.6 and later), whose subnets name their relationship. The conversion makes the first relationship only."},
}
