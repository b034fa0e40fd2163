package config

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"reflect"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaexpr"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/parser/option"
	"github.com/keamigrate/keamigrate/server/classify"
)

// dialect is the version of Kea whose keys, options and defaults hold.
const dialect = keaversion.V3_0

// Build makes a configuration ready. The error says what cannot be served, with
// the object it is about.
func Build(source *keaconf.DHCP4) (*Config4, error) {
	b := &builder{
		config: &Config4{
			Source: source, Names: classify.NewNames(),
			Hosts:     &Hosts{byID: map[hostKey]*Host{}, byAddress: map[addressKey][]*Host{}},
			byRelay:   map[netip.Addr][]*Subnet{},
			serverIDs: map[netip.Addr]bool{}, byInterface: map[string][]*Subnet{},
		},
		definitions: &definitions{version: dialect, own: map[string][]option.KeaDef{}},
	}
	for _, step := range []func(*keaconf.DHCP4) error{b.globals, b.classes, b.networks, b.reservations, b.hooks} {
		err := step(source)
		if f, ok := errors.AsType[*HookFault](err); ok {
			b.index()
			return b.config, f
		}
		if err != nil {
			return nil, err
		}
	}
	b.index()
	return b.config, nil
}

type builder struct {
	config      *Config4
	definitions *definitions
}

func (b *builder) globals(source *keaconf.DHCP4) (err error) {
	c := b.config
	for id, name := range map[*int]string{&c.BuiltIn.All: "ALL", &c.BuiltIn.Known: "KNOWN", &c.BuiltIn.Unknown: "UNKNOWN", &c.BuiltIn.BOOTP: "BOOTP",
		&c.BuiltIn.Drop: "DROP", &c.BuiltIn.SkipDDNS: "SKIP_DDNS", &c.BuiltIn.StashAgentOptions: "STASH_AGENT_OPTIONS"} {
		*id = c.Names.ID(name)
	}
	c.UDPSockets = source.InterfacesConfig != nil && source.InterfacesConfig.DHCPSocketType == "udp"
	c.Routed = c.UDPSockets && source.InterfacesConfig.OutboundInterface == "use-routing"
	c.EchoClientID = isTrue(source.EchoClientID, true)
	c.EarlyGlobalReservations = isTrue(source.EarlyGlobalReservationsLookup, false)
	c.StashAgentOptions = isTrue(source.StashAgentOptions, false)
	c.IPReservationsUnique = isTrue(source.IPReservationsUnique, true)
	c.ReservationsLookupFirst = isTrue(source.ReservationsLookupFirst, false)
	c.DeclineProbation = or(source.DeclineProbationPeriod, 86400)
	c.Parked = or(source.ParkedPacketLimit, 256)
	if x := source.Compatibility; x != nil {
		c.IgnoreServerID = isTrue(x.IgnoreDHCPServerIdentifier, false)
		c.IgnoreLinkSelection = isTrue(x.IgnoreRAILinkSelection, false)
		c.ExcludeFirstLast24 = isTrue(x.ExcludeFirstLast24, false)
		c.LenientOptions = isTrue(x.LenientOptionParsing, false)
	}
	c.Formats = formats(c.LenientOptions)
	c.AgentFormats = agentFormats()
	names := source.HostReservationIdentifiers
	switch {
	case len(names) == 0:
		names = []string{"hw-address", "duid", "circuit-id", "client-id"}
	case slices.Contains(names, "auto"):
		names = []string{"hw-address", "duid", "circuit-id", "client-id", "flex-id"}
	}
	for _, name := range names {
		kind, ok := identifierNames[name]
		if !ok {
			return fmt.Errorf("host-reservation-identifiers: %q is not known", name)
		}
		c.HostIdentifiers = append(c.HostIdentifiers, kind)
	}
	c.UpdatesEnabled = source.DHCPDDNS != nil && isTrue(source.DHCPDDNS.EnableUpdates, false)
	c.Expired = Expired{ReclaimWait: 10, FlushWait: 25, Hold: 3600, MaxLeases: 100, MaxTime: 250, Unwarned: 5}
	if x := source.ExpiredLeasesProcessing; x != nil {
		c.Expired = Expired{or(x.ReclaimTimerWaitTime, 10), or(x.FlushReclaimedTimerWaitTime, 25), or(x.HoldReclaimedTime, 3600),
			or(x.MaxReclaimLeases, 100), or(x.MaxReclaimTime, 250), or(x.UnwarnedReclaimCycles, 5)}
	}
	b.definitions.define(source.OptionDef)
	b.definitions.global = true
	defer func() { b.definitions.global = false }()
	if c.Options, err = b.definitions.encode(source.OptionData, c.Names.ID); err != nil {
		return err
	}
	c.Global = Settings{
		T1Percent: 0.5, T2Percent: 0.875, CacheThreshold: 0.25, MatchClientID: true, Allocator: "iterative",
		NextServer: netip.IPv4Unspecified(), ReserveInSubnet: true,
		DDNS: DDNS{Send: true, Replace: "never", GeneratedPrefix: "myhost", CharSet: standardCharSet, ConflictMode: "check-with-dhcid"},
	}
	return c.Global.inherit(&source.Parameters)
}

