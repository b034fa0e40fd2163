package verify

import (
	"fmt"
	"path"
	"slices"

	"github.com/keamigrate/keamigrate/parser/keaconf"
)

// leftOutHooks are libraries that keasrv lacks and that do not decide what is in
// an answer, with what is not verified for it.
var leftOutHooks = map[string]string{
	"libdhcp_ha.so":          "which server of a pair answers",
	"libdhcp_run_script.so":  "what the script does",
	"libdhcp_ping_check.so":  "the probing of addresses",
	"libdhcp_legal_log.so":   "the log",
	"libdhcp_lease_query.so": "lease queries",
	"libdhcp_perfmon.so":     "the monitoring",
	"libdhcp_mysql.so":       "the database",
	"libdhcp_pgsql.so":       "the database",
	"libdhcp_limits.so":      "limits of classes",
	"libdhcp_ddns_tuning.so": "the names in the DNS",
}

// Servable returns a configuration as keasrv can serve it: without libraries that it
// lacks and that do not decide what is in an answer, with notes on what is not
// verified therefore.
func Servable(conf *keaconf.DHCP4) (*keaconf.DHCP4, []string) {
	var notes []string
	c := *conf
	c.HooksLibraries = slices.DeleteFunc(slices.Clone(conf.HooksLibraries), func(h keaconf.HookLibrary) bool {
		name := path.Base(h.Library)
		what, ok := leftOutHooks[name]
		if ok {
			notes = append(notes, fmt.Sprintf("the hook library %s is left out; not verified: %s", name, what))
		}
		return ok
	})
	return &c, notes
}
