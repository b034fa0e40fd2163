package dhcpdconf

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// verdictCase is one configuration with what dhcpd 4.4.3-P1 says about it.
type verdictCase struct {
	protocol Protocol
	verdict  string // "ok", "error", or "crash"
	text     string
}

// verdictCases reads testdata/verdicts.tsv: protocol, verdict and text, in
// which ⏎ stands for the end of a line. The parser's tests, the seeds of the
// fuzz target and the comparison with the real dhcpd share it.
func verdictCases(t testing.TB) []verdictCase {
	t.Helper()
	table, err := os.ReadFile(filepath.Join("testdata", "verdicts.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []verdictCase
	for _, line := range strings.Split(strings.TrimSpace(string(table)), "\n") {
		col := strings.SplitN(line, "\t", 3)
		if len(col) != 3 {
			t.Fatalf("not a case: %q", line)
		}
		c := verdictCase{protocol: DHCP4, verdict: col[1], text: strings.ReplaceAll(col[2], "⏎", "\n") + "\n"}
		if col[0] == "6" {
			c.protocol = DHCP6
		}
		cases = append(cases, c)
	}
	return cases
}

func TestVerdicts(t *testing.T) {
	for _, c := range verdictCases(t) {
		if c.verdict == "crash" {
			continue
		}
		f, diags := Parse("dhcpd.conf", []byte(c.text), Options{Protocol: c.protocol, Strict: true})
		if got := diags.HasErrors(); got != (c.verdict == "error") {
			t.Errorf("DHCPv%d: dhcpd says %s, the parser says %v:\n%s", c.protocol, c.verdict, diags, c.text)
		}
		if got := string(Print(f)); got != c.text {
			t.Errorf("printed back as %q, was %q", got, c.text)
		}
	}
}
