package replay

import (
	"bytes"
	"cmp"
	"fmt"
	"iter"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"

	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/packet"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/exchange"
)

// compare gives a message to keasrv and compares its answer with that of the
// production server; nil: there was none.
//
// same says that both have sent the same bytes.
func (r *run) compare(w *waiting, local netip.Addr, want []byte, at int64) (same bool, err error) {
	got, _ := r.handle(w, local, nil)
	r.gave = netip.Addr{}
	if len(got) > atGIAddr && w.kind == packet.Request {
		if a := netip.AddrFrom4([4]byte(got[atYIAddr:])); !a.IsUnspecified() {
			r.gave = a
		}
	}
	r.out.Compared++
	if want != nil && got != nil && r.content.sameBytes(want, got) || want == nil && got == nil {
		r.out.Counts.Equal++
		return true, nil
	}
	return false, r.differ(w, local, want, got, at)
}

// differ compares two answers field by field.
func (r *run) differ(w *waiting, local netip.Addr, want, got []byte, at int64) error {
	who, step, err := clientOf(w)
	if err != nil {
		r.out.Broken++
		return nil
	}
	a, b := exchange.Message{Step: step, Sent: true}, exchange.Message{Step: step, Sent: true}
	if want != nil {
		if a.Answer, err = exchange.ReadAnswer4(want, time.Unix(0, at)); err != nil {
			r.out.Broken++
			return nil
		}
	}
	if got != nil {
		if b.Answer, err = exchange.ReadAnswer4(got, time.Unix(0, w.at)); err != nil {
			return fmt.Errorf("the answer of keasrv cannot be read: %w", err)
		}
	}
	list, err := r.comparison.Client(who, []exchange.Message{a}, []exchange.Message{b})
	if err != nil {
		return err
	}
	allowed := true
	for _, d := range list {
		allowed = allowed && d.Allowed
	}
	codes := make([][]translator.Code, len(list))
	if !allowed {
		// Asking anew is cheaper than asking each time why.
		r.trace = server.Trace{}
		r.handle(w, local, &r.trace)
		if r.explainer != nil {
			if codes, err = r.explainer.explain(w, local, who, a, b, list); err != nil {
				return err
			}
		}
	}
	worst := &r.out.Counts.Equal
	for i, d := range list {
		switch {
		case d.Allowed:
			r.out.rule(d.Rule)
			if worst == &r.out.Counts.Equal {
				worst = &r.out.Counts.Allowed
			}
		case len(codes[i]) > 0:
			if worst != &r.out.Counts.Different {
				worst = &r.out.Counts.Explained
			}
			r.note(w, who, step, d, codes[i])
		default:
			worst = &r.out.Counts.Different
			r.note(w, who, step, d, nil)
		}
	}
	*worst++
	return nil
}

// mostGroups is how many kinds of differences are kept.
const mostGroups = 500

// note counts a difference with those of the same kind: the same field, values and
// subnet. codes are the findings that explain it.
func (r *run) note(w *waiting, who *client.Client, step client.Step, d exchange.Difference, codes []translator.Code) {
	subnet := "no subnet"
	if r.trace.Subnet.IsValid() {
		subnet = r.trace.Subnet.String()
	}
	want, got := d.Want, d.Got
	if d.Field == "address" {
		want, got = "", "" // each client has its own
	}
	id := strings.Join([]string{string(step), d.Field, want, got, subnet, fmt.Sprint(codes)}, "\x00")
	g := r.groups[id]
	if g == nil {
		if len(r.groups) >= mostGroups {
			r.out.Omitted++
			return
		}
		g = &Difference{Step: string(step), Field: d.Field, Want: d.Want, Got: d.Got, Subnet: subnet, Client: who.String(), Frame: w.frame, At: time.Unix(0, w.at).UTC(),
			Findings: codes, Classes: slices.Clone(r.trace.Classes), Notes: slices.Clone(r.trace.Notes)}
		r.groups[id] = g
		if r.Found != nil && len(codes) == 0 {
			r.Found(g)
		}
	}
	g.Messages++
}