func or[T any](given *T, otherwise T) T {
	if given == nil {
		return otherwise
	}
	return *given
}

func isTrue(given *bool, otherwise bool) bool { return or(given, otherwise) }

// inherit puts what a scope sets over what it has from the scope around it.
func (s *Settings) inherit(p *keaconf.Parameters) error {
	if err := s.inheritLifetime(&p.Lifetimes); err != nil {
		return err
	}
	s.Offer = or(p.OfferLifetime, s.Offer)
	if p.RenewTimer != nil {
		s.Renew = p.RenewTimer
	}
	if p.RebindTimer != nil {
		s.Rebind = p.RebindTimer
	}
	s.CalculateTees = isTrue(p.CalculateTeeTimes, s.CalculateTees)
	s.T1Percent, s.T2Percent = or(p.T1Percent, s.T1Percent), or(p.T2Percent, s.T2Percent)
	s.CacheThreshold = or(p.CacheThreshold, s.CacheThreshold)
	if p.CacheMaxAge != nil {
		s.CacheMaxAge = p.CacheMaxAge
	}
	boot, err := bootFields(&p.BootFields)
	if err != nil {
		return err
	}
	if p.NextServer != nil {
		s.NextServer = or(boot.NextServer, netip.IPv4Unspecified())
	}
	// An empty text is none: the one of the scope around counts.
	s.ServerHostname = cmp.Or(or(boot.ServerHostname, ""), s.ServerHostname)
	s.BootFileName = cmp.Or(or(boot.BootFileName, ""), s.BootFileName)
	s.Authoritative = isTrue(p.Authoritative, s.Authoritative)
	s.MatchClientID = isTrue(p.MatchClientID, s.MatchClientID)
	s.StoreExtended = isTrue(p.StoreExtendedInfo, s.StoreExtended)
	s.Allocator = cmp.Or(p.Allocator, s.Allocator)
	switch p.ReservationMode { // Kea 2.2
	case "all":
		s.ReserveGlobal, s.ReserveInSubnet, s.ReserveOutPool = false, true, false
	case "out-of-pool":
		s.ReserveGlobal, s.ReserveInSubnet, s.ReserveOutPool = false, true, true
	case "global":
		s.ReserveGlobal, s.ReserveInSubnet, s.ReserveOutPool = true, false, false
	case "disabled":
		s.ReserveGlobal, s.ReserveInSubnet, s.ReserveOutPool = false, false, false
	}
	s.ReserveGlobal = isTrue(p.ReservationsGlobal, s.ReserveGlobal)
	s.ReserveInSubnet = isTrue(p.ReservationsInSubnet, s.ReserveInSubnet)
	s.ReserveOutPool = isTrue(p.ReservationsOutOfPool, s.ReserveOutPool)
	return s.DDNS.inherit(&p.DDNSParameters)
}

func (d *DDNS) inherit(p *keaconf.DDNSParameters) (err error) {
	d.Send = isTrue(p.DDNSSendUpdates, d.Send)
	d.OverrideNoUpdate = isTrue(p.DDNSOverrideNoUpdate, d.OverrideNoUpdate)
	d.OverrideClientUpdate = isTrue(p.DDNSOverrideClientUpdate, d.OverrideClientUpdate)
	d.Replace = cmp.Or(p.DDNSReplaceClientName, d.Replace)
	d.GeneratedPrefix = or(p.DDNSGeneratedPrefix, d.GeneratedPrefix)
	d.Suffix = or(p.DDNSQualifyingSuffix, d.Suffix)
	d.UpdateOnRenew = isTrue(p.DDNSUpdateOnRenew, d.UpdateOnRenew)
	d.CharSet = or(p.HostnameCharSet, d.CharSet)
	d.CharReplacement = or(p.HostnameCharReplacement, d.CharReplacement)
	d.TTL, d.TTLMin, d.TTLMax = or(p.DDNSTTL, d.TTL), or(p.DDNSTTLMin, d.TTLMin), or(p.DDNSTTLMax, d.TTLMax)
	d.TTLPercent = or(p.DDNSTTLPercent, d.TTLPercent)
	d.ConflictMode = cmp.Or(p.DDNSConflictResolutionMode, d.ConflictMode)
	if use := p.DDNSUseConflictResolution; use != nil && p.DDNSConflictResolutionMode == "" {
		d.ConflictMode = conflictMode(*use)
	}
	d.scrub, err = scrubber(d.CharSet, d.CharReplacement)
	return err
}

