package translator

import (
	"fmt"
	"net/netip"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

// resolve returns the addresses of a host name, of the protocol at hand. A
// name without any is a finding.
func (t *translation) resolve(name string, st dhcpdconf.Statement, span dhcpdconf.Span) []netip.Addr {
	var fit []netip.Addr
	if t.opts.Resolve != nil {
		for _, a := range t.opts.Resolve(name) {
			if a = a.Unmap(); a.Is6() == t.v6() {
				fit = append(fit, a)
			}
		}
	}
	if len(fit) == 0 {
		t.ledger.add(st, Finding{
			Code: "name-unresolved", Severity: S3, Verdict: Manual, Span: span,
			Fields:  t.addFields([]string{"address", "options"}, []dhcpdconf.Statement{st}),
			Message: fmt.Sprintf("dhcpd looks up %q whenever it needs the address; Kea takes addresses only, and the name has none at conversion. It was left out.", name),
			Remedy:  "write the address in place of the name, or convert where the name resolves (--resolve)",
		}, "")
		return nil
	}
	t.ledger.add(st, Finding{
		Code: "name-resolved", Severity: S1, Verdict: Translated, Span: span,
		Message: fmt.Sprintf("dhcpd looks up %q whenever it needs the address; Kea takes addresses only, so those of the time of conversion were written.", name),
		Remedy:  "convert again when the name gets another address",
	}, "")
	return fit
}
