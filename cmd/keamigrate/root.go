package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

func newRoot(t terminal) *cobra.Command {
	root := &cobra.Command{
		Use:           "keamigrate",
		Short:         "Leave ISC dhcpd for Kea",
		Long:          "keamigrate takes the configuration of an ISC dhcpd 4.4 to Kea and accounts for every statement of it.",
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetVersionTemplate("keamigrate {{.Version}}\n")
	root.AddCommand(newConvert(t), newCheck(t), newExplain(t), newFmt(t), newLeases(t), newMan(), newMigrate(t), newReplay(t), newVerify(t), newVersion(t))
	root.AddCommand(newDB(t))
	return root
}

// addTarget adds the flag --target.
func addTarget(cmd *cobra.Command, target *keaversion.Version) {
	*target = keaversion.Default
	cmd.Flags().Var((*targetFlag)(target), "target", "version of Kea: "+strings.Join(versions(), ", "))
	cmd.RegisterFlagCompletionFunc("target", cobra.FixedCompletions(versions(), cobra.ShellCompDirectiveNoFileComp))
}

func versions() (names []string) {
	for _, v := range keaversion.All() {
		names = append(names, v.String())
	}
	return names
}

type targetFlag keaversion.Version

func (f *targetFlag) String() string { return keaversion.Version(*f).String() }
func (f *targetFlag) Type() string   { return "VERSION" }
func (f *targetFlag) Set(s string) (err error) {
	v, err := keaversion.Parse(s)
	*f = targetFlag(v)
	return err
}