// conflictMode is what the key of Kea before 2.6 says about conflicts of names.
func conflictMode(check bool) string {
	if check {
		return "check-with-dhcid"
	}
	return "no-check-with-dhcid"
}

// inheritLifetime puts the lifetimes that a scope sets over those that it has from
// the scope around it, one by one. A limit that nobody sets is the lifetime itself.
func (s *Settings) inheritLifetime(l *keaconf.Lifetimes) error {
	given := &s.lifetimes
	for _, key := range []struct{ into, from **uint32 }{
		{&given.MinValidLifetime, &l.MinValidLifetime}, {&given.ValidLifetime, &l.ValidLifetime}, {&given.MaxValidLifetime, &l.MaxValidLifetime},
	} {
		if *key.from != nil {
			*key.into = *key.from
		}
	}
	if l.MinValidLifetime != nil && l.MaxValidLifetime != nil && l.ValidLifetime == nil && given.ValidLifetime == nil {
		return errors.New("have min-valid-lifetime and max-valid-lifetime but no valid-lifetime (default)")
	}
	v := or(given.ValidLifetime, standardLifetime)
	s.Valid = Lifetime{or(given.MinValidLifetime, v), v, or(given.MaxValidLifetime, v)}
	switch low, high := given.MinValidLifetime != nil, given.MaxValidLifetime != nil; {
	case low && !high && s.Valid.Min > v:
		return plain("the value of min-valid-lifetime (%d) is not less than (default) valid-lifetime (%d)", s.Valid.Min, v)
	case high && !low && v > s.Valid.Max:
		return plain("the value of (default) valid-lifetime (%d) is not less than max-valid-lifetime (%d)", v, s.Valid.Max)
	case s.Valid.Min > s.Valid.Max:
		return fmt.Errorf("the value of min-valid-lifetime (%d) is not less than max-valid-lifetime (%d)", s.Valid.Min, s.Valid.Max)
	}
	if v < s.Valid.Min || v > s.Valid.Max {
		return fmt.Errorf("the value of (default) valid-lifetime (%d) is not between min-valid-lifetime (%d) and max-valid-lifetime (%d)", v, s.Valid.Min, s.Valid.Max)
	}
	return nil
}

// lifetimes returns what a class says about valid lifetimes; its three values
// belong together.
func lifetimes(l *keaconf.Lifetimes) (Lifetime, bool) {
	if l.ValidLifetime == nil && l.MinValidLifetime == nil && l.MaxValidLifetime == nil {
		return Lifetime{}, false
	}
	var out Lifetime
	switch {
	case l.ValidLifetime != nil:
		out.Default = *l.ValidLifetime
	case l.MinValidLifetime != nil:
		out.Default = *l.MinValidLifetime
	default:
		out.Default = *l.MaxValidLifetime
	}
	out.Min, out.Max = or(l.MinValidLifetime, out.Default), or(l.MaxValidLifetime, out.Default)
	return out, true
}

// bootFields reads the fields for booting that a scope sets.
func bootFields(f *keaconf.BootFields) (ClassSettings, error) {
	out := ClassSettings{ServerHostname: f.ServerHostname, BootFileName: f.BootFileName}
	if f.NextServer != nil {
		a, err := netip.ParseAddr(cmp.Or(*f.NextServer, "0.0.0.0"))
		if err != nil || !a.Is4() {
			return out, fmt.Errorf("next-server %q is no IPv4 address", *f.NextServer)
		}
		if !a.IsUnspecified() {
			out.NextServer = &a
		}
	}
	return out, nil
}

