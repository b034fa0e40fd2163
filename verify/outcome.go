package verify

import (
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/population"
)

// An Outcome says how two servers compare, for a field, a message or a client.
type Outcome uint8

// The outcomes, the worst last.
const (
	Equal     Outcome = iota
	Allowed           // a rule of the rule book allows the difference
	Explained         // a finding of the translation names it
	Different         // nothing explains it
)

var outcomeNames = [...]string{"equal", "allowed", "explained", "different"}

func (o Outcome) String() string { return outcomeNames[o] }

// MarshalText writes the name.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// A Result is what a verification has found.
type Result struct {
	Original string `json:"original"` // names of the files
	Result   string `json:"result"`
	Target   string `json:"target"`
	Against  bool   `json:"against"`        // the result is not our own translation
	Live     bool   `json:"live,omitempty"` // the real servers were asked; Result says which one
	Server   string `json:"server,omitempty"`

	Clients  int       `json:"clients"`
	Messages int       `json:"messages"`
	Counts   Counts    `json:"outcomes"` // clients by their worst outcome
	Rules    []Share   `json:"rules,omitempty"`
	Findings []Share   `json:"findings,omitempty"`
	Subjects []Subject `json:"subjects,omitempty"`
	Coverage []Side    `json:"coverage,omitempty"` // original, result
	Notes    []string  `json:"notes,omitempty"`
	// Ended are the numbers of clients that make dhcpd end.
	Ended   []int          `json:"ended,omitempty"`
	Cases   []*Case        `json:"cases,omitempty"`
	Omitted map[string]int `json:"omitted,omitempty"` // cases that are counted only, by outcome
}

// Counts are numbers by outcome.
type Counts struct {
	Equal     int `json:"equal"`
	Allowed   int `json:"allowed"`
	Explained int `json:"explained"`
	Different int `json:"different"`
}

func (c *Counts) add(o Outcome) {
	*[...]*int{&c.Equal, &c.Allowed, &c.Explained, &c.Different}[o]++
}

// of returns the number of an outcome.
func (c *Counts) of(o Outcome) int {
	return [...]int{c.Equal, c.Allowed, c.Explained, c.Different}[o]
}

// A Share is how many clients a rule or a finding is about.
type Share struct {
	Name    string `json:"name"`
	Text    string `json:"text"`
	Clients int    `json:"clients"`
}

// A Subject is one thing that clients were made for, with their outcomes.
type Subject struct {
	Kind     string   `json:"kind"`
	Name     string   `json:"name"`
	Place    *Place   `json:"place,omitempty"`
	Counts   Counts   `json:"outcomes"`
	Outcomes []Member `json:"-"` // of its clients, in order
}

// A Member is one client of a subject.
type Member struct {
	Client  int // its number, from 1
	Line    string
	Outcome Outcome
	Shown   bool // there is a case
}

// A Case is one client that is answered in another way.
type Case struct {
	Number int    `json:"client"` // from 1
	Line   string `json:"line"`
	// Smallest is a smaller client with the same difference, SmallestConfig a smaller
	// configuration that shows it to that client, and SmallestKea a smaller one of Kea if
	// another than the translation is verified.
	Smallest       string     `json:"smallest-client,omitempty"`
	SmallestConfig string     `json:"smallest-config,omitempty"`
	SmallestKea    string     `json:"smallest-kea,omitempty"`
	Purpose        string     `json:"made-for,omitempty"`
	Outcome        Outcome    `json:"outcome"`
	Exchanges      []Exchange `json:"messages"`
	client         *client.Client
	alone          *client.Client // the smallest that shows the difference by itself; nil: none does
	purpose        population.Purpose
}

// An Exchange is one message of a client and the two answers.
type Exchange struct {
	Step     string  `json:"message"`
	Outcome  Outcome `json:"outcome"`
	Original Answer  `json:"original"`
	Result   Answer  `json:"result"`
	Fields   []Field `json:"fields,omitempty"`
}

// An Answer is what one server has sent, and why.
type Answer struct {
	Type    string  `json:"type"` // "OFFER", "silence", "not sent"
	Reasons []Place `json:"reasons,omitempty"`
}

// A Field is one field of the two answers.
type Field struct {
	Name     string            `json:"field"` // as in findings: "option 3"
	Title    string            `json:"title"` // for people: "routers (3)"
	Want     string            `json:"original"`
	Got      string            `json:"result"`
	Outcome  Outcome           `json:"outcome"`
	Rule     string            `json:"rule,omitempty"`
	Findings []translator.Code `json:"findings,omitempty"`
	WantFrom []Place           `json:"original-from,omitempty"`
	GotFrom  []Place           `json:"result-from,omitempty"`
}

// A Place is a reason with the line of a file that is behind it.
type Place struct {
	Text    string `json:"text"`
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Pointer string `json:"pointer,omitempty"` // into a configuration of Kea
}

// Side is what the clients have touched of one configuration.
type Side struct {
	Name   string     `json:"file"`
	Things []Coverage `json:"things"`
}

// Coverage is how many things of one kind some client has touched.
type Coverage struct {
	Kind    string   `json:"kind"`
	All     int      `json:"all"`
	Touched int      `json:"touched"`
	Missed  []Missed `json:"missed,omitempty"`
}

// Missed is a thing that no client has touched.
type Missed struct {
	Place
	Why       string `json:"why"`
	statement int    // of the original; -1: it is not of that
}
