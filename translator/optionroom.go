package translator

import (
	"fmt"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// What dhcpd has for the options of an answer, in bytes, to a client that does not
// say how much it takes (RFC 2131 section 2): the rest of 576, and the fields of the
// header for the names of file and server where they hold none.
const (
	roomForOptions    = 312
	roomInFile        = 128
	roomInServerName  = 64
	roomForServersOwn = 30 // type of message, lease times, server identifier, overload
)

// optionRoom speaks for subnets that set more options than an answer of dhcpd's holds.
func (t *translation) optionRoom() {
	if t.v6() {
		return
	}
	room := roomForOptions - roomForServersOwn + roomInFile + roomInServerName
	file, server := false, false
	for st := range dhcpdconf.Preorder(t.file) {
		switch model.SettingName(st) {
		case "filename":
			file = true
		case "server-name":
			server = true
		}
	}
	if file {
		room -= roomInFile
	}
	if server {
		room -= roomInServerName
	}
	o := t.optionPass
	var scopes []*model.Scope
	var fields []string
	for _, s := range t.conf.Subnets {
		if t.subnetOf[s] == nil {
			continue
		}
		state := o.state(s.Chain(), nil)
		size := 0
		keys := state.keys(func(k optionID) bool { return k.space == o.space })
		for _, k := range keys {
			size += wireSize(len(state.get(k).wire))
		}
		if size <= room {
			continue
		}
		scopes = append(scopes, s.Scope)
		for _, k := range keys {
			if f := o.field(k); !slices.Contains(fields, f) {
				fields = append(fields, f)
			}
		}
	}
	if len(scopes) == 0 {
		return
	}
	t.ledger.add(nil, Finding{
		Code: "options-cut", Severity: S2, Verdict: Approximated, Fields: fields,
		Clients:  "clients that ask for many options and do not say that they take messages of more than 576 bytes",
		Audience: Audience{Scopes: scopes},
		Message:  fmt.Sprintf("the options of %d subnets do not fit into an answer of dhcpd's, which leaves the last ones out for a client that takes no more than 576 bytes; Kea sends all that the client asks for.", len(scopes)),
		Remedy:   "see whether clients need them all",
	}, t.root())
}

// wireSize is what an option takes in a message: code and length, again for each 255
// bytes.
func wireSize(length int) int {
	const most, head = 255, 2
	if length == 0 {
		return 0 // it is not sent
	}
	return length + head*((length+most-1)/most)
}

var optionRoomCodes = []CodeInfo{
	{"options-cut", S2, "More options than fit into an answer",
		"To a client that does not say how large a message it takes (option 57) dhcpd sends at most 576 bytes, the fields for file and server name included where they are free. Options that do not fit are left out, those last in the client's list first. Kea sends all of them in a larger message. The finding names subnets whose options together are more than that; clients that ask for a few of them see no difference."},
}
