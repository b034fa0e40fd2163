// Package session lets people's scripts speak to a DHCPv4 server that speaks Kea's
// dialect: clients, commands, looks at its files and its log, one after the other. What
// comes back is written down, without what time and chance decide, so that what the real
// Kea says and what keasrv says can be compared.
package session
