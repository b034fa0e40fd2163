package keaconf

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/parser/suggest"
)

// walker compares a configuration with the rules of the schema.
type walker struct {
	c        *Checker
	faults   faultList
	networks bool // there are subnets or shared networks
}

func (w *walker) fault(span Span, at *place, sev Severity, format string, args ...any) {
	if w.faults.full {
		return
	}
	w.faults.add(Fault{Severity: sev, Span: span, Pointer: at.String(), Message: fmt.Sprintf(format, args...)})
}

// late reports a fault of a value, not of the syntax: the DHCP servers look at
// those of loggers only when they start.
func (w *walker) late(span Span, at *place, format string, args ...any) {
	if w.faults.full {
		return
	}
	f := Fault{Severity: Error, Span: span, Pointer: at.String(), Message: fmt.Sprintf(format, args...)}
	if (w.c.daemon == DaemonDHCP4 || w.c.daemon == DaemonDHCP6) && strings.Contains(f.Pointer, "/loggers/") {
		f.AtStart, f.Severity = true, Warning
		f.Message += " (-t accepts it, but the server does not start)"
	}
	w.faults.add(f)
}

// node compares a value of a file.
func (w *walker) node(n *Node, r *rule, at *place) {
	if n.Kind == Invalid || w.faults.full {
		return // has its fault already
	}
	if n.Kind != r.kind {
		w.fault(n.Span(), at, Error, "%s", w.wrongKind(n, r, at))
		return
	}
	switch n.Kind {
	case Map:
		if r.members != nil {
			w.nodeMap(n, r, at)
		}
	case Array:
		if len(n.Items) == 0 && r.nonempty && !n.damaged {
			w.fault(n.Span(), at, Error, "Kea %s does not take an empty list here; leave %q out", w.c.version, at.key)
		}
		item := place{up: at}
		for i := range n.Items {
			item.index = i
			w.node(&n.Items[i], r.items, &item)
		}
	case String:
		if r.nonempty && n.Text == "" {
			w.fault(n.Span(), at, Error, "%q is empty; leave it out", at.key)
		} else if !r.allows(n.Text) {
			w.fault(n.Span(), at, Error, "%s", notAllowed(n.Text, r, at))
		}
	case Int, Float:
		w.nodeNumber(n, r, at)
	}
}

func (w *walker) wrongKind(n *Node, r *rule, at *place) string {
	what := "an item of the list"
	if at.key != "" {
		what = strconv.Quote(at.key)
	}
	msg := fmt.Sprintf("%s is %s, not %s", what, r.kind, n.Kind)
	switch {
	case r.kind == Float && n.Kind == Int:
		msg += "; write " + n.Text + ".0"
	case r.kind == Int && n.Kind == Float:
		msg += "; Kea takes no point, exponent or plus sign here"
	case n.Kind == String && (r.kind == Int || r.kind == Bool || r.kind == Float):
		msg += "; leave the quotes out"
	case r.kind == String && (n.Kind == Int || n.Kind == Bool):
		msg += "; put it in quotes"
	}
	return msg
}

func notAllowed(value string, r *rule, at *place) string {
	msg := fmt.Sprintf("%q cannot be %q", at.key, clip(value))
	if at.key == "" {
		msg = fmt.Sprintf("%q cannot hold %q", at.up.key, clip(value))
	}
	if s := suggest.Nearest(value, r.values); s != "" {
		return msg + fmt.Sprintf("; did you mean %q?", s)
	}
	return msg + "; use " + orList(r.values)
}

