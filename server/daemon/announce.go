package daemon

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/logging"
)

// announceBegin tells of a configuration that has come, as Kea does, up to where control
// sockets are opened.
func (d *DHCP4) announceBegin(conf *config.Config4) {
	info := func(part, id, format string, args ...any) { d.Log.Log(logging.Info, part, id, format, args...) }
	source := conf.Source
	for i := range source.HooksLibraries { // Kea has looked into them
		name := d.paths().library(source.HooksLibraries[i].Library)
		d.logVersion(name)
		info("hooks", "HOOKS_LIBRARY_CLOSED", "hooks library %s successfully closed", name)
	}
	for i := range source.SharedNetworks {
		d.announceSubnets(conf, source.SharedNetworks[i].Subnet4)
	}
	d.announceSubnets(conf, source.Subnet4)
	if d.conf != nil && d.storage.clean > 0 {
		d.Log.DebugLog(traceBasic, "dhcpsrv", "DHCPSRV_TIMERMGR_UNREGISTER_TIMER", "unregistering timer: %s", cleanTimer)
	}
	d.Log.DebugLog(traceBasic, "dhcpsrv", "DHCPSRV_TIMERMGR_UNREGISTER_ALL_TIMERS", "unregistering all timers")
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
}

// announceSubnets tells of subnets that have come.
func (d *DHCP4) announceSubnets(conf *config.Config4, list []keaconf.Subnet) {
	for i := range list {
		s, ok := conf.BySubnetID(list[i].ID)
		if !ok {
			continue
		}
		d.Log.Log(logging.Info, "dhcpsrv", "DHCPSRV_CFGMGR_NEW_SUBNET4", "a new subnet has been added to configuration: %s", subnetText(s))
		if s.Renew != nil && s.Rebind != nil && *s.Renew > *s.Rebind {
			d.Log.Log(logging.Warn, "dhcpsrv", "DHCPSRV_CFGMGR_RENEW_GTR_REBIND", "in IPv4 subnet %s, the value of renew-timer %d is greater than the value of rebind-timer %d, ignoring renew-timer", s.Prefix, *s.Renew, *s.Rebind)
		}
		d.Log.DebugLog(traceBasic, "dhcpsrv", "DHCPSRV_CFGMGR_ADD_SUBNET4", "adding subnet %s", s.Prefix)
	}
}

// announce tells of what comes behind that.
func (d *DHCP4) announce(conf *config.Config4) {
	updates := "DHCP-DDNS updates disabled"
	if conf.UpdatesEnabled {
		updates = "DHCP_DDNS updates enabled"
	}
	d.Log.DebugLog(traceBasic, "dhcpsrv", "DHCPSRV_CFGMGR_CFG_DHCP_DDNS", "Setting DHCP-DDNS configuration to: %s", updates)
	if d.conf != nil {
		d.announceLibraries(d.conf, false)
	}
	d.announceLibraries(conf, true)
	d.announceBackends()
	d.Log.Log(logging.Info, "dhcp4", "DHCP4_CONFIG_COMPLETE", "DHCPv4 server has completed configuration: %s", summary(conf))
}

// announceBackends tells of what leases and reservations can be kept in.
func (d *DHCP4) announceBackends() {
	info := func(part, id, format string, args ...any) { d.Log.Log(logging.Info, part, id, format, args...) }
	info("dhcpsrv", "DHCPSRV_LEASE_MGR_BACKENDS_REGISTERED", "the following lease backend types are available: memfile")
	info("hosts", "HOSTS_BACKENDS_REGISTERED", "the following host backend types are available: ")
	info("dhcpsrv", "DHCPSRV_FORENSIC_BACKENDS_REGISTERED", "the following forensic backend types are available: ")
	info("database", "CONFIG_BACKENDS_REGISTERED", "the following config backend types are available: ")
}

// libraryTexts are what Kea's libraries with commands say of themselves.
var libraryTexts = map[string]struct{ part, id, name string }{
	leaseLibrary:  {"lease-cmds-hooks", "LEASE_CMDS", "Lease Commands"},
	hostLibrary:   {"host-cmds-hooks", "HOST_CMDS", "Host Commands"},
	subnetLibrary: {"subnet-cmds-hooks", "SUBNET_CMDS", "Subnet Commands"},
	classLibrary:  {"class-cmds-hooks", "CLASS_CMDS", "Class Commands"},
	statLibrary:   {"stat-cmds-hooks", "STAT_CMDS", "Stat Commands"},
}

// loadTexts are what other libraries say when they come and go; "" says nothing.
var loadTexts = map[string]struct{ part, comes, come, goes, gone string }{
	bootpLibrary:      {"bootp-hooks", "BOOTP_LOAD", "Bootp hooks library has been loaded", "BOOTP_UNLOAD", "Bootp hooks library has been unloaded"},
	flexIDLibrary:     {"flex-id-hooks", "", "", "FLEX_ID_UNLOAD", "Flex-id library has been unloaded."},
	flexOptionLibrary: {"flex-option-hooks", "", "", "FLEX_OPTION_UNLOAD", "Flex Option hooks library has been unloaded"},
	scriptLibrary:     {"run-script-hooks", "RUN_SCRIPT_LOAD", "Run Script hooks library has been loaded", "RUN_SCRIPT_UNLOAD", "Run Script hooks library has been unloaded"},
	tuningLibrary:     {"ddns-tuning-hooks", "DDNS_TUNING_LOAD_OK", "DDNS Tuning hooks library loaded successfully.", "DDNS_TUNING_UNLOAD", "DDNS Tuning hooks library has been unloaded"},
}

