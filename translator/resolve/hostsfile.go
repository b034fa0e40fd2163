package resolve

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/netip"
	"strings"
)

// HostsFile reads a file in the form of hosts(5): an address and its names on
// each line, comments from "#" on. Its error names the line. A name may stand
// on several lines; it has all their addresses then.
func HostsFile(r io.Reader) (Lookup, error) {
	hosts := map[string][]netip.Addr{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	number := 0
	for lines.Scan() {
		number++
		line, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		addr, err := netip.ParseAddr(fields[0])
		if err != nil {
			return nil, fmt.Errorf("line %d: %q is no address", number, fields[0])
		}
		if len(fields) == 1 {
			return nil, fmt.Errorf("line %d: %s has no name", number, fields[0])
		}
		for _, name := range fields[1:] {
			hosts[Key(name)] = append(hosts[Key(name)], addr)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", number+1, err)
	}
	return func(_ context.Context, name string) ([]netip.Addr, error) { return hosts[Key(name)], nil }, nil
}
