package daemon

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"

	"github.com/keamigrate/keamigrate/server/control"
	"github.com/keamigrate/keamigrate/server/lease"
)

const (
	leaseLibrary = "libdhcp_lease_cmds.so"
	statLibrary  = "libdhcp_stat_cmds.so"
)

// leaseCommands are those of lease_cmds and stat_cmds.
var leaseCommands = func() map[string]command {
	all := map[string]command{
		"lease4-add":               {leaseLibrary, (*DHCP4).leaseAdd},
		"lease4-del":               {leaseLibrary, (*DHCP4).leaseDel},
		"lease4-get":               {leaseLibrary, (*DHCP4).leaseGet},
		"lease4-get-all":           {leaseLibrary, (*DHCP4).leaseGetAll},
		"lease4-get-by-client-id":  {leaseLibrary, (*DHCP4).leaseByClientID},
		"lease4-get-by-hostname":   {leaseLibrary, (*DHCP4).leaseByHostname},
		"lease4-get-by-hw-address": {leaseLibrary, (*DHCP4).leaseByHWAddress},
		"lease4-get-page":          {leaseLibrary, (*DHCP4).leasePage},
		"lease4-resend-ddns":       {leaseLibrary, (*DHCP4).leaseResend},
		"lease4-update":            {leaseLibrary, (*DHCP4).leaseUpdate},
		"lease4-wipe":              {leaseLibrary, (*DHCP4).leaseWipe},
		"lease4-write":             {leaseLibrary, (*DHCP4).leaseWrite},
		"stat-lease4-get":          {statLibrary, (*DHCP4).statLease},
		"stat-lease6-get":          {statLibrary, sixOnly},
	}
	for _, name := range []string{"add", "bulk-apply", "del", "get", "get-all", "get-by-duid", "get-by-hostname", "get-page", "resend-ddns", "update", "wipe", "write"} {
		all["lease6-"+name] = command{leaseLibrary, sixOnly}
	}
	return all
}()

// sixOnly answers commands for DHCPv6, which Kea's library has in both servers.
func sixOnly(*DHCP4, context.Context, arguments) control.Reply {
	return refused("this is a server of DHCPv4")
}

// shownLease is a lease as commands show it.
func shownLease(l *lease.Lease4) map[string]any {
	out := map[string]any{"ip-address": l.Address.String(), "hw-address": lease.Colons(l.HWAddr), "subnet-id": l.SubnetID, "pool-id": l.PoolID,
		"valid-lft": l.Valid, "cltt": l.CLTT, "state": int(l.State), "fqdn-fwd": l.FQDNFwd, "fqdn-rev": l.FQDNRev, "hostname": l.Hostname}
	if len(l.ClientID) > 0 {
		out["client-id"] = lease.Colons(l.ClientID)
	}
	if l.PoolID == 0 {
		delete(out, "pool-id")
	}
	if l.UserContext != "" {
		d := json.NewDecoder(strings.NewReader(l.UserContext))
		d.UseNumber()
		var context any
		if d.Decode(&context) == nil {
			out["user-context"] = context
		}
	}
	return out
}

func leaseList(list []any) control.Reply {
	if list == nil {
		list = []any{}
	}
	reply := control.Reply{Text: fmt.Sprintf("%d IPv4 lease(s) found.", len(list)), Arguments: map[string]any{"leases": list}}
	if len(list) == 0 {
		reply.Result = control.Empty
	}
	return reply
}

const hexDigits = "0123456789abcdefABCDEF"

// parseColons reads bytes in hexadecimal digits with colons between them.
func parseColons(text string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	var digits strings.Builder
	for i, part := range strings.Split(text, ":") {
		switch {
		case len(part) > 2:
			return nil, say("invalid format of the decoded string '%s'", text)
		case part == "" && i > 0:
			return nil, say("two consecutive separators (':') specified in a decoded string '%s'", text)
		}
		for _, c := range part {
			if !strings.ContainsRune(hexDigits, c) {
				return nil, say("'%c' is not a valid hexadecimal digit in decoded string '%s'", c, text)
			}
		}
		digits.WriteString(strings.Repeat("0", 2-len(part)) + part)
	}
	return hex.DecodeString(digits.String())
}

