package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/logging"
)

// loggers reads the loggers of a configuration.
func (d *DHCP4) loggers(conf *keaconf.DHCP4) (out []logging.Spec, err error) {
	for _, l := range conf.Loggers {
		s := logging.Spec{Name: l.Name}
		if s.Severity, err = logging.ParseSeverity(l.Severity); err != nil {
			return nil, fmt.Errorf("logger %s: %w", l.Name, err)
		}
		if l.DebugLevel != nil {
			s.DebugLevel = *l.DebugLevel
		}
		for _, o := range l.OutputOptions {
			to := logging.Output{To: o.Output, MaxSize: 10240000, MaxVer: 1}
			if o.MaxSize != nil {
				to.MaxSize = int64(*o.MaxSize)
			}
			if o.MaxVer != nil {
				to.MaxVer = int(*o.MaxVer)
			}
			if o.Pattern != nil {
				to.Pattern = *o.Pattern
			}
			if config.IsLogFile(o.Output) {
				if to.To, _, err = d.paths().place(d.paths().Logs, o.Output); err != nil {
					return nil, fmt.Errorf("logger %s: output: %w", l.Name, err)
				}
			}
			s.Outputs = append(s.Outputs, to)
		}
		out = append(out, s)
	}
	return out, nil
}

// writePID writes the server's process id where Kea does, and returns what takes it
// away. A process that is there already is an error.
func (d *DHCP4) writePID() (remove func(), err error) {
	nothing := func() {}
	if !d.PIDFile {
		return nothing, nil
	}
	base := filepath.Base(d.Config)
	base = strings.TrimSuffix(base, filepath.Ext(base))
	name := filepath.Join(d.paths().PID, base+".kea-dhcp4.pid")
	if text, err := os.ReadFile(name); err == nil {
		pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err == nil && pid > 0 && pid != os.Getpid() && syscall.Kill(pid, 0) == nil {
			return nothing, fmt.Errorf("kea-dhcp4 already running? PID: %d, PID file: %s", pid, name)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nothing, err
	}
	if err := os.WriteFile(name, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o640); err != nil {
		return nothing, fmt.Errorf("cannot write the PID file: %w", err)
	}
	return func() { os.Remove(name) }, nil // a later server finds that it is of nobody
}
