package daemon

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/control"
	"github.com/keamigrate/keamigrate/server/logging"
)

// announce tells of a configuration that is taken into use, as Kea does.
func (d *DHCP4) announce(conf *config.Config4) {
	info := func(part, id, format string, args ...any) { d.Log.Log(logging.Info, part, id, format, args...) }
	source := conf.Source
	if severalThreads(source) {
		d.Log.Log(logging.Warn, "dhcpsrv", "DHCPSRV_MT_DISABLED_QUEUE_CONTROL", "disabling dhcp queue control when multi-threading is enabled.")
		d.Log.Log(logging.Warn, "dhcp4", "DHCP4_RESERVATIONS_LOOKUP_FIRST_ENABLED", "Multi-threading is enabled and host reservations lookup is always performed first.")
	}
	for n := range source.AllSubnets() {
		s, ok := conf.BySubnetID(n.ID)
		if !ok {
			continue
		}
		info("dhcpsrv", "DHCPSRV_CFGMGR_NEW_SUBNET4", "a new subnet has been added to configuration: %s", subnetText(s))
		if s.Renew != nil && s.Rebind != nil && *s.Renew > *s.Rebind {
			d.Log.Log(logging.Warn, "dhcpsrv", "DHCPSRV_CFGMGR_RENEW_GTR_REBIND", "in IPv4 subnet %s, the value of renew-timer %d is greater than the value of rebind-timer %d, ignoring renew-timer", s.Prefix, *s.Renew, *s.Rebind)
		}
	}
	interfaces := source.InterfacesConfig
	if interfaces == nil {
		interfaces = &keaconf.InterfacesConfig{}
	}
	info("dhcpsrv", "DHCPSRV_CFGMGR_SOCKET_TYPE_SELECT", "using socket type %s", cmp.Or(interfaces.DHCPSocketType, "raw"))
	for _, entry := range interfaces.Interfaces {
		name, address, has := strings.Cut(entry, "/")
		switch {
		case entry == "*":
			d.Log.DebugLog(traceBasic, "dhcpsrv", "DHCPSRV_CFGMGR_ALL_IFACES_ACTIVE", "enabling listening on all interfaces")
		case has:
			info("dhcpsrv", "DHCPSRV_CFGMGR_USE_ADDRESS", "listening on address %s, on interface %s", address, name)
		default:
			info("dhcpsrv", "DHCPSRV_CFGMGR_ADD_IFACE", "listening on interface %s", name)
		}
	}
	if interfaces.DHCPSocketType == "" {
		info("dhcpsrv", "DHCPSRV_CFGMGR_SOCKET_TYPE_DEFAULT", "%q not specified , using default socket type %s", "dhcp-socket-type", "raw")
	}
	if d.conf != nil {
		d.announceLibraries(d.conf.Hooks.Libraries, false)
	}
	d.announceLibraries(conf.Hooks.Libraries, true)
	info("dhcpsrv", "DHCPSRV_LEASE_MGR_BACKENDS_REGISTERED", "the following lease backend types are available: memfile")
	info("hosts", "HOSTS_BACKENDS_REGISTERED", "the following host backend types are available: ")
	info("dhcpsrv", "DHCPSRV_FORENSIC_BACKENDS_REGISTERED", "the following forensic backend types are available: ")
	info("database", "CONFIG_BACKENDS_REGISTERED", "the following config backend types are available: ")
	info("dhcp4", "DHCP4_CONFIG_COMPLETE", "DHCPv4 server has completed configuration: %s", summary(conf))
}

// libraryTexts are what Kea's libraries with commands say of themselves.
var libraryTexts = map[string]struct{ part, id, name string }{
	leaseLibrary:  {"lease-cmds-hooks", "LEASE_CMDS", "Lease Commands"},
	hostLibrary:   {"host-cmds-hooks", "HOST_CMDS", "Host Commands"},
	subnetLibrary: {"subnet-cmds-hooks", "SUBNET_CMDS", "Subnet Commands"},
	classLibrary:  {"class-cmds-hooks", "CLASS_CMDS", "Class Commands"},
	statLibrary:   {"stat-cmds-hooks", "STAT_CMDS", "Stat Commands"},
}

