package translator

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/keamigrate/keamigrate/translator/model"
)

// mostClasses is how many classes dhcpd lets a packet be in (PACKET_MAX_CLASSES
// in its source; golden/exchanges/class-details.txtar is the proof).
const mostClasses = 5

// isOneValue recognises tests that a value of the packet is a constant.
var isOneValue = regexp.MustCompile(`^(.+) == ('[^']*'|0x[0-9a-fA-F]+)$`)

// countClasses speaks for classes that dhcpd forgets when a client is in many:
// it keeps the first five. Classes whose tests want different values of the
// same thing count once.
func (t *translation) countClasses() {
	values := map[string]map[string]bool{} // by what is compared: the values that were met
	seen := 0
	var late []*model.Scope
	for _, k := range t.fileClasses {
		if !k.translated {
			continue
		}
		if len(k.from.Subclasses) == 0 && !k.reserved {
			// A class that nobody is in, or one of several values.
			if len(k.parts) == 0 || k.parts[0].test == "" && k.parts[0].template == "" {
				continue
			}
			m := isOneValue.FindStringSubmatch(k.parts[0].test)
			if m != nil && !strings.Contains(m[1], " and ") && !strings.Contains(m[1], " or ") {
				if values[m[1]] != nil && !values[m[1]][m[2]] {
					values[m[1]][m[2]] = true
					continue
				}
				if values[m[1]] == nil {
					values[m[1]] = map[string]bool{}
				}
				values[m[1]][m[2]] = true
			}
		}
		if seen++; seen > mostClasses {
			late = append(late, k.from.Scope)
			for _, sub := range k.from.Subclasses {
				if len(late) < mostScopes {
					late = append(late, &sub.Scope)
				}
			}
		}
	}
	if len(late) == 0 {
		return
	}
	t.ledger.add(late[0].Stmt, Finding{
		Code: "class-count", Severity: S2, Verdict: Approximated,
		Fields:  []string{"options", "lease-time", "siaddr", "sname", "file", "answered", "address"},
		Clients: fmt.Sprintf("clients that fit more than %d classes", mostClasses),
		// Not the classes: dhcpd does not count such a client among their members.
		Audience: Audience{Scopes: []*model.Scope{t.conf.Global}},
		Message:  fmt.Sprintf("dhcpd lets a client be in the first %d classes that it fits and forgets the others, with a line in its log; Kea has no such limit. Some classes of the file come after %d others that a client could fit as well.", mostClasses, mostClasses),
		Remedy:   "look for \"too many classes match\" in the log of dhcpd; if there is none, nothing differs",
	}, t.root()+"/client-classes")
}

// manyTests is from how many classes on the time for their tests is worth a word.
// Kea evaluates the test of each class for each packet; measured with 20,000
// on a busy machine, a packet took 65 ms in Kea 3.0, 140 in 2.2 and 200 in 2.6.
const manyTests = 1000

// countTests speaks for the time that Kea needs for the tests of many classes.
func (t *translation) countTests() {
	tests := 0
	for _, c := range t.classes {
		if (c.Test != "" || c.TemplateTest != "") && c.OnlyIfRequired == nil && c.OnlyInAdditionalList == nil {
			tests++
		}
	}
	if tests < manyTests {
		return
	}
	t.ledger.add(nil, Finding{
		Code: "class-many", Severity: S2, Verdict: Translated,
		Message: fmt.Sprintf("Kea evaluates the tests of %d classes for each packet, one after the other; dhcpd finds subclasses by a hash. Expect a few microseconds for each class and packet, so some milliseconds for a thousand.", tests),
		Remedy:  "turn classes that tell clients apart by their hardware address or client identifier into reservations with \"client-classes\", which Kea finds by a hash",
	}, t.root()+"/client-classes")
}

var classCountCodes = []CodeInfo{
	{"class-count", S2, "More classes than dhcpd keeps",
		"dhcpd puts a client into at most five classes: the first ones in the file that it fits. What further classes set is lost, and permits that name them do not see the client. Kea knows no such limit, so its members get what all their classes set."},
	{"class-many", S2, "Many classes with tests",
		"Kea evaluates the test of every class for every packet, one after the other, while dhcpd finds the subclass of a client by a hash. With thousands of classes that limits how many packets a server can answer in a second. Subclasses by hardware address became reservations where that is possible; for others, think about reservations with client classes, or flex_id."},
}
