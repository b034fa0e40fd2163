package daemon

import (
	"fmt"
	"strings"

	"github.com/keamigrate/keamigrate/server/control"
	"github.com/keamigrate/keamigrate/server/logging"
)

// Levels of messages for debugging about commands, as Kea has them.
const debugCommand = 50

// hookLog tells what Kea's libraries tell about their commands. Each has its own way.
type hookLog struct {
	*DHCP4
	name  string
	args  arguments
	reply control.Reply
}

// parameters are the arguments as Kea writes them.
func (h *hookLog) parameters() string {
	if !h.args.given {
		return "(missing parameters)"
	}
	return string(control.AppendJSON(nil, h.args.value))
}

// logCalled tells that a command of host_cmds begins.
func (d *DHCP4) logCalled(c *control.Command, library string, a arguments) {
	if library == hostLibrary {
		h := hookLog{DHCP4: d, name: c.Name, args: a}
		d.Log.Log(logging.Info, "host-cmds-hooks", h.hostID(""), "%s command called (parameters: %s)", c.Name, h.parameters())
	}
}

// logDone tells what has come of a command of a library.
func (d *DHCP4) logDone(c *control.Command, library string, a arguments, reply control.Reply) {
	h := hookLog{d, c.Name, a, reply}
	switch library {
	case hostLibrary:
		if reply.Result == control.Error {
			d.Log.Log(logging.Error, "host-cmds-hooks", h.hostID("_FAILED"), "%s command failed (parameters: %s, reason: %s)", c.Name, h.parameters(), reply.Text)
		} else {
			d.Log.Log(logging.Info, "host-cmds-hooks", h.hostID("_SUCCESS"), "%s command success (parameters: %s)", c.Name, h.parameters())
		}
	case leaseLibrary:
		h.lease()
	case statLibrary:
		h.stat()
	case classLibrary:
		h.class()
	case subnetLibrary:
		h.subnet()
	}
}

func (h *hookLog) hostID(end string) string {
	what := strings.ReplaceAll(strings.TrimPrefix(h.name, "reservation-"), "-", "_")
	return "HOST_CMDS_RESERV_" + strings.ToUpper(what) + end
}

// leaseIDs are the identifiers of those commands of lease_cmds that tell something.
var leaseIDs = map[string]string{"lease4-add": "ADD4", "lease4-update": "UPDATE4", "lease4-del": "DEL4", "lease4-get": "GET4", "lease4-wipe": "WIPE4", "lease4-resend-ddns": "RESEND_DDNS4"}

func (h *hookLog) lease() {
	const part = "lease-cmds-hooks"
	id, ok := leaseIDs[h.name]
	if !ok {
		return
	}
	id = "LEASE_CMDS_" + id
	tell := func(s logging.Severity, end, format string, args ...any) {
		h.Log.Log(s, part, id+end, "%s command %s", h.name, fmt.Sprintf(format, args...))
	}
	switch {
	case h.name == "lease4-resend-ddns" && h.reply.Result == control.Success:
		tell(logging.Info, "", "successful: %s", h.reply.Text)
	case h.name == "lease4-resend-ddns":
		tell(logging.Error, "_FAILED", "failed: %s", h.reply.Text)
	case h.reply.Result == control.Error:
		tell(logging.Error, "_FAILED", "failed (parameters: %s, reason: %s)", h.parameters(), h.reply.Text)
	case h.reply.Result == control.Conflict:
		tell(logging.Warn, "_CONFLICT", "failed due to conflict (parameters: %s, reason: %s)", h.parameters(), h.reply.Text)
	case h.name == "lease4-wipe":
		parameters := "<no args>"
		if h.args.given {
			parameters = h.parameters()
		}
		tell(logging.Info, "", "successful (parameters: %s)", parameters)
	case h.name != "lease4-get" && h.reply.Result == control.Success:
		address, _ := h.args.text("ip-address")
		if h.name == "lease4-del" {
			address = h.deleted.String()
		}
		h.Log.DebugLog(debugCommand, part, id, "%s command successful (address: %s)", h.name, address)
	}
}

func (h *hookLog) stat() {
	const part = "stat-cmds-hooks"
	selected, rest, _ := strings.Cut(strings.TrimPrefix(h.reply.Text, "stat-lease4-get["), "]: ")
	switch h.reply.Result {
	case control.Success:
		h.Log.Log(logging.Info, part, "STAT_CMDS_LEASE4_GET", "stat-lease4-get command successful, parameters: [%s] rows found: %s", selected, strings.TrimSuffix(rest, " rows found"))
	case control.Empty:
		h.Log.Log(logging.Info, part, "STAT_CMDS_LEASE4_GET_NO_SUBNETS", "stat-lease4-get, parameters: [%s], %s\"", selected, strings.TrimPrefix(rest, "no matching data, "))
	default:
		h.Log.Log(logging.Error, part, "STAT_CMDS_LEASE4_GET_INVALID", "stat-lease4-get command is malformed or invalid, reason: %s", h.reply.Text)
	}
}