// announceLibraries tells of hook libraries that come or go. Those that go do so in the
// opposite order.
func (d *DHCP4) announceLibraries(names []string, come bool) {
	info := func(part, id, format string, args ...any) { d.Log.Log(logging.Info, part, id, format, args...) }
	if come {
		for _, name := range names {
			if t, ok := libraryTexts[name]; ok {
				info(t.part, t.id+"_INIT_OK", "loading %s hooks library successful", t.name)
			} else if name == bootpLibrary {
				info("bootp-hooks", "BOOTP_LOAD", "Bootp hooks library has been loaded")
			}
			info("hooks", "HOOKS_LIBRARY_LOADED", "hooks library %s successfully loaded", name)
		}
		return
	}
	for _, name := range slices.Backward(names) {
		if t, ok := libraryTexts[name]; ok {
			info(t.part, t.id+"_DEINIT_OK", "unloading %s hooks library successful", t.name)
		} else if name == bootpLibrary {
			info("bootp-hooks", "BOOTP_UNLOAD", "Bootp hooks library has been unloaded")
		}
	}
	for _, name := range slices.Backward(names) {
		info("hooks", "HOOKS_LIBRARY_CLOSED", "hooks library %s successfully closed", name)
	}
}

const bootpLibrary = "libdhcp_bootp.so"

// databaseText are the parameters of the lease database as the configuration has them.
func databaseText(db *keaconf.Database) string {
	given := map[string]string{"universe": "4", "type": "memfile"}
	if db != nil {
		if db.Name != "" {
			given["name"] = db.Name
		}
		if db.Persist != nil {
			given["persist"] = fmt.Sprint(*db.Persist)
		}
		if db.LFCInterval != nil {
			given["lfc-interval"] = fmt.Sprint(*db.LFCInterval)
		}
		if db.MaxRowErrors != nil {
			given["max-row-errors"] = fmt.Sprint(*db.MaxRowErrors)
		}
	}
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(given)) {
		parts = append(parts, key+"="+given[key])
	}
	return strings.Join(parts, " ")
}

// announceEnd tells of what comes after the leases are there.
func (d *DHCP4) announceEnd(conf *config.Config4) {
	for _, s := range conf.Subnets {
		d.Log.Log(logging.Info, "dhcpsrv", "DHCPSRV_CFGMGR_USE_ALLOCATOR", "using the %s allocator for V4 leases in subnet %s", s.Allocator, s.Prefix)
	}
	mt := conf.Source.MultiThreading
	threads, queue := uint32(0), uint32(64)
	if mt != nil && mt.ThreadPoolSize != nil {
		threads = *mt.ThreadPoolSize
	}
	if mt != nil && mt.PacketQueueSize != nil {
		queue = *mt.PacketQueueSize
	}
	enabled := "no"
	if severalThreads(conf.Source) {
		enabled, threads = "yes", max(threads, 1)
	} else {
		threads, queue = 0, 0
	}
	d.Log.Log(logging.Info, "dhcp4", "DHCP4_MULTI_THREADING_INFO", "enabled: %s, number of threads: %d, queue size: %d", enabled, threads, queue)
}

const traceBasic = 40 // the level of messages for debugging

// severalThreads reports whether Kea would answer with several threads.
func severalThreads(source *keaconf.DHCP4) bool {
	mt := source.MultiThreading
	return mt == nil || mt.EnableMultiThreading == nil || *mt.EnableMultiThreading
}

func subnetText(s *config.Subnet) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s with params: ", s.Prefix)
	if s.Renew != nil {
		fmt.Fprintf(&b, "t1=%d, ", *s.Renew)
	}
	if s.Rebind != nil {
		fmt.Fprintf(&b, "t2=%d, ", *s.Rebind)
	}
	fmt.Fprintf(&b, "valid-lifetime=%d", s.Valid.Default)
	return b.String()
}

// logFault tells which element of a configuration is wrong.
func (d *DHCP4) logFault(err error) {
	if element := config.ElementOf(err); element != "" {
		d.Log.Log(logging.Error, "dhcp4", "DHCP4_PARSER_FAIL", "failed to create or run parser for configuration element %s: %v", element, err)
	}
}

// logReceived tells of a configuration that has come.
func (d *DHCP4) logReceived(given map[string]any) {
	if d.Log.Debugging() {
		const level = 10
		d.Log.DebugLog(level, "dhcp4", "DHCP4_CONFIG_START", "DHCPv4 server is processing the following configuration: %s", control.AppendJSON(nil, config.Hide(given)))
	}
}
