package main

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/exchange"
)

func newDryRun(t terminal) *cobra.Command {
	var conf, from, ifname, address string
	cmd := &cobra.Command{
		Use:   "dry-run -c FILE CLIENT-WORDS...",
		Short: "Show what a client would get, and why",
		Long: `Show what the server would answer a client, option by option, and why: the subnet, the classes, the pool and the reservation, and from where each option comes. No socket is opened and no lease file read or written; the clients of one run share leases in memory.

A client is written in words (docs/clients.md), such as mac=02:00:00:00:00:01 relay=10.0.0.1 prl=1,3,6 do=discover,request; --from reads one client from each line of a file.`,
		Example: "  keasrv dry-run -c kea/kea-dhcp4.conf mac=02:00:00:00:00:01 relay=10.1.0.1 prl=1,3,6",
		RunE: func(cmd *cobra.Command, args []string) error {
			clients, err := readClients(from, args)
			if err != nil {
				return err
			}
			source, err := readConfig(conf)
			if err != nil {
				return err
			}
			network := exchange.Network{}
			if network.Address, err = netip.ParseAddr(address); err != nil || !network.Address.Is4() {
				return usageError{fmt.Errorf("--address: %q is no IPv4 address", address)}
			}
			return exchange.DryRun4(cmd.Context(), t.out, source, network, ifname, time.Now(), clients)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&conf, "config", "c", "", "configuration of kea-dhcp4")
	flags.StringVar(&from, "from", "", "file with one client a line")
	flags.StringVar(&ifname, "interface", "eth0", "interface where clients without a relay are")
	flags.StringVar(&address, "address", "192.0.2.1", "the server's address on that interface")
	cmd.MarkFlagRequired("config")
	return cmd
}

func readClients(from string, words []string) ([]*client.Client, error) {
	if from != "" && len(words) > 0 {
		return nil, usageError{errors.New("give either the words of a client or --from FILE")}
	}
	if from == "" {
		c, err := client.Parse(strings.Join(words, " "))
		if err != nil {
			return nil, usageError{err}
		}
		return four([]*client.Client{c})
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return nil, err
	}
	clients, err := client.ParseList(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	return four(clients)
}

// four refuses clients of DHCPv6.
func four(clients []*client.Client) ([]*client.Client, error) {
	for _, c := range clients {
		if c.V6 {
			return nil, fmt.Errorf("%s: keasrv does not serve DHCPv6 yet", c)
		}
	}
	return clients, nil
}

// readConfig reads a configuration of kea-dhcp4.
func readConfig(name string) (*keaconf.DHCP4, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	four, _, err := keaconf.ReadDHCP4(name, text, os.ReadFile)
	return four, err
}
