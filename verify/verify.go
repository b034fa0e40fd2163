package verify

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/translator/model/answer"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/exchange"
	"github.com/keamigrate/keamigrate/verify/leases"
	"github.com/keamigrate/keamigrate/verify/population"
)

// A Job is a verification to run.
type Job struct {
	File   *dhcpdconf.File
	Report *translator.Report // of the translation
	Own    *keaconf.DHCP4     // the translation
	Target keaversion.Version
	// Against is the configuration to verify; nil: the translation.
	Against *keaconf.DHCP4
	// ResultName is the file that is verified, and Root what is written in it.
	ResultName string
	Root       *keaconf.Node

	Redact *dhcpdconf.Redactor // hides secrets of the original; nil: there are none
	// Clients are those to ask; nil: they are derived from the original.
	Clients []*client.Client
	// Most is how many clients are derived at most; 0 means 4000, and more for what none
	// of them touches.
	Most int
	Seed uint64
	// Address is the server's address on the link of clients without a relay. If
	// it is not valid, a free one of the first subnet is taken.
	Address netip.Addr
	Resolve func(name string) []netip.Addr
	Now     time.Time
	// Leases is dhcpd's lease file, for both sides; nil: nobody has a lease before the
	// first client speaks.
	Leases *leases.File
	// Recording is what dhcpd and the translation have answered before; nil: they
	// are asked. It has to be of the same file, clients and times.
	Recording *Recording
}

// ErrNothing means that there is nothing that could be verified.
var ErrNothing = errors.New("there is nothing to verify")

// mostClients is how many clients are derived if nothing else is said.
const mostClients = 4000

// Run verifies. An error means that nothing is known: a configuration cannot be
// served, or there is no client.
func Run(ctx context.Context, j Job) (*Result, error) {
	r, err := start(ctx, &j)
	if err != nil {
		return nil, err
	}
	if err := r.all(ctx, 0); err != nil {
		return nil, err
	}
	if err := r.grow(ctx); err != nil {
		return nil, err
	}
	if err := r.shrink(ctx); err != nil {
		return nil, err
	}
	return r.result()
}

