package daemon

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/logging"
	"github.com/keamigrate/keamigrate/server/transport"
)

// candidate is a configuration that could be taken into use.
type candidate struct {
	conf  *config.Config4
	given map[string]any // what is below "Dhcp4"
	// change is what is different from the configuration that is served.
	change server.Change
	// fault is what is wrong with a hook library, whose parameters are looked at last; nil:
	// nothing is.
	fault *config.HookFault
	// warnings are about keys without effect.
	warnings []string
}

// early is told what a configuration says before anything of that is looked at: given
// is what stands below "Dhcp4".
type early func(source *keaconf.DHCP4, given map[string]any) error

// ReadConfig4 reads a configuration of kea-dhcp4 and makes it ready.
func ReadConfig4(name string) (*config.Config4, error) {
	c, err := loadFile(name, config.Environment{}, nil)
	if err != nil {
		return nil, err
	}
	if c.fault != nil {
		return nil, c.fault
	}
	return c.conf, nil
}

// loadFile makes the configuration in a file ready. early is told what it says
// before anything of that is looked at; nil: nobody wants to know.
func loadFile(name string, where config.Environment, early early) (*candidate, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, say("Unable to open file %s", name)
	}
	return load(name, text, where, early)
}

// load makes a configuration ready. Errors of reading begin with its name.
func load(name string, text []byte, where config.Environment, early early) (*candidate, error) {
	root, faults := keaconf.Parse(name, text, os.ReadFile)
	if faults.HasErrors() {
		return nil, faults
	}
	conf, faults := keaconf.Decode(root)
	four, ok := conf.(*keaconf.DHCP4)
	if faults.HasErrors() {
		return nil, unfit(root, faults)
	}
	if !ok {
		return nil, say("the configuration is not for kea-dhcp4")
	}
	top, _ := keaconf.Plain(root.Value()).(map[string]any)
	given, _ := top["Dhcp4"].(map[string]any)
	if early != nil {
		if err := early(four, given); err != nil {
			return nil, err
		}
	}
	if err := config.Check(root.Get("Dhcp4"), where); err != nil {
		return nil, err
	}
	built, err := config.Build(four)
	fault, ok := hookFault(err)
	if err != nil && !ok {
		return nil, err
	}
	if db := four.LeaseDatabase; db != nil && db.Type != "memfile" {
		return nil, fmt.Errorf("lease-database: the type %q is not served; memfile is", db.Type)
	}
	warnings, err := config.Unserved(given)
	if err != nil {
		return nil, err
	}
	return &candidate{conf: built, given: given, warnings: warnings, fault: fault}, nil
}

// unfit says the first fault in the words in which Kea's grammar has it.
func unfit(root *keaconf.Node, faults keaconf.Faults) error {
	for _, f := range faults {
		if f.Severity != keaconf.Error {
			continue
		}
		span := f.Span
		if key, ok := strings.CutPrefix(f.Message, "unknown key "); ok && span.Src != nil {
			name, err := strconv.Unquote(key)
			if err != nil {
				return faults
			}
			object := objectAround(root, span)
			switch {
			case span.Src.Name != config.Wire:
				line, column := span.Src.Position(span.Off)
				return say("%s:%d.%d-%d: got unexpected keyword \"%s\" in %s map.", span.Src.Name, line, column, column+int(span.End-span.Off)-1, name, object)
			case object == "Dhcp4":
				return say("unsupported global configuration parameter: %s (%s)", name, span)
			}
			return say("spurious '%s' parameter", name)
		}
		if wanted, rest, ok := strings.Cut(f.Message, " is expected for "); ok && span.Src != nil && span.Src.Name == config.Wire {
			key, _, _ := strings.Cut(rest, ", not ")
			if name, err := strconv.Unquote(key); err == nil {
				return say("'%s' parameter is not %s", name, strings.Replace(wanted, "a number with a point", "a real", 1))
			}
		}
		return faults
	}
	return faults
}

// objectAround is the key of the innermost map around a place.
func objectAround(n *keaconf.Node, span keaconf.Span) string {
	name := n.Key
	for {
		inner := false
		for i := range n.Items {
			one := &n.Items[i]
			if s := one.Span(); s.Src == span.Src && s.Off <= span.Off && span.End <= s.End {
				n, inner = one, true
				if one.Key != "" {
					name = one.Key
				}
				break
			}
		}
		if !inner {
			return name
		}
	}
}

// IsSyntax reports whether a configuration cannot even be read.
func IsSyntax(err error) bool {
	if _, ok := errors.AsType[keaconf.Faults](err); ok {
		return true
	}
	return strings.Contains(err.Error(), "got unexpected keyword") || strings.HasPrefix(err.Error(), "Unable to open file")
}

// here is what of the machine configurations are held against: with Kea's strict
// rules interfaces have to be there.
func (d *DHCP4) here() config.Environment {
	if !d.Paths.Strict {
		return config.Environment{}
	}
	return config.Environment{Addresses: transport.Addresses}
}

// CheckConfig4 looks whether a configuration could be taken into use, and says what Kea
// does meanwhile; with hooks also at what Kea does with hook libraries and leases.
func (d *DHCP4) CheckConfig4(name string, hooks bool) error {
	c, err := loadFile(name, d.here(), d.received)
	if err != nil {
		d.logFault(err)
		return err
	}
	if err := d.checkChannels(c.conf.Source); err != nil {
		return err
	}
	d.announceBegin(c.conf)
	if hooks && c.fault != nil {
		return d.logFault(c.fault)
	}
	if hooks {
		d.announceLibraries(c.conf, true)
		db := keaconf.Database{}
		if given := c.conf.Source.LeaseDatabase; given != nil {
			db = *given
		}
		db.Persist = new(bool)
		d.Log.Log(logging.Info, "dhcpsrv", "DHCPSRV_MEMFILE_DB", "opening memory file lease database: %s", databaseText(&db))
		d.Log.Log(logging.Warn, "dhcpsrv", "DHCPSRV_MEMFILE_NO_STORAGE", "running in non-persistent mode, leases will be lost after restart")
	}
	d.announceBackends()
	if hooks {
		d.announceLibraries(c.conf, false)
	}
	return nil
}