// classTexts are what is told of the commands of class_cmds: when they succeed, find no
// class, and fail.
var classTexts = map[string][3]string{
	"class-list":   {"successfully retrieved classes names", "", "failed to retrieve the list of classes"},
	"class-add":    {"class added: %s", "", "failed to add a new class: %s"},
	"class-update": {"class updated: %s", "class not updated (not found): %s", "failed to update a class: %s"},
	"class-get":    {"successfully retrieved a class: %s", "specified class was not found: %s", "failed to retrieve a class: %s"},
	"class-del":    {"class deleted: %s", "class not deleted (not found): %s", "failed to delete a class: %s"},
}

func (h *hookLog) class() {
	texts := classTexts[h.name]
	id := "CLASS_CMDS_" + strings.ToUpper(strings.ReplaceAll(h.name, "-", "_"))
	name, _ := h.args.text("name")
	shown := name
	if l, ok := h.args.of["client-classes"].([]any); ok && len(l) == 1 {
		m, _ := l[0].(map[string]any)
		name, _ = m["name"].(string)
		shown = string(control.AppendJSON(nil, m))
	}
	format, arg, end := texts[0], shown, ""
	switch {
	case h.name == "class-list":
	case h.reply.Result == control.Empty:
		format, arg, end = texts[1], name, "_EMPTY"
	case h.reply.Result != control.Success:
		format, arg, end = texts[2], h.reply.Text, "_FAILED"
	}
	if strings.Contains(format, "%s") {
		format = fmt.Sprintf(format, arg)
	}
	h.Log.Log(logging.Info, "class-cmds-hooks", id+end, "%s", format)
}

// subnetFailures are what is told of the commands of subnet_cmds that fail.
var subnetFailures = map[string]string{
	"subnet4-get": "failed to return an IPv4 subnet", "subnet4-add": "failed to add new IPv4 subnet", "subnet4-update": "failed to update IPv4 subnet",
	"subnet4-del": "failed to delete IPv4 subnet", "network4-get": "failed to return an IPv4 network", "network4-add": "failed to add new IPv4 network",
	"network4-del": "failed to delete IPv4 network", "network4-subnet-add": "failed to add existing IPv4 subnet to a shared network",
	"network4-subnet-del": "failed to remove a IPv4 subnet from a shared network",
	"subnet4-delta-add":   "failed to update IPv4 subnet", "subnet4-delta-del": "failed to update IPv4 subnet",
}

func (h *hookLog) subnet() {
	const part = "subnet-cmds-hooks"
	id := "SUBNET_CMDS_" + strings.ToUpper(strings.ReplaceAll(strings.Replace(h.name, "4", "", 1), "-", "_"))
	said, _ := h.reply.Arguments.(map[string]any)
	switch h.reply.Result {
	case control.Error:
		if text, ok := subnetFailures[h.name]; ok {
			id = "SUBNET_CMDS_" + strings.ToUpper(strings.ReplaceAll(h.name, "-", "_"))
			h.Log.Log(logging.Error, part, id+"_FAILED", "%s: %s", text, h.reply.Text)
		}
		return
	case control.Empty:
		switch h.name {
		case "subnet4-get":
			h.Log.Log(logging.Info, part, id+"_EMPTY", "specified subnet is not found: %s", h.reply.Text)
		case "network4-get":
			h.Log.Log(logging.Info, part, id+"_EMPTY", "specified shared network is not found: %s", h.reply.Text)
		}
		return
	}
	// The subnet or network that the answer is about.
	var one map[string]any
	for _, key := range []string{"subnets", "subnet4", "shared-networks"} {
		if l := list(said, key); len(l) > 0 {
			one, _ = l[0].(map[string]any)
		}
	}
	name, _ := h.args.text("name")
	tell := func(format string, args ...any) { h.Log.Log(logging.Info, part, id, format, args...) }
	switch h.name {
	case "subnet4-list":
		tell("successfully retrieved list of %d IPv4 subnets", len(list(said, "subnets")))
	case "network4-list":
		tell("successfully retrieved list of %d IPv4 shared networks", len(list(said, "shared-networks")))
	case "subnet4-get", "subnet4-add", "subnet4-update", "subnet4-del":
		verb := map[string]string{"subnet4-get": "retrieved", "subnet4-add": "added", "subnet4-update": "updated", "subnet4-del": "deleted"}[h.name]
		tell("successfully %s subnet %v having id %v", verb, one["subnet"], one["id"])
	case "subnet4-delta-add", "subnet4-delta-del":
		h.Log.Log(logging.Info, part, "SUBNET_CMDS_SUBNET_UPDATE", "successfully updated subnet %v having id %v", one["subnet"], one["id"])
	case "network4-get", "network4-add", "network4-del":
		verb := map[string]string{"network4-get": "retrieved", "network4-add": "added", "network4-del": "deleted"}[h.name]
		tell("successfully %s shared network %v", verb, one["name"])
	case "network4-subnet-add", "network4-subnet-del":
		id, _ := h.args.number("id")
		n, ok := h.conf.BySubnetID(uint32(id))
		if !ok {
			return
		}
		verb := "added to"
		if h.name == "network4-subnet-del" {
			verb = "removed from"
		}
		tell("IPv4 subnet %s (id %d) %s shared network %s", n.Prefix, id, verb, name)
	}
}