// content is what the options of a message are, by code. It is used again for the next
// message: what it has of another one is known by its number.
type content struct {
	number uint32
	of     [256]uint32
	data   [256][]byte
}

// sameBytes reports whether two answers say the same, by looking at their bytes. Of
// some that do it says false, never true of those that do not.
func (c *content) sameBytes(a, b []byte) bool {
	if len(a) < atOptions || len(b) < atOptions || !bytes.Equal(a[atYIAddr:atGIAddr], b[atYIAddr:atGIAddr]) || !bytes.Equal(a[atSName:atOptions], b[atSName:atOptions]) {
		return false
	}
	if bytes.Equal(a[atOptions:], b[atOptions:]) {
		return true
	}
	if c.number++; c.number == 0 {
		*c = content{number: 1}
	}
	n := 0
	for code, data := range options(a[atOptions:]) {
		if c.of[code] == c.number || code == optOverload {
			return false // it comes in parts, or there are more of them elsewhere
		}
		c.of[code], c.data[code] = c.number, data
		n++
	}
	for code, data := range options(b[atOptions:]) {
		if c.of[code] != c.number || !bytes.Equal(c.data[code], data) {
			return false
		}
		c.of[code] = c.number - 1
		n--
	}
	return n == 0
}

// options yields the options of a message, as they stand there.
func options(b []byte) iter.Seq2[uint8, []byte] {
	return func(yield func(uint8, []byte) bool) {
		for len(b) > 0 && b[0] != optEnd {
			if b[0] == 0 {
				b = b[1:]
				continue
			}
			if len(b) < 2 || len(b) < 2+int(b[1]) {
				return
			}
			end := 2 + int(b[1])
			if !yield(b[0], b[2:end:end]) {
				return
			}
			b = b[end:]
		}
	}
}

// clientOf describes who has sent a message, and which one it is.
func clientOf(w *waiting) (*client.Client, client.Step, error) {
	m, err := dhcpv4.FromBytes(w.raw)
	if err != nil {
		return nil, "", err
	}
	c := &client.Client{MAC: net.HardwareAddr(m.ClientHWAddr), Secs: m.NumSeconds, Broadcast: m.IsBroadcast()}
	if t := uint8(m.HWType); t != 1 {
		c.HType = t
	}
	if a, ok := netip.AddrFromSlice(m.GatewayIPAddr.To4()); ok && !a.IsUnspecified() {
		c.Relay = a
	}
	ciaddr, _ := netip.AddrFromSlice(m.ClientIPAddr.To4())
	for code, data := range m.Options {
		switch code {
		case 0, optType, optAgent, optEnd:
		default:
			if len(data) > 0 {
				c.Options = append(c.Options, client.Option{Code: uint16(code), Data: data})
			}
		}
	}
	slices.SortFunc(c.Options, func(a, b client.Option) int { return cmp.Compare(a.Code, b.Code) })
	if c.Relay.IsValid() {
		for code, data := range options(m.Options.Get(dhcpv4.GenericOptionCode(optAgent))) {
			if len(data) > 0 {
				c.Agent = append(c.Agent, client.Option{Code: uint16(code), Data: data})
			}
		}
		slices.SortStableFunc(c.Agent, func(a, b client.Option) int { return cmp.Compare(a.Code, b.Code) })
	}
	_, server := c.Option(optServer)
	_, wish := c.Option(optRequested)
	var step client.Step
	switch w.kind {
	case 0:
		step = client.Bootp
	case packet.Discover:
		step = client.Discover
	case packet.Inform:
		step, c.CIAddr = client.Inform, ciaddr
	case packet.Request:
		switch {
		case server:
			step = client.Request
		case !ciaddr.IsUnspecified() && w.dst.Addr() != everybody:
			step, c.CIAddr = client.Renew, ciaddr
		case !ciaddr.IsUnspecified():
			step, c.CIAddr = client.Rebind, ciaddr
		case wish:
			step = client.Reboot
		default:
			step = client.Request
		}
	default:
		return nil, "", fmt.Errorf("messages of type %d are not answered", w.kind)
	}
	c.Do = []client.Step{step}
	return c, step, nil
}
