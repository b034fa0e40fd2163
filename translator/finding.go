package translator

import "github.com/keamigrate/keamigrate/parser/dhcpdconf"

// Finding is one thing the operator should know: about a statement, or about
// the result as a whole.
type Finding struct {
	Code     Code
	Severity Severity
	Verdict  Verdict
	Span     dhcpdconf.Span // where in the source; zero when it is about the whole
	// Statement is the ID of the statement, or -1.
	Statement int
	// Keyword is the statement's keyword; empty when Statement is -1.
	Keyword string
	// Places are the places where the statement takes effect, as JSON pointers
	// into the result ("/Dhcp4/subnet4/3/option-data/0"): the first ten.
	Places []string
	// PlaceCount counts all places.
	PlaceCount int
	// Fields are the fields of the answer that can differ, such as "address",
	// "option 12", "lease-time", "siaddr", "answered"; empty when none does.
	Fields []string
	// Clients says which clients are concerned; empty means all that the
	// statement concerns.
	Clients string
	// Audience says the same to programs.
	Audience Audience
	Message  string // what differs and why: one or two sentences
	Remedy   string // what to do next; empty when nothing is to be done
}

// maxPlaces is how many places a finding lists; the rest is only counted.
const maxPlaces = 10

// Code is the stable name of a kind of finding, such as "host-outside-subnets".
// codes.go has the table; docs/findings.md is generated from it.
type Code string

// CodeInfo documents a code.
type CodeInfo struct {
	Code     Code
	Severity Severity // the usual one
	Title    string   // one line
	Text     string   // a paragraph for docs/findings.md: what it means, why, what to do
}
