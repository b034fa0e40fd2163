package verify

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/translator/conversion"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/exchange"
	"github.com/keamigrate/keamigrate/verify/leases"
)

// mostShrunk is how many cases that differ in other ways get their smallest client.
const mostShrunk = 20

// shrink finds for the first case of each kind of difference the smallest client that
// still shows it.
func (r *run) shrink(ctx context.Context) error {
	if r.served == nil {
		return nil // recorded, or the real servers
	}
	seen := map[string]bool{}
	for _, c := range r.out.Cases {
		s := c.signature()
		if c.Outcome != Different || seen[s] || len(seen) == mostShrunk {
			continue
		}
		seen[s] = true
		small, err := r.smallest(ctx, c)
		if err != nil {
			return err
		}
		if c.alone = small; small != nil && small.String() != c.Line {
			c.Smallest = small.String()
		}
	}
	return nil
}

// differing are the fields of a case that nothing explains.
func (c *Case) differing() (fields []string) {
	for _, e := range c.Exchanges {
		for _, f := range e.Fields {
			if f.Outcome == Different && !slices.Contains(fields, f.Name) {
				fields = append(fields, f.Name)
			}
		}
	}
	return fields
}

// smallest takes away from a client what is not needed for one of its differences. It is
// nil when the client alone, with servers that know nobody, has none of them.
func (r *run) smallest(ctx context.Context, c *Case) (*client.Client, error) {
	fields := c.differing()
	var failed error
	differs := func(who *client.Client) bool {
		if failed == nil {
			failed = ctx.Err()
		}
		if failed != nil {
			return false
		}
		found, err := r.alone(ctx, c.Number-1, who)
		if err != nil {
			failed = err
		}
		return slices.ContainsFunc(found, func(f Field) bool { return f.Outcome == Different && slices.Contains(fields, f.Name) })
	}
	if !differs(c.client) {
		return nil, failed
	}
	best := c.client
	for again := true; again && failed == nil; {
		again = false
		for _, try := range smaller(best, fields) {
			if differs(try) {
				best, again = try, true
				break
			}
		}
	}
	return best, failed
}

// servers are those that a client speaks to.
type servers struct {
	model       *exchange.ModelRun
	tested, own *exchange.KeasrvRun // own: as in run
}

// fresh starts servers that have heard nobody yet, and have no leases but those that
// concern a client.
func (r *run) fresh(ctx context.Context, who *client.Client) (s servers, err error) {
	s.model = exchange.StartModel(r.served, r.Now, true)
	concerned := r.concerned(who)
	if len(concerned) > 0 {
		s.model.Load(slices.Values(concerned))
	}
	for _, k := range []struct {
		run *exchange.KeasrvRun
		had *leases.Imported
		to  **exchange.KeasrvRun
	}{{r.tested, r.testedLeases, &s.tested}, {r.own, r.ownLeases, &s.own}} {
		if k.run == nil {
			continue
		}
		db, err := k.had.Some(ctx, concerned)
		if err != nil {
			return s, err
		}
		*k.to = k.run.Again(db)
	}
	return s, nil
}

// alone lets a client speak to servers that have heard nobody yet.
func (r *run) alone(ctx context.Context, n int, who *client.Client) ([]Field, error) {
	s, err := r.fresh(ctx, who)
	if err != nil {
		return nil, err
	}
	var want, got, own told
	err = s.model.Speak(n, who, want.dhcpdSays)
	var ended *exchange.EndedError
	if errors.As(err, &ended) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := speak(s.tested, n, who, &want, &got); err != nil {
		return nil, err
	}
	if s.own != nil {
		if err := speak(s.own, n, who, &want, &own); err != nil {
			return nil, err
		}
	}
	list, err := r.comparison.Client(who, want.messages, got.messages)
	if err != nil {
		return nil, err
	}
	return r.grade(list, got.messages, own.messages), nil
}

// smaller are clients that say a little less, those first that say much less.
func smaller(c *client.Client, fields []string) (list []*client.Client) {
	add := func(change func(*client.Client)) {
		small := *c
		small.Options, small.Agent, small.Do = slices.Clone(c.Options), slices.Clone(c.Agent), slices.Clone(c.Do)
		change(&small)
		if parsed, err := client.Parse(small.String()); err == nil && parsed.String() != c.String() {
			list = append(list, parsed)
		}
	}
	for n := 1; n < len(c.Do); n++ {
		add(func(s *client.Client) { s.Do = s.Do[:n] })
	}
	for i := range c.Do {
		if len(c.Do) > 1 {
			add(func(s *client.Client) { s.Do = slices.Delete(s.Do, i, i+1) })
		}
	}
	const listOfWishes = 55
	if wishes, ok := c.Option(listOfWishes); ok {
		var needed []byte
		for _, f := range fields {
			if code, ok := optionCode(f); ok && slices.Contains(wishes, byte(code)) {
				needed = append(needed, byte(code))
			}
		}
		if len(needed) > 0 && len(needed) < len(wishes) {
			add(func(s *client.Client) {
				i := slices.IndexFunc(s.Options, func(o client.Option) bool { return o.Code == listOfWishes })
				s.Options[i].Data = needed
			})
		}
	}
	for i := range c.Options {
		add(func(s *client.Client) { s.Options = slices.Delete(s.Options, i, i+1) })
	}
	for i := range c.Agent {
		add(func(s *client.Client) { s.Agent = slices.Delete(s.Agent, i, i+1) })
	}
	add(func(s *client.Client) { s.HType = 0 })
	add(func(s *client.Client) { s.Secs = 0 })
	add(func(s *client.Client) { s.Broadcast = false })
	return list
}

