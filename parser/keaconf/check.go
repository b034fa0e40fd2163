package keaconf

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// A Checker judges configurations of one server of one version of Kea. It may
// be used by several goroutines.
type Checker struct {
	daemon  Daemon
	version keaversion.Version
	rules   *rule

	others func() []otherVersion // loaded when an unknown key is met
}

type otherVersion struct {
	version keaversion.Version
	rules   map[string]*rule // by name of the object
}

// NewChecker returns a checker. It is an error if that version of Kea does not
// have the server.
func NewChecker(d Daemon, v keaversion.Version) (*Checker, error) {
	rules, err := compileRules(d, v)
	if err != nil {
		return nil, err
	}
	c := &Checker{daemon: d, version: v, rules: rules}
	c.others = sync.OnceValue(c.loadOthers)
	return c, nil
}

// CheckFile reads and judges the configuration of any server of Kea. read gives
// the content of files, as os.ReadFile does; the error is its own, or says that
// the version does not have the server. The daemon is "" if it cannot be told.
func CheckFile(name string, v keaversion.Version, read func(name string) ([]byte, error)) (Daemon, Faults, error) {
	text, err := read(name)
	if err != nil {
		return "", nil, err
	}
	root, faults := Parse(name, text, read)
	if root == nil {
		return "", faults, nil
	}
	daemon, fault := Detect(root)
	if fault != nil {
		if !faults.HasErrors() {
			faults = append(faults, *fault)
		}
		return "", faults, nil
	}
	c, err := NewChecker(daemon, v)
	if err != nil {
		return daemon, nil, err
	}
	faults = append(faults, c.Check(root)...)
	sortFaults(faults)
	return daemon, faults, nil
}

// Check judges a file that was read by Parse: first what the schema says, then
// what it cannot say (Kea manual, chapters of the servers). Faults of the syntax
// are not repeated. Memory besides the tree is about that of the model.
func (c *Checker) Check(root *Node) Faults {
	w := &walker{c: c}
	for i := range root.Items {
		n := &root.Items[i]
		at := &place{key: n.Key}
		if n.Key != c.daemon.TopKey() {
			w.fault(n.KeySpan(), at, Error, "only %q may stand here", c.daemon.TopKey())
			continue
		}
		for _, key := range []string{"subnet4", "subnet6", "shared-networks"} {
			if list := n.Get(key); list != nil && len(list.Items) > 0 {
				w.networks = true
			}
		}
		w.node(n, c.rules, at)
	}
	conf, _ := Decode(root) // its faults are those of the walk
	if conf != nil && conf.Daemon() == c.daemon {
		s := newSemantics(c, conf)
		s.locate = func(p *place) Span { return locate(root, p) }
		s.run(conf)
		w.faults.list = append(w.faults.list, s.faults.list...)
	}
	sortFaults(w.faults.list)
	return w.faults.list
}

// Validate judges a configuration that is no file yet, by the same rules. Its
// faults have pointers and no spans. It needs next to no memory.
func (c *Checker) Validate(conf Config) Faults {
	if conf.Daemon() != c.daemon {
		return Faults{{Severity: Error, Message: fmt.Sprintf("this is a configuration for %s, not for %s", conf.Daemon(), c.daemon)}}
	}
	w := &walker{c: c}
	w.config(conf)
	s := newSemantics(c, conf)
	s.run(conf)
	return append(w.faults.list, s.faults.list...)
}

// Validate judges a configuration for a version of Kea; see Checker.Validate.
// It is an error if that version does not have the server.
func Validate(conf Config, v keaversion.Version) (Faults, error) {
	c, err := NewChecker(conf.Daemon(), v)
	if err != nil {
		return nil, err
	}
	return c.Validate(conf), nil
}

// sortFaults brings faults of one file into its order; those of included files
// come where they were found.
func sortFaults(faults Faults) {
	slices.SortStableFunc(faults, func(a, b Fault) int {
		if a.Span.Src != b.Span.Src || a.Span.Src == nil {
			return 0
		}
		return cmp.Compare(a.Span.Off, b.Span.Off)
	})
}

// place is where in a configuration something is: a JSON pointer in pieces, so
// that one is made only when there is a fault.
type place struct {
	up    *place
	key   string // "" for an item of a list
	index int
}

func (p *place) member(key string) *place { return &place{up: p, key: key} }
func (p *place) item(i int) *place        { return &place{up: p, index: i} }

// String is the JSON pointer.
func (p *place) String() string {
	if p == nil {
		return ""
	}
	if p.key == "" && p.up != nil {
		return fmt.Sprintf("%s/%d", p.up, p.index)
	}
	key := p.key
	if strings.ContainsAny(key, "~/") {
		key = strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
	}
	return p.up.String() + "/" + key
}

// locate finds the span of a place; of one that is not there, that of what is
// around it.
func locate(root *Node, p *place) Span {
	n, _ := find(root, p)
	if n == root && len(root.Items) > 0 {
		n = &root.Items[0]
	}
	if n.Kind == Map && n.Key != "" {
		return n.KeySpan() // a whole map is too much to show
	}
	if n.Kind == Map {
		return Span{n.src, n.off, n.off + 1}
	}
	return n.Span()
}

func find(root *Node, p *place) (n *Node, whole bool) {
	if p == nil {
		return root, true
	}
	n, whole = find(root, p.up)
	if !whole {
		return n, false
	}
	if p.key == "" && p.up != nil {
		if n.Kind == Array && p.index < len(n.Items) {
			return &n.Items[p.index], true
		}
		return n, false
	}
	if m := n.Get(p.key); m != nil {
		return m, true
	}
	return n, false
}

// loadOthers compiles the rules of the other versions, to say of an unknown key
// which version has it.
func (c *Checker) loadOthers() []otherVersion {
	var all []otherVersion
	for _, v := range keaversion.All() {
		if v == c.version {
			continue
		}
		if top, err := compileRules(c.daemon, v); err == nil {
			o := otherVersion{v, map[string]*rule{}}
			top.collect(o.rules)
			all = append(all, o)
		}
	}
	return all
}

func (r *rule) collect(into map[string]*rule) {
	if r.items != nil {
		r.items.collect(into)
	}
	if r.members == nil || into[r.name] != nil {
		return
	}
	into[r.name] = r
	for _, m := range r.members {
		m.collect(into)
	}
}

// elsewhere says which other versions have the key, "" if none has.
func (c *Checker) elsewhere(r *rule, key string) string {
	var versions []string
	for _, o := range c.others() {
		if same := o.rules[r.name]; same != nil && same.members[key] != nil {
			versions = append(versions, o.version.String())
		}
	}
	if versions == nil {
		return ""
	}
	return fmt.Sprintf("Kea %s does not have it, Kea %s does", c.version, strings.Join(versions, ", "))
}
