package main

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/conversion"
	"github.com/keamigrate/keamigrate/translator/model/answer"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/explain"
)

func newExplain(t terminal) *cobra.Command {
	var server, name string
	var root string
	j := &conversion.Job{}
	cmd := &cobra.Command{
		Use:   "explain FILE WORD...",
		Short: "Say what dhcpd sends a client, and why",
		Long: `Say what dhcpd sends a client and why: the pool, the host and the classes, and the statement that made each option and lifetime, beside the elements of the translated Kea configuration that are to do the same. Nothing is sent and nothing is written; neither dhcpd nor Kea is needed.

The words say what the client is and which messages it sends; docs/clients.md lists them.`,
		Example: "  keamigrate explain /etc/dhcp/dhcpd.conf mac=02:00:00:00:00:01 relay=10.0.0.1 prl=1,3,6\n  keamigrate explain dhcpd6.conf duid=00:03:00:01:02:00:00:00:00:01 do=solicit,request,renew",
		Args:    cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			who, err := client.Parse(quoteWords(args[1:]))
			if err != nil {
				return fmt.Errorf("the client: %w", err)
			}
			if j.Name, j.Text, err = conversion.ReadInput(args[0], t.in); err != nil {
				return err
			}
			j.Parse = dhcpdconf.Options{Protocol: dhcpdconf.DHCP4, Root: root}
			if who.V6 {
				j.Parse.Protocol = dhcpdconf.DHCP6
			}
			j.Options.Now = time.Now()
			outcome, err := j.Run(cmd.Context())
			if err != nil {
				return t.explain(err)
			}
			in := explain.Input{
				File: outcome.Report.File, Client: who, Now: j.Options.Now, Report: outcome.Report, Target: j.Options.Target,
				Settings: answer.Settings{Interface: name},
			}
			for _, c := range outcome.Configs()[:1] {
				in.Kea, in.KeaFile = c.Config, c.File
			}
			if server != "" {
				if in.Settings.Address, err = netip.ParseAddr(server); err != nil {
					return fmt.Errorf("--server: %q is no address", server)
				}
			}
			return explain.Write(cmd.Context(), t.out, in)
		},
	}
	cmd.Flags().StringVar(&server, "server", "", "the server's `ADDRESS` on the link of clients without a relay; without it, a free one of the first subnet")
	cmd.Flags().StringVar(&name, "interface", "", "the `NAME` of the interface of that link")
	cmd.Flags().StringVar(&root, "root", "", "`DIR` that absolute includes are below")
	addTarget(cmd, &j.Options.Target)
	return cmd
}

// quoteWords joins the words of the command line, which the shell has taken out
// of their quotation marks. A whole line in one word is left as it is.
func quoteWords(words []string) string {
	if len(words) == 1 && strings.Count(words[0], "=") > 1 {
		if _, err := client.Parse(words[0]); err == nil {
			return words[0]
		}
	}
	out := make([]string, len(words))
	for i, w := range words {
		key, value, ok := strings.Cut(w, "=")
		if ok && strings.ContainsAny(value, " \t") && !strings.HasPrefix(value, `"`) {
			w = fmt.Sprintf("%s=%q", key, value)
		}
		out[i] = w
	}
	return strings.Join(out, " ")
}
