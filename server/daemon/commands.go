package daemon

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/control"
	"github.com/keamigrate/keamigrate/server/lease"
	"github.com/keamigrate/keamigrate/server/logging"
)

// version is the version of Kea whose dialect the server speaks.
const version = "3.0.4"

// commands are what the control channel takes, by name.
var commands = map[string]func(*DHCP4, context.Context, json.RawMessage) control.Reply{
	"config-get":    (*DHCP4).configGet,
	"config-reload": (*DHCP4).configReload,
	"config-test":   (*DHCP4).configTest,
	"dhcp-disable":  (*DHCP4).dhcpDisable,
	"dhcp-enable":   (*DHCP4).dhcpEnable,
	"lease4-get":    (*DHCP4).leaseGet,
	"lease4-get-all": func(d *DHCP4, _ context.Context, arguments json.RawMessage) control.Reply {
		return d.leaseGetAll(arguments)
	},
	"leases-reclaim": (*DHCP4).leasesReclaim,
	"shutdown":       (*DHCP4).shutdown,
	"status-get":     (*DHCP4).statusGet,
	"version-get":    (*DHCP4).versionGet,
}

// request is a command on its way to the goroutine that serves.
type request struct {
	command control.Command
	reply   chan control.Reply
}

// handle answers a command. It runs in the goroutine that serves, so that nothing
// changes meanwhile.
func (d *DHCP4) handle(ctx context.Context, c control.Command) control.Reply {
	d.Log.Log(logging.Info, "commands", "COMMAND_RECEIVED", "Received command '%s'", c.Name)
	if c.Name == "list-commands" {
		names := []any{}
		for _, name := range slices.Sorted(keys()) {
			names = append(names, name)
		}
		return control.Reply{Arguments: names}
	}
	run, ok := commands[c.Name]
	if !ok {
		return control.Reply{Result: control.Unsupported, Text: fmt.Sprintf("'%s' command not supported.", c.Name)}
	}
	return run(d, ctx, c.Arguments)
}

func refused(text string) control.Reply { return control.Reply{Result: control.Error, Text: text} }

func failed(err error) control.Reply { return control.Reply{Result: control.Error, Text: err.Error()} }

// keys gives the names of all commands.
func keys() func(func(string) bool) {
	return func(yield func(string) bool) {
		if !yield("list-commands") {
			return
		}
		for name := range commands {
			if !yield(name) {
				return
			}
		}
	}
}

func (d *DHCP4) versionGet(context.Context, json.RawMessage) control.Reply {
	return control.Reply{Text: version, Arguments: map[string]any{"extended": "keasrv, in the place of Kea " + version}}
}

func (d *DHCP4) statusGet(context.Context, json.RawMessage) control.Reply {
	now := d.Clock()
	return control.Reply{Arguments: map[string]any{
		"pid": os.Getpid(), "uptime": int64(now.Sub(d.started).Seconds()), "reload": int64(now.Sub(d.reloaded).Seconds()),
		"multi-threading-enabled": false,
		"sockets":                 map[string]any{"status": d.socketStatus()},
		"dhcp-state": map[string]any{"disabled-by-db-connection": []any{}, "disabled-by-local-command": []any{},
			"disabled-by-remote-command": []any{}, "disabled-by-user": d.disabled, "globally-disabled": d.disabled},
	}}
}

func (d *DHCP4) socketStatus() string {
	if d.missing {
		return "retrying"
	}
	return "ready"
}

func (d *DHCP4) configGet(context.Context, json.RawMessage) control.Reply {
	var text bytes.Buffer
	if err := keaconf.Write(&text, d.conf.Source, keaversion.V3_0); err != nil {
		return failed(err)
	}
	root, faults := keaconf.Parse("configuration", text.Bytes(), nil)
	if faults.HasErrors() {
		return failed(faults)
	}
	return control.Reply{Arguments: plain(root.Value())}
}

