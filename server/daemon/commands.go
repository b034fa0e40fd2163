package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/keamigrate/keamigrate/server/control"
	"github.com/keamigrate/keamigrate/server/logging"
)

// Version is the version of Kea whose dialect the server speaks.
const Version = "3.0.4"

// VersionType is of what kind Kea says that version is.
const VersionType = "stable"

const version = Version

// command is what the control channel takes.
type command struct {
	library string // the hook that has to be loaded for it; empty: it is always there
	run     func(*DHCP4, context.Context, arguments) control.Reply
}

// commands are all of them, by name.
func commands() map[string]command {
	all := map[string]command{
		"build-report":        {run: (*DHCP4).buildReport},
		"config-backend-pull": {run: (*DHCP4).configBackendPull},
		"config-get":          {run: (*DHCP4).configGet},
		"config-hash-get":     {run: (*DHCP4).configHashGet},
		"config-reload":       {run: (*DHCP4).configReload},
		"config-set":          {run: (*DHCP4).configSet},
		"config-test":         {run: (*DHCP4).configTest},
		"config-write":        {run: (*DHCP4).configWrite},
		"dhcp-disable":        {run: (*DHCP4).dhcpDisable},
		"dhcp-enable":         {run: (*DHCP4).dhcpEnable},
		"leases-reclaim":      {run: (*DHCP4).leasesReclaim},
		"list-commands":       {run: (*DHCP4).listCommands},
		"server-tag-get":      {run: (*DHCP4).serverTagGet},
		"shutdown":            {run: (*DHCP4).shutdown},
		"status-get":          {run: (*DHCP4).statusGet},
		"subnet4-select-test": {run: (*DHCP4).subnetSelectTest},
		"subnet4o6-select-test": {run: func(*DHCP4, context.Context, arguments) control.Reply {
			return control.Reply{Result: control.Empty, Text: "no subnet selected"} // DHCPv4-over-DHCPv6 is not served
		}},
		"version-get": {run: (*DHCP4).versionGet},
	}
	for _, more := range []map[string]command{statisticCommands, leaseCommands, hostCommands, networkCommands, classCommands, changeCommands} {
		for name, c := range more {
			all[name] = c
		}
	}
	return all
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
	found, ok := d.commands[c.Name]
	if !ok || !d.loaded(found.library) {
		return control.Reply{Result: control.Unsupported, Text: fmt.Sprintf("'%s' command not supported.", c.Name)}
	}
	a, err := readArguments(c.Arguments)
	a.raw, a.before = c.Arguments, c.Before
	if err != nil {
		return refused("Error during command processing: " + err.Error())
	}
	d.logCalled(&c, found.library, a)
	reply := found.run(d, ctx, a)
	d.logDone(&c, found.library, a, reply)
	if reply.Result == control.Success && d.told.command != nil {
		d.told.command(c.Name, a.of)
	}
	return reply
}

// loaded reports whether the configuration has a hook library.
func (d *DHCP4) loaded(library string) bool {
	return library == "" || slices.Contains(d.conf.Hooks.Libraries, library)
}

// arguments are those of a command.
type arguments struct {
	given bool
	value any            // as JSON has it; numbers are json.Number
	of    map[string]any // nil: they are no map
	raw   json.RawMessage
	// before is how many bytes of the command stand before them.
	before int
}

func readArguments(text json.RawMessage) (a arguments, err error) {
	if text == nil {
		return a, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&a.value); err != nil {
		return a, err
	}
	a.given = true
	a.of, _ = a.value.(map[string]any)
	return a, nil
}

// number returns an argument that is an integer.
func (a arguments) number(key string) (n int64, ok bool) { return integerOf(a.of[key]) }

func integerOf(value any) (int64, bool) {
	v, ok := value.(json.Number)
	if !ok {
		return 0, false
	}
	n, err := v.Int64()
	return n, err == nil
}

func (a arguments) text(key string) (string, bool) {
	t, ok := a.of[key].(string)
	return t, ok
}

// saying is an error in the words that Kea has for it: clients read them.
type saying string