func (b *builder) classes(source *keaconf.DHCP4) error {
	afterHosts := map[string]bool{"KNOWN": true, "UNKNOWN": true}
	for i := range source.ClientClasses {
		s := &source.ClientClasses[i]
		class := &Class{ID: b.config.Names.ID(s.Name), Name: s.Name,
			Additional: isTrue(s.OnlyInAdditionalList, false) || isTrue(s.OnlyIfRequired, false)}
		fail := func(err error) error {
			if own, ok := errors.AsType[*fault](err); ok {
				return own
			}
			return fmt.Errorf("client class %q: %w", s.Name, err)
		}
		if text := cmp.Or(s.Test, s.TemplateTest); text != "" {
			e, err := keaexpr.Parse(text, b.rules(s.Test == ""))
			if err != nil {
				return fail(err)
			}
			for _, m := range keaexpr.Classes(e) {
				if _, defined := afterHosts[m.Class]; !defined && !BuiltInClass(m.Class) {
					from := strings.Index(text, "'"+m.Class+"'") + 1
					return plain("expression: [%s] error: <string>:1.%d-%d: Not defined client class '%s'", text, from, from+len(m.Class)+1, m.Class)
				}
				class.AfterHosts = class.AfterHosts || afterHosts[m.Class]
			}
			if s.Test != "" {
				class.Test, err = b.compiler().Test(e)
			} else {
				class.Template, err = b.compiler().Text(e)
			}
			if err != nil {
				return fail(err)
			}
		}
		afterHosts[s.Name] = class.AfterHosts
		var err error
		if class.Settings, err = bootFields(&s.BootFields); err != nil {
			return fail(err)
		}
		if l, ok := lifetimes(&s.Lifetimes); ok {
			class.Settings.Valid = &l
		}
		class.Settings.Offer = s.OfferLifetime
		if class.Options, err = b.definitions.with(s.OptionDef).encode(s.OptionData, b.config.Names.ID); err != nil {
			return fail(err)
		}
		b.config.Classes = append(b.config.Classes, class)
	}
	return nil
}

func (b *builder) ids(one string, many []string) (ids []int) {
	if one != "" {
		many = append(slices.Clip(many), one)
	}
	for _, name := range many {
		ids = append(ids, b.config.Names.ID(name))
	}
	return ids
}

func (b *builder) networks(source *keaconf.DHCP4) error {
	for i := range source.Subnet4 {
		s, err := b.subnet(&source.Subnet4[i], nil, b.config.Global, nil)
		if err != nil {
			return err
		}
		s.Siblings = []*Subnet{s}
	}
	for i := range source.SharedNetworks {
		n := &source.SharedNetworks[i]
		settings := b.config.Global
		err := settings.inherit(&n.Parameters)
		network := &Network{Name: n.Name, Guards: b.ids(n.ClientClass, n.ClientClasses),
			Additional: b.ids("", slices.Concat(n.RequireClientClasses, n.EvaluateAdditionalClasses))}
		if err == nil {
			network.Options, err = b.definitions.encode(n.OptionData, b.config.Names.ID)
		}
		if err != nil {
			if own, ok := errors.AsType[*fault](err); ok {
				return own
			}
			return fmt.Errorf("shared network %q: %w", n.Name, err)
		}
		settings.Interface = n.Interface
		for j := range n.Subnet4 {
			s, err := b.subnet(&n.Subnet4[j], network, settings, n.Relay)
			if err != nil {
				return err
			}
			network.Subnets = append(network.Subnets, s)
		}
		slices.SortFunc(network.Subnets, func(x, y *Subnet) int { return cmp.Compare(x.ID, y.ID) })
		for _, s := range network.Subnets {
			s.Siblings = network.Subnets
		}
	}
	return nil
}

