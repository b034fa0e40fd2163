package explain

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/translator/model/answer"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/exchange"
)

// Input is what an explanation is made of.
type Input struct {
	File     *dhcpdconf.File
	Settings answer.Settings // without an address one is chosen
	Client   *client.Client
	Now      time.Time

	// The translation.
	Report  *translator.Report
	Kea     keaconf.Config
	KeaFile string // its name
	Target  keaversion.Version
}

// Write explains what dhcpd sends the client, message by message.
func Write(ctx context.Context, w io.Writer, in Input) error {
	protocol := dhcpdconf.DHCP4
	if in.Client.V6 {
		protocol = dhcpdconf.DHCP6
	}
	if in.File.Protocol != protocol {
		return fmt.Errorf("the file is for the other protocol than the client: a client with the word duid is one of DHCPv6")
	}
	conf := model.Build(in.File, protocol)
	if !in.Settings.Address.IsValid() {
		// Without one that is to spare there are no clients without relay.
		in.Settings.Address, _ = exchange.ServerAddress(conf)
	}
	k, err := readKea(in.KeaFile, in.Kea, in.Target, in.Client.V6)
	if err != nil {
		return err
	}
	p := &page{w: w, in: in, kea: k}
	p.line(0, "client: %s", in.Client)
	if in.Settings.Address.IsValid() {
		p.line(0, "server: %s", in.Settings.Address)
	}
	err = exchange.Explain(ctx, answer.New(conf, in.Settings), in.Now, []*client.Client{in.Client}, p.message)
	if p.err != nil {
		return p.err
	}
	return err
}

// page is what is being written.
type page struct {
	w    io.Writer
	in   Input
	kea  *kea
	err  error
	told map[translator.Code]bool // of the current message
}

func (p *page) line(depth int, format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, strings.Repeat("  ", depth)+format+"\n", args...)
	}
}

// message explains one message.
func (p *page) message(m exchange.Message, reply answer.Reply) {
	p.told = map[translator.Code]bool{}
	p.line(0, "")
	switch {
	case !m.Sent:
		p.line(0, "%s: not sent, since the client has no lease to speak of", m.Step)
		return
	case m.Answer.Type == "":
		p.line(0, "%s: no answer", m.Step)
	default:
		p.line(0, "%s: %s", m.Step, m.Answer.Type)
	}
	why := &reply.Explanation
	s := p.kea.find(p.in.Client, why)
	if why.Reason != "" {
		p.line(1, "because %s", why.Reason)
	}
	if why.Decision != nil {
		p.line(2, "%s: %s", place(why.Decision), head(why.Decision))
		p.findings(why.Decision)
	}
	p.where(why, s)
	p.fields(m, why, s)
}

// where tells link, pool, host and classes.
func (p *page) where(why *answer.Explanation, s *scopes) {
	if n := why.Network; n != nil && n.Explicit() {
		p.line(1, "link: shared-network %q, %s", n.Name, place(n.Stmt))
	}
	if why.Subnet != nil {
		p.line(1, "subnet: %s, %s", why.Subnet.Prefix, place(why.Subnet.Stmt))
		p.beside(s.subnet)
	}
	switch {
	case why.Static && why.Host != nil:
		p.line(1, "address: fixed by host %s", why.Host.Stmt.Name.Text)
	case why.Pool != nil && why.Pool.Stmt != nil:
		p.line(1, "pool: %s", place(why.Pool.Stmt))
		p.beside(s.pool)
	case why.Pool != nil && len(why.Pool.Ranges) > 0:
		p.line(1, "pool: ranges without a pool, %s", place(why.Pool.Ranges[0].Stmt))
		p.beside(s.pool)
	}
	if why.Host != nil {
		p.line(1, "host: %s, %s", why.Host.Stmt.Name.Text, place(why.Host.Stmt))
		p.beside(s.reservation)
		p.findings(why.Host.Stmt)
	} else if why.Known {
		p.line(1, "host: known, but no declaration applies here")
	}
	for i, c := range why.Classes {
		if len(c.Class.Stmts) == 0 {
			continue
		}
		name := fmt.Sprintf("class: %q, %s", c.Class.Name, place(c.Class.Stmts[0]))
		switch {
		case c.Subclass != nil:
			name = fmt.Sprintf("class: %q, subclass %s", c.Class.Name, place(c.Subclass.Stmt))
		case c.Spawned != nil:
			name += fmt.Sprintf(", spawned for 0x%x", c.Spawned)
		}
		p.line(1, "%s", name)
		if i < len(s.classes) {
			p.beside(s.classes[i])
		}
		p.findings(c.Class.Stmts[0])
	}
	for _, r := range why.Refused {
		if r.Pool.Stmt == nil {
			continue
		}
		reason := "none of its permits is for the client"
		if r.By != nil {
			reason = fmt.Sprintf("%s: %s", place(r.By), head(r.By))
		}
		p.line(1, "not the pool %s: %s", place(r.Pool.Stmt), reason)
	}
}

