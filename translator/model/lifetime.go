package model

import "github.com/keamigrate/keamigrate/parser/dhcpdconf"

// dhcpd's defaults, in seconds (dhcpd.conf(5); measured on 4.4.3-P1).
const (
	DefaultLeaseTime = 43200
	MaxLeaseTime     = 86400
	MinLeaseTime     = 300
	// Infinite is what "infinite" and -1 mean.
	Infinite = 0xffffffff
)

// Lifetimes are what dhcpd gives out at a place, in seconds: Default to a
// client that asks for nothing, and to others what they ask for, between Min
// and Max.
type Lifetimes struct {
	Default, Min, Max uint32
	// Statements are those that decided; Computed are those of them whose value
	// depends on the packet, so that the default was taken instead.
	Statements []dhcpdconf.Statement
	Computed   []dhcpdconf.Statement
}

// Same reports whether two places give the same lifetimes.
func (l Lifetimes) Same(m Lifetimes) bool {
	return l.Default == m.Default && l.Min == m.Min && l.Max == m.Max
}

// Lifetimes4 returns the lifetimes of DHCPv4 leases at a place, by dhcpd's
// rules: a maximum below the default lowers the default; a minimum that was
// configured wins over the maximum; the built-in minimum of 300 does not.
func (c Chain) Lifetimes4() Lifetimes {
	var l Lifetimes
	def, _ := c.seconds("default-lease-time", DefaultLeaseTime, &l)
	maximum, _ := c.seconds("max-lease-time", MaxLeaseTime, &l)
	minimum, set := c.seconds("min-lease-time", MinLeaseTime, &l)
	if !set {
		minimum = min(minimum, maximum)
	}
	if minimum > maximum {
		maximum = minimum
	}
	// Kea takes a lifetime of 0 for no lease at all.
	l.Min = max(1, minimum)
	l.Max = max(l.Min, maximum)
	l.Default = min(max(def, l.Min), l.Max)
	return l
}

// Lifetimes6 returns the valid lifetimes of DHCPv6 leases at a place: what is
// configured is given whatever the client asks for; when nothing is, dhcpd
// honours any wish. Maximum and minimum have no effect in DHCPv6.
func (c Chain) Lifetimes6() Lifetimes {
	var l Lifetimes
	def, set := c.seconds("default-lease-time", DefaultLeaseTime, &l)
	l.Default = max(1, def)
	if set {
		l.Min, l.Max = l.Default, l.Default
	} else {
		l.Min, l.Max = 1, Infinite
	}
	return l
}

// Preferred returns the preferred lifetime of DHCPv6 leases in seconds and the
// statement that sets it; nil: dhcpd gives five eighths of the valid lifetime.
func (c Chain) Preferred() (uint32, dhcpdconf.Statement) {
	var l Lifetimes
	if n, set := c.seconds("preferred-lifetime", 0, &l); set {
		return n, l.Statements[0]
	}
	return 0, nil
}

func (c Chain) seconds(name string, otherwise uint32, l *Lifetimes) (n uint32, set bool) {
	st := c.Setting(name)
	if st == nil {
		return otherwise, false
	}
	v, ok := Number(st)
	if !ok {
		l.Computed = append(l.Computed, st)
		return otherwise, false
	}
	l.Statements = append(l.Statements, st)
	return uint32(v), true
}
