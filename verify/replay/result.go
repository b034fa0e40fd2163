package replay

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/verify/exchange"
)

// A Result is what a replay has found so far.
type Result struct {
	Capture string    `json:"capture"`
	Begin   time.Time `json:"begin"` // of the capture
	End     time.Time `json:"end"`
	Frames  int       `json:"frames"`

	Messages   int `json:"messages"`    // of clients of DHCPv4 to servers
	Repeated   int `json:"repeated"`    // messages that came again before their answer
	OtherTypes int `json:"other-types"` // messages that are for no server, or not for DHCP's
	Answers    int `json:"answers"`     // of servers
	Extra      int `json:"extra"`       // answers to messages that had one, or are not in the capture
	Others     int `json:"others"`      // answers of other servers than the one asked for
	Broken     int `json:"broken"`      // messages that cannot be read
	V6         int `json:"dhcpv6"`      // messages of DHCPv6, which are not compared
	Cut        int `json:"cut"`         // packets of which the capture has only the beginning
	Missing    int `json:"missing"`     // packets in fragments of which some are not there
	Late       int `json:"late"`        // messages that stand behind their answers
	InFront    int `json:"in-front"`    // messages that were captured in front of their relay
	// Servers are those that have answered, those with the most answers first.
	Servers []Server `json:"servers,omitempty"`
	// Foreign are kinds of links, with the number of frames, that are not understood.
	Foreign map[string]int `json:"foreign-links,omitempty"`

	Compared   int           `json:"compared"`   // messages of clients with their answers
	Unanswered int           `json:"unanswered"` // of them, by the production server
	Counts     Counts        `json:"outcomes"`   // of those compared
	Rules      []Rule        `json:"rules,omitempty"`
	Groups     []*Difference `json:"differences,omitempty"`
	Omitted    int           `json:"omitted,omitempty"` // differences of further kinds, counted only
	Notes      []string      `json:"notes,omitempty"`

	// Explained says that the findings of a translation have been asked.
	Explained bool `json:"explained,omitempty"`

	rules map[string]int
}

// Counts are messages by outcome.
type Counts struct {
	Equal     int `json:"equal"`
	Allowed   int `json:"allowed"`   // by the rule book
	Explained int `json:"explained"` // by findings of the translation
	Different int `json:"different"`
}

// A Server has sent answers.
type Server struct {
	Address netip.Addr `json:"address"`
	Answers int        `json:"answers"`
}

// mostServers is how many servers are told apart.
const mostServers = 64

// heard counts an answer of a server.
func (r *Result) heard(server netip.Addr) {
	for i := range r.Servers {
		if r.Servers[i].Address == server {
			r.Servers[i].Answers++
			return
		}
	}
	if len(r.Servers) < mostServers && server.IsValid() {
		r.Servers = append(r.Servers, Server{server, 1})
	}
}

// A Rule is a rule of the rule book with the number of differences that it allows.
type Rule struct {
	Name        string `json:"name"`
	Text        string `json:"text"`
	Differences int    `json:"differences"`
}

// A Difference is one kind of difference, with the first message that had it.
type Difference struct {
	Messages int               `json:"messages"`
	Step     string            `json:"message"`
	Field    string            `json:"field"`
	Want     string            `json:"production"`
	Got      string            `json:"kea"`
	Subnet   string            `json:"subnet"` // that keasrv has chosen
	Client   string            `json:"client"`
	Frame    int               `json:"frame"` // of the capture, from 1
	At       time.Time         `json:"time"`
	Findings []translator.Code `json:"findings,omitempty"` // that explain it
	Classes  []string          `json:"classes,omitempty"`
	Notes    []string          `json:"notes,omitempty"`
}

// OneWay reports whether there are messages of clients and no answer to compare with.
func (r *Result) OneWay() bool { return r.Messages > 0 && r.Answers == r.Others }

func (r *Result) rule(id string) {
	if r.rules == nil {
		r.rules = map[string]int{}
	}
	r.rules[id]++
}

// result puts together what is known so far.
func (r *run) result() *Result {
	out := *r.out
	out.Rules = nil
	out.Cut, out.Missing = r.frames.cut, r.frames.missing
	if r.latest != 0 {
		out.End = time.Unix(0, r.latest).UTC()
	}
	out.Servers = slices.SortedStableFunc(slices.Values(out.Servers), func(a, b Server) int { return cmp.Compare(b.Answers, a.Answers) })
	for kind, n := range r.frames.foreign {
		if out.Foreign == nil {
			out.Foreign = map[string]int{}
		}
		out.Foreign[kind.String()] = n
	}
	for _, rule := range exchange.Rules() {
		if n := out.rules[rule.ID]; n > 0 {
			out.Rules = append(out.Rules, Rule{rule.ID, rule.Text, n})
		}
	}
	out.Groups = slices.SortedFunc(maps.Values(r.groups), func(a, b *Difference) int {
		return cmp.Or(cmp.Compare(min(len(a.Findings), 1), min(len(b.Findings), 1)), cmp.Compare(b.Messages, a.Messages), cmp.Compare(a.Frame, b.Frame), cmp.Compare(a.Field, b.Field))
	})
	return &out
}

