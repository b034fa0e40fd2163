package dhcpdconf

import "net/netip"

// Subnet is "subnet N netmask M { }".
type Subnet struct {
	Base
	Network netip.Addr
	Netmask netip.Addr // may be non-contiguous, which dhcpd accepts
	Block
}

// Subnet6 is "subnet6 P/len { }".
type Subnet6 struct {
	Base
	Prefix netip.Prefix
	Block
}

// SharedNetwork is "shared-network NAME { }".
type SharedNetwork struct {
	Base
	Name Name
	Block
}

// Pool is "pool { }" or "pool6 { }".
type Pool struct {
	Base
	V6 bool
	Block
}

// Group is "group [NAME] { }".
type Group struct {
	Base
	Name Name // empty when unnamed
	Block
}

// Host is "host NAME { }".
type Host struct {
	Base
	Name Name
	Block
}

// Class is "class NAME { }" and the old "vendor-class" and "user-class".
type Class struct {
	Base
	Kind string // "class", "vendor-class", "user-class"
	Name Name
	Block
}

// Subclass is "subclass NAME VALUE ;" or with a block. The old
// vendor-class and user-class statements are subclasses without a value; the
// keyword tells them apart.
type Subclass struct {
	Base
	Class    Name
	Value    Expr // what the class's "match" must give; nil when absent
	HasBlock bool
	Block
}

// Zone is "zone NAME { }".
type Zone struct {
	Base
	Name       Name
	Primary    []Address
	Secondary  []Address
	Primary6   []Address
	Secondary6 []Address
	Key        Name // empty: unsigned
	Parts      []Statement
}

// Key is "key NAME { algorithm A; secret S; }".
type Key struct {
	Base
	Name      Name
	Algorithm Name
	Secret    Name // base64; never show it
	Parts     []Statement
}

// Failover is "failover peer NAME { }", the declaration of a relationship.
type Failover struct {
	Base
	Name    Name
	Primary bool
	// Parts are its parameters, one Setting each: "address", "peer address",
	// "port", "peer port", "mclt", "split", "hba", "load balance max seconds",
	// "max-response-delay", "auto-partner-down", ...
	Parts []Statement
}

// Setting is one parameter inside a declaration that has a language of its own
// (failover, zone, key), and those of server-duid and the like: a keyword of
// one or more words and its values.
type Setting struct {
	Base
	Key    string // "peer address"
	Values []SettingValue
}

// SettingValue is one value of a Setting: text as written, and an address or a
// number where it is one.
type SettingValue struct {
	Span Span
	Text string
	Addr Address
	Num  int64
}

// ---- parameters with a form of their own ----
