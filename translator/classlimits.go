package translator

import (
	"errors"
	"fmt"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator/model"
)

// spawnTemplate translates "spawn with": Kea makes a class for each value of a
// template, and puts the client into the template class too, as dhcpd puts it
// into the superclass. No value, no class.
func (t *translation) spawnTemplate(k *class, spawn *dhcpdconf.Spawn, guard string, x expressions) (classPart, bool) {
	if t.opts.Target < keaversion.V2_6 {
		t.untranslatedClass(k, spawn, errors.New("there are template classes from Kea 2.6 on"))
		return classPart{}, false
	}
	value, err := x.value(spawn.Expr)
	if err != nil {
		t.untranslatedClass(k, spawn, err)
		return classPart{}, false
	}
	text := value.text
	if guard != "" {
		text = "ifelse(" + guard + ", " + text + ", '')"
	}
	for _, st := range k.from.Spawn {
		t.ledger.mark(st, Translated)
	}
	return classPart{name: k.name, template: text, scope: k.from.Scope}, true
}

// limits translates "lease limit" with Kea's limits hook. The limit of a class
// with subclasses holds for each of them.
func (t *translation) limits(k *class) {
	c := k.from
	for _, sub := range c.Subclasses {
		for _, l := range sub.Limits {
			t.noLimit(l, c, "the limit of a single subclass is not written.")
		}
	}
	for i, l := range c.Limits {
		switch {
		case i < len(c.Limits)-1:
			t.overridden(l)
		case len(c.Subclasses) > 0:
			t.noLimit(l, c, "the limit holds for each subclass by itself, which is not written.")
		case l.Limit == 0:
			t.noLimit(l, c, "a limit of no lease at all is not written.")
		case !t.canHook(hookLimits):
			t.noLimit(l, c, fmt.Sprintf("the limits hook is not among the open packages of Kea %s.", t.opts.Target))
		default:
			k.parts[len(k.parts)-1].limit = l.Limit
			t.hook(hookLimits, nil)
			t.ledger.add(l, Finding{
				Code: "lease-limit", Severity: S2, Verdict: Approximated,
				Fields: []string{"answered"}, Clients: fmt.Sprintf("members of class %q, when the limit is reached", c.Name),
				Message: "dhcpd counts a lease for one class only, Kea for every limited class that the client is in, and under load Kea can give one too many.",
			}, t.root()+"/client-classes")
		}
	}
}

func (t *translation) noLimit(l *dhcpdconf.LeaseLimit, c *model.Class, why string) {
	remedy := "give each class user-context {\"limits\": {\"address-limit\": N}} and load libdhcp_limits.so"
	if !t.canHook(hookLimits) {
		remedy = t.hookRemedy(hookLimits)
	}
	t.ledger.add(l, Finding{
		Code: "lease-limit", Severity: S3, Verdict: Manual,
		Fields: []string{"answered"}, Clients: fmt.Sprintf("members of class %q above the limit of %d leases", c.Name, l.Limit),
		Message: why + " Members get as many leases as there are addresses.",
		Remedy:  remedy,
	}, "")
}
