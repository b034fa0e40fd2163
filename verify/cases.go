package verify

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/translator/model/answer"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/exchange"
	"github.com/keamigrate/keamigrate/verify/explain"
)

// Of differences that nothing explains so many clients are shown, and of those
// that are explained by the same findings in the same fields.
const (
	mostDifferent = 300
	mostAlike     = 3
)

// keep makes a case of a client and reports whether it is shown.
func (r *run) keep(i int, worst Outcome, differences []exchange.Difference, fields []Field, want, got *told) bool {
	kind, most := worst.String(), mostDifferent
	if worst == Explained {
		kind, most = alike(fields), mostAlike
	}
	r.shown[kind]++
	if r.shown[kind] > most {
		r.out.Omitted[worst.String()]++
		return false
	}
	m := r.members[i]
	c := &Case{Number: i + 1, Line: m.Client.String(), Outcome: worst, client: m.Client, purpose: m.Purpose}
	if c.Purpose = m.Kind; m.Name != "" {
		c.Purpose += " " + m.Name
	}
	at := 0
	for n := range want.messages {
		w, g := want.messages[n], got.messages[n]
		e := Exchange{Step: string(w.Step)}
		e.Original.Type, e.Result.Type = kindOf(w), kindOf(g)
		if w.Sent {
			e.Original.Reasons = r.dhcpdReasons(&want.dhcpd[n])
		}
		if g.Sent {
			e.Result.Reasons = r.keaReasons(m.Client, got.trace(n))
		}
		for at < len(differences) && differences[at].Step == w.Step {
			d, f := differences[at], fields[at]
			if f.Name == "answered" && (d.Want != w.What() || d.Got != g.What()) {
				break // of a later message of the same kind
			}
			at++
			f.Title, f.Want, f.Got = r.places.title(f.Name), r.places.value(f.Name, d.Want), r.places.value(f.Name, d.Got)
			if f.Name != "answered" {
				f.WantFrom = r.wantFrom(&want.dhcpd[n], f.Name)
				f.GotFrom = r.gotFrom(m.Client, got.trace(n), f.Name)
			}
			e.Outcome = max(e.Outcome, f.Outcome)
			e.Fields = append(e.Fields, f)
			if f.Name == "answered" {
				break
			}
		}
		c.Exchanges = append(c.Exchanges, e)
	}
	r.out.Cases = append(r.out.Cases, c)
	return true
}

func alike(fields []Field) string {
	var list []string
	for _, f := range fields {
		if f.Outcome == Explained {
			list = append(list, fmt.Sprint(f.Name, f.Findings))
		}
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), " ")
}

func kindOf(m exchange.Message) string {
	switch {
	case !m.Sent:
		return "not sent"
	case m.Answer.Type == "":
		return "silence"
	}
	return m.Answer.Type
}

// dhcpdReasons say how dhcpd came to its answer.
func (r *run) dhcpdReasons(why *answer.Explanation) (list []Place) {
	if why.Reason != "" {
		list = append(list, Place{Text: why.Reason})
		if why.Decision != nil {
			list = append(list, r.places.statement(why.Decision, ""))
		}
	}
	if n := why.Network; n != nil && n.Explicit() {
		list = append(list, r.places.statement(n.Stmt, ""))
	}
	if why.Subnet != nil {
		list = append(list, r.places.statement(why.Subnet.Stmt, ""))
	}
	switch {
	case why.Static && why.Host != nil:
		list = append(list, r.places.statement(why.Host.Stmt, "address of the host"))
	case why.Pool != nil && why.Pool.Stmt != nil:
		list = append(list, r.places.statement(why.Pool.Stmt, ""))
	case why.Pool != nil && len(why.Pool.Ranges) > 0:
		list = append(list, r.places.statement(why.Pool.Ranges[0].Stmt, ""))
	}
	if why.Host != nil && !why.Static {
		list = append(list, r.places.statement(why.Host.Stmt, ""))
	}
	for _, c := range why.Classes {
		switch {
		case c.Subclass != nil:
			list = append(list, r.places.statement(c.Subclass.Stmt, ""))
		case len(c.Class.Stmts) > 0:
			list = append(list, r.places.statement(c.Class.Stmts[0], ""))
		}
	}
	for _, x := range why.Refused {
		switch {
		case x.By != nil:
			list = append(list, r.places.statement(x.By, "keeps the client out of a pool"))
		case x.Pool.Stmt != nil:
			list = append(list, r.places.statement(x.Pool.Stmt, "none of its permits is for the client"))
		}
	}
	return list
}

