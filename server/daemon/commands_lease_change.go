package daemon

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/keamigrate/keamigrate/server/control"
	"github.com/keamigrate/keamigrate/server/lease"
)

// conflict is an error that means that a lease does not fit what is there.
type conflict struct{ error }

// readLease reads a lease from the arguments of lease4-add and lease4-update.
func (d *DHCP4) readLease(a arguments) (l lease.Lease4, err error) {
	if a.of == nil {
		return l, a.notAMap("get(string)")
	}
	if l.Address, err = a.addressOf("ip-address"); err != nil {
		return l, err
	}
	if !l.Address.Is4() {
		return l, say("Non-IPv4 address specified: %s", l.Address)
	}
	if l.SubnetID, _, err = a.uint32Of("subnet-id"); err != nil {
		return l, err
	}
	if l.PoolID, _, err = a.uint32Of("pool-id"); err != nil {
		return l, err
	}
	hw, ok, err := a.textOf("hw-address")
	switch {
	case err != nil:
		return l, err
	case !ok:
		return l, a.missing("hw-address")
	}
	if err := d.placeLease(&l); err != nil {
		return l, err
	}
	if l.HWAddr, err = parseColons(hw); err != nil {
		return l, err
	}
	if len(l.HWAddr) > mostHWAddr {
		return l, say("address vector size exceeds MAX_HWADDR_LEN")
	}
	id, ok, err := a.textOf("client-id")
	if err != nil {
		return l, err
	}
	const leastID = 2
	if ok {
		if l.ClientID, err = parseHex(id, leastID); err != nil {
			return l, err
		}
	}
	n, _ := d.conf.BySubnetID(l.SubnetID)
	l.Valid = n.Valid.Default
	switch valid, ok, err := a.uint32Of("valid-lft"); {
	case err != nil:
		return l, err
	case ok:
		l.Valid = valid
	}
	l.CLTT = d.Clock().Unix()
	switch ends, ok, err := a.int64Of("expire"); {
	case err != nil:
		return l, err
	case !ok:
	case ends <= 0:
		return l, say("expiration time must be positive for address %s", l.Address)
	case ends < int64(l.Valid):
		return l, say("expiration time must be greater than valid lifetime for address %s", l.Address)
	default:
		l.CLTT = ends - int64(l.Valid)
	}
	return l, leaseDetails(a, &l)
}

// leaseDetails reads names, state and user context of a lease.
func leaseDetails(a arguments, l *lease.Lease4) (err error) {
	if l.FQDNFwd, err = a.truthOf("fqdn-fwd"); err != nil {
		return err
	}
	if l.FQDNRev, err = a.truthOf("fqdn-rev"); err != nil {
		return err
	}
	name, _, err := a.textOf("hostname")
	if err != nil {
		return err
	}
	l.Hostname = strings.ToLower(name)
	if l.Hostname == "" && (l.FQDNFwd || l.FQDNRev) {
		return say("No hostname specified and either forward or reverse fqdn was set to true.")
	}
	state, _, err := a.uint32Of("state")
	switch {
	case err != nil:
		return err
	case state > uint32(lease.Registered):
		return say("Invalid state value: %d, supported values are: 0 (default), 1 (declined), 2 (expired-reclaimed), 3 (released) and 4 (registered)", state)
	}
	l.State = lease.State(state)
	if len(l.HWAddr) == 0 && len(l.ClientID) == 0 && l.State != lease.Declined {
		return say("Lease4: %s, state: default has neither hardware address or client id", l.Address)
	}
	context := map[string]any{}
	if value, ok := a.of["user-context"]; ok {
		given, ok := value.(map[string]any)
		if !ok {
			return say("Invalid user context '%s' is not a JSON map.", control.AppendJSON(nil, value))
		}
		for key, member := range given {
			context[key] = member
		}
	}
	if comment, ok := a.of["comment"]; ok {
		context["comment"] = comment
	}
	upgradeAgent(context)
	if len(context) > 0 {
		l.UserContext = string(control.AppendJSON(nil, context))
	}
	return nil
}

// mostHWAddr is the size in bytes of the longest hardware address that Kea takes.
const mostHWAddr = 20

// upgradeAgent gives what a lease remembers of its relay agent the form of Kea 2.4 and
// later.
func upgradeAgent(context map[string]any) {
	const agent = "relay-agent-info"
	if own, ok := context["ISC"].(map[string]any); ok {
		if content, ok := own[agent].(string); ok {
			own[agent] = map[string]any{"sub-options": content}
		}
	}
}

// placeLease finds the subnet of a lease that does not say it, and looks whether
// it has the address.
func (d *DHCP4) placeLease(l *lease.Lease4) error {
	if l.SubnetID == 0 {
		for _, n := range d.conf.Subnets {
			if n.Prefix.Contains(l.Address) {
				l.SubnetID = n.ID
				return nil
			}
		}
		return conflict{say("subnet-id not specified and failed to find a subnet for address %s", l.Address)}
	}
	n, ok := d.conf.BySubnetID(l.SubnetID)
	switch {
	case !ok:
		return conflict{say("Invalid subnet-id: No IPv4 subnet with subnet-id=%d currently configured.", l.SubnetID)}
	case !n.Prefix.Contains(l.Address):
		return conflict{say("The address %s does not belong to subnet %s, subnet-id=%d", l.Address, n.Prefix, n.ID)}
	}
	return nil
}

