package daemon

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Paths are the folders that the server's files are in (Kea manual, chapter
// "Security", "Path restrictions").
type Paths struct {
	Data    string // lease files
	Logs    string
	PID     string
	Sockets string // of the control channel
	Scripts string // of run_script
	Legal   string // of legal_log
	Hooks   string // where Kea would have its hook libraries
	// Strict: a file anywhere else is an error, as with Kea 3.0. Otherwise a
	// warning is logged.
	Strict bool
}

// PathsOf returns the folders that environment variables name, or Kea's.
func PathsOf(env func(string) string) Paths {
	return Paths{
		Data:    cmp.Or(env("KEA_DHCP_DATA_DIR"), "/var/lib/kea"),
		Logs:    cmp.Or(env("KEA_LOG_FILE_DIR"), "/var/log/kea"),
		PID:     cmp.Or(env("KEA_PIDFILE_DIR"), "/run/kea"),
		Sockets: cmp.Or(env("KEA_CONTROL_SOCKET_DIR"), "/run/kea"),
		Scripts: cmp.Or(env("KEA_HOOK_SCRIPTS_PATH"), "/usr/share/kea/scripts"),
		Hooks:   cmp.Or(env("KEA_HOOKS_PATH"), hooksFolder()),
		Legal:   cmp.Or(env("KEA_LEGAL_LOG_DIR"), "/var/log/kea"),
	}
}

// place returns where a file is that a configuration names: a bare name is in its
// folder. The error says that it is elsewhere, where that is not allowed; outside
// reports it where it is.
func (p Paths) place(folder, name string) (full string, outside bool, err error) {
	if filepath.Base(name) == name {
		return filepath.Join(folder, name), false, nil
	}
	dir := filepath.Dir(name)
	if resolved(dir) == resolved(folder) {
		return name, false, nil
	}
	if p.Strict {
		return name, true, fmt.Errorf("invalid path specified: '%s', supported path is '%s'", dir, folder)
	}
	return name, true, nil
}

func resolved(dir string) string {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		return real
	}
	return filepath.Clean(dir)
}

// data is place for lease files.
func (p Paths) data(name string) (string, error) {
	full, _, err := p.place(p.Data, name)
	return full, err
}

// socketFolderMode are the permissions of the folder with control sockets: nobody
// else may look into it.
const socketFolderMode = 0o750

// socket is place for control sockets. Their folder has to be closed to others.
func (p Paths) socket(name string) (string, error) {
	full, _, err := p.place(p.Sockets, name)
	if err != nil || !p.Strict {
		return full, err
	}
	info, err := os.Stat(filepath.Dir(full))
	if err != nil || info.Mode().Perm()&^socketFolderMode != 0 {
		return full, fmt.Errorf("socket path:%s does not exist or does not have permssions = %o", filepath.Dir(full), socketFolderMode)
	}
	return full, nil
}

// hooksFolder is where Debian's packages of Kea have hook libraries.
func hooksFolder() string {
	triplets := map[string]string{"amd64": "x86_64-linux-gnu/", "arm64": "aarch64-linux-gnu/"}
	return "/usr/lib/" + triplets[runtime.GOARCH] + "kea/hooks"
}

// library is the file of a hook library. It need not be there: those that the server has
// are built in.
func (p Paths) library(name string) string {
	if strings.Contains(name, "/") {
		return name
	}
	return filepath.Join(p.Hooks, name)
}
