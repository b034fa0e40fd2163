package translator

import (
	"fmt"
)

// serverParameters are about the server program: sockets, files, logs, remote
// control.
var serverParameters = []parameter{
	{name: "local-port", startup: true, key: (*translation).portKey, lack: portLack},
	{name: "remote-port", startup: true, key: (*translation).portKey, lack: portLack},
	{
		name: "local-address", only: only4, startup: true,
		lack: Finding{
			Code: "local-address", Severity: S2, Fields: []string{"answered"}, Clients: "relayed clients",
			Message: "dhcpd takes relayed requests at this address only; Kea binds addresses by interface.",
			Remedy:  "write INTERFACE/ADDRESS into interfaces-config, and set dhcp-socket-type to udp if all clients come through relays",
		},
	},
	{
		name: "local-address6", only: only6, startup: true,
		lack: Finding{
			Code: "local-address", Severity: S1, Fields: []string{"answered"}, Clients: "relayed clients",
			Message: "dhcpd takes relayed requests at this address only; Kea binds addresses by interface.",
			Remedy:  "write INTERFACE/ADDRESS into interfaces-config",
		},
	},
	{
		name: "bind-local-address6", only: only6, startup: true, initial: "off",
		lack: Finding{
			Code: "local-address", Severity: S1, Fields: []string{"answered"},
			Message: "this makes dhcpd bind its socket to local-address6; Kea binds addresses by interface.",
			Remedy:  "write INTERFACE/ADDRESS into interfaces-config",
		},
	},
	{
		name: "omapi-port", startup: true,
		lack: Finding{
			Code: "omapi", Severity: S2,
			Message: "Kea has no OMAPI. It takes commands in JSON at its control socket, which is configured in the result.",
			Remedy:  "rewrite programs that use omshell or OMAPI: lease_cmds and host_cmds are Kea's hooks for leases and hosts",
		},
	},
	{
		name: "omapi-key", startup: true,
		lack: Finding{
			Code: "omapi", Severity: S2,
			Message: "Kea has no OMAPI and no key for it: whoever may write to the control socket may give commands.",
			Remedy:  "grant access to the control socket by file permissions",
		},
	},
	{name: "lease-file-name", startup: true, only: only4, key: (*translation).leaseFileKey},
	{name: "dhcpv6-lease-file-name", startup: true, only: only6, key: (*translation).leaseFileKey},
	{name: "pid-file-name", startup: true, only: only4, lack: pidFile},
	{name: "dhcpv6-pid-file-name", startup: true, only: only6, lack: pidFile},
	// The globals pass writes the logger.
	{name: "log-facility", startup: true, key: everywhere(Translated)},
	{name: "log-threshold-low", initial: "0", lack: logThreshold},
	{name: "log-threshold-high", initial: "0", lack: logThreshold},
}

var portLack = Finding{
	Code: "port", Severity: S3, Fields: []string{"answered"}, Clients: "all clients",
	Message: "Kea takes its ports on the command line, not in its configuration.",
	Remedy:  "add -p PORT (server port) or -P PORT (client port) to the command line in the service unit",
}

// portKey: the well-known ports need no words.
func (t *translation) portKey(s setting) Verdict {
	local, remote := int64(67), int64(68)
	if t.v6() {
		local, remote = 547, 546
	}
	want := local
	if s.st.Keyword() == "remote-port" {
		want = remote
	}
	if s.value.num == want {
		return Default
	}
	f := portLack
	f.Verdict = Manual
	f.Remedy = fmt.Sprintf("start Kea with -p %d (its own port) in the service unit", s.value.num)
	if s.st.Keyword() == "remote-port" {
		f.Remedy = fmt.Sprintf("start Kea with -P %d (the port of clients) in the service unit", s.value.num)
	}
	t.ledger.add(s.st, f, s.pointer)
	return Manual
}

func (t *translation) leaseFileKey(s setting) Verdict {
	t.ledger.add(s.st, Finding{
		Code: "lease-file", Severity: S1, Verdict: Approximated,
		Message: fmt.Sprintf("dhcpd keeps its leases in %q; Kea keeps them in a file of its own format, at a path that its packages allow.", s.value.text),
		Remedy:  "convert the leases before the change-over, and let programs that read the lease file read Kea's",
	}, s.pointer+"/lease-database/name")
	return Approximated
}

var pidFile = Finding{
	Code: "pid-file", Severity: S1,
	Message: "Kea's configuration has no key for the pid file; its name is made from that of the configuration, in the directory KEA_PIDFILE_DIR.",
	Remedy:  "let programs that read the pid file ask the service manager",
}

var logThreshold = Finding{
	Code: "log-threshold", Severity: S1, Fields: []string{"log"},
	Message: "dhcpd logs when a pool is used beyond this percentage; Kea does not.",
	Remedy:  "watch the statistics assigned-addresses and total-addresses of each subnet",
}

// ldapParameter stands for all parameters of builds with LDAP.
var ldapParameter = parameter{
	startup: true,
	lack: Finding{
		Code: "ldap", Severity: S4, Fields: []string{"answered"}, Clients: "all that are configured in LDAP",
		Message: "dhcpd reads the rest of its configuration from LDAP; Kea cannot, and this conversion has seen only what is in the file.",
		Remedy:  "let dhcpd write what it read (ldap-debug-file), and convert that file",
	},
}