func (s saying) Error() string { return string(s) }

func say(format string, args ...any) error {
	if len(args) == 0 {
		return saying(format)
	}
	return saying(fmt.Sprintf(format, args...))
}

func refused(format string, args ...any) control.Reply {
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	return control.Reply{Result: control.Error, Text: format}
}

func failed(err error) control.Reply { return control.Reply{Result: control.Error, Text: err.Error()} }

func (d *DHCP4) listCommands(context.Context, arguments) control.Reply {
	var names []string
	for name, c := range d.commands {
		if d.loaded(c.library) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	out := make([]any, len(names))
	for i, name := range names {
		out[i] = name
	}
	return control.Reply{Arguments: out}
}

// ExtendedVersion says which server this is, and whose dialect it speaks.
func ExtendedVersion() string {
	return version + " (keasrv, in the place of Kea " + version + ")\npremium: no\nlinked with:\n- Go " + strings.TrimPrefix(runtime.Version(), "go") + "\nlease backends:\n- Memfile backend 3.0"
}

func (d *DHCP4) versionGet(context.Context, arguments) control.Reply {
	return control.Reply{Text: version, Arguments: map[string]any{"extended": ExtendedVersion()}}
}

// BuildReport says what the server was built of.
func BuildReport() string { return "keasrv, which speaks the dialect of Kea " + version + "\n" }

func (d *DHCP4) buildReport(context.Context, arguments) control.Reply {
	return control.Reply{Text: BuildReport()}
}

func (d *DHCP4) serverTagGet(context.Context, arguments) control.Reply {
	return control.Reply{Arguments: map[string]any{"server-tag": d.conf.Source.ServerTag}}
}

func (d *DHCP4) configBackendPull(context.Context, arguments) control.Reply {
	return control.Reply{Result: control.Empty, Text: "No config backend."}
}

func (d *DHCP4) statusGet(context.Context, arguments) control.Reply {
	now := d.Clock()
	db, local, remote := []any{}, []any{}, []any{}
	user := false
	for _, origin := range d.disabled.origins() {
		switch {
		case origin == originUser:
			user = true
		case origin >= originDatabase:
			db = append(db, origin)
		case origin >= originRemote:
			remote = append(remote, origin)
		default:
			local = append(local, origin)
		}
	}
	out := map[string]any{
		"pid": os.Getpid(), "uptime": int64(now.Sub(d.started).Seconds()), "reload": int64(now.Sub(d.reloaded).Seconds()),
		"multi-threading-enabled": false,
		"sockets":                 d.opening.status(),
		"dhcp-state": map[string]any{"disabled-by-db-connection": db, "disabled-by-local-command": local,
			"disabled-by-remote-command": remote, "disabled-by-user": user, "globally-disabled": d.disabled.any()},
	}
	if severalThreads(d.conf.Source) {
		// What is served by several threads with Kea is so by one here, unseen.
		threads, queue := threadsOf(d.conf.Source)
		out["multi-threading-enabled"], out["thread-pool-size"], out["packet-queue-size"] = true, threads, queue
		out["packet-queue-statistics"] = []any{0.0, 0.0, 0.0}
	}
	return control.Reply{Arguments: out}
}

// Who can disable the service (Kea manual, "dhcp-disable").
const (
	originUser     = int64(1)
	originLocal    = int64(1000)
	originRemote   = int64(2000)
	originDatabase = int64(3000)
)

// disabled remembers who has disabled the service, and until when.
type disabled map[int64]time.Time // zero: for ever

func (s disabled) any() bool { return len(s) > 0 }

func (s disabled) origins() []int64 {
	out := make([]int64, 0, len(s))
	for origin := range s {
		out = append(out, origin)
	}
	slices.Sort(out)
	return out
}

// expire lets those go whose time is over.
func (s disabled) expire(now time.Time) {
	for origin, until := range s {
		if !until.IsZero() && !now.Before(until) {
			delete(s, origin)
		}
	}
}

// origin reads who gives a command.
func origin(a arguments, name string) (int64, error) {
	if !a.given {
		return originUser, nil
	}
	if a.of == nil {
		return 0, say("arguments for the '%s' command must be a map", name)
	}
	if value, ok := a.of["origin-id"]; ok {
		n, ok := integerOf(value)
		if !ok {
			return 0, say("'origin-id' argument must be a number")
		}
		return n, nil
	}
	switch value := a.of["origin"].(type) {
	case nil:
		return originUser, nil
	case string:
		switch value {
		case "user":
			return originUser, nil
		case "ha-partner":
			return originRemote, nil
		}
		return 0, say("invalid value used for 'origin' parameter: %s", value)
	case json.Number:
		if n, err := value.Int64(); err == nil {
			return n, nil
		}
	}
	return 0, say("'origin' argument must be a string or a number")
}

func (d *DHCP4) dhcpDisable(_ context.Context, a arguments) control.Reply {
	who, err := origin(a, "dhcp-disable")
	if err != nil {
		return failed(err)
	}
	until, text := time.Time{}, "DHCPv4 service disabled"
	if value, ok := a.of["max-period"]; ok {
		seconds, ok := integerOf(value)
		switch {
		case !ok:
			return refused("'max-period' argument must be a number")
		case who >= originDatabase || who < 0: // Kea's numbers have no sign
			return refused("Error during command processing: DB connection does not support delayed enable")
		case seconds <= 0:
			return refused("'max-period' must be positive integer")
		}
		until = d.Clock().Add(time.Duration(seconds) * time.Second)
		text = fmt.Sprintf("%s for %d seconds", text, seconds)
	}
	d.disabled[who] = until
	return control.Reply{Text: text}
}

func (d *DHCP4) dhcpEnable(_ context.Context, a arguments) control.Reply {
	who, err := origin(a, "dhcp-enable")
	if err != nil {
		return failed(err)
	}
	delete(d.disabled, who)
	return control.Reply{Text: "DHCP service successfully enabled"}
}

func (d *DHCP4) shutdown(_ context.Context, a arguments) control.Reply {
	if a.given && a.of == nil {
		return refused("Argument must be a map")
	}
	if value, ok := a.of["exit-value"]; ok {
		code, ok := integerOf(value)
		if !ok {
			return refused("parameter 'exit-value' is not an integer")
		}
		d.exit = int(code)
	}
	d.commanded = true
	d.stop()
	return control.Reply{Text: "Shutting down."}
}

func (d *DHCP4) leasesReclaim(_ context.Context, a arguments) control.Reply {
	if !a.given {
		return refused("Missing mandatory 'remove' parameter.")
	}
	if a.of == nil {
		return refused("Error during command processing: %v", a.notAMap("get(string)"))
	}
	value, ok := a.of["remove"]
	if !ok {
		return refused("Missing mandatory 'remove' parameter.")
	}
	remove, ok := value.(bool)
	if !ok {
		return refused("'remove' parameter expected to be a boolean.")
	}
	begin := d.Clock()
	d.Log.DebugLog(traceBasic, "alloc-engine", "ALLOC_ENGINE_V4_LEASES_RECLAMATION_START", "starting reclamation of expired leases (limit = 0 leases or 0 milliseconds)")
	d.Log.DebugLog(traceDetail, "dhcpsrv", "DHCPSRV_MEMFILE_GET_EXPIRED4", "obtaining maximum 0 of expired IPv4 leases")
	n := d.server.ReclaimAll(begin.Unix(), remove)
	d.Log.DebugLog(traceBasic, "alloc-engine", "ALLOC_ENGINE_V4_LEASES_RECLAMATION_COMPLETE", "reclaimed %d leases in %.3f ms", n, float64(d.Clock().Sub(begin).Microseconds())/1000)
	d.Log.DebugLog(traceBasic, "alloc-engine", "ALLOC_ENGINE_V4_NO_MORE_EXPIRED_LEASES", "all expired leases have been reclaimed")
	if err := d.leases.Commit(); err != nil {
		return failed(err)
	}
	return control.Reply{Text: "Reclamation of expired leases is complete."}
}
