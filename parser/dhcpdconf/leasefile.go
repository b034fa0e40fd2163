package dhcpdconf

import (
	"fmt"
	"net/netip"
)

// LeaseFile holds the declarations of dhcpd's lease file, which dhcpd reads
// after its configuration, as if they stood at the end of it: what OMAPI and
// spawning classes have made, and what stands for a reservation.
type LeaseFile struct {
	Name    string
	Entries []LeaseFileEntry // in order
}

// LeaseFileEntry is one declaration of a lease file.
type LeaseFileEntry struct {
	Text         []byte // as written, from the keyword to the closing brace or ";"
	Line, Column int    // of its first byte in the lease file, counted from 1

	// One of these is set for what is in the language of lease files; for a
	// host, group, class or subclass both are nil.
	Reserved   *ReservedLease
	ServerDUID []byte
}

// ReservedLease is "lease ADDRESS { ... reserved; ... }": an address that dhcpd
// keeps for one client. Hardware and UID are both nil when it does not say for
// whom; then nobody gets the address.
type ReservedLease struct {
	Base
	Address  netip.Addr
	HType    uint8
	Hardware []byte
	UID      []byte
}

// FromLeases reports whether a statement stands in the lease file.
func (f *File) FromLeases(s Statement) bool {
	return len(f.Leases) > 0 && s.ID() >= f.Leases[0].ID()
}

// leaseFile reads the declarations of the lease file. What dhcpd finds wrong in
// it is no reason for it not to start: it leaves out the statement that it
// cannot read and goes on.
func (p *parser) leaseFile(l *LeaseFile) {
	p.inLeases = true
	for i := range l.Entries {
		e := &l.Entries[i]
		src := NewSource(l.Name, e.Text)
		src.firstLine, src.firstColumn = max(e.Line-1, 0), max(e.Column-1, 0)
		p.cursor = newCursor(src)
		b := Base{span: Span{src, 0, uint32(len(e.Text))}, id: p.nextID, headEnd: uint32(len(e.Text))}
		switch {
		case e.Reserved != nil:
			s := *e.Reserved
			s.Base, s.keyword = b, "lease"
			p.nextID++
			p.file.Leases = append(p.file.Leases, &s)
		case e.ServerDUID != nil:
			b.keyword = "server-duid"
			p.nextID++
			p.file.Leases = append(p.file.Leases, &ServerDUID{Base: b, Type: "raw", Identifier: e.ServerDUID})
		default:
			body, _ := p.fileBody(&scope{kind: scopeRoot})
			p.file.Leases = append(p.file.Leases, body...)
		}
	}
}

// declareGroup notes the name of a group. dhcpd forgets a name that is declared
// once more, and knows it again the next time. A group that is deleted leaves
// its name, with nothing in it.
func (p *parser) declareGroup(s *Group) {
	name := s.Name.Text
	if _, known := p.names.groups[name]; known && !Deleted(s.Body) {
		delete(p.names.groups, name)
		return
	}
	p.names.groups[name] = struct{}{}
}

// declareHost notes the name of a host.
func (p *parser) declareHost(s *Host) {
	name := s.Name.Text
	switch _, twice := p.names.hosts[name]; {
	case Deleted(s.Body):
		delete(p.names.hosts, name)
		return
	case twice && p.inLeases: // the first one stays
		return
	case twice:
		p.fail("duplicate-host", s.Name.Span, fmt.Sprintf("a host named %s exists already", name), "Give each host a name of its own.")
	}
	p.names.hosts[name] = struct{}{}
}

// Deleted reports whether the body of a host, group or class says that there is
// no such thing any more.
func Deleted(body []Statement) bool {
	for _, s := range body {
		if state, ok := s.(*HostState); ok && state.keyword == "deleted" {
			return true
		}
	}
	return false
}