// parseHex reads an identifier of at least so many bytes: hexadecimal digits with
// colons or without.
func parseHex(text string, least int) (id []byte, err error) {
	if strings.Contains(text, ":") {
		id, err = parseColons(text)
	} else {
		digits := strings.TrimPrefix(strings.TrimPrefix(text, "0x"), "0X")
		if strings.Trim(digits, hexDigits) != "" {
			return nil, say("'%s' is not a valid string of hexadecimal digits", text)
		}
		id, err = hex.DecodeString(strings.Repeat("0", len(digits)%2) + digits)
	}
	if err == nil && len(id) < least {
		err = say("identifier is too short (%d), at least %d is required", len(id), least)
	}
	return id, err
}

// query says which lease is meant: by its address, or by an identifier in a
// subnet.
type query struct {
	address netip.Addr
	kind    string
	id      []byte
	subnet  uint32
}

func readQuery(a arguments) (q query, err error) {
	if a.of == nil {
		return q, say("Parameters missing or are not a map.")
	}
	if value, ok := a.of["update-ddns"]; ok {
		if _, ok := value.(bool); !ok {
			return q, say("'update-ddns' is not a boolean")
		}
	}
	if value, ok := a.of["ip-address"]; ok {
		text, ok := value.(string)
		if !ok {
			return q, say("'ip-address' is not a string.")
		}
		q.address, err = netip.ParseAddr(text)
		if err != nil {
			return q, say("Failed to convert string to address '%s': Invalid argument", text)
		}
		if !q.address.Is4() {
			return q, say("Invalid IPv4 address specified: %s", text)
		}
		return q, nil
	}
	subnet, ok := a.of["subnet-id"]
	if !ok {
		return q, say("Mandatory 'subnet-id' parameter missing.")
	}
	n, ok := integerOf(subnet)
	if !ok {
		return q, say("'subnet-id' parameter is not integer.")
	}
	q.subnet = uint32(n)
	if q.kind, ok = a.text("identifier-type"); !ok {
		return q, say("No 'ip-address' provided and 'identifier-type' is either missing or not a string.")
	}
	text, ok := a.text("identifier")
	if !ok {
		return q, say("No 'ip-address' provided and 'identifier' is either missing or not a string.")
	}
	const leastClientID, leastDUID = 2, 3
	switch q.kind {
	case "hw-address":
		q.id, err = parseColons(text)
	case "client-id":
		q.id, err = parseHex(text, leastClientID)
	case "duid":
		if q.id, err = parseHex(text, leastDUID); err == nil {
			err = say("Query by duid is not allowed in v4.")
		}
	default:
		err = say("Incorrect identifier type: %s, the only supported values are: address, hw-address, duid", q.kind)
	}
	return q, err
}

func (d *DHCP4) find(q query) (found lease.Lease4, ok bool) {
	if q.address.IsValid() {
		return d.leases.Get(q.address)
	}
	take := func(l *lease.Lease4) bool {
		if l.SubnetID == q.subnet {
			found, ok = l.Clone(), true
		}
		return !ok
	}
	if q.kind == "hw-address" {
		d.leases.ByHWAddr(q.id, take)
	} else {
		d.leases.ByClientID(q.id, take)
	}
	return found, ok
}

func (d *DHCP4) leaseGet(_ context.Context, a arguments) control.Reply {
	q, err := readQuery(a)
	if err != nil {
		return failed(err)
	}
	l, ok := d.find(q)
	if !ok {
		return control.Reply{Result: control.Empty, Text: "Lease not found."}
	}
	return control.Reply{Text: "IPv4 lease found.", Arguments: shownLease(&l)}
}