// plain returns a value of a configuration as maps and lists.
func plain(value any) any {
	switch v := value.(type) {
	case keaconf.Object:
		out := make(map[string]any, len(v))
		for _, m := range v {
			out[m.Key] = plain(m.Value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = plain(item)
		}
		return out
	}
	return value
}

// configTest looks whether a configuration could be taken into use.
func (d *DHCP4) configTest(_ context.Context, arguments json.RawMessage) control.Reply {
	if arguments == nil {
		return refused("Missing mandatory 'arguments' parameter.")
	}
	root, faults := keaconf.Parse("arguments", arguments, nil)
	if !faults.HasErrors() {
		var conf keaconf.Config
		if conf, faults = keaconf.Decode(root); !faults.HasErrors() {
			four, ok := conf.(*keaconf.DHCP4)
			if !ok {
				return refused("Missing mandatory 'Dhcp4' parameter.")
			}
			if _, err := config.Build(four); err != nil {
				return failed(err)
			}
			return control.Reply{Text: "Configuration seems sane. Control-socket, hook-libraries, and D2 configuration were sanity checked, but not applied."}
		}
	}
	return failed(faults)
}

func (d *DHCP4) configReload(ctx context.Context, _ json.RawMessage) control.Reply {
	if err := d.reload(ctx); err != nil {
		return refused("Config reload failed: " + err.Error())
	}
	return control.Reply{Text: "Configuration successful."}
}

func (d *DHCP4) dhcpDisable(context.Context, json.RawMessage) control.Reply {
	d.disabled = true
	return control.Reply{Text: "DHCPv4 service disabled"}
}

func (d *DHCP4) dhcpEnable(context.Context, json.RawMessage) control.Reply {
	d.disabled = false
	return control.Reply{Text: "DHCP service successfully enabled"}
}

func (d *DHCP4) shutdown(context.Context, json.RawMessage) control.Reply {
	d.stop()
	return control.Reply{Text: "Shutting down."}
}

func (d *DHCP4) leasesReclaim(_ context.Context, arguments json.RawMessage) control.Reply {
	var a struct {
		Remove *bool `json:"remove"`
	}
	if err := decode(arguments, &a); err != nil {
		return failed(err)
	}
	if a.Remove == nil {
		return refused("Missing mandatory 'remove' parameter.")
	}
	d.server.ReclaimAll(d.Clock().Unix(), *a.Remove)
	if err := d.leases.Commit(); err != nil {
		return failed(err)
	}
	return control.Reply{Text: "Reclamation of expired leases is complete."}
}

// decode reads arguments; nothing at all is an empty map.
func decode(arguments json.RawMessage, into any) error {
	if arguments == nil {
		return nil
	}
	if err := json.Unmarshal(arguments, into); err != nil {
		return fmt.Errorf("arguments: %w", err)
	}
	return nil
}

func (d *DHCP4) leaseGet(_ context.Context, arguments json.RawMessage) control.Reply {
	var a struct {
		Address  string `json:"ip-address"`
		Type     string `json:"identifier-type"`
		ID       string `json:"identifier"`
		SubnetID uint32 `json:"subnet-id"`
	}
	if err := decode(arguments, &a); err != nil {
		return failed(err)
	}
	var found *lease.Lease4
	take := func(l *lease.Lease4) bool {
		if l.SubnetID == a.SubnetID {
			found = l
		}
		return found == nil
	}
	switch {
	case a.Address != "":
		address, err := netip.ParseAddr(a.Address)
		if err != nil {
			return failed(fmt.Errorf("'%s' is not a valid IPv4 address", a.Address))
		}
		if l, ok := d.leases.Get(address); ok {
			found = &l
		}
	case a.Type == "hw-address" || a.Type == "client-id":
		id, err := hex.DecodeString(strings.ReplaceAll(a.ID, ":", ""))
		if err != nil {
			return failed(fmt.Errorf("'%s' is not a valid identifier", a.ID))
		}
		if a.Type == "hw-address" {
			d.leases.ByHWAddr(id, take)
		} else {
			d.leases.ByClientID(id, take)
		}
	default:
		return refused("Mandatory 'ip-address' or 'identifier-type' parameter is missing.")
	}
	if found == nil {
		return control.Reply{Result: control.Empty, Text: "Lease not found."}
	}
	return control.Reply{Text: "IPv4 lease found.", Arguments: shown(found)}
}

func (d *DHCP4) leaseGetAll(arguments json.RawMessage) control.Reply {
	var a struct {
		Subnets []uint32 `json:"subnets"`
	}
	if err := decode(arguments, &a); err != nil {
		return failed(err)
	}
	list := []any{}
	for l := range d.leases.All() {
		if a.Subnets == nil || slices.Contains(a.Subnets, l.SubnetID) {
			list = append(list, shown(&l))
		}
	}
	reply := control.Reply{Text: fmt.Sprintf("%d IPv4 lease(s) found.", len(list)), Arguments: map[string]any{"leases": list}}
	if len(list) == 0 {
		reply.Result = control.Empty
	}
	return reply
}

// shown is a lease as commands show it.
func shown(l *lease.Lease4) map[string]any {
	out := map[string]any{"ip-address": l.Address.String(), "hw-address": lease.Colons(l.HWAddr), "subnet-id": l.SubnetID, "pool-id": l.PoolID,
		"valid-lft": l.Valid, "cltt": l.CLTT, "state": int(l.State), "fqdn-fwd": l.FQDNFwd, "fqdn-rev": l.FQDNRev, "hostname": l.Hostname}
	if len(l.ClientID) > 0 {
		out["client-id"] = lease.Colons(l.ClientID)
	}
	if l.PoolID == 0 {
		delete(out, "pool-id")
	}
	var context any
	if l.UserContext != "" && json.Unmarshal([]byte(l.UserContext), &context) == nil {
		out["user-context"] = context
	}
	return out
}
