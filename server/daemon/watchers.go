package daemon

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/hook"
	"github.com/keamigrate/keamigrate/server/logging"
)

// watchers returns who is told what happens; nil: nobody. close ends what they
// have open.
func (d *DHCP4) watchers(conf *config.Config4) (told func(*server.Event), closeAll func(), err error) {
	var all []func(*server.Event)
	closeAll = func() {}
	if conf.Hooks.Script != "" {
		script, err := d.script(conf.Hooks.Script)
		if err != nil {
			return nil, nil, fmt.Errorf("hook library libdhcp_run_script.so: Invalid 'name' parameter: %w", err)
		}
		all = append(all, script.Told)
	}
	if l := conf.Hooks.Legal; l != nil {
		// A name without a folder would be put into one; here it is the folder.
		folder := d.paths().Legal
		if l.Path != "" {
			if _, _, err := d.paths().place(folder, filepath.Join(l.Path, l.Base)); err != nil {
				return nil, nil, fmt.Errorf("hook library libdhcp_legal_log.so: %w", err)
			}
			folder = l.Path
		}
		legal := &hook.Legal{Folder: folder, Base: l.Base, Unit: l.Unit, Count: l.Count, Timestamp: l.Timestamp, Clock: d.Clock, Failed: func(err error) {
			d.Log.Log(logging.Error, "legal-log-hooks", "LEGAL_LOG_COMMAND_WRITE_ERROR", "%v", err)
		}}
		all = append(all, legal.Told)
		closeAll = func() { legal.Close() } // what is written is written
	}
	if len(all) == 0 {
		return nil, closeAll, nil
	}
	return func(e *server.Event) {
		for _, one := range all {
			one(e)
		}
	}, closeAll, nil
}

// script finds the script of run_script.
func (d *DHCP4) script(given string) (*hook.Script, error) {
	name, _, err := d.paths().place(d.paths().Scripts, given)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(name)
	if err != nil || info.IsDir() {
		return nil, say("File not found: %s", given)
	}
	if info.Mode().Perm()&0o111 == 0 {
		return nil, say("File not executable: %s", given)
	}
	return &hook.Script{Name: name, Failed: func(err error) {
		d.Log.Log(logging.Error, "run-script-hooks", "RUN_SCRIPT_RUN_FAIL", "the script cannot be run: %v", err)
	}}, nil
}