func leaseFailed(err error) control.Reply {
	reply := failed(err)
	if errors.As(err, new(conflict)) {
		reply.Result = control.Conflict
	}
	return reply
}

func (d *DHCP4) leaseAdd(_ context.Context, a arguments) control.Reply {
	if !a.given {
		return refused("no parameters specified for the command")
	}
	l, err := d.readLease(a)
	if err != nil {
		return leaseFailed(err)
	}
	if _, ok := d.leases.Get(l.Address); ok {
		return control.Reply{Result: control.Conflict, Text: "IPv4 lease already exists."}
	}
	d.server.AddLease(&l)
	if err := d.leases.Commit(); err != nil {
		return failed(err)
	}
	return control.Reply{Text: fmt.Sprintf("Lease for address %s, subnet-id %d added.", l.Address, l.SubnetID)}
}

func (d *DHCP4) leaseUpdate(_ context.Context, a arguments) control.Reply {
	if !a.given {
		return refused("no parameters specified for lease4-update command")
	}
	l, err := d.readLease(a)
	if err != nil {
		return leaseFailed(err)
	}
	force, err := a.truthOf("force-create")
	if err != nil {
		return failed(err)
	}
	old, there := d.leases.Get(l.Address)
	text := "IPv4 lease updated."
	switch {
	case there:
		d.server.ReplaceLease(&old, &l)
	case force:
		d.server.AddLease(&l)
		text = "IPv4 lease added."
	default:
		return control.Reply{Result: control.Conflict, Text: fmt.Sprintf("failed to update the lease with address %s either because the lease has been deleted or it has changed in the database, in both cases a retry might succeed", l.Address)}
	}
	if err := d.leases.Commit(); err != nil {
		return failed(err)
	}
	return control.Reply{Text: text}
}

var statColumns = []any{"subnet-id", "total-addresses", "cumulative-assigned-addresses", "assigned-addresses", "declined-addresses"}

// statLease shows how many addresses of subnets are in use.
func (d *DHCP4) statLease(_ context.Context, a arguments) control.Reply {
	first, last := uint32(0), uint32(lease.Infinite)
	what, missing := "all subnets", "no subnets are configured"
	number := func(m map[string]any, key string) (uint32, error) {
		n, ok := integerOf(m[key])
		switch {
		case !ok:
			return 0, say("'%s' parameter missing or not an integer", key)
		case n <= 0:
			return 0, say("'%s' parameter must be > 0", key)
		}
		return uint32(n), nil
	}
	if a.given && a.of == nil {
		return refused("'arguments' parameter is not a map")
	}
	one, hasOne := a.of["subnet-id"]
	span, hasRange := a.of["subnet-range"]
	if hasOne {
		if _, ok := integerOf(one); !ok {
			return refused("'subnet-id' parameter is not integer")
		}
		if _, err := number(a.of, "subnet-id"); err != nil {
			return failed(err)
		}
	}
	switch {
	case hasOne && hasRange:
		return refused("cannot specify both subnet-id and subnet-range")
	case hasOne:
		n, err := number(a.of, "subnet-id")
		if err != nil {
			return failed(err)
		}
		first, last = n, n
		what, missing = fmt.Sprintf("subnet-id=%d", n), fmt.Sprintf("subnet-id: %d does not exist", n)
	case hasRange:
		m, ok := span.(map[string]any)
		if !ok {
			return refused("subnet-range parameter is not a map")
		}
		var err error
		if first, err = number(m, "first-subnet-id"); err != nil {
			return failed(err)
		}
		if last, err = number(m, "last-subnet-id"); err != nil {
			return failed(err)
		}
		if last < first {
			return refused("'last-subnet-id' must be greater than 'first-subnet-id'")
		}
		what = fmt.Sprintf("subnets %d through %d", first, last)
		missing = fmt.Sprintf("selected ID range: %d through %d includes no known subnets", first, last)
	}
	rows := []any{}
	for _, n := range d.conf.Subnets {
		if n.ID < first || n.ID > last {
			continue
		}
		value := func(name string) int64 {
			if s, ok := d.stats.Find(fmt.Sprintf("subnet[%d].%s", n.ID, name)); ok {
				return s.Value()
			}
			return 0
		}
		assigned, declined := d.leasesIn(n.ID)
		rows = append(rows, []any{n.ID, value("total-addresses"), value("cumulative-assigned-addresses"), assigned, declined})
	}
	if len(rows) == 0 {
		return control.Reply{Result: control.Empty, Text: fmt.Sprintf("stat-lease4-get[%s]: no matching data, %s", what, missing), Arguments: map[string]any{}}
	}
	for _, t := range d.leases.Tallies() {
		if _, known := d.conf.BySubnetID(t.SubnetID); !known && t.SubnetID >= first && t.SubnetID <= last && (t.State == lease.Assigned || t.State == lease.Declined) {
			d.Log.DebugLog(traceBasic, "stat-cmds-hooks", "STAT_CMDS_LEASE4_ORPHANED_STATS", "stat-lease4-get command omitted statistics for one or more non-existent subnets")
			break
		}
	}
	return control.Reply{Text: fmt.Sprintf("stat-lease4-get[%s]: %d rows found", what, len(rows)), Arguments: map[string]any{"result-set": map[string]any{
		"columns": statColumns, "rows": rows, "timestamp": d.Clock().Local().Format(timestamp)}}}
}
