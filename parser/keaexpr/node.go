package keaexpr

// Expr is a node of an expression.
type Expr interface {
	// Pos is the offset of the first byte of the node in the text.
	Pos() int
	// Bool reports whether the value is a truth value; otherwise it is a string
	// of bytes.
	Bool() bool
}

type pos int

func (p pos) Pos() int { return int(p) }

type boolean struct{ pos }

func (boolean) Bool() bool { return true }

type text struct{ pos }

func (text) Bool() bool { return false }

// Truth values.
type (
	// Not is "not X".
	Not struct {
		boolean
		X Expr
	}
	// Logic is X and Y, X or Y. From 3.0 on "and" and "or" stop when the result
	// is known; "sand" and "sor" always look at both.
	Logic struct {
		boolean
		Op   string // "and", "or", "sand", "sor"
		X, Y Expr
	}
	// Equal is X == Y.
	Equal struct {
		boolean
		X, Y Expr
	}
	// Exists is option[...].exists and the like.
	Exists struct {
		boolean
		Of Ref
	}
	// Member is member('class').
	Member struct {
		boolean
		Class string
	}
	// Match is match('regular expression', X).
	Match struct {
		boolean
		Pattern string
		X       Expr
	}
)

// Strings.
type (
	// Literal is a string, hexadecimal digits, an address or a number, which
	// becomes four bytes.
	Literal struct {
		text
		Form  Form
		Value string // without quotes and 0x; of Integer and Address as written
	}
	// Concat is X + Y.
	Concat struct {
		text
		X, Y Expr
	}
	// Value is what a Ref holds: "hex" its bytes, "text" Kea's text for it; of
	// vendor options "enterprise" and "data", of relay6 "peeraddr" and "linkaddr".
	Value struct {
		text
		Of    Ref
		Repr  string
		Index int // of data
	}
	// Packet is a field of the packet: pkt.iface, pkt4.mac, pkt6.transid.
	Packet struct {
		text
		Object, Field string
	}
	// Call is a function of strings. Number arguments are of type *Number.
	Call struct {
		text
		Name string
		Args []Expr
	}
	// Number is a number argument of a function, or "all".
	Number struct {
		text
		Value int64
		All   bool
	}
)

// Form is how a literal is written.
type Form uint8

// The forms of literals.
const (
	String Form = iota + 1
	Hex
	Integer
	Address
)

// Ref names something in the packet that may be there or not.
type Ref struct {
	Base string // "option", "relay4", "relay6", "vendor" or "vendor-class"

	Option *Option // of option; of relay4 the suboption
	Sub    *Option // suboption of option and vendor; option of relay6
	Level  int     // of relay6: 0 is the relay nearest to the server, -1 to the client

	Enterprise    uint32
	AnyEnterprise bool // *, or no number given
	NoEnterprise  bool // no brackets: vendor.enterprise
}

// Option is an option in brackets.
type Option struct {
	Name string // as written; "" if a code is written
	Code uint32
}

// Walk calls f for e and everything below it until f returns false.
func Walk(e Expr, f func(Expr) bool) bool {
	if e == nil || !f(e) {
		return false
	}
	for _, c := range children(e) {
		if !Walk(c, f) {
			return false
		}
	}
	return true
}

func children(e Expr) []Expr {
	switch e := e.(type) {
	case *Not:
		return []Expr{e.X}
	case *Logic:
		return []Expr{e.X, e.Y}
	case *Equal:
		return []Expr{e.X, e.Y}
	case *Match:
		return []Expr{e.X}
	case *Concat:
		return []Expr{e.X, e.Y}
	case *Call:
		return e.Args
	}
	return nil
}

// Classes returns the classes that an expression asks for with member, in order
// of appearance.
func Classes(e Expr) []*Member {
	var all []*Member
	Walk(e, func(e Expr) bool {
		if m, ok := e.(*Member); ok {
			all = append(all, m)
		}
		return true
	})
	return all
}
