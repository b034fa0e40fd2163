package daemon_test

import (
	"strings"
	"testing"
)

const changeable = `{ "Dhcp4": {
  "control-socket": { "socket-type": "unix", "socket-name": "DIR/socket" },
  "lease-database": { "type": "memfile", "name": "DIR/leases.csv" },
  "hooks-libraries": [ { "library": "libdhcp_subnet_cmds.so" }, { "library": "libdhcp_class_cmds.so" }, { "library": "libdhcp_host_cmds.so" } ],
  "client-classes": [ { "name": "c1", "test": "member('ALL')" } ],
  "shared-networks": [ { "name": "net1", "subnet4": [ { "id": 3, "subnet": "10.3.0.0/24" } ] } ],
  "subnet4": [ { "id": 1, "subnet": "10.0.0.0/24", "pools": [ { "pool": "10.0.0.10-10.0.0.20" } ] } ] } }`

// Commands that change the configuration in memory; results and texts are those of
// Kea 3.0.4.
func TestChanges(t *testing.T) {
	ask, _, _ := start(t, changeable)
	for _, c := range []struct{ command, want string }{
		{`{ "command": "subnet4-add", "arguments": { "subnet4": [ { "id": 10, "subnet": "192.0.0.0/8", "pools": [ { "pool": "192.0.0.1-192.0.0.5" } ] } ] } }`,
			`{ "arguments": { "subnets": [ { "id": 10, "subnet": "192.0.0.0/8" } ] }, "result": 0, "text": "IPv4 subnet added" }`},
		{`{ "command": "subnet4-add", "arguments": { "subnet4": [ { "id": 10, "subnet": "192.0.0.0/8" } ] } }`, `{ "result": 1, "text": "ID of the new IPv4 subnet '10' is already in use" }`},
		{`{ "command": "subnet4-add", "arguments": { "subnet4": [ { "subnet": "11.0.0.0/8" } ] } }`, `"text": "subnet configuration failed: missing parameter 'id'`},
		{`{ "command": "subnet4-list" }`, `"text": "3 IPv4 subnets found"`},
		{`{ "command": "subnet4-update", "arguments": { "subnet4": [ { "id": 10, "subnet": "192.0.0.0/8", "renew-timer": 99 } ] } }`, `"text": "IPv4 subnet updated"`},
		{`{ "command": "subnet4-get", "arguments": { "id": 10 } }`, `"renew-timer": 99`},
		{`{ "command": "subnet4-update", "arguments": { "subnet4": [ { "id": 99, "subnet": "99.0.0.0/8" } ] } }`, `{ "result": 1, "text": "Can't find subnet '99' to update" }`},
		{`{ "command": "network4-add", "arguments": { "shared-networks": [ { "name": "net2", "subnet4": [ ] } ] } }`, `"text": "A new IPv4 shared network 'net2' added"`},
		{`{ "command": "network4-add", "arguments": { "shared-networks": [ { "name": "net2" } ] } }`, `{ "result": 1, "text": "duplicate network 'net2' found in the configuration" }`},
		{`{ "command": "network4-subnet-add", "arguments": { "name": "net2", "id": 10 } }`, `{ "result": 0, "text": "IPv4 subnet 192.0.0.0/8 (id 10) is now part of shared network 'net2'" }`},
		{`{ "command": "network4-subnet-add", "arguments": { "name": "net2", "id": 10 } }`, `{ "result": 1, "text": "attempted to add subnet with a duplicated subnet identifier 10" }`},
		{`{ "command": "network4-subnet-del", "arguments": { "name": "net2", "id": 10 } }`, `{ "result": 0, "text": "IPv4 subnet 192.0.0.0/8 (id 10) is now removed from shared network 'net2'" }`},
		{`{ "command": "network4-del", "arguments": { "name": "net2", "subnets-action": "keep" } }`, `"text": "IPv4 shared network 'net2' deleted"`},
		{`{ "command": "network4-del", "arguments": { "name": "net1", "subnets-action": "delete" } }`, `"text": "IPv4 shared network 'net1' deleted"`},
		{`{ "command": "network4-del", "arguments": { "name": "zz" } }`, `{ "result": 3, "text": "no shared network with name 'zz' found" }`},
		{`{ "command": "subnet4-del", "arguments": { "id": 10 } }`, `"text": "IPv4 subnet 192.0.0.0/8 (id 10) deleted"`},
		{`{ "command": "subnet4-del", "arguments": { "id": 10 } }`, `{ "result": 3, "text": "no subnet with id 10 found" }`},
		{`{ "command": "subnet4-list" }`, `"text": "1 IPv4 subnet found"`},
		{`{ "command": "class-add", "arguments": { "client-classes": [ { "name": "c2", "test": "option[12].exists" } ] } }`, `{ "result": 0, "text": "Class 'c2' added" }`},
		{`{ "command": "class-add", "arguments": { "client-classes": [ { "name": "c2" } ] } }`, `{ "result": 1, "text": "Can't add class: Client Class: c2 has already been defined" }`},
		{`{ "command": "class-update", "arguments": { "client-classes": [ { "name": "c2", "test": "option[13].exists" } ] } }`, `{ "result": 0, "text": "Class 'c2' updated" }`},
		{`{ "command": "class-update", "arguments": { "client-classes": [ { "name": "c9" } ] } }`, `{ "result": 3, "text": "Class 'c9' is not found" }`},
		{`{ "command": "class-add", "arguments": { "client-classes": [ { "name": "bad", "test": "option[" } ] } }`, `"result": 1`},
		{`{ "command": "class-del", "arguments": { "name": "c2" } }`, `{ "result": 0, "text": "Class 'c2' deleted" }`},
		{`{ "command": "class-del", "arguments": { "name": "c2" } }`, `{ "result": 3, "text": "Class 'c2' not found" }`},
		{`{ "command": "class-list" }`, `"text": "1 class found"`},
		{`{ "command": "reservation-add", "arguments": { "reservation": { "subnet-id": 1, "hw-address": "01:02:03:04:05:07", "ip-address": "10.0.0.101", "hostname": "h2" } } }`, `{ "result": 1, "text": "Host database not available, cannot add host." }`},
		{`{ "command": "reservation-add", "arguments": { "operation-target": "memory", "reservation": { "subnet-id": 1, "hw-address": "01:02:03:04:05:07", "ip-address": "10.0.0.101", "hostname": "h2" } } }`, `{ "result": 0, "text": "Host added." }`},
		{`{ "command": "reservation-add", "arguments": { "operation-target": "memory", "reservation": { "subnet-id": 1, "hw-address": "01:02:03:04:05:07", "ip-address": "10.0.0.101" } } }`, `"result": 1`},
		{`{ "command": "reservation-add", "arguments": { "operation-target": "memory", "reservation": { "subnet-id": 77, "hw-address": "01:02:03:04:05:08" } } }`, `{ "result": 1, "text": "IPv4 subnet with ID of '77' is not configured" }`},
		{`{ "command": "reservation-update", "arguments": { "operation-target": "memory", "reservation": { "subnet-id": 1, "hw-address": "01:02:03:04:05:07", "ip-address": "10.0.0.101", "hostname": "h3" } } }`, `{ "result": 0, "text": "Host updated." }`},
		{`{ "command": "reservation-get", "arguments": { "subnet-id": 1, "ip-address": "10.0.0.101" } }`, `"hostname": "h3"`},
		{`{ "command": "reservation-del", "arguments": { "subnet-id": 1, "ip-address": "10.0.0.101", "operation-target": "memory" } }`, `{ "result": 0, "text": "Host deleted." }`},
		{`{ "command": "reservation-del", "arguments": { "subnet-id": 1, "ip-address": "10.0.0.101", "operation-target": "memory" } }`, `{ "result": 3, "text": "Host not deleted (not found)." }`},
		{`{ "command": "reservation-del", "arguments": { "subnet-id": 1, "ip-address": "10.0.0.101" } }`, `{ "result": 1, "text": "Unable to delete a host because there is no hosts-database configured." }`},
	} {
		if got := ask(c.command); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s\nwant %s", c.command, got, c.want)
		}
	}
}