func (d *DHCP4) leaseDel(_ context.Context, a arguments) control.Reply {
	q, err := readQuery(a)
	if err != nil {
		return failed(err)
	}
	l, ok := d.find(q)
	if !ok {
		return control.Reply{Result: control.Empty, Text: "IPv4 lease not found."}
	}
	if remove, _ := a.of["update-ddns"].(bool); remove {
		d.server.RemoveName(&l)
	}
	d.server.ForgetLease(&l)
	d.deleted = l.Address
	if err := d.leases.Commit(); err != nil {
		return failed(err)
	}
	return control.Reply{Text: "IPv4 lease deleted."}
}

func (d *DHCP4) leaseGetAll(_ context.Context, a arguments) control.Reply {
	var list []any
	if !a.given {
		for l := range d.leases.All() {
			list = append(list, shownLease(&l))
		}
		return leaseList(list)
	}
	value, ok, err := a.get("subnets")
	switch {
	case err != nil:
		return failed(err)
	case !ok:
		return refused("'subnets' parameter not specified")
	}
	subnets, ok := value.([]any)
	if !ok {
		return refused("'subnets' parameter must be a list")
	}
	for _, item := range subnets {
		id, ok := integerOf(item)
		if !ok {
			return refused("listed subnet identifiers must be numbers")
		}
		for l := range d.leases.All() {
			if int64(l.SubnetID) == id {
				list = append(list, shownLease(&l))
			}
		}
	}
	return leaseList(list)
}

func (d *DHCP4) leasePage(_ context.Context, a arguments) control.Reply {
	if !a.given {
		return refused("no parameters specified for the lease4-get-page command")
	}
	value, ok, err := a.get("from")
	switch {
	case err != nil:
		return failed(err)
	case !ok:
		return refused("'from' parameter not specified")
	}
	text, ok := value.(string)
	if !ok {
		return refused("'from' parameter must be a string")
	}
	from := netip.IPv4Unspecified()
	if text != "start" {
		if from, err = netip.ParseAddr(text); err != nil {
			return refused("'from' parameter value is neither 'start' keyword nor a valid IPv4 address")
		}
		if !from.Is4() {
			return refused("'from' parameter value %s is not an IPv4 address", text)
		}
	}
	if value, ok = a.of["limit"]; !ok {
		return refused("'limit' parameter not specified")
	}
	limit, ok := integerOf(value)
	switch {
	case !ok:
		return refused("'limit' parameter must be a number")
	case limit < 0 || limit > lease.Infinite:
		return refused("page size of retrieved leases must not be greater than %d", lease.Infinite)
	case limit == 0:
		return refused("page size of retrieved leases must not be 0")
	}
	list := []any{}
	for l := range d.leases.After(from) {
		if int64(len(list)) == limit {
			break
		}
		list = append(list, shownLease(&l))
	}
	reply := leaseList(list)
	reply.Arguments.(map[string]any)["count"] = len(list)
	return reply
}

// named reads the one argument of a command that looks for leases.
func named(a arguments, key string) (string, error) {
	if a.of == nil {
		return "", say("Command arguments missing or a not a map.")
	}
	value, ok := a.of[key]
	if !ok {
		return "", say("'%s' parameter not specified", key)
	}
	text, ok := value.(string)
	if !ok {
		return "", say("'%s' parameter must be a string", key)
	}
	return text, nil
}

func (d *DHCP4) leaseByHWAddress(_ context.Context, a arguments) control.Reply {
	text, err := named(a, "hw-address")
	if err != nil {
		return failed(err)
	}
	id, err := parseColons(text)
	if err != nil {
		return failed(err)
	}
	var list []any
	d.leases.ByHWAddr(id, func(l *lease.Lease4) bool {
		list = append(list, shownLease(l))
		return true
	})
	return leaseList(list)
}

func (d *DHCP4) leaseByClientID(_ context.Context, a arguments) control.Reply {
	text, err := named(a, "client-id")
	if err != nil {
		return failed(err)
	}
	id, err := parseHex(text, 2)
	if err != nil {
		return failed(err)
	}
	var list []any
	d.leases.ByClientID(id, func(l *lease.Lease4) bool {
		list = append(list, shownLease(l))
		return true
	})
	return leaseList(list)
}