// Text writes the result for a terminal, with at most so many kinds of differences; those
// that findings explain come last.
func (r *Result) Text(w io.Writer, most int) error {
	p := bufio.NewWriter(w)
	fmt.Fprintf(p, "%s: %d frames", r.Capture, r.Frames)
	if !r.Begin.IsZero() {
		fmt.Fprintf(p, ", %s to %s", r.Begin.UTC().Format(time.DateTime), r.End.UTC().Format(time.DateTime))
	}
	fmt.Fprintf(p, "\n%d messages of clients, %d answers; %d compared, %d of them unanswered in the capture\n\n", r.Messages, r.Answers, r.Compared, r.Unanswered)
	fmt.Fprintf(p, "%11d  %-10s the same answer, field by field\n", r.Counts.Equal, "equal")
	fmt.Fprintf(p, "%11d  %-10s they differ in what the rule book (docs/equivalence.md) leaves open\n", r.Counts.Allowed, "allowed")
	if r.Explained {
		fmt.Fprintf(p, "%11d  %-10s they differ where a finding of the translation says so\n", r.Counts.Explained, "explained")
	}
	fmt.Fprintf(p, "%11d  %-10s\n", r.Counts.Different, "DIFFERENT")
	if len(r.Rules) > 0 {
		fmt.Fprintf(p, "\nAllowed by (differences)\n")
	}
	for _, rule := range r.Rules {
		fmt.Fprintf(p, "%11d  %s: %s\n", rule.Differences, rule.Name, rule.Text)
	}
	for _, c := range []struct {
		n    int
		what string
	}{
		{r.Repeated, "messages came again before they were answered, or are there behind the relay too: one of them counts"},
		{r.Extra, "answers belong to no message in the capture, or to one that had its answer"},
		{r.Others, "answers are of other servers, or offer no address"},
		{r.OtherTypes, "messages are not for a server of DHCP"},
		{r.Broken, "messages cannot be read"},
		{r.Cut, "packets are cut off and were not read: let tcpdump capture them whole (-s 0)"},
		{r.Missing, "packets came in fragments that are not all in the capture: those behind the first have no ports, so let tcpdump take 'udp port 67 or udp port 68 or ip[6:2] & 0x1fff != 0'"},
		{r.Late, "messages stand behind their answers in the capture, which are theirs by the time"},
		{r.InFront, "messages were captured between the client and its relay: they count as relayed, without what the relay adds (option 82)"},
		{r.V6, "messages are of DHCPv6, which keasrv does not serve yet: they were not compared; 'keamigrate verify --live' asks the real kea-dhcp6"},
	} {
		if c.n > 0 {
			fmt.Fprintf(p, "Note: %d %s.\n", c.n, c.what)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(r.Foreign)) {
		fmt.Fprintf(p, "Note: %d frames are of a kind of network that is not understood (%s).\n", r.Foreign[kind], kind)
	}
	if len(r.Servers) > 1 {
		var list []string
		for _, s := range r.Servers {
			list = append(list, fmt.Sprintf("%s (%d)", s.Address, s.Answers))
		}
		fmt.Fprintf(p, "Note: answers name the servers %s. Where these are not addresses of one, --server says which one counts; without it, the first to answer a message does.\n", strings.Join(list, ", "))
	}
	for _, n := range r.Notes {
		fmt.Fprintf(p, "Note: %s.\n", n)
	}
	if r.OneWay() {
		fmt.Fprintf(p, "Note: there is no answer of a server in the capture: either it holds one direction only, or the server was silent.\n")
	}
	for i, d := range r.Groups {
		if i == most {
			fmt.Fprintf(p, "\nand %d more kinds of differences; --json has them\n", len(r.Groups)-most)
			break
		}
		if len(d.Findings) > 0 {
			fmt.Fprintf(p, "\nexplained in %d messages: %s of %s in %s %s\n", d.Messages, d.Field, d.Step, d.Subnet, d.Findings)
		} else {
			fmt.Fprintf(p, "\nDIFFERENT in %d messages: %s of %s in %s\n", d.Messages, d.Field, d.Step, d.Subnet)
		}
		fmt.Fprintf(p, "  production  %s\n  Kea         %s\n", short(d.Want), short(d.Got))
		fmt.Fprintf(p, "  first in frame %d, %s\n  %s\n", d.Frame, d.At.UTC().Format(time.DateTime), d.Client)
		for _, n := range d.Notes {
			fmt.Fprintf(p, "  Kea: %s\n", n)
		}
	}
	return p.Flush()
}

// short cuts a long value.
func short(value string) string {
	const most = 80
	if len(value) <= most {
		return value
	}
	return fmt.Sprintf("%s... (%d characters; --json has them)", value[:most], len(value))
}
