package translator

import (
	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

// Result is what a translation gives. DHCP4 or DHCP6 is nil for the protocol
// that the file does not serve.
type Result struct {
	// DHCP4  *keaconf.DHCP4
	// DHCP6  *keaconf.DHCP6
	SubnetIDs SubnetIDs
	Report    *Report
}

// Translate turns a parsed file into Kea's configuration and a report. It
// never fails: what cannot be translated is in the report. The parser's
// diagnostics become findings.
func Translate(file *dhcpdconf.File, diags dhcpdconf.Diagnostics, opts Options) *Result {
	l := newLedger(file.Statements)
	return &Result{Report: &Report{File: file, Statements: file.Statements, Verdicts: l.verdicts, Findings: l.findings}}
}
