package leasesconv

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/parser/option"
	"github.com/keamigrate/keamigrate/server/store"
	"github.com/keamigrate/keamigrate/server/store/keadb"
)

// HostsJob puts the reservations of a configuration of Kea into its hosts
// database.
type HostsJob struct {
	Config  string
	To      Place
	Target  keaversion.Version
	Replace bool // other reservations for the same clients
}

// Run reads the configuration and fills the database. An error leaves it as it
// was.
func (j *HostsJob) Run(ctx context.Context) (store.Outcome, error) {
	if j.To.database == nil {
		return store.Outcome{}, fmt.Errorf("%s is no database, whose name begins with postgres:// or mysql://", j.To.File)
	}
	conf, err := readConfig(j.Config)
	if err != nil {
		return store.Outcome{}, err
	}
	hosts, err := Hosts(conf, j.Target)
	if err != nil {
		return store.Outcome{}, fmt.Errorf("%s: %w", j.Config, err)
	}
	return j.To.database.FillHosts(ctx, j.Target, hosts, j.Replace)
}

// Hosts returns the reservations of a configuration as rows of a hosts database.
// The error names the reservation that cannot be one.
func Hosts(conf keaconf.Config, v keaversion.Version) ([]keadb.Host, error) {
	c := hostCollector{version: v}
	switch conf := conf.(type) {
	case *keaconf.DHCP4:
		c.family, c.defs = option.V4, conf.OptionDef
		c.add(0, conf.Reservations)
		c.subnets(conf.Subnet4)
		for i := range conf.SharedNetworks {
			c.subnets(conf.SharedNetworks[i].Subnet4)
		}
	case *keaconf.DHCP6:
		c.family, c.defs = option.V6, conf.OptionDef
		c.add(0, conf.Reservations)
		c.subnets(conf.Subnet6)
		for i := range conf.SharedNetworks {
			c.subnets(conf.SharedNetworks[i].Subnet6)
		}
	default:
		return nil, fmt.Errorf("a configuration of kea-dhcp4 or kea-dhcp6 has reservations, one of %s has not", conf.Daemon())
	}
	return c.hosts, c.err
}

// hostCollector collects reservations until the first error.
type hostCollector struct {
	family  option.Family
	version keaversion.Version
	defs    []keaconf.OptionDef
	hosts   []keadb.Host
	err     error
}

func (c *hostCollector) subnets(all []keaconf.Subnet) {
	for i := range all {
		s := &all[i]
		if len(s.Reservations) > 0 && s.ID == 0 && c.err == nil {
			c.err = fmt.Errorf("subnet %s has no id, by which reservations in a database name it", s.Subnet)
		}
		c.add(uint32(s.ID), s.Reservations)
	}
}

func (c *hostCollector) add(subnet uint32, all []keaconf.Reservation) {
	for i := range all {
		if c.err != nil {
			return
		}
		h, err := c.host(&all[i])
		if err != nil {
			c.err = fmt.Errorf("reservation %d of subnet %d: %w", i+1, subnet, err)
			return
		}
		h.SubnetID = subnet
		c.hosts = append(c.hosts, h)
	}
}

func (c *hostCollector) host(r *keaconf.Reservation) (h keadb.Host, err error) {
	extra := r.Extra
	if extra == nil {
		extra = &keaconf.ReservationExtra{}
	}
	h = keadb.Host{V6: c.family == option.V6, Hostname: r.Hostname, Classes: r.ClientClasses}
	for _, id := range []struct {
		kind keadb.IdentifierType
		text string
	}{{keadb.ByHWAddress, r.HWAddress}, {keadb.ByDUID, r.DUID}, {keadb.ByClientID, r.ClientID}, {keadb.ByCircuitID, extra.CircuitID}, {keadb.ByFlexID, extra.FlexID}} {
		if id.text == "" {
			continue
		}
		if h.Identifier, err = identifierBytes(id.text); err != nil {
			return h, err
		}
		h.Type = id.kind
	}
	if len(h.Identifier) == 0 {
		return h, fmt.Errorf("it has no identifier")
	}
	if most := map[bool]int{true: 255, false: 128}[c.version >= keaversion.V2_6]; len(h.Identifier) > most {
		return h, fmt.Errorf("its identifier has %d bytes, and the database takes %d", len(h.Identifier), most)
	}
	if n := len(strings.Join(h.Classes, ",")); n > 255 {
		return h, fmt.Errorf("the names of its classes have %d characters, and the database takes 255", n)
	}
	if r.IPAddress != "" {
		if h.Address4, err = netip.ParseAddr(r.IPAddress); err != nil {
			return h, err
		}
	}
	if err := c.prefixes(&h, r.IPAddresses, extra); err != nil {
		return h, err
	}
	if n := extra.NextServer; n != nil && *n != "" && *n != "0.0.0.0" {
		if h.NextServer, err = netip.ParseAddr(*n); err != nil {
			return h, err
		}
	}
	if extra.ServerHostname != nil {
		h.ServerHostname = *extra.ServerHostname
	}
	if extra.BootFileName != nil {
		h.BootFile = *extra.BootFileName
	}
	if h.UserContext, err = contextText(extra.UserContext, r.Comment); err != nil {
		return h, err
	}
	for i := range r.OptionData {
		o, err := c.option(&r.OptionData[i])
		if err != nil {
			return h, err
		}
		h.Options = append(h.Options, o)
	}
	return h, nil
}