func (b *builder) subnet(s *keaconf.Subnet, n *Network, settings Settings, relay *keaconf.Relay) (*Subnet, error) {
	fail := func(err error) (*Subnet, error) {
		if own, ok := errors.AsType[*fault](err); ok {
			return nil, own
		}
		return nil, fmt.Errorf("subnet configuration failed: %w (subnet %s)", err, s.Subnet)
	}
	prefix, err := netip.ParsePrefix(withoutBlanks(s.Subnet))
	if err != nil || !prefix.Addr().Is4() {
		return nil, fmt.Errorf("subnet configuration failed: Invalid subnet syntax (prefix/len expected):%s", s.Subnet)
	}
	out := &Subnet{ID: s.ID, Prefix: prefix.Masked(), Network: n, Settings: settings,
		Guards: b.ids(s.ClientClass, s.ClientClasses), Additional: b.ids("", slices.Concat(s.RequireClientClasses, s.EvaluateAdditionalClasses))}
	if s.ID == 0 || s.ID == math.MaxUint32 {
		return nil, fmt.Errorf("subnet configuration failed: missing parameter 'id'")
	}
	out.Interface = cmp.Or(s.Interface, out.Interface)
	if err := out.Settings.inherit(&s.Parameters); err != nil {
		return fail(err)
	}
	if out.Options, err = b.definitions.encode(s.OptionData, b.config.Names.ID); err != nil {
		return fail(err)
	}
	for i := range s.Pools {
		p := &s.Pools[i]
		pool := &Pool{ID: or(p.PoolID, 0), Guards: b.ids(p.ClientClass, p.ClientClasses),
			Additional: b.ids("", slices.Concat(p.RequireClientClasses, p.EvaluateAdditionalClasses)), Subnet: out}
		if pool.First, pool.Last, err = keaconf.ParsePool(p.Pool); err != nil {
			return fail(fmt.Errorf("pool %q %w", p.Pool, err))
		}
		if !out.Prefix.Contains(pool.First) || !out.Prefix.Contains(pool.Last) {
			return nil, fmt.Errorf("subnet configuration failed: a pool of type V4, with the following address range: %v-%v does not match the prefix of a subnet: %v to which it is being added", pool.First, pool.Last, out.Prefix)
		}
		if pool.Options, err = b.definitions.encode(p.OptionData, b.config.Names.ID); err != nil {
			return fail(err)
		}
		if !reflect.ValueOf(p.DDNSParameters).IsZero() {
			own := out.DDNS
			if err := own.inherit(&p.DDNSParameters); err != nil {
				return fail(err)
			}
			pool.DDNS = &own
		}
		out.Pools = append(out.Pools, pool)
	}
	slices.SortFunc(out.Pools, func(x, y *Pool) int { return x.First.Compare(y.First) })
	for i, p := range out.Pools {
		p.Index = i
	}
	for i := 1; i < len(out.Pools); i++ {
		if !out.Pools[i-1].Last.Less(out.Pools[i].First) {
			return fail(fmt.Errorf("two pools have the address %v", out.Pools[i].First))
		}
	}
	relays := s.Relay
	if relays == nil {
		relays = relay
	}
	if err := b.relays(out, relays); err != nil {
		return fail(err)
	}
	b.config.Subnets = append(b.config.Subnets, out)
	return out, nil
}

func (b *builder) relays(s *Subnet, relay *keaconf.Relay) error {
	if relay == nil {
		return nil
	}
	list := relay.IPAddresses
	if relay.IPAddress != "" {
		list = append(slices.Clip(list), relay.IPAddress)
	}
	for _, text := range list {
		a, err := netip.ParseAddr(text)
		if err != nil || !a.Is4() {
			return fmt.Errorf("relay %q is no IPv4 address", text)
		}
		b.config.byRelay[a] = append(b.config.byRelay[a], s)
	}
	return nil
}

func (b *builder) reservations(source *keaconf.DHCP4) error {
	h := b.config.Hosts
	if err := h.add(b, 0, source.Reservations); err != nil {
		return err
	}
	for subnet := range source.AllSubnets() {
		if err := h.add(b, subnet.ID, subnet.Reservations); err != nil {
			if own, ok := errors.AsType[*fault](err); ok {
				return own
			}
			return fmt.Errorf("subnet %s: %w", subnet.Subnet, err)
		}
	}
	return nil
}

const optionServerID = 54

// index makes what finds subnets, once all of them are known.
func (b *builder) index() {
	c := b.config
	byID := func(x, y *Subnet) int { return cmp.Compare(x.ID, y.ID) }
	slices.SortFunc(c.Subnets, byID)
	scopes := []*Options{&c.Options}
	for i, s := range c.Subnets {
		s.Index = i
		c.byPrefix.add(s)
		if s.Interface != "" {
			c.byInterface[s.Interface] = append(c.byInterface[s.Interface], s)
		}
		scopes = append(scopes, &s.Options)
		if s.Network != nil {
			scopes = append(scopes, &s.Network.Options)
		}
	}
	for _, list := range c.byRelay {
		slices.SortFunc(list, byID)
	}
	for _, class := range c.Classes {
		scopes = append(scopes, &class.Options)
		for class.ID >= len(c.classByID) {
			c.classByID = append(c.classByID, nil)
		}
		c.classByID[class.ID] = class
	}
	for _, o := range scopes {
		if id, ok := o.Find(optionServerID, func([]int) bool { return true }); ok && len(id.Data) == 4 {
			c.serverIDs[netip.AddrFrom4([4]byte(id.Data))] = true
		}
	}
}
