package exchange

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/parser/option"
	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/store/memfile"
	"github.com/keamigrate/keamigrate/verify/client"
)

// DryRun4 lets clients speak to keasrv with a configuration of kea-dhcp4, in this
// process and without leases, and writes each answer, option by option, with the
// reason. Where is the network's address, and the name of its interface.
func DryRun4(ctx context.Context, w io.Writer, conf *keaconf.DHCP4, network Network, ifname string, now time.Time, clients []*client.Client) error {
	built, err := config.Build(conf)
	if err != nil {
		return err
	}
	leases, err := memfile.OpenLive4(ctx, "", memfile.LiveOptions{})
	if err != nil {
		return err
	}
	d := dryRun{w: w, network: network, ifname: ifname, now: now, own: conf.OptionDef,
		server: server.New4(built, server.Options{Leases: leases, Clock: func() time.Time { return now }})}
	for i, c := range clients {
		if err := ctx.Err(); err != nil {
			return err
		}
		d.printf("client %d: %s\n", i+1, c)
		var lease client.Lease4
		for j, step := range c.Do {
			if err := d.step(c, i, step, byte(j), &lease); err != nil {
				return fmt.Errorf("client %d, %s: %w", i+1, step, err)
			}
		}
	}
	return d.err
}

type dryRun struct {
	w       io.Writer
	err     error
	network Network
	ifname  string
	now     time.Time
	own     []keaconf.OptionDef
	server  *server.Server4
}

func (d *dryRun) printf(format string, args ...any) {
	if d.err == nil {
		_, d.err = fmt.Fprintf(d.w, format, args...)
	}
}

func (d *dryRun) step(c *client.Client, index int, step client.Step, n byte, lease *client.Lease4) error {
	message, err := c.Message4(step, [4]byte{1, byte(index >> 8), byte(index), n}, *lease)
	if err != nil {
		d.printf("  %s: not sent: %v\n", step, err)
		return nil
	}
	datagram := d.network.datagram4(c, step, message)
	var trace server.Trace
	answer, ok := d.server.Handle(&server.Packet{Raw: datagram.Message, Interface: d.ifname, Local: d.network.Address, Src: datagram.From, Dst: datagram.To}, &trace)
	if !ok {
		d.printf("  %s: no answer\n", step)
		d.reasons(&trace)
		return nil
	}
	read, err := dhcpv4.FromBytes(answer.Raw)
	if err != nil {
		return err
	}
	lease.Learn(read)
	d.printf("  %s: %s to %s\n", step, strings.ToUpper(read.MessageType().String()), destination(&answer))
	d.reasons(&trace)
	d.fields(read)
	for _, code := range server.Codes(answer.Raw) {
		d.option(code, read.Options.Get(dhcpv4.GenericOptionCode(code)), trace.Sources[code])
	}
	return nil
}

func destination(a *server.Answer) string {
	switch {
	case a.Direct:
		return fmt.Sprintf("%v at its hardware address", a.To)
	case a.To.Addr() == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return "everybody on the link"
	}
	return a.To.String()
}

func (d *dryRun) reasons(t *server.Trace) {
	if t.Subnet.IsValid() {
		d.printf("    subnet %v (id %d)\n", t.Subnet, t.SubnetID)
	}
	if len(t.Classes) > 0 {
		d.printf("    classes %s\n", strings.Join(t.Classes, ", "))
	}
	if r := t.Reservation; r != nil {
		where := "global"
		if r.SubnetID != 0 {
			where = fmt.Sprintf("of subnet %d", r.SubnetID)
		}
		d.printf("    reservation %s", where)
		if r.Address.IsValid() {
			d.printf(", address %v", r.Address)
		}
		d.printf("\n")
	}
	if p := t.Pool; p != nil {
		d.printf("    pool %v - %v\n", p.First, p.Last)
	}
	for _, n := range t.Notes {
		d.printf("    %s\n", n)
	}
}

func (d *dryRun) fields(m *dhcpv4.DHCPv4) {
	for _, f := range []struct{ name, value string }{
		{"address", m.YourIPAddr.String()}, {"next server", m.ServerIPAddr.String()},
		{"server name", m.ServerHostName}, {"boot file", m.BootFileName},
	} {
		if f.value != "" && f.value != "0.0.0.0" {
			d.printf("    %-28s %s\n", f.name, f.value)
		}
	}
}

// option writes an option with its name, and its value as a configuration would
// have it.
func (d *dryRun) option(code uint8, data []byte, source string) {
	def, known := option.KeaLookup(option.V4, "dhcp4", uint32(code), keaversion.Default)
	for _, o := range d.own {
		if (o.Space == "" || o.Space == "dhcp4") && o.Code == uint16(code) {
			def, known = option.KeaDef{Family: option.V4, Space: "dhcp4", Code: uint32(code), Name: o.Name, Type: o.Type,
				Array: o.Array != nil && *o.Array, RecordTypes: strings.Split(o.RecordTypes, ",")}, true
		}
	}
	name, value := fmt.Sprintf("option %d", code), fmt.Sprintf("0x%x", data)
	if known {
		name = fmt.Sprintf("%s (%d)", def.Name, code)
		if text, csv, err := def.FormatData(data); err == nil && csv {
			value = text
		}
	}
	if source != "" {
		source = "  <- " + source
	}
	d.printf("    %-28s %s%s\n", name, value, source)
}