func (c *hostCollector) prefixes(h *keadb.Host, addresses []string, extra *keaconf.ReservationExtra) error {
	for _, text := range addresses {
		a, err := netip.ParseAddr(text)
		if err != nil {
			return err
		}
		h.Prefixes = append(h.Prefixes, keadb.ReservedPrefix{Prefix: netip.PrefixFrom(a, 128)})
	}
	for i, text := range extra.Prefixes {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return err
		}
		reserved := keadb.ReservedPrefix{Prefix: p, PD: true}
		if i < len(extra.ExcludedPrefixes) && extra.ExcludedPrefixes[i] != "" {
			if reserved.Excluded, err = netip.ParsePrefix(extra.ExcludedPrefixes[i]); err != nil {
				return err
			}
		}
		h.Prefixes = append(h.Prefixes, reserved)
	}
	return nil
}

// identifierBytes reads an identifier as configurations have it: hexadecimal
// digits with or without colons, or text in single quotes.
func identifierBytes(text string) ([]byte, error) {
	if len(text) >= 2 && strings.HasPrefix(text, "'") && strings.HasSuffix(text, "'") {
		return []byte(text[1 : len(text)-1]), nil
	}
	digits := strings.TrimPrefix(strings.ToLower(text), "0x")
	if strings.Contains(digits, ":") {
		parts := strings.Split(digits, ":")
		for i, p := range parts {
			if len(p) == 1 {
				parts[i] = "0" + p
			}
		}
		digits = strings.Join(parts, "")
	}
	if len(digits)%2 == 1 {
		digits = "0" + digits
	}
	id, err := hex.DecodeString(digits)
	if err != nil {
		return nil, fmt.Errorf("identifier %q is neither hexadecimal digits nor text in single quotes", text)
	}
	return id, nil
}

// option finds the code of an option and what a database has for its value: the
// text where Kea reads that by the option's definition, bytes otherwise.
func (c *hostCollector) option(o *keaconf.OptionData) (keadb.HostOption, error) {
	out := keadb.HostOption{Space: o.Space, AlwaysSend: o.AlwaysSend != nil && *o.AlwaysSend, NeverSend: o.NeverSend != nil && *o.NeverSend}
	if out.Space == "" {
		out.Space = map[option.Family]string{option.V4: "dhcp4", option.V6: "dhcp6"}[c.family]
	}
	code, ok := c.code(o, out.Space)
	if !ok {
		return out, fmt.Errorf("option %q of the space %s is not known", o.Name, out.Space)
	}
	out.Code = code
	if len(o.ClientClasses) > 0 {
		text, err := json.Marshal(o.ClientClasses)
		if err != nil {
			return out, err
		}
		out.Classes = string(text)
	}
	if o.CSVFormat == nil || *o.CSVFormat {
		out.Formatted, out.Text = true, o.Data
		return out, nil
	}
	value, err := (option.KeaDef{Family: c.family, Space: out.Space, Code: uint32(code), Type: "binary"}).EncodeData(o.Data, false)
	out.Value = append([]byte{}, value...)
	return out, err
}

func (c *hostCollector) code(o *keaconf.OptionData, space string) (uint16, bool) {
	if o.Code != nil {
		return *o.Code, true
	}
	for i := range c.defs {
		d := &c.defs[i]
		of := d.Space
		if of == "" {
			of = map[option.Family]string{option.V4: "dhcp4", option.V6: "dhcp6"}[c.family]
		}
		if d.Name == o.Name && of == space {
			return d.Code, true
		}
	}
	d, ok := option.KeaByName(c.family, space, o.Name, c.version)
	return uint16(d.Code), ok
}

// contextText is the user context of a reservation; its comment goes in there, as
// with Kea.
func contextText(o keaconf.Object, comment string) (string, error) {
	if comment != "" {
		o = append(append(keaconf.Object{}, o...), keaconf.Member{Key: "comment", Value: comment})
	}
	if len(o) == 0 {
		return "", nil
	}
	text, err := json.Marshal(keaconf.Plain(o))
	return string(text), err
}