func (d *DHCP4) leaseByHostname(_ context.Context, a arguments) control.Reply {
	name, err := named(a, "hostname")
	if err != nil {
		return failed(err)
	}
	if name == "" {
		return refused("'hostname' parameter is empty")
	}
	name = strings.ToLower(name)
	var list []any
	for l := range d.leases.All() {
		if strings.ToLower(l.Hostname) == name {
			list = append(list, shownLease(&l))
		}
	}
	return leaseList(list)
}

func (d *DHCP4) leaseResend(_ context.Context, a arguments) control.Reply {
	q, err := readResend(a)
	if err != nil {
		return failed(err)
	}
	if !d.conf.UpdatesEnabled {
		return control.Reply{Result: control.Conflict, Text: "DDNS updating is not enabled"}
	}
	l, ok := d.find(q)
	switch {
	case !ok:
		return control.Reply{Result: control.Empty, Text: fmt.Sprintf("No lease found for: %s", q.address)}
	case l.Hostname == "":
		return refused("Lease for: %s, has no hostname, nothing to update", q.address)
	case !l.FQDNFwd && !l.FQDNRev:
		return control.Reply{Result: control.Conflict, Text: fmt.Sprintf("Neither forward nor reverse updates enabled for lease for: %s", q.address)}
	}
	d.server.AddName(&l)
	return control.Reply{Text: fmt.Sprintf("NCR generated for: %s, hostname: %s", q.address, l.Hostname)}
}

// readResend reads the address whose names are to be told to the DNS again.
func readResend(a arguments) (q query, err error) {
	value, ok, err := a.get("ip-address")
	switch text, isText := value.(string); {
	case err != nil:
		return q, err
	case !ok:
		return q, say("'ip-address' parameter is missing.")
	case !isText:
		return q, say("'ip-address' is not a string.")
	default:
		if q.address, err = netip.ParseAddr(text); err != nil {
			return q, say("'%s' is not a valid IP address.", text)
		}
		if !q.address.Is4() {
			return q, say("Invalid IPv4 address specified: %s", text)
		}
	}
	return q, nil
}

func (d *DHCP4) leaseWipe(_ context.Context, a arguments) control.Reply {
	var subnets []uint32
	if a.given && a.of == nil {
		return failed(a.notAMap("contains(string)"))
	}
	switch id, _, err := a.uint32Of("subnet-id"); {
	case err != nil:
		return failed(err)
	case id != 0:
		subnets = []uint32{id}
	}
	if subnets == nil {
		for _, n := range d.conf.Subnets {
			subnets = append(subnets, n.ID)
		}
	}
	gone := d.server.WipeLeases(subnets)
	if err := d.leases.Commit(); err != nil {
		return failed(err)
	}
	var ids strings.Builder
	for _, id := range subnets {
		fmt.Fprintf(&ids, " %d", id)
	}
	reply := control.Reply{Text: fmt.Sprintf("Deleted %d IPv4 lease(s) from subnet(s)%s", gone, ids.String())}
	if gone == 0 {
		reply.Result = control.Empty
	}
	return reply
}

func (d *DHCP4) leaseWrite(_ context.Context, a arguments) control.Reply {
	if !a.given {
		return refused("no parameters specified for the command")
	}
	value, ok, err := a.get("filename")
	if err != nil {
		return failed(err)
	}
	name, isText := value.(string)
	switch {
	case !ok:
		return refused("'filename' parameter not specified")
	case !isText:
		return refused("'filename' parameter must be a string")
	case name == "":
		return refused("'filename' parameter is invalid: path: '' has no filename")
	}
	name, err = d.paths().data(name)
	if err != nil {
		return refused("'filename' parameter is invalid: %v", err)
	}
	if err := d.leases.Write(name); err != nil {
		return failed(err)
	}
	return control.Reply{Text: fmt.Sprintf("IPv4 lease database into '%s'.", name)}
}
