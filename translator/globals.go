package translator

import (
	"fmt"
	"math"
	"path"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// globals completes the file with what Kea wants to be told and dhcpd knows by
// itself, or takes from its command line.
func (t *translation) globals() {
	t.interfaces()
	t.controlSocket()
	t.leaseDatabase()
	t.expiredLeases()
	t.hostLookup()
	t.dnsUpdates()
	t.logger()
	server, top := t.topServer(), t.topParameters()
	if server.DeclineProbationPeriod == nil {
		server.DeclineProbationPeriod = new(uint32(86400)) // abandon-lease-time, and Kea's default
	}
	if t.conf.Global.Setting("dhcp-cache-threshold") == nil {
		top.CacheThreshold = new(0.25)
	}
	// dhcpd finds leases by their address; a subnet id in the lease file that
	// does not fit the address is corrected.
	server.SanityChecks = &keaconf.SanityChecks{LeaseChecks: "fix"}
	notes := []string{
		fmt.Sprintf("Made by keamigrate from %s, for Kea %s.", t.file.Source.Name, t.opts.Target),
		"report.txt says what became of each statement.",
	}
	if t.v6() {
		t.serverDUID()
		if top.CalculateTeeTimes == nil {
			top.CalculateTeeTimes = new(false) // dhcpv6-set-tee-times is off
		}
		t.dhcp6.Comments = append(notes, t.dhcp6.Comments...)
		return
	}
	if t.dhcp4.EchoClientID == nil {
		t.dhcp4.EchoClientID = new(false)
	}
	t.ledger.add(nil, Finding{
		Code: "host-name-echo", Severity: S1, Verdict: Translated, Fields: []string{"option 12"},
		Clients: "clients that send a host name and ask for one",
		Message: "Kea returns the name that a client sends, dhcpd does not. Clients take it for what it is: their own.",
	}, "")
	t.ledger.add(nil, Finding{
		Code: "fqdn-echo", Severity: S1, Verdict: Approximated, Fields: []string{"option 81"},
		Clients: "clients that send a full name (option 81)",
		Message: "Kea answers the option for a full name with what it makes of that name; dhcpd answers it only where it updates the DNS. A client learns from it who updates its records.",
	}, "")
	t.dhcp4.Comments = append(notes, t.dhcp4.Comments...)
}

// controlSocket opens a socket for commands, which Kea's tools need.
func (t *translation) controlSocket() {
	file := "kea4-ctrl-socket"
	if t.v6() {
		file = "kea6-ctrl-socket"
	}
	socket := keaconf.ControlSocket{SocketType: "unix", SocketName: path.Join(t.layout().RunDir, file)}
	s := t.topServer()
	pointer := t.root() + "/control-socket"
	if t.opts.Target >= keaversion.V3_0 {
		s.ControlSockets = []keaconf.ControlSocket{socket}
		pointer += "s/0"
	} else {
		s.ControlSocket = &socket
	}
	t.ledger.add(nil, Finding{
		Code: "control-socket", Severity: S1, Verdict: Translated,
		Message: "Kea takes commands (reload, statistics, leases) at a socket that only its own user can open; dhcpd has nothing of the kind.",
	}, pointer)
}

// leaseDatabase keeps leases in a file, as dhcpd does.
func (t *translation) leaseDatabase() {
	file := "kea-leases4.csv"
	if t.v6() {
		file = "kea-leases6.csv"
	}
	t.topServer().LeaseDatabase = &keaconf.Database{
		Type: "memfile", Persist: new(true), Name: path.Join(t.layout().DataDir, file),
		LFCInterval: new(uint32(3600)), // dhcpd rewrites its file once an hour, too
	}
	t.ledger.add(nil, Finding{
		Code: "lease-database", Severity: S1, Verdict: Translated, Fields: []string{"leases"},
		Message: "Kea writes each lease to its file before it answers, as dhcpd does, but does not wait for the disk (fsync): a crash of the system can lose the last ones. Leases of dhcpd must be converted; Kea starts with none.",
	}, t.root()+"/lease-database")
}

// expiredLeases says how long a lease that has ended is remembered. dhcpd
// gives a client its old address again as long as nobody else got it, which for
// DHCPv4 means for ever, and for DHCPv6 for an hour.
func (t *translation) expiredLeases() {
	hold, howLong := uint32(365*24*3600), "for a year"
	clients := "clients that come back after their lease has ended, while addresses are scarce"
	if t.v6() {
		hold = 3600
	}
	if t.opts.Hold > 0 {
		hold = uint32(min(t.opts.Hold/time.Second, math.MaxUint32))
		howLong = fmt.Sprintf("for %d seconds, as was asked for", hold)
	}
	t.topServer().ExpiredLeasesProcessing = &keaconf.ExpiredLeases{
		ReclaimTimerWaitTime:        new(uint32(10)),
		FlushReclaimedTimerWaitTime: new(uint32(25)),
		HoldReclaimedTime:           &hold,
	}
	if t.v6() {
		return
	}
	t.ledger.add(nil, Finding{
		Code: "expired-leases", Severity: S1, Verdict: Translated, Fields: []string{"address"}, Clients: clients,
		Message: "dhcpd remembers an ended lease until somebody else needs the address, and then takes the one that ended longest ago. Kea remembers it " + howLong + ", and takes the next address in turn, in use by nobody.",
	}, t.root()+"/expired-leases-processing")
}

// hostLookup says how Kea finds reservations: dhcpd tries the client
// identifier, then the hardware address, then what host-identifier says.
func (t *translation) hostLookup() {
	used := map[string]bool{}
	count := 0
	look := func(list []keaconf.Reservation) {
		count += len(list)
		for i := range list {
			r := &list[i]
			switch {
			case r.ClientID != "":
				used["client-id"] = true
			case r.HWAddress != "":
				used["hw-address"] = true
			case r.DUID != "":
				used["duid"] = true
			case r.Extra != nil && r.Extra.CircuitID != "":
				used["circuit-id"] = true
			case r.Extra != nil && r.Extra.FlexID != "":
				used["flex-id"] = true
			}
		}
	}
	global := t.globalReservations()
	look(global)
	for _, s := range t.conf.Subnets {
		if k := t.subnetOf[s]; k != nil {
			look(k.Reservations)
		}
	}
	order := []string{"client-id", "hw-address", "circuit-id", "duid", "flex-id"}
	if t.v6() {
		order = []string{"duid", "hw-address", "flex-id"}
	}
	if count == 0 { // for those that will be added
		used[order[0]], used[order[1]] = true, true
	}
	server, top := t.topServer(), t.topParameters()
	for _, kind := range order {
		if used[kind] {
			server.HostReservationIdentifiers = append(server.HostReservationIdentifiers, kind)
		}
	}
	top.ReservationsGlobal = new(len(global) > 0)
	top.ReservationsInSubnet = new(true)
	top.ReservationsOutOfPool = new(false)
	if t.sharedAddress {
		server.IPReservationsUnique = new(false)
	}
	if t.v6() && used["hw-address"] {
		// dhcpd finds the hardware address in the DUID or in what the relay says
		// (RFC 6939).
		t.dhcp6.MACSources = []string{"client-link-addr-option", "duid"}
	}
}

func (t *translation) globalReservations() []keaconf.Reservation {
	if t.v6() {
		return t.dhcp6.Reservations
	}
	return t.dhcp4.Reservations
}

func (t *translation) dnsUpdates() {
	t.topServer().DHCPDDNS = &keaconf.DHCPDDNS{EnableUpdates: new(false)}
}

// logger sends messages to standard output, which the service manager keeps,
// and to the facility of syslog that the file names.
func (t *translation) logger() {
	name := "kea-dhcp4"
	if t.v6() {
		name = "kea-dhcp6"
	}
	outputs := []keaconf.OutputOption{{Output: "stdout"}}
	message := "dhcpd writes to syslog; Kea writes to standard output, which systemd keeps in the journal and passes on to syslog."
	if st := t.conf.Global.Setting("log-facility"); st != nil {
		if v, ok := valueOf(st); ok && v.text != "" {
			outputs = append(outputs, keaconf.OutputOption{Output: "syslog:" + v.text})
			message = "Kea writes to the same facility of syslog as dhcpd, and to standard output for the service manager, which may pass it on to syslog, too."
		}
	}
	t.setLoggers([]keaconf.Logger{{Name: name, Severity: "INFO", OutputOptions: outputs}})
	t.ledger.add(nil, Finding{
		Code: "logger", Severity: S1, Verdict: Translated, Fields: []string{"log"},
		Message: message + " The messages have other words: programs that read the log must change.",
	}, t.root()+"/loggers/0")
}

func (t *translation) setLoggers(l []keaconf.Logger) {
	if t.v6() {
		t.dhcp6.Loggers = l
	} else {
		t.dhcp4.Loggers = l
	}
}
