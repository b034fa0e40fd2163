package main

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/conversion"
	"github.com/keamigrate/keamigrate/translator/outdir"
)

func newFmt(t terminal) *cobra.Command {
	var check, write bool
	var p protocolFlags
	cmd := &cobra.Command{
		Use:   "fmt [--check | -w] FILE...",
		Short: "Put a dhcpd.conf into canonical form",
		Long: `Put a dhcpd.conf into canonical form: one statement a line, two spaces for each block, comments where they were. The meaning stays the same. Included files are left alone.

The result goes to standard output; - reads standard input. Exit status: 0 done, 1 with --check when a file is not in canonical form, 2 when a file cannot be read or has errors.`,
		Example: "  keamigrate fmt -w /etc/dhcp/dhcpd.conf\n  keamigrate fmt --check /etc/dhcp/*.conf",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			status := exitStatus(0)
			for _, name := range args {
				s, err := formatFile(t, name, p.protocol(), check, write)
				if err != nil {
					return err
				}
				status = max(status, s)
			}
			if status != 0 {
				return status
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "change nothing, name the files that are not in canonical form")
	cmd.Flags().BoolVarP(&write, "write", "w", false, "write the result to the file")
	cmd.MarkFlagsMutuallyExclusive("check", "write")
	p.add(cmd)
	return cmd
}

func formatFile(t terminal, name string, protocol dhcpdconf.Protocol, check, write bool) (exitStatus, error) {
	shown, text, err := conversion.ReadInput(name, t.in)
	if err != nil {
		return 0, err
	}
	formatted, err := conversion.Format(shown, text, protocol)
	if err != nil {
		return 0, t.explain(err)
	}
	switch {
	case check:
		if !bytes.Equal(text, formatted) {
			_, err := fmt.Fprintln(t.out, shown)
			return statusFindings, err
		}
		return 0, nil
	case write:
		if name == "-" {
			return 0, errors.New("-w needs a file: standard input cannot be written to")
		}
		if bytes.Equal(text, formatted) {
			return 0, nil
		}
		return 0, outdir.Replace(name, formatted)
	}
	_, err = t.out.Write(formatted)
	return 0, err
}

// protocolFlags are -4 and -6.
type protocolFlags struct{ v4, v6 bool }

func (p *protocolFlags) add(cmd *cobra.Command) { p.addAs(cmd, "the file is for") }

// addAs adds the flags, with what they say before the name of the protocol.
func (p *protocolFlags) addAs(cmd *cobra.Command, what string) {
	cmd.Flags().BoolVarP(&p.v4, "dhcp4", "4", false, what+" DHCPv4")
	cmd.Flags().BoolVarP(&p.v6, "dhcp6", "6", false, what+" DHCPv6")
	cmd.MarkFlagsMutuallyExclusive("dhcp4", "dhcp6")
}

func (p *protocolFlags) protocol() dhcpdconf.Protocol {
	switch {
	case p.v4:
		return dhcpdconf.DHCP4
	case p.v6:
		return dhcpdconf.DHCP6
	}
	return dhcpdconf.Auto
}
