package storetest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server/lease"
)

// Statistics4 returns queries about what Kea's database of a version counts of
// its leases, and the lines that are right.
func Statistics4(v keaversion.Version, leases []lease.Lease4) map[string]string {
	by, byPool := map[string]int{}, map[string]int{}
	for _, l := range leases {
		if l.State <= lease.Declined {
			by[fmt.Sprintf("%d\t%d", l.SubnetID, l.State)]++
			byPool[fmt.Sprintf("%d\t%d\t%d", l.SubnetID, l.PoolID, l.State)]++
		}
	}
	want := map[string]string{"SELECT subnet_id, state, leases FROM lease4_stat WHERE leases <> 0": lines(by)}
	if v >= keaversion.V2_6 {
		want["SELECT subnet_id, pool_id, state, leases FROM lease4_pool_stat WHERE leases <> 0"] = lines(byPool)
	}
	return want
}

// Statistics6 is Statistics4 for DHCPv6.
func Statistics6(v keaversion.Version, leases []lease.Lease6) map[string]string {
	by, byPool := map[string]int{}, map[string]int{}
	for _, l := range leases {
		if l.State <= lease.Declined || v >= keaversion.V3_0 && l.State == lease.Registered {
			by[fmt.Sprintf("%d\t%d\t%d", l.SubnetID, l.Type, l.State)]++
		}
		if l.State <= lease.Declined {
			byPool[fmt.Sprintf("%d\t%d\t%d\t%d", l.SubnetID, l.PoolID, l.Type, l.State)]++
		}
	}
	want := map[string]string{"SELECT subnet_id, lease_type, state, leases FROM lease6_stat WHERE leases <> 0": lines(by)}
	if v >= keaversion.V2_6 {
		want["SELECT subnet_id, pool_id, lease_type, state, leases FROM lease6_pool_stat WHERE leases <> 0"] = lines(byPool)
	}
	return want
}

func lines(counts map[string]int) string {
	var all []string
	for key, n := range counts {
		all = append(all, fmt.Sprintf("%s\t%d\n", key, n))
	}
	slices.Sort(all)
	return strings.Join(all, "")
}

// SortedLines sorts the lines of a text, as those of the functions above are.
func SortedLines(text string) string {
	all := slices.Collect(strings.Lines(text))
	slices.Sort(all)
	return strings.Join(all, "")
}
