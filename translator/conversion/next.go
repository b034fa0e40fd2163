package conversion

import (
	"fmt"
	"path"
	"path/filepath"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator"
)

// NextSteps says what the operator does with the files that were written to a
// directory, one step each.
func (o *Outcome) NextSteps(dir string) []string {
	var steps []string
	decide := 0
	for _, f := range o.Report.Findings {
		if f.Severity >= translator.S2 {
			decide++
		}
	}
	if decide > 0 {
		steps = append(steps, fmt.Sprintf("Read %s: %d of the findings can change what clients get", filepath.Join(dir, ReportText), decide))
	}
	if o.Pair != nil {
		steps = append(steps, fmt.Sprintf("Failover: %s has the files for the primary, %s those for the secondary; the ones beside them are for a server alone",
			filepath.Join(dir, translator.PrimaryName), filepath.Join(dir, translator.SecondaryName)))
	}
	for _, script := range o.Scripts {
		steps = append(steps, fmt.Sprintf("Read %[1]s, then install -m %[2]o %[1]s %[3]s: what Kea is told to call must be there when it starts",
			filepath.Join(dir, script.Name), script.Mode.Perm(), path.Join(script.Dir, script.Name)))
	}
	for _, c := range o.Configs() {
		steps = append(steps, fmt.Sprintf("%s -t %s", Program(c.Config.Daemon()), filepath.Join(dir, c.File)))
	}
	return append(steps, fmt.Sprintf("Keep %s and %s for the next run", SubnetIDsFile, ResolvedFile))
}

// Program is the name of a daemon's program.
func Program(d keaconf.Daemon) string {
	if d == keaconf.DaemonDDNS {
		return "kea-dhcp-ddns"
	}
	return "kea-" + string(d)
}
