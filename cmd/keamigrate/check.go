package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator/conversion"
)

func newCheck(t terminal) *cobra.Command {
	var target keaversion.Version
	cmd := &cobra.Command{
		Use:   "check [--target VERSION] FILE...",
		Short: "Check configurations of Kea",
		Long: `Check configuration files of Kea (kea-dhcp4, kea-dhcp6, kea-dhcp-ddns, kea-ctrl-agent; which one is seen from the file) against the schema of a version and against the rules that a schema cannot state. Comments, <?include?> and trailing commas are taken as Kea takes them; - is standard input.

What depends on the machine, such as interfaces and hook libraries that must exist, is left to kea-dhcp4 -t.

Exit status: 0 valid (warnings do not count), 1 faults, 2 a file cannot be read.`,
		Example: "  keamigrate check /etc/kea/kea-dhcp4.conf\n  keamigrate check --target 2.6 kea/*.conf",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			status := exitStatus(0)
			for _, name := range args {
				valid, err := checkFile(t, name, target)
				if err != nil {
					return err
				}
				if !valid {
					status = statusFindings
				}
			}
			if status != 0 {
				return status
			}
			return nil
		},
	}
	addTarget(cmd, &target)
	return cmd
}

func checkFile(t terminal, name string, target keaversion.Version) (valid bool, err error) {
	shown, text, err := conversion.ReadInput(name, t.in)
	if err != nil {
		return false, err
	}
	daemon, faults, err := keaconf.CheckFile(shown, target, func(wanted string) ([]byte, error) {
		if wanted == shown {
			return text, nil
		}
		return os.ReadFile(wanted)
	})
	if err != nil {
		return false, fmt.Errorf("%s: %w", shown, err)
	}
	color, width := appearance(t.out)
	if err := showFaults(t.out, faults, color, width); err != nil {
		return false, err
	}
	verdict := "valid for"
	if faults.HasErrors() {
		verdict = "not valid for"
	}
	program := "Kea"
	if daemon != "" {
		program = conversion.Program(daemon)
	}
	_, err = fmt.Fprintf(t.out, "%s: %s %s %s\n", shown, verdict, program, target)
	return !faults.HasErrors(), err
}

// showFaults writes faults with their places, in the form in which the faults
// of a dhcpd.conf are shown.
func showFaults(w io.Writer, faults keaconf.Faults, color bool, width int) error {
	sources := map[*keaconf.Source]*dhcpdconf.Source{}
	var all []*dhcpdconf.Source
	for _, f := range faults {
		if src := f.Span.Src; src != nil && sources[src] == nil {
			sources[src] = dhcpdconf.NewSource(src.Name, []byte(src.Text))
			all = append(all, sources[src])
		}
	}
	render := dhcpdconf.Renderer{Width: width, Color: color, Redact: dhcpdconf.RedactSources(all...)}
	var out []byte
	for _, f := range faults {
		d := dhcpdconf.Diagnostic{Severity: dhcpdconf.Error, Code: f.Pointer, Summary: f.Message}
		if f.Severity == keaconf.Warning {
			d.Severity = dhcpdconf.Warning
		}
		if f.Span.Src != nil {
			d.Span = dhcpdconf.Span{Src: sources[f.Span.Src], Off: f.Span.Off, End: f.Span.End}
		}
		out = render.Diagnostic(out[:0], d)
		if _, err := w.Write(out); err != nil {
			return err
		}
	}
	return nil
}