// announceLibraries tells of the hook libraries of a configuration that come or go. Those
// that go do so in the opposite order.
func (d *DHCP4) announceLibraries(conf *config.Config4, come bool) {
	info := func(part, id, format string, args ...any) { d.Log.Log(logging.Info, part, id, format, args...) }
	libraries := conf.Source.HooksLibraries
	if come {
		for i := range libraries {
			name := d.paths().library(libraries[i].Library)
			d.Log.DebugLog(traceBasic, "hooks", "HOOKS_LIBRARY_LOADING", "loading hooks library %s", name)
			d.logVersion(name)
			base := filepath.Base(name)
			if t, ok := libraryTexts[base]; ok {
				info(t.part, t.id+"_INIT_OK", "loading %s hooks library successful", t.name)
			} else if t := loadTexts[base]; t.comes != "" {
				if base == tuningLibrary && conf.Hooks.Tuning != nil && conf.Hooks.Tuning.Given != "" {
					info(t.part, "DDNS_TUNING_GLOBAL_EXPR_SET", "Global hostname expression set to: %s", conf.Hooks.Tuning.Given)
				}
				info(t.part, t.comes, "%s", t.come)
			}
			d.Log.DebugLog(traceBasic, "hooks", "HOOKS_LOAD_SUCCESS", "'load' function in hook library %s returned success", name)
			info("hooks", "HOOKS_LIBRARY_LOADED", "hooks library %s successfully loaded", name)
		}
		return
	}
	for i := range slices.Backward(libraries) {
		name := d.paths().library(libraries[i].Library)
		base := filepath.Base(name)
		if t, ok := libraryTexts[base]; ok {
			info(t.part, t.id+"_DEINIT_OK", "unloading %s hooks library successful", t.name)
		} else if t := loadTexts[base]; t.goes != "" {
			info(t.part, t.goes, "%s", t.gone)
		}
		d.Log.DebugLog(traceBasic, "hooks", "HOOKS_UNLOAD_SUCCESS", "'unload' function in hook library %s returned success", name)
	}
	for i := range slices.Backward(libraries) {
		info("hooks", "HOOKS_LIBRARY_CLOSED", "hooks library %s successfully closed", d.paths().library(libraries[i].Library))
	}
}

// logVersion tells for which version of Kea a library is. Those that are built in are for
// the one whose place the server takes.
func (d *DHCP4) logVersion(library string) {
	d.Log.DebugLog(traceBasic, "hooks", "HOOKS_LIBRARY_VERSION", "hooks library %s reports its version as %d", library, libraryVersion)
	d.Log.DebugLog(traceBasic, "hooks", "HOOKS_LIBRARY_MULTI_THREADING_COMPATIBLE", "hooks library %s reports its multi-threading compatibility as 1", library)
}

const libraryVersion = 30004

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
	enabled, threads, queue := "no", uint32(0), uint32(0)
	if severalThreads(conf.Source) {
		enabled = "yes"
		threads, queue = threadsOf(conf.Source)
	}
	d.Log.Log(logging.Info, "dhcp4", "DHCP4_MULTI_THREADING_INFO", "enabled: %s, number of threads: %d, queue size: %d", enabled, threads, queue)
}

// Levels of messages for debugging.
const (
	debugStart  = 0
	configData  = 20
	traceBasic  = 40
	traceDetail = 50
)

// severalThreads reports whether Kea would answer with several threads.
func severalThreads(source *keaconf.DHCP4) bool {
	mt := source.MultiThreading
	return mt == nil || mt.EnableMultiThreading == nil || *mt.EnableMultiThreading
}

// threadsOf is how many threads Kea would answer with, and how many packets may wait for
// each.
func threadsOf(source *keaconf.DHCP4) (threads, queue uint32) {
	queue = 64
	mt := source.MultiThreading
	if mt != nil && mt.ThreadPoolSize != nil {
		threads = *mt.ThreadPoolSize
	}
	if mt != nil && mt.PacketQueueSize != nil {
		queue = *mt.PacketQueueSize
	}
	if threads == 0 {
		threads = uint32(runtime.NumCPU())
	}
	return threads, queue
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

// logFault tells which element of a configuration is wrong, and what Kea tells then of
// itself.
func (d *DHCP4) logFault(err error) error {
	if f, ok := hookFault(err); ok {
		return d.logHookFault(f)
	}
	if element := config.ElementOf(err); element != "" {
		d.logElement(element, err)
	}
	return err
}

func (d *DHCP4) logElement(element string, err error) {
	d.Log.Log(logging.Error, "dhcp4", "DHCP4_PARSER_FAIL", "failed to create or run parser for configuration element %s: %v", element, err)
	d.announceBackends()
}
