package daemon

import (
	"fmt"
	"os"

	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/hook"
	"github.com/keamigrate/keamigrate/server/logging"
)

// watchers returns who is told what happens; nil: nobody.
func (d *DHCP4) watchers(conf *config.Config4) (func(*server.Event), error) {
	if conf.Hooks.Script == "" {
		return nil, nil
	}
	name, _, err := d.paths().place(d.paths().Scripts, conf.Hooks.Script)
	if err != nil {
		return nil, fmt.Errorf("hook library libdhcp_run_script.so: Invalid 'name' parameter: %w", err)
	}
	info, err := os.Stat(name)
	if err != nil || info.IsDir() {
		return nil, fmt.Errorf("hook library libdhcp_run_script.so: Invalid 'name' parameter: File not found: %s", conf.Hooks.Script)
	}
	if info.Mode().Perm()&0o111 == 0 {
		return nil, fmt.Errorf("hook library libdhcp_run_script.so: Invalid 'name' parameter: File not executable: %s", conf.Hooks.Script)
	}
	script := hook.Script{Name: name, Failed: func(err error) {
		d.Log.Log(logging.Error, "run-script-hooks", "RUN_SCRIPT_RUN_FAIL", "the script cannot be run: %v", err)
	}}
	return script.Told, nil
}
