package answer

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/option"
	"github.com/keamigrate/keamigrate/translator/model"
)

// Settings are what dhcpd takes from the machine it runs on.
type Settings struct {
	// Interface is the name of the interface that clients without a relay are
	// on, and Address the server's address there. dhcpd serves those clients
	// only where the address is in a subnet of the configuration, or a subnet
	// names the interface.
	Interface string
	Address   netip.Addr
	// HostName is what gethostname() gives; empty: null.
	HostName string
	// ServerDUID is the server's DUID where the configuration does not say it
	// (DHCPv6).
	ServerDUID []byte
	// Resolve gives the addresses of a host name; nil: no name has any.
	Resolve func(name string) []netip.Addr
}

// Server is a configuration made ready to answer. It does not change.
type Server struct {
	conf     *model.Config
	settings Settings
	universes
	subnetIndex subnetIndex
	values      []*setting // by number of the statement: what it sets
	scopes      []*model.Scope
	groups      map[*model.Scope]*group
	root        *group
	subnets     map[*model.Subnet]*subnet
	networks    map[*model.Network]*network
	local       *network   // that clients without a relay are on
	ranges      []*stretch // of all pools, by address
	classes     map[string]*class
	ordered     []*class // in the order in which they are declared
	limited     bool     // some class has a lease limit
	hosts
}

// group is the statements of a scope, as dhcpd chains them.
type group struct {
	parent        *group
	scope         *model.Scope
	body          []dhcpdconf.Statement
	authoritative bool
}

// New makes a configuration ready. It takes what the parser took; statements
// that dhcpd would not read are passed over.
func New(c *model.Config, s Settings) *Server {
	if c.Repeats {
		c = model.BuildApart(c.File, c.Protocol)
	}
	srv := &Server{
		conf: c, settings: s,
		values: make([]*setting, c.File.Statements), scopes: make([]*model.Scope, c.File.Statements),
		groups:  map[*model.Scope]*group{},
		subnets: map[*model.Subnet]*subnet{}, networks: map[*model.Network]*network{}, classes: map[string]*class{},
	}
	srv.universes.collect(c.File)
	srv.root = srv.group(c.Global)
	srv.makeNetworks()
	srv.makeClasses()
	srv.makeHosts()
	if c.Protocol == dhcpdconf.DHCP6 {
		srv.makePools6()
	} else {
		srv.makePools()
	}
	srv.findLocal()
	return srv
}

// Config returns the configuration.
func (s *Server) Config() *model.Config { return s.conf }

// Address returns the server's address on the link of clients without a relay.
func (s *Server) Address() netip.Addr { return s.settings.Address }

// group returns the group of a scope and makes it when there is none.
func (s *Server) group(scope *model.Scope) *group {
	if scope == nil {
		return nil
	}
	if g := s.groups[scope]; g != nil {
		return g
	}
	g := &group{scope: scope, parent: s.group(scope.Parent), body: scope.Own}
	s.groups[scope] = g
	g.authoritative = authoritative(scope, -1)
	s.prepare(scope, scope.Own)
	return g
}

// Authoritative reports whether dhcpd is authoritative for the clients of a scope.
func Authoritative(scope *model.Scope) bool { return authoritative(scope, -1) }

// authoritative reports whether a scope is authoritative; with at, at the
// statement of that number: dhcpd lets a scope inherit what has been said
// before it was opened.
func authoritative(scope *model.Scope, at int) bool {
	if scope == nil {
		return false
	}
	for _, st := range slices.Backward(scope.Own) {
		if a, ok := st.(*dhcpdconf.Authoritative); ok && (at < 0 || a.ID() < at) {
			return !a.Not
		}
	}
	if scope.Stmt == nil {
		return false
	}
	return authoritative(scope.Parent, scope.Stmt.ID())
}

// prepare finds the values of the statements of a scope, also of those within
// conditions and functions.
func (s *Server) prepare(scope *model.Scope, body []dhcpdconf.Statement) {
	dhcpdconf.Walk(body, func(st dhcpdconf.Statement) bool {
		if id := st.ID(); id >= 0 && id < len(s.values) {
			s.scopes[id] = scope
			s.values[id] = s.valueOf(st)
		}
		return true
	})
}

// valueOf returns what a statement sets, or nil.
func (s *Server) valueOf(st dhcpdconf.Statement) *setting {
	switch st := st.(type) {
	case *dhcpdconf.OptionSet:
		if st.Option != nil {
			return s.dataOf(st, st.Option, &st.Data)
		}
	case *dhcpdconf.Param:
		if st.Option != nil {
			return s.dataOf(st, st.Option, &st.Data)
		}
	case *dhcpdconf.Flag:
		def, ok := s.table.Lookup(spaceServer, model.SettingName(st))
		if !ok {
			return nil
		}
		v := byte(0)
		switch strings.ToLower(st.Verb) {
		case "allow":
			v = 1
		case "ignore":
			v = 2
		}
		return &setting{def: def, data: []byte{v}, fixed: true, st: st}
	case *dhcpdconf.SpaceParam:
		if def, ok := s.table.Lookup(spaceServer, model.SettingName(st)); ok {
			return &setting{def: def, data: []byte(st.Name.Text), fixed: true, st: st}
		}
	}
	return nil
}

func (s *Server) dataOf(st dhcpdconf.Statement, def *option.Def, d *dhcpdconf.Data) *setting {
	v := &setting{def: def, st: st}
	if d.Expr != nil {
		v.expr = d.Expr
		return v
	}
	v.data, v.fixed = s.encode(def, d)
	return v
}

// encode gives the bytes of written fields; ok is false when the name of a
// host has no address.
func (s *Server) encode(def *option.Def, d *dhcpdconf.Data) (data []byte, ok bool) {
	values := make([]option.Value, 0, len(d.Fields))
	for _, f := range d.Fields {
		if f.Host == "" {
			values = append(values, f.Value)
			continue
		}
		list := s.resolve(f.Host)
		if len(list) == 0 {
			return nil, false
		}
		for _, a := range list {
			values = append(values, option.Value{Kind: f.Value.Kind, Addr: a})
		}
	}
	data, err := def.Format.Encode(values)
	if err != nil {
		return nil, false
	}
	if data == nil {
		data = []byte{}
	}
	return data, true
}

func (s *Server) resolve(name string) []netip.Addr {
	if s.settings.Resolve == nil {
		return nil
	}
	var list []netip.Addr
	for _, a := range s.settings.Resolve(name) {
		if a.Unmap().Is4() {
			list = append(list, a.Unmap())
		}
	}
	return list
}

// addresses gives the IPv4 addresses of a name, one after the other.
func (s *Server) addresses(name string) ([]byte, bool) {
	var out []byte
	for _, a := range s.resolve(name) {
		out = append(out, a.AsSlice()...)
	}
	return out, len(out) > 0
}
