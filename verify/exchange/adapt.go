package exchange

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// Adapt writes a configuration so that a server serves it on a machine that has
// nothing but one interface and no network behind it. Both servers then get the
// same text:
//
//   - includes are put in place, since the files they name are elsewhere;
//   - what names things of the machine is left out: interfaces, local addresses
//     and ports, files;
//   - no address is probed before it is offered (ping-check), which takes a
//     second each time;
//   - failover is left out, as it serves nobody without the partner;
//   - host names become addresses that are made up, since nobody answers for
//     them;
//   - pools keep their first addresses only, since dhcpd takes minutes to set up
//     large ones and no address in a pool is unlike the others;
//   - a file without subnets gets one, so that its classes and hosts count.
//
// notes say what was done besides what every file gets.
func Adapt(file *dhcpdconf.File, v6 bool) (text []byte, notes []string) {
	a := &adapter{v6: v6, edits: map[*dhcpdconf.Source][]edit{}, names: map[string]netip.Addr{}, conf: model.Build(file, file.Protocol)}
	for st := range dhcpdconf.Preorder(file) {
		a.statement(st)
	}
	var b bytes.Buffer
	a.write(&b, file.Source, 0)
	if !v6 {
		b.WriteString("\nping-check false;\n")
	}
	if len(a.conf.Subnets) == 0 {
		if v6 {
			b.WriteString("\nsubnet6 2001:db8:0:1::/64 { range6 2001:db8:0:1::1000 2001:db8:0:1::1fff; }\n")
		} else {
			b.WriteString("\nsubnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.100 192.0.2.199; }\n")
		}
		a.note("a subnet was added")
	}
	return b.Bytes(), a.notes
}

// largestRange is how many addresses of a range stay.
const largestRange = 256

type edit struct {
	span dhcpdconf.Span
	text string
	file *dhcpdconf.Source // in place of text: this file
}

type adapter struct {
	v6    bool
	conf  *model.Config
	edits map[*dhcpdconf.Source][]edit
	names map[string]netip.Addr
	notes []string
}

func (a *adapter) note(format string, args ...any) {
	if n := fmt.Sprintf(format, args...); !slices.Contains(a.notes, n) {
		a.notes = append(a.notes, n)
	}
}

func (a *adapter) replace(span dhcpdconf.Span, text string) {
	a.edits[span.Src] = append(a.edits[span.Src], edit{span: span, text: text})
}

// machineParameters are about the machine; ping-check is written anew.
var machineParameters = []string{
	"ping-check", "ping-timeout", "ping-timeout-ms", "local-address", "local-address6", "local-port", "omapi-port", "omapi-key", "lease-file-name", "pid-file-name",
	"dhcpv6-lease-file-name", "dhcpv6-pid-file-name", "log-facility", "remote-port", "bind-local-address6", "delayed-ack", "max-ack-delay",
}

func (a *adapter) statement(st dhcpdconf.Statement) {
	switch st := st.(type) {
	case *dhcpdconf.Include:
		a.edits[st.Span().Src] = append(a.edits[st.Span().Src], edit{span: st.Span(), file: st.Source})
	case *dhcpdconf.Interface:
		a.replace(st.Span(), "")
	case *dhcpdconf.Failover, *dhcpdconf.PoolPeer:
		a.replace(st.Span(), "")
		a.note("failover was left out")
	case *dhcpdconf.Param:
		if st.Option != nil && slices.Contains(machineParameters, st.Option.Name) {
			a.replace(st.Span(), "")
			return
		}
		a.data(st.Data)
	case *dhcpdconf.OptionSet:
		a.data(st.Data)
	case *dhcpdconf.FixedAddress:
		for _, addr := range st.Addresses {
			if addr.Host != "" {
				a.replace(addr.Span, a.hostAddress(addr.Host).String())
			}
		}
	case *dhcpdconf.Range:
		if n := size(st.Low, st.High); n > largestRange {
			high := st.Low
			for range largestRange - 1 {
				high = high.Next()
			}
			word := ""
			if st.DynamicBootp {
				word = "dynamic-bootp "
			}
			a.replace(st.Span(), fmt.Sprintf("range %s%s %s;", word, st.Low, high))
			a.note("ranges of more than %d addresses were cut off", largestRange)
		}
	}
}

func size(low, high netip.Addr) int64 {
	if !low.Is4() || !high.Is4() || high.Less(low) {
		return 1
	}
	number := func(x netip.Addr) (n int64) {
		for _, b := range x.As4() {
			n = n<<8 | int64(b)
		}
		return n
	}
	return number(high) - number(low) + 1
}

func (a *adapter) data(d dhcpdconf.Data) {
	for _, f := range d.Fields {
		if f.Host != "" {
			a.replace(f.Span, a.address(f.Host).String())
		}
	}
	a.expression(d.Expr, 0)
}

func (a *adapter) expression(e dhcpdconf.Expr, depth int) {
	const deepest = 100
	if depth > deepest {
		return
	}
	switch e := e.(type) {
	case *dhcpdconf.Literal:
		if e.Kind == dhcpdconf.LiteralHost {
			a.replace(e.Span(), a.address(e.Host).String())
		}
	case *dhcpdconf.Call:
		for _, arg := range e.Args {
			a.expression(arg, depth+1)
		}
	}
}

// address makes up the address of a host name.
func (a *adapter) address(name string) netip.Addr {
	a.note("host names became addresses")
	key := strings.ToLower(name)
	if !a.names[key].IsValid() {
		a.names[key] = netip.AddrFrom4([4]byte{198, 51, 100, byte(1 + len(a.names)%250)})
	}
	return a.names[key]
}

// hostAddress makes one up for a host declaration: at the end of a subnet.
func (a *adapter) hostAddress(name string) netip.Addr {
	for _, s := range a.conf.Subnets {
		if !s.Prefix.IsValid() || s.Prefix.Bits() > 29 && !a.v6 {
			continue
		}
		key := "host " + strings.ToLower(name)
		if a.names[key].IsValid() {
			return a.names[key]
		}
		last := model.LastAddr(s.Prefix)
		for range 200 {
			last = last.Prev()
			taken := poolOf(a.conf, last) != nil
			for _, have := range a.names {
				taken = taken || have == last
			}
			if !taken && s.Prefix.Contains(last) {
				a.names[key] = last
				a.note("host names became addresses")
				return last
			}
		}
	}
	return a.address(name)
}

// write writes a source with its edits.
func (a *adapter) write(b *bytes.Buffer, src *dhcpdconf.Source, depth int) {
	const deepest = 64
	edits := a.edits[src]
	slices.SortFunc(edits, func(x, y edit) int { return int(int64(x.span.Off) - int64(y.span.Off)) })
	at := uint32(0)
	for _, e := range edits {
		if e.span.Off < at {
			continue // inside one that is left out
		}
		b.Write(src.Text[at:e.span.Off])
		at = e.span.End
		if e.file != nil && depth < deepest {
			b.WriteByte('\n')
			a.write(b, e.file, depth+1)
			b.WriteByte('\n')
			continue
		}
		b.WriteString(e.text)
		b.WriteByte(' ')
	}
	b.Write(src.Text[at:])
}
