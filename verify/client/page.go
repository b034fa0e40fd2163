package client

import (
	"fmt"
	"strings"
)

// Markdown returns docs/clients.md: the words as a page for people.
func Markdown() []byte {
	out := []byte(`# Clients

A client is one line of words. It says what the client is and which messages it
sends, in order; golden files, tests and commands all read it. This page is
generated from the table in the source (` + "`go generate ./verify/client`" + `).

    mac=02:00:00:00:00:01 relay=10.0.0.1 prl=1,3,6 do=discover,request,renew
    duid=00:03:00:01:02:00:00:00:00:01 ia-pd oro=23 do=solicit,request

The order of the words is free; each can be there once. Where a file holds
clients, each has a line of its own, and lines that begin with ` + "`#`" + ` are left out.

Nothing is sent that the line does not say, but for what every message must
have. A client remembers what the server offered and gave it: ` + "`request`, `renew`" + `
and the others speak of that. A message that needs a lease where there is none
is not sent.

`)
	section := func(title string, f family, options, agent []optionWord, opt, agentText string) {
		out = fmt.Appendf(out, "## %s\n\n| word | value | meaning | example |\n|---|---|---|---|\n", title)
		row := func(name, value, text, example string) {
			if value == "" {
				value, example = "none", name
			} else {
				example = name + "=" + example
			}
			out = fmt.Appendf(out, "| `%s` | %s | %s | `%s` |\n", name, value, text, example)
		}
		for _, w := range words {
			if w.family&f != 0 {
				row(w.name, w.value, w.text, w.example)
			}
		}
		for _, w := range options {
			row(w.name, w.codec.what, fmt.Sprintf("option %d, %s", w.code, w.text), w.example)
		}
		row("optN", octets.what, opt, "0x0102")
		for _, w := range agent {
			row(w.name, w.codec.what, fmt.Sprintf("%s %d, %s", agentText, w.code, w.text), w.example)
		}
		row("agentN", octets.what, "any "+agentText+"; N is its code", "0x0102")
		row(doWord.name, doWord.value, doWord.text, doWord.example)
		var list []string
		for _, s := range Steps(f == v6) {
			list = append(list, "`"+string(s)+"`")
		}
		out = fmt.Appendf(out, "\nMessages: %s.\n\n", strings.Join(list, ", "))
	}
	section("DHCPv4", v4, optionWords4, agentWords4, "any other option; N is its code", "sub-option of option 82")
	out = append(out, `A relay adds its address to all messages but `+"`renew` and `release`"+`, which go to the
server itself. `+"`reboot`"+` is the DHCPREQUEST of a client that starts again with an
address it had (INIT-REBOOT), `+"`bootp`"+` a BOOTREQUEST without a message type.

`...)
	section("DHCPv6", v6, optionWords6, agentWords6, "any other option; N is its code", "option of the relay")
	out = append(out, "`inform` is the Information-request.\n"...)
	return out
}
