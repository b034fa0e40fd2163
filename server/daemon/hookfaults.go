package daemon

import (
	"errors"

	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/control"
	"github.com/keamigrate/keamigrate/server/logging"
)

// Names of Kea's libraries.
const (
	bootpLibrary      = "libdhcp_bootp.so"
	flexIDLibrary     = "libdhcp_flex_id.so"
	flexOptionLibrary = "libdhcp_flex_option.so"
	legalLibrary      = "libdhcp_legal_log.so"
	limitsLibrary     = "libdhcp_limits.so"
	pingLibrary       = "libdhcp_ping_check.so"
	scriptLibrary     = "libdhcp_run_script.so"
	tuningLibrary     = "libdhcp_ddns_tuning.so"
)

// loadFailures are what Kea's libraries log when their parameters are wrong, before the
// reason.
var loadFailures = map[string]struct{ part, id, text string }{
	flexIDLibrary:     {"flex-id-hooks", "FLEX_ID_LOAD_ERROR", ""},
	flexOptionLibrary: {"flex-option-hooks", "FLEX_OPTION_LOAD_ERROR", "loading Flex Option hooks library failed: "},
	leaseLibrary:      {"lease-cmds-hooks", "LEASE_CMDS_LOAD_ERROR", "loading Lease Commands hooks library failed: "},
	legalLibrary:      {"legal-log-hooks", "LEGAL_LOG_LOAD_ERROR", "LEGAL LOGGING DISABLED! An error occurred loading the library: "},
	pingLibrary:       {"ping-check-hooks", "PING_CHECK_LOAD_ERROR", "loading Ping Check hooks library failed "},
	scriptLibrary:     {"run-script-hooks", "RUN_SCRIPT_LOAD_ERROR", "Run Script hooks library failed: "},
	tuningLibrary:     {"ddns-tuning-hooks", "DDNS_TUNING_LOAD_ERROR", "loading DDNS Tuning hooks library failed: "},
}

// hookFault returns what is wrong with a library that keasrv has, if that is what an
// error says.
func hookFault(err error) (*config.HookFault, bool) {
	f, ok := errors.AsType[*config.HookFault](err)
	return f, ok && !f.Unknown
}

// logHookFault tells what is wrong with a library. It is on Kea's way of loading one that
// it is noticed; the error goes on as Kea's.
func (d *DHCP4) logHookFault(f *config.HookFault) error {
	path := d.paths().library(f.Library)
	if t, ok := loadFailures[f.Library]; ok {
		id := t.id
		if f.Message != "" {
			id = f.Message
		}
		if f.Late {
			d.Log.Log(logging.Error, t.part, id, "%v", f.Err)
			return errTuning
		}
		if f.Message != "" {
			t.text = ""
		}
		d.Log.Log(logging.Error, t.part, id, "%s%v", t.text, f.Err)
		d.Log.Log(logging.Error, "hooks", "HOOKS_LOAD_ERROR", "'load' function in hook library %s returned error 1", path)
	} else {
		d.Log.Log(logging.Error, "hooks", "HOOKS_LOAD_FRAMEWORK_EXCEPTION", "'load' function in hook library %s threw an exception: reason %v", path, f.Err)
	}
	d.Log.Log(logging.Error, "dhcp4", "DHCP4_PARSER_COMMIT_FAIL", "parser failed to commit changes: %v", errHooks)
	return errHooks
}

var (
	errHooks  = say("One or more hook libraries failed to load")
	errTuning = say("Errors were detected in the ddns tuning hooks library configuration.")
)

// configFailed is the answer to a command whose configuration cannot be used.
func configFailed(err error) control.Reply {
	reply := failed(err)
	if errors.Is(err, errHooks) {
		reply.Result = control.Fatal
	}
	return reply
}