// ShrinkConfigs finds for the first cases of each kind of difference, at most so many, the
// smallest configuration that still shows it, and where a file is verified that is not the
// translation, the smallest such file, too. For each it tries most times at most.
func (r *Result) ShrinkConfigs(ctx context.Context, j Job, options translator.Options, cases, most int) error {
	if address, err := netip.ParseAddr(r.Server); err == nil && !j.Address.IsValid() {
		j.Address = address // it stays where it is when subnets are left out
	}
	seen := map[string]bool{}
	for _, c := range r.Cases {
		s := c.signature()
		if c.alone == nil || seen[s] || len(seen) == cases {
			continue
		}
		seen[s] = true
		if err := c.shrinkConfigs(ctx, j, options, most); err != nil {
			return err
		}
	}
	return nil
}

// triple is a difference as a case shows it.
type triple struct{ name, want, got string }

// triples are the differences of a case that nothing explains, of these fields. Each server
// chooses addresses for itself.
func (c *Case) triples(fields []string) (list []triple) {
	for _, e := range c.Exchanges {
		for _, f := range e.Fields {
			if f.Outcome != Different || !slices.Contains(fields, f.Name) {
				continue
			}
			t := triple{f.Name, f.Want, f.Got}
			if f.Name == "address" {
				t.want, t.got = "", ""
			}
			list = append(list, t)
		}
	}
	return list
}

func (c *Case) shrinkConfigs(ctx context.Context, j Job, options translator.Options, most int) error {
	fields := c.differing()
	// What an original means is the same as long as it is.
	var prepared Job
	var preparedFor string
	differences := func(text, kea string) []triple {
		if preparedFor != text || preparedFor == "" {
			job := &conversion.Job{Name: j.File.Source.Name, Text: []byte(text), Options: options, Parse: dhcpdconf.Options{Protocol: dhcpdconf.DHCP4}}
			o, err := job.Run(ctx)
			if err != nil || o.DHCP4 == nil {
				return nil
			}
			small, err := Prepare(o, options)
			if err != nil {
				return nil
			}
			small.Clients, small.Resolve, small.Leases, small.Address = []*client.Client{c.alone}, j.Resolve, j.Leases, j.Address
			prepared, preparedFor = small, text
		}
		small := prepared
		if kea != "" {
			if small.ReadKea(j.ResultName, []byte(kea)) != nil {
				return nil
			}
		}
		r, err := Run(ctx, small)
		if err != nil {
			return nil
		}
		var list []triple
		for _, x := range r.Cases {
			if x.Outcome == Different {
				list = append(list, x.triples(fields)...)
			}
		}
		return list
	}
	original := string(j.File.Source.Text)
	parsed, _ := dhcpdconf.Parse(j.File.Source.Name, []byte(original), dhcpdconf.Options{Protocol: dhcpdconf.DHCP4})
	text := func(pieces []*piece) string { return rest(original, pieces) }
	of, kea := statements(parsed), []*piece(nil)
	keaText := func() string { return "" }
	if j.Against != nil {
		kea = elements(j.Root)
		keaText = func() string { return keaRest(j.Root, kea) }
	}
	wanted := differences(text(of), keaText())
	if len(wanted) == 0 {
		return ctx.Err()
	}
	has := func() bool {
		return ctx.Err() == nil && slices.ContainsFunc(differences(text(of), keaText()), func(t triple) bool { return slices.Contains(wanted, t) })
	}
	for again := true; again && most > 0; {
		var less, lessKea bool
		most, lessKea = leaveOut(kea, has, most)
		most, less = leaveOut(of, has, most)
		again = less || lessKea
	}
	c.SmallestConfig, c.SmallestKea = j.Redact.Text(withoutBlanks(j.File.Source.Name, text(of))), keaText()
	return ctx.Err()
}

// SmallestText takes statements out of a dhcpd.conf, as long as what is left still has a
// property; ok is false if the whole has not got it. It tries most times at most.
func SmallestText(name, text string, most int, has func(string) bool) (small string, ok bool) {
	if !has(text) {
		return "", false
	}
	parsed, _ := dhcpdconf.Parse(name, []byte(text), dhcpdconf.Options{Protocol: dhcpdconf.DHCP4})
	pieces := statements(parsed)
	for again := true; again && most > 0; {
		most, again = leaveOut(pieces, func() bool { return has(rest(text, pieces)) }, most)
	}
	return withoutBlanks(name, rest(text, pieces)), true
}

// withoutBlanks leaves out what stands between the statements, such as comments.
func withoutBlanks(name, text string) string {
	parsed, _ := dhcpdconf.Parse(name, []byte(text), dhcpdconf.Options{Protocol: dhcpdconf.DHCP4})
	var b strings.Builder
	for _, st := range parsed.Body {
		if st.Span().Src != parsed.Source {
			continue
		}
		for line := range strings.Lines(st.Span().Text()) {
			if strings.TrimSpace(line) != "" {
				b.WriteString(strings.TrimRight(line, "\n"))
				b.WriteByte('\n')
			}
		}
	}
	return b.String()
}