func (p *page) beside(e element) {
	if e.node != nil {
		p.line(2, "Kea: %s", p.kea.at(e))
	}
}

// parameters say which parameters of dhcpd decide on a field.
var parameters = map[string][]string{
	"lease-time": {"default-lease-time", "max-lease-time", "min-lease-time"}, "prefix lease-time": {"default-lease-time"},
	"preferred-lifetime": {"preferred-lifetime"}, "prefix preferred-lifetime": {"preferred-lifetime"},
	"siaddr": {"next-server"}, "file": {"filename"}, "sname": {"server-name"},
}

// teeCodes are the options that T1 and T2 are, in DHCPv6 too.
var teeCodes = map[string]uint32{"T1": 58, "T2": 59, "prefix T1": 58, "prefix T2": 59}

// fields tells of each field of the answer what made it.
func (p *page) fields(m exchange.Message, why *answer.Explanation, s *scopes) {
	names := slices.Collect(maps.Keys(m.Answer.Fields))
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(number(a), number(b)), cmp.Compare(a, b))
	})
	for _, name := range names {
		value := m.Answer.Fields[name]
		var list []answer.Origin
		for _, o := range why.Origins {
			if Decides(o, name, p.in.Client.V6) {
				list = append(list, o)
			}
		}
		title := name
		if len(list) > 0 && number(name) > 0 {
			title += " (" + list[0].Option.Name + ")"
		}
		p.line(1, "%s = %s", title, value)
		for _, o := range list {
			p.origin(o, s)
		}
		if len(list) == 0 && name != "address" && name != "prefix" {
			p.line(2, "dhcpd's own doing")
		}
	}
	for _, o := range why.Origins {
		if o.Failed && m.Answer.Type != "" {
			p.line(1, "not sent: %s, whose value cannot be computed for this client", o.Option.Name)
			p.origin(o, s)
		}
	}
}

// number is the code of a field that is an option; 0 for others.
func number(field string) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(field, "option "))
	return n
}

// Decides reports whether what made an option or parameter decides on a field of
// an answer.
func Decides(o answer.Origin, field string, v6 bool) bool {
	own := "dhcp"
	if v6 {
		own = "dhcp6"
	}
	if code, ok := teeCodes[field]; ok {
		return o.Option.Space == "dhcp" && o.Option.Code == code
	}
	if code := number(field); code > 0 {
		const vendor4, vendor6 = 43, 17
		inner := o.Option.Space != "dhcp" && o.Option.Space != "dhcp6" && o.Option.Space != "server"
		return o.Sent && o.Option.Space == own && o.Option.Code == uint32(code) || inner && (code == vendor4 || code == vendor6)
	}
	return o.Option.Space == "server" && slices.Contains(parameters[field], o.Option.Name)
}

func (p *page) origin(o answer.Origin, s *scopes) {
	for _, st := range o.Statements {
		where := ""
		if o.Scope != nil {
			where = " (" + o.Scope.Kind.String() + ")"
		}
		p.line(2, "%s%s: %s", place(st), where, head(st))
	}
	if e, ok := s.same(o); ok {
		p.line(2, "Kea: %s", p.kea.at(e))
	}
	for _, st := range o.Statements {
		p.findings(st)
	}
}

// head is a statement on one line.
func head(st dhcpdconf.Statement) string {
	const most = 100
	text := strings.Join(strings.Fields(st.Head().Text()), " ")
	if len(text) > most {
		text = text[:most] + "..."
	}
	return text
}

// findings names what the report says about a statement, once for a message.
func (p *page) findings(st dhcpdconf.Statement) {
	for _, f := range p.in.Report.Findings {
		if f.Statement == st.ID() && f.Severity > translator.S0 && !p.told[f.Code] {
			p.told[f.Code] = true
			p.line(2, "finding %s (%s): %s", f.Code, f.Severity, f.Message)
		}
	}
}
