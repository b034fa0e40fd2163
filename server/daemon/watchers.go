package daemon

import (
	"os"
	"path/filepath"

	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/hook"
	"github.com/keamigrate/keamigrate/server/logging"
)

const legalLogger = "legal-log-hooks"

// watchers are told what happens.
type watchers struct {
	event   func(*server.Event)                         // nil: nobody is told
	command func(name string, arguments map[string]any) // of commands that have succeeded; nil: nobody is told
	close   func()                                      // ends what they have open; nil: nothing
}

func (w *watchers) end() {
	if w.close != nil {
		w.close()
	}
}

// watchersOf opens what those need that are told what happens.
func (d *DHCP4) watchersOf(conf *config.Config4) (w watchers, err error) {
	var all []func(*server.Event)
	if conf.Hooks.Script != "" {
		script, err := d.script(conf.Hooks.Script)
		if err != nil {
			return w, &config.HookFault{Library: scriptLibrary, Err: say("Invalid 'name' parameter: %v", err)}
		}
		all = append(all, script.Told)
	}
	if l := conf.Hooks.Legal; l != nil {
		// A name without a folder would be put into one; here it is the folder.
		folder := d.paths().Legal
		if l.Path != "" {
			if _, _, err := d.paths().place(folder, filepath.Join(l.Path, l.Base)); err != nil {
				return w, &config.HookFault{Library: legalLibrary, Err: err}
			}
			folder = l.Path
		}
		legal := &hook.Legal{Folder: folder, Base: l.Base, Unit: l.Unit, Count: l.Count, Timestamp: l.Timestamp, Request: l.Request, Response: l.Response, Off: l.Off, Clock: d.Clock,
			Failed: func(err error) {
				d.Log.Log(logging.Error, legalLogger, "LEGAL_LOG_LEASE4_WRITE_ERROR", "Could not write to the legal store: %v", err)
			}}
		for _, one := range []struct {
			name, script string
			told         *func(string)
		}{{"prerotate", l.Before, &legal.Closing}, {"postrotate", l.After, &legal.Opened}} {
			if one.script == "" {
				continue
			}
			script, err := d.script(one.script)
			if err != nil {
				return w, &config.HookFault{Library: legalLibrary, Err: say("Invalid '%s' parameter: %v", one.name, err)}
			}
			*one.told = func(file string) { script.Run(file, nil) }
		}
		d.Log.Log(logging.Info, legalLogger, "LEGAL_LOG_STORE_OPEN", "opening Legal Log file: %s", l.Given)
		name, err := legal.Open()
		if err != nil {
			return w, &config.HookFault{Library: legalLibrary, Err: err}
		}
		d.Log.Log(logging.Info, legalLogger, "LEGAL_LOG_STORE_OPENED", "Legal store opened: %s", name)
		all = append(all, legal.Told)
		w.command = legal.Command
		w.close = func() { legal.Close() } // what is written is written
	}
	if len(all) == 0 {
		return w, nil
	}
	w.event = func(e *server.Event) {
		for _, one := range all {
			one(e)
		}
	}
	return w, nil
}

// script finds the script of run_script.
func (d *DHCP4) script(given string) (*hook.Script, error) {
	name, _, err := d.paths().place(d.paths().Scripts, given)
	if err != nil {
		return nil, err
	}
	if d.paths().Strict && filepath.Base(given) == given {
		return nil, say("File not found: %s", given) // as Kea, which looks for it where it runs
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
