package conversion

import (
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

// Format returns a dhcpd.conf in canonical form; see [dhcpdconf.Format]. A file
// with errors of its own gives a [*SyntaxError]. Included files are read for the
// options and classes that they define, and their errors do not matter; where
// one is missing, what it may define is not asked for.
func Format(name string, text []byte, protocol dhcpdconf.Protocol) ([]byte, error) {
	file, diags := dhcpdconf.Parse(name, text, dhcpdconf.Options{Protocol: protocol})
	missing := slices.ContainsFunc(diags, func(d dhcpdconf.Diagnostic) bool { return d.Code == "include-missing" })
	var own dhcpdconf.Diagnostics
	for _, d := range diags {
		if d.Span.Src == file.Source && !(missing && strings.HasPrefix(d.Code, "unknown-") && d.Code != "unknown-statement") {
			own = append(own, d)
		}
	}
	if own.HasErrors() {
		return nil, &SyntaxError{
			Name: name, Diagnostics: first(own), Redact: dhcpdconf.NewRedactor(file),
			Reason: "the file has errors, see above; it was left as it is",
		}
	}
	return dhcpdconf.Format(file), nil
}
