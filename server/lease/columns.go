package lease

import (
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// columns4 and columns6 are the columns of a lease file, in their order. Each
// version of Kea writes a beginning of the list, and reads every beginning that
// reaches to the hostname.
var (
	columns4 = columns{protocol: "DHCPv4", least: 9, names: []column{
		{"address", 0}, {"hwaddr", 0}, {"client_id", 0}, {"valid_lifetime", 0}, {"expire", 0},
		{"subnet_id", 0}, {"fqdn_fwd", 0}, {"fqdn_rev", 0}, {"hostname", 0}, {"state", 0},
		{"user_context", 0}, {"pool_id", keaversion.V2_6},
	}}
	columns6 = columns{protocol: "DHCPv6", least: 12, names: []column{
		{"address", 0}, {"duid", 0}, {"valid_lifetime", 0}, {"expire", 0}, {"subnet_id", 0},
		{"pref_lifetime", 0}, {"lease_type", 0}, {"iaid", 0}, {"prefix_len", 0}, {"fqdn_fwd", 0},
		{"fqdn_rev", 0}, {"hostname", 0}, {"hwaddr", 0}, {"state", 0}, {"user_context", 0},
		{"hwtype", 0}, {"hwaddr_source", 0}, {"pool_id", keaversion.V2_6},
	}}
)

type columns struct {
	protocol string
	least    int // a header may not end before this many
	names    []column
}

type column struct {
	name  string
	since keaversion.Version
}

// count says how many of the columns a version of Kea has.
func (c *columns) count(v keaversion.Version) int {
	n := 0
	for n < len(c.names) && v >= c.names[n].since {
		n++
	}
	return n
}

func (c *columns) header(v keaversion.Version) string {
	names := make([]string, c.count(v))
	for i := range names {
		names[i] = c.names[i].name
	}
	return strings.Join(names, ",") + "\n"
}

// Header4 is the first line of a DHCPv4 lease file of a version of Kea, with its
// line end.
func Header4(v keaversion.Version) string { return columns4.header(v) }

// Header6 is the first line of a DHCPv6 lease file of a version of Kea, with its
// line end.
func Header6(v keaversion.Version) string { return columns6.header(v) }
