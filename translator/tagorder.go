package translator

import (
	"slices"
	"strconv"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// tagOrder puts entries for certain classes into the order in which Kea takes
// them. The passes before it put the entry first that is to win. Kea 3.0 takes,
// of the entries for the same option that are tagged with a class of the
// client, the last; one without tags only when there is none, wherever it
// stands (golden/exchanges/class-rank.txtar is the proof).
func (t *translation) tagOrder() {
	if t.opts.Target < keaversion.V3_0 {
		return
	}
	moved := map[string]map[string]string{} // new indices by old, by list
	turn := func(pointer string, data *[]keaconf.OptionData) {
		if m := reverseTagged(data); m != nil {
			moved[pointer] = m
		}
	}
	for _, p := range t.optionPlaces() {
		turn(p.pointer, p.data)
	}
	for _, r := range t.hosts {
		if !r.plain(t) {
			turn(t.placeOf(r).pointer+"/option-data/", &t.reservation(r).OptionData)
		}
	}
	if len(moved) == 0 {
		return
	}
	const list = "/option-data/"
	for i := range t.ledger.findings {
		for j, pointer := range t.ledger.findings[i].Places {
			at := strings.LastIndex(pointer, list)
			if at < 0 {
				continue
			}
			if n, ok := moved[pointer[:at+len(list)]][pointer[at+len(list):]]; ok {
				t.ledger.findings[i].Places[j] = pointer[:at+len(list)] + n
			}
		}
	}
}

// reverseTagged turns the order of the tagged entries round, in the places
// that they have, and returns their new indices by the old ones. Several places
// can share one list, so a new one is made.
func reverseTagged(list *[]keaconf.OptionData) map[string]string {
	data := *list
	var at []int
	for i, o := range data {
		if len(o.ClientClasses) > 0 {
			at = append(at, i)
		}
	}
	if len(at) < 2 {
		return nil
	}
	moved := map[string]string{}
	turned := slices.Clone(data)
	for i, from := range at {
		to := at[len(at)-1-i]
		turned[to] = data[from]
		moved[strconv.Itoa(from)] = strconv.Itoa(to)
	}
	*list = turned
	return moved
}
