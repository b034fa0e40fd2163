package daemon

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/control"
)

// shown is the configuration as config-get shows it, secrets included.
func (d *DHCP4) shown() map[string]any {
	shown := config.Show(d.given)
	for _, l := range objects(shown, "loggers") {
		for _, o := range objects(l, "output-options") {
			if to, ok := o["output"].(string); ok && config.IsLogFile(to) {
				if full, _, err := d.paths().place(d.paths().Logs, to); err == nil {
					o["output"] = full
				}
			}
		}
	}
	return shown
}

// hash is what config-hash-get answers: whoever changes nothing has the same.
func (d *DHCP4) hash() string {
	sum := sha256.Sum256(control.AppendJSON(nil, map[string]any{"Dhcp4": d.shown()}))
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

func (d *DHCP4) configGet(context.Context, arguments) control.Reply {
	return control.Reply{Arguments: map[string]any{"Dhcp4": config.Hide(d.shown()), "hash": d.hash()}}
}

func (d *DHCP4) configHashGet(context.Context, arguments) control.Reply {
	return control.Reply{Arguments: map[string]any{"hash": d.hash()}}
}

// readConfig reads the configuration that is the argument of a command.
func (d *DHCP4) readConfig(a arguments, early early) (*candidate, error) {
	if !a.given {
		return nil, say("Missing mandatory 'arguments' parameter.")
	}
	if a.of == nil {
		return nil, say("Error during command processing: %v", a.notAMap("get(string)"))
	}
	dhcp4, ok := a.of["Dhcp4"]
	if !ok {
		return nil, say("Missing mandatory 'Dhcp4' parameter.")
	}
	for _, key := range slices.Sorted(maps.Keys(a.of)) {
		if key != "Dhcp4" && key != "hash" {
			return nil, say("Unsupported '%s' parameter.", key)
		}
	}
	if _, ok := dhcp4.(map[string]any); !ok {
		return nil, say("'Dhcp4' parameter expected to be a map.")
	}
	here := d.here()
	if len(a.of) == 1 && !bytes.Contains(a.raw, []byte(config.Hidden)) {
		// Faults are told by their place in the command.
		here.Base = a.before
		return load(config.Wire, a.raw, here, early)
	}
	text, err := json.Marshal(map[string]any{"Dhcp4": config.Reveal(dhcp4, any(d.shown()))})
	if err != nil {
		return nil, err
	}
	return load(config.Wire, text, here, early)
}

// configTest looks whether a configuration could be taken into use.
func (d *DHCP4) configTest(_ context.Context, a arguments) control.Reply {
	if _, err := d.readConfig(a, d.received); err != nil {
		d.logFault(err)
		return failed(err)
	}
	return control.Reply{Text: "Configuration seems sane. Control-socket, hook-libraries, and D2 configuration were sanity checked, but not applied."}
}

func (d *DHCP4) configSet(ctx context.Context, a arguments) control.Reply {
	if err := d.replace(ctx, func() (*candidate, error) { return d.readConfig(a, d.receiveCommand) }); err != nil {
		return configFailed(err)
	}
	return control.Reply{Text: "Configuration successful.", Arguments: map[string]any{"hash": d.hash()}}
}

func (d *DHCP4) configReload(ctx context.Context, _ arguments) control.Reply {
	if err := d.reload(ctx); err != nil {
		return refused("Config reload failed: " + err.Error())
	}
	return control.Reply{Text: "Configuration successful.", Arguments: map[string]any{"hash": d.hash()}}
}

// configWrite writes the configuration beside the file that the server was
// started with.
func (d *DHCP4) configWrite(_ context.Context, a arguments) control.Reply {
	name := d.Config
	if a.given && a.of == nil {
		return refused("Argument must be a map")
	}
	if value, ok := a.of["filename"]; ok && value != "" {
		given, ok := value.(string)
		if !ok {
			return refused("passed parameter 'filename' is not a string")
		}
		folder := filepath.Dir(d.Config)
		name = given
		if filepath.Base(given) == given {
			name = filepath.Join(folder, given)
		}
		if filepath.Dir(filepath.Clean(name)) != filepath.Clean(folder) {
			return refused("not allowed to write config into %s: file %s must be in the same directory as the config file (%s)", given, given, d.Config)
		}
	}
	text := control.AppendPretty(nil, map[string]any{"Dhcp4": d.shown()}, 0)
	if err := replaceFile(name, text); err != nil {
		return refused("Error during write-config: %v", err)
	}
	return control.Reply{Text: fmt.Sprintf("Configuration written to %s successful", name), Arguments: map[string]any{"filename": name, "size": len(text)}}
}

// replaceFile puts a file into its place whole. One that is there keeps its mode.
func replaceFile(name string, content []byte) error {
	mode := os.FileMode(0o640)
	if info, err := os.Stat(name); err == nil {
		mode = info.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone by then, unless something failed
	if _, err := f.Write(content); err != nil {
		f.Close()
		return err
	}
	if err := f.Chmod(mode); err != nil {
		f.Close()
		return err
	}
	if err := f.Sync(); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// firstAddress4 is the first IPv4 address of an interface; invalid: it has none.
func firstAddress4(ifc *net.Interface) netip.Addr {
	addresses, err := ifc.Addrs()
	if err != nil {
		return netip.Addr{}
	}
	for _, a := range addresses {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is4() {
			return p.Addr()
		}
	}
	return netip.Addr{}
}

// subnetSelectTest tells which subnet a client would be on.
func (d *DHCP4) subnetSelectTest(_ context.Context, a arguments) control.Reply {
	if !a.given {
		return refused("empty arguments")
	}
	if a.of == nil {
		return refused("arguments must be a map")
	}
	var link serverLink
	var local netip.Addr // which decides nothing
	for _, key := range slices.Sorted(maps.Keys(a.of)) {
		value := a.of[key]
		if key == "classes" {
			list, ok := value.([]any)
			if !ok {
				return refused("'classes' entry must be a list")
			}
			for _, item := range list {
				name, ok := item.(string)
				if !ok {
					return refused("'classes' entry must be a list of strings")
				}
				link.Classes = append(link.Classes, name)
			}
			continue
		}
		if _, has := a.of["link"]; key == "subnet" && has {
			continue // Kea does not look at it then
		}
		text, ok := value.(string)
		target, known := map[string]*netip.Addr{"address": &link.Client, "relay": &link.Relay, "local": &local,
			"remote": &link.Remote, "link": &link.Link, "subnet": &link.Subnet}[key]
		switch {
		case key == "interface" && ok:
			link.Interface = text
		case !known && key != "interface":
			return refused("unknown entry '%s'", key)
		case !ok:
			return refused("'%s' entry must be a string", key)
		default:
			address, err := parseAddress(text)
			switch {
			case err != nil:
				return refused("bad '%s' entry: %v", key, err)
			case !address.Is4():
				return refused("bad '%s' entry: not IPv4", key)
			}
			*target = address
		}
	}
	if link.Interface != "" {
		ifc, err := net.InterfaceByName(link.Interface)
		named := link.Link.IsValid() || link.Subnet.IsValid() || link.Relay.IsValid() || link.Client.IsValid() || link.Remote.IsValid()
		switch {
		case err != nil && !named:
			return refused("Error during command processing: interface %s doesn't exist and therefore it is impossible to find a suitable subnet for its IPv4 address", link.Interface)
		case err == nil:
			link.Local = firstAddress4(ifc)
		}
	}
	n := d.server.SelectSubnet(link)
	switch {
	case n == nil:
		return control.Reply{Result: control.Empty, Text: "no subnet selected"}
	case n.Network != nil:
		return control.Reply{Text: fmt.Sprintf("selected shared network '%s' starting with subnet '%s' id %d", n.Network.Name, n.Prefix, n.ID)}
	}
	return control.Reply{Text: fmt.Sprintf("selected subnet '%s' id %d", n.Prefix, n.ID)}
}