// nodeNumber checks the range. Kea keeps 32 bits of most integers and checks
// few, so that a number out of them is at least worth a warning.
func (w *walker) nodeNumber(n *Node, r *rule, at *place) {
	x, _ := n.Float()
	if !r.inRange(x) {
		w.late(n.Span(), at, "%q is %s, not %s", at.key, r.rangeText(), n.Text)
		return
	}
	if in := w.inSubnets(at); in != nil && n.Kind == Int && !in.inRange(x) {
		w.fault(n.Span(), at, Error, "%q is %s, not %s", at.key, in.rangeText(), n.Text)
		return
	}
	if n.Kind == Int && (x < 0 || x > math.MaxUint32) {
		w.fault(n.Span(), at, Warning, "Kea does not refuse this number, but keeps 32 bits of it: %d", uint32(int64(x)))
	}
	if w.c.version >= keaversion.V3_2 && strings.HasPrefix(n.Text, "+") {
		w.fault(n.Span(), at, Error, "Kea %s takes no plus sign before a number", w.c.version)
	}
}

// inSubnets returns the rule for a key at the top as the subnets take it over,
// nil if there are none: Kea looks at such values only there.
func (w *walker) inSubnets(at *place) *rule {
	if !w.networks || at.up == nil || at.up.up != nil {
		return nil
	}
	for _, key := range []string{"subnet4", "subnet6"} {
		if list := w.c.rules.members[key]; list != nil {
			return list.items.members[at.key]
		}
	}
	return nil
}

func (w *walker) nodeMap(n *Node, r *rule, at *place) {
	if len(n.Items) == 0 && r.nonempty && !n.damaged {
		w.fault(n.Span(), at, Error, "Kea does not take an empty map here; leave %s out", describe(at))
		return
	}
	member := place{up: at}
	for i := range n.Items {
		m := &n.Items[i]
		member.key = m.Key
		rule := r.members[m.Key]
		switch {
		case rule == nil && r.open:
			w.fault(m.KeySpan(), &member, Warning, "%s; Kea ignores it", w.unknown(m.Key, r))
			continue
		case rule == nil || m.odd:
			w.fault(m.KeySpan(), &member, Error, "%s", w.unknown(m.Key, r))
			continue
		}
		if m.Key == "comment" && n.Get("user-context").Get("comment") != nil {
			w.fault(m.KeySpan(), &member, Error, "the user-context has a comment too, and both are the same to Kea")
		}
		if m.Key == "output_options" && n.Get("output-options") != nil {
			w.fault(m.KeySpan(), &member, Error, "output_options and output-options are the same key")
		}
		w.node(m, rule, &member)
	}
	if n.damaged {
		return // what is missing may have been there
	}
	head := n.KeySpan()
	if n.Key == "" {
		head = Span{n.src, n.off, n.off + 1}
	}
	w.keys(head, r, at, func(key string) bool { return n.Get(key) != nil })
}

func describe(at *place) string {
	if at.key != "" {
		return strconv.Quote(at.key)
	}
	return "the item"
}

func (w *walker) unknown(key string, r *rule) string {
	msg := fmt.Sprintf("unknown key %q in %s", clip(key), r.name)
	if s := w.c.elsewhere(r, key); s != "" {
		return msg + "; " + s
	}
	if s := suggest.Nearest(key, r.keys); s != "" {
		return msg + fmt.Sprintf("; did you mean %q?", s)
	}
	return msg
}

// keys checks which keys are there; has says so.
func (w *walker) keys(head Span, r *rule, at *place, has func(key string) bool) {
	for _, k := range r.required {
		if !has(k) {
			w.late(head, at, "%q is missing in %s", k, r.name)
		}
	}
	for _, keys := range r.anyOf {
		if count(keys, has) == 0 {
			w.fault(head, at, Error, "%s needs %s", r.name, orList(keys))
		}
	}
	for _, keys := range r.oneOf {
		switch n := count(keys, has); {
		case n == 0:
			w.fault(head, at, Error, "%s needs one of %s", r.name, orList(keys))
		case n > 1:
			w.fault(head, at, Error, "%s takes only one of %s", r.name, orList(keys))
		}
	}
	for _, keys := range r.notBoth {
		if count(keys, has) == len(keys) {
			w.fault(head, at, Error, "%s excludes %s in %s", keys[0], strings.Join(keys[1:], ", "), r.name)
		}
	}
}

func count(keys []string, has func(string) bool) int {
	n := 0
	for _, k := range keys {
		if has(k) {
			n++
		}
	}
	return n
}