// all lets the clients speak, from a number on.
func (r *run) all(ctx context.Context, from int) error {
	for i := from; i < len(r.members); i++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.client(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// grow adds clients for what none has touched yet, until none touches anything more.
func (r *run) grow(ctx context.Context) error {
	const rounds, most = 4, 20_000
	if r.Clients != nil || r.Recording != nil || r.Most > 0 {
		return nil
	}
	options := population.Options{Seed: r.Seed, Most: most, Server: r.direct}
	if err := r.add(ctx, population.Together(r.conf, r.coverage.untouchedOptions(), options)); err != nil {
		return err
	}
	for round := range rounds {
		untouched := r.coverage.untouched()
		if len(untouched) == 0 {
			return nil
		}
		more := population.More(r.conf, untouched, round, options)
		if len(more) == 0 {
			break
		}
		if err := r.add(ctx, more); err != nil {
			return err
		}
	}
	return nil
}

// add lets further clients speak, to servers that have just started: those before have
// left leases behind.
func (r *run) add(ctx context.Context, more []population.Member) error {
	if len(more) == 0 {
		return nil
	}
	r.model = exchange.StartModel(r.served, r.Now, true)
	if r.Leases != nil {
		r.model.Load(r.Leases.All())
	}
	for _, k := range []struct {
		run **exchange.KeasrvRun
		had *leases.Imported
	}{{&r.tested, r.testedLeases}, {&r.own, r.ownLeases}} {
		if *k.run == nil {
			continue
		}
		db, err := k.had.Open(ctx)
		if err != nil {
			return err
		}
		*k.run = (*k.run).Again(db)
	}
	from := len(r.members)
	r.members = append(r.members, more...)
	r.judge.Add(clientsOf(more))
	return r.all(ctx, from)
}

// run is a verification under way.
type run struct {
	*Job
	conf       *model.Config
	network    exchange.Network
	direct     netip.Addr // the server's on the link of clients without a relay; not valid: there are none
	members    []population.Member
	served     *answer.Server // the original; nil: its answers are recorded
	model      *exchange.ModelRun
	own        *exchange.KeasrvRun // nil: the translation is what is verified
	tested     *exchange.KeasrvRun
	comparison *exchange.Comparison
	// What the servers had before the first client spoke; nil: nothing.
	ownLeases, testedLeases *leases.Imported
	judge                   *exchange.Judge
	places                  *places
	coverage                *coverage
	out                     *Result

	subjects map[population.Purpose]int
	rules    map[string]int
	findings map[translator.Code]int
	shown    map[string]int // cases by what they are about
	// ended are the clients that make dhcpd end, by the reason.
	ended map[string][]int
}

func start(ctx context.Context, j *Job) (*run, error) {
	if j.File.Protocol == dhcpdconf.DHCP6 {
		return nil, errors.New("keasrv does not serve DHCPv6 yet, so this file cannot be verified in this process: verify --live asks the real servers")
	}
	r := newRun(j, model.Build(j.File, j.File.Protocol), nil)
	r.coverage = newCoverage(r.conf, r.places)
	r.network.Address = j.Address
	direct := j.Address
	if !direct.IsValid() {
		if a, err := exchange.ServerAddress(r.conf); err == nil {
			r.network.Address, direct = a, a
		} else {
			// No subnet has room for the server: it takes an address of a pool,
			// and all clients are behind relays.
			r.network.Address = crowded(r.conf)
		}
	}
	r.direct = direct
	if j.Clients != nil {
		for _, c := range j.Clients {
			if c.V6 {
				return nil, errors.New("a client of DHCPv6 cannot ask a server of DHCPv4")
			}
			r.members = append(r.members, population.Member{Client: c, Purpose: population.Purpose{Kind: "given"}})
		}
	} else if j.Recording != nil {
		r.members = j.Recording.members
	} else {
		most := j.Most
		if most <= 0 {
			most = mostClients
		}
		options := population.Options{Seed: j.Seed, Most: most, Server: direct, Grow: true}
		if j.Leases != nil {
			r.members = population.Leased(r.conf, j.Leases.Entries, j.Now.Unix(), options)
			options.Most = max(1, most-len(r.members))
		}
		r.members = append(r.members, population.Members(r.conf, options)...)
	}
	if len(r.members) == 0 {
		return nil, fmt.Errorf("%w: %s declares no subnet in which a client could be", ErrNothing, j.File.Source.Name)
	}
	if j.Recording == nil {
		settings := exchange.ModelSettings(r.network)
		settings.Resolve = j.Resolve
		r.served = answer.New(r.conf, settings)
		r.model = exchange.StartModel(r.served, j.Now, true)
		if j.Leases != nil {
			r.model.Load(j.Leases.All())
		}
	}
	tested := j.Own
	var err error
	if j.Against != nil {
		tested = j.Against
		if r.own, r.ownLeases, err = r.serve(ctx, j.Own); err != nil { // also where its answers are recorded
			return nil, fmt.Errorf("the translation: %w", err)
		}
	}
	tested, left := Servable(tested)
	if r.tested, r.testedLeases, err = r.serve(ctx, tested); err != nil {
		return nil, fmt.Errorf("%s: %w", j.ResultName, err)
	}
	r.comparison = exchange.NewComparison(r.conf, j.Target)
	r.comparison.OneClock()
	r.judge = exchange.NewJudge(r.conf, r.network.Address, clientsOf(r.members))
	r.out.Server, r.out.Notes = r.network.Address.String(), left
	r.noteLeases()
	if n := invalid(j.Report); n > 0 {
		r.out.Notes = append(r.out.Notes, fmt.Sprintf("%d statements are not valid for dhcpd, and are left out; what keamigrate convert says of them comes first", n))
	}
	if j.Target != keaversion.V3_0 {
		r.out.Notes = append(r.out.Notes, fmt.Sprintf("keasrv answers as Kea 3.0 does, not as Kea %s: verify --live asks that one", j.Target))
	}
	return r, nil
}

// invalid counts the statements that dhcpd refuses.
func invalid(r *translator.Report) int {
	seen := map[int]bool{}
	for _, f := range r.Findings {
		if f.Verdict == translator.Invalid && f.Statement >= 0 {
			seen[f.Statement] = true
		}
	}
	return len(seen)
}

// newRun makes a run that has not asked anybody yet.
func newRun(j *Job, conf *model.Config, members []population.Member) *run {
	return &run{
		Job: j, conf: conf, members: members, places: newPlaces(j),
		subjects: map[population.Purpose]int{}, rules: map[string]int{}, findings: map[translator.Code]int{}, shown: map[string]int{}, ended: map[string][]int{},
		out: &Result{Original: j.File.Source.Name, Result: j.ResultName, Target: j.Target.String(), Against: j.Against != nil, Omitted: map[string]int{}},
	}
}

func clientsOf(members []population.Member) []*client.Client {
	list := make([]*client.Client, len(members))
	for i, m := range members {
		list[i] = m.Client
	}
	return list
}

// crowded is an address for a server for which there is no room in the subnets.
func crowded(conf *model.Config) netip.Addr {
	for _, s := range conf.Subnets {
		if a := s.Prefix.Addr().Next(); s.Prefix.IsValid() && s.Prefix.Contains(a) && conf.SubnetOf(a) == s {
			return a
		}
	}
	return netip.AddrFrom4([4]byte{192, 0, 2, 1}) // for documentation (RFC 5737)
}

// serve starts keasrv with a configuration, and with what the lease file gives it.
func (r *run) serve(ctx context.Context, conf *keaconf.DHCP4) (k *exchange.KeasrvRun, had *leases.Imported, err error) {
	if r.Leases != nil {
		if had, err = r.Leases.Import(ctx, conf, r.Target); err != nil {
			return nil, nil, err
		}
	}
	db, err := had.Open(ctx)
	if err != nil {
		return nil, nil, err
	}
	conf, _ = Servable(conf)
	k, err = exchange.StartKeasrv(conf, r.network, db, true, r.Leases != nil)
	return k, had, err
}

// told is what one client was told by a server.
type told struct {
	messages []exchange.Message
	dhcpd    []answer.Explanation
	kea      []*server.Trace
}

// trace is why Kea answers the n-th message; nil: it does not say.
func (t *told) trace(n int) *server.Trace {
	if n < len(t.kea) {
		return t.kea[n]
	}
	return nil
}

// between is the time from one client to the next. A lease that was given up a
// moment ago still counts as in use for some servers.
const between = 2 * time.Second

// client lets one client speak to all servers and compares.
func (r *run) client(ctx context.Context, i int) error {
	who := r.members[i].Client
	s := servers{r.model, r.tested, r.own}
	if r.members[i].Kind == "lease" && r.Recording == nil {
		var err error
		if s, err = r.fresh(ctx, who); err != nil {
			return err
		}
	}
	want, ended, err := r.ask(s.model, i)
	if err != nil {
		return err
	}
	if ended != "" {
		r.ended[ended] = append(r.ended[ended], i+1)
		r.out.Ended = append(r.out.Ended, i+1)
		if len(want.messages) == 0 {
			return nil
		}
		cut := *who // what it says before dhcpd's end
		cut.Do = cut.Do[:len(want.messages)]
		who = &cut
	}
	r.out.Clients++
	var got, own told
	if err := speak(s.tested, i, who, want, &got); err != nil {
		return err
	}
	switch {
	case s.own == nil:
		own = got
	case r.Recording != nil && r.Recording.own != nil:
		own = r.Recording.own[i]
	default:
		if err := speak(s.own, i, who, want, &own); err != nil {
			return err
		}
	}
	r.coverage.client(who, want, &got)
	r.out.Messages += sent(want.messages)
	return r.compare(i, who, want, &got, &own)
}

// compare compares what a client was told by dhcpd and by the result; own is what the
// translation says.
func (r *run) compare(i int, who *client.Client, want, got, own *told) error {
	differences, err := r.comparison.Client(who, want.messages, got.messages)
	if err != nil {
		return err
	}
	worst := Equal
	var fields []Field
	if len(differences) > 0 {
		r.judge.Heard(want.messages)
		r.judge.Heard(got.messages)
		fields = r.grade(differences, got.messages, own.messages)
		for _, f := range fields {
			worst = max(worst, f.Outcome)
		}
		r.count(fields)
	}
	shown := false
	if worst >= Explained {
		shown = r.keep(i, worst, differences, fields, want, got)
	}
	r.out.Counts.add(worst)
	r.subject(i, worst, shown)
	return nil
}

// ask lets a client speak to the model of dhcpd. ended says why dhcpd has ended of
// it; empty: it has not.
func (r *run) ask(dhcpd *exchange.ModelRun, i int) (t *told, ended string, err error) {
	if r.Recording != nil {
		return &r.Recording.want[i], r.Recording.ended[i], nil
	}
	dhcpd.Pass(between)
	t = &told{}
	err = dhcpd.Speak(i, r.members[i].Client, t.dhcpdSays)
	var end *exchange.EndedError
	if errors.As(err, &end) {
		dhcpd.Restart()
		return t, end.Why, nil
	}
	return t, "", err
}

// dhcpdSays notes an answer of the model of dhcpd.
func (t *told) dhcpdSays(m exchange.Message, reply answer.Reply) {
	t.messages, t.dhcpd = append(t.messages, m), append(t.dhcpd, reply.Explanation)
}

func speak(k *exchange.KeasrvRun, i int, who *client.Client, like *told, t *told) error {
	return k.Speak(i, who, like.messages, func(m exchange.Message, why *server.Trace) {
		t.messages, t.kea = append(t.messages, m), append(t.kea, why)
	})
}

func sent(messages []exchange.Message) (n int) {
	for _, m := range messages {
		if m.Sent {
			n++
		}
	}
	return n
}

func (r *run) subject(i int, worst Outcome, shown bool) {
	m := r.members[i]
	at, ok := r.subjects[m.Purpose]
	if !ok {
		at = len(r.out.Subjects)
		r.subjects[m.Purpose] = at
		s := Subject{Kind: m.Kind, Name: m.Name}
		if m.Statement != nil {
			p := r.places.statement(m.Statement, "")
			s.Place = &p
		}
		r.out.Subjects = append(r.out.Subjects, s)
	}
	s := &r.out.Subjects[at]
	s.Counts.add(worst)
	s.Outcomes = append(s.Outcomes, Member{i + 1, m.Client.String(), worst, shown})
}
