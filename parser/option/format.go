package option

import "net/netip"

// Family is the protocol a table of options belongs to.
type Family uint8

// The two protocols.
const (
	V4 Family = 4
	V6 Family = 6
)

// Kind is the type of one field of an option value: one letter of the formats
// in dhcpd's tables (common/tables.c), which are given in the comments.
type Kind uint8

// The kinds of fields.
const (
	Invalid              Kind = iota
	Bool                      // f: one byte, 0, 1, or 2 for "ignore"
	Uint8                     // B
	Int8                      // b
	Uint16                    // S
	Int16                     // s
	Uint32                    // L
	Int32                     // l
	Lifetime                  // T: uint32, "infinite" is 0xffffffff
	IPv4                      // I
	IPv6                      // 6
	Text                      // t: no NUL
	Bytes                     // X: text in quotes or hexadecimal octets
	DomainName                // d: written without quotes, RFC 1035 labels on the wire
	DomainList                // D: names in quotes, joined by commas
	CompressedDomainList      // Dc: the same, with RFC 1035 compression on the wire
	Enum                      // N: a number with names, see Field.Space
	Encapsulated              // E: the options of the space Field.Space
	Empty                     // Z: nothing at all
	KeyName                   // k: the name of a TSIG key (server parameters only)
	SpaceName                 // U: the name of an option space (server parameters only)
)

// Field is one element of a format.
type Field struct {
	Kind     Kind
	Space    string // Encapsulated: the option space; Enum: the enumeration
	Optional bool   // may be absent (dhcpd's 'o'); only at the end
}

// Repeat says what of a format repeats.
type Repeat uint8

// The kinds of repetition.
const (
	Once        Repeat = iota
	RepeatLast         // 'a' after the last field
	RepeatWhole        // 'A': the whole record
)

// Format is the type of an option's value: the fields of a record and what of
// it repeats.
type Format struct {
	Fields []Field
	Repeat Repeat
}

// Value is one written or decoded field.
type Value struct {
	Kind Kind
	Num  int64      // integers, Bool (0, 1, 2), Enum; Lifetime as 0..0xffffffff
	Addr netip.Addr // IPv4, IPv6
	Text string     // Text and Bytes: the bytes; domain names in text form, one name per Value
}

// Def is the definition of one option.
type Def struct {
	Space    string // dhcpd's name of the space: "dhcp", "dhcp6", "agent", "server", ...
	Code     uint32
	Name     string // as dhcpd writes it, lower case
	Format   Format
	Standard bool // from dhcpd's own tables; false: defined in the file
}