// keaReasons say how keasrv came to its answer.
func (r *run) keaReasons(who *client.Client, t *server.Trace) (list []Place) {
	if t == nil {
		return nil
	}
	for _, note := range t.Notes {
		list = append(list, Place{Text: note})
	}
	if t.Subnet.IsValid() {
		list = append(list, r.places.element(r.places.subnets[int64(t.SubnetID)], fmt.Sprintf("subnet %v (id %d)", t.Subnet, t.SubnetID)))
	}
	if t.Pool != nil {
		list = append(list, r.places.element(r.places.pool(t.Pool), fmt.Sprintf("pool %v - %v", t.Pool.First, t.Pool.Last)))
	}
	if t.Reservation != nil {
		list = append(list, r.places.element(r.reservation(who, t.Reservation), "reservation"))
	}
	for i, name := range t.Classes {
		if e, ok := r.places.classes[name]; ok && !slices.Contains(t.Classes[:i], name) {
			list = append(list, r.places.element(e, "class "+name))
		}
	}
	return list
}

func (r *run) reservation(who *client.Client, h *config.Host) element {
	return r.places.reservation(h, who.MAC, clientID(who))
}

// clientID is the identifier that a client sends, or nothing.
func clientID(who *client.Client) []byte {
	const code = 61
	id, _ := who.Option(code)
	return id
}

// wantFrom are the statements that made a field of dhcpd's answer.
func (r *run) wantFrom(why *answer.Explanation, field string) (list []Place) {
	for _, o := range why.Origins {
		if !explain.Decides(o, field, false) {
			continue
		}
		for _, st := range o.Statements {
			what := ""
			if o.Scope != nil {
				what = o.Scope.Kind.String()
			}
			list = append(list, r.places.statement(st, what))
		}
	}
	return list
}

// parameters are Kea's names of what decides on fields that are no options.
var parameters = map[string]string{
	"lease-time": "valid-lifetime", "siaddr": "next-server", "sname": "server-hostname", "file": "boot-file-name", "T1": "renew-timer", "T2": "rebind-timer",
}

// fieldCodes are the options that some fields are.
var fieldCodes = map[string]uint8{"lease-time": 51, "T1": 58, "T2": 59}

// gotFrom are the parts of the result that made a field of Kea's answer.
func (r *run) gotFrom(who *client.Client, t *server.Trace, field string) []Place {
	if t == nil {
		return nil
	}
	scopes := r.scopes(who, t)
	code, isOption := optionCode(field)
	source := t.Sources[fieldCodes[field]]
	if isOption {
		source = t.Sources[uint8(code)]
	}
	for _, s := range scopes {
		if source != "" && s.name != source && !(s.name == "shared network" || s.name == "global") {
			continue
		}
		e := r.places.option(s.element, code)
		if !isOption {
			e = s.get(parameters[field])
		}
		if e.node != nil {
			return []Place{r.places.element(e, cmp.Or(source, s.name))}
		}
	}
	if source != "" {
		return []Place{{Text: source}}
	}
	return nil
}

// namedElement is a scope of Kea as a trace names it.
type namedElement struct {
	name string
	element
}

// scopes are the parts of the result that concern a client, those first that win.
func (r *run) scopes(who *client.Client, t *server.Trace) (list []namedElement) {
	if t.Reservation != nil {
		list = append(list, namedElement{"reservation", r.reservation(who, t.Reservation)})
	}
	if t.Pool != nil {
		list = append(list, namedElement{"pool", r.places.pool(t.Pool)})
	}
	list = append(list, namedElement{"subnet", r.places.subnets[int64(t.SubnetID)]}, namedElement{"shared network", r.places.networks[int64(t.SubnetID)]})
	for _, name := range t.Classes {
		list = append(list, namedElement{"class " + name, r.places.classes[name]})
	}
	return append(list, namedElement{"global", r.places.server})
}

// result completes what was found.
func (r *run) result() (*Result, error) {
	if r.out.Clients == 0 {
		for why, list := range r.ended {
			return nil, fmt.Errorf("%w: the first message of each client is the end of dhcpd: %s (%d clients)", ErrNothing, why, len(list))
		}
	}
	slices.SortStableFunc(r.out.Cases, func(a, b *Case) int { return cmp.Compare(b.Outcome, a.Outcome) })
	for _, rule := range exchange.Rules() {
		if n := r.rules[rule.ID]; n > 0 {
			r.out.Rules = append(r.out.Rules, Share{rule.ID, rule.Text, n})
		}
	}
	if r.coverage != nil {
		r.out.Coverage = r.coverage.sides(r.ResultName)
	}
	for _, why := range slices.Sorted(maps.Keys(r.ended)) {
		r.out.Notes = append(r.out.Notes, fmt.Sprintf("%d clients make dhcpd end and are compared up to there, such as client %d (%s): %s", len(r.ended[why]), r.ended[why][0], r.members[r.ended[why][0]-1].Client, why))
	}
	titles := map[translator.Code]string{}
	for _, c := range translator.Codes() {
		titles[c.Code] = c.Title
	}
	for code, n := range r.findings {
		r.out.Findings = append(r.out.Findings, Share{string(code), titles[code], n})
	}
	slices.SortFunc(r.out.Findings, func(a, b Share) int {
		return cmp.Or(cmp.Compare(b.Clients, a.Clients), cmp.Compare(a.Name, b.Name))
	})
	return r.out, nil
}
