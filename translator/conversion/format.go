package conversion

import "github.com/keamigrate/keamigrate/parser/dhcpdconf"

// Format returns a dhcpd.conf in canonical form; see [dhcpdconf.Format].
// Included files are not read. A file with errors gives a [*SyntaxError].
func Format(name string, text []byte, protocol dhcpdconf.Protocol) ([]byte, error) {
	// An included file may define options and classes, so it cannot be left
	// unread; that it is missing does not matter here.
	file, diags := dhcpdconf.Parse(name, text, dhcpdconf.Options{Protocol: protocol})
	if diags.HasErrors() {
		return nil, &SyntaxError{
			Name: name, Diagnostics: first(diags), Redact: dhcpdconf.NewRedactor(file),
			Reason: "the file has errors, see above; it was left as it is",
		}
	}
	return dhcpdconf.Format(file), nil
}
