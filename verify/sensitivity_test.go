package verify_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/tools/txtar"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/store/memfile"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/translator/conversion"
	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/verify"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/exchange"
	"github.com/keamigrate/keamigrate/verify/population"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// sample is a dhcpd.conf for DHCPv4.
type sample struct {
	name string
	text []byte
}

// samples are the configurations of testdata and those of golden/exchanges.
func samples(t *testing.T) (list []sample) {
	t.Helper()
	files, err := filepath.Glob("../testdata/dhcpd-samples/v4/*.conf")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d samples: %v", len(files), err)
	}
	for _, file := range append(files, "../testdata/dhcpd-samples/showcase.conf") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, sample{file, text})
	}
	archives, err := filepath.Glob("../golden/exchanges/*.txtar")
	if err != nil || len(archives) < 30 {
		t.Fatalf("%d archives: %v", len(archives), err)
	}
	for _, file := range archives {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			if f.Name == "dhcpd.conf" && !strings.HasPrefix(filepath.Base(file), "v6-") {
				list = append(list, sample{file, f.Data})
			}
		}
	}
	return list
}

// prepare makes the job that verifies a sample's translation; ok is false where
// there is nothing to verify.
func prepare(t testing.TB, s sample) (job verify.Job, ok bool) {
	t.Helper()
	j := &conversion.Job{
		Name: filepath.Base(s.name), Text: s.text, Options: translator.Options{Target: keaversion.V3_0, Now: now},
		Parse: dhcpdconf.Options{Protocol: dhcpdconf.DHCP4, ReadFile: func(name string) ([]byte, error) {
			return os.ReadFile(filepath.Join(filepath.Dir(s.name), name))
		}},
	}
	o, err := j.Run(t.Context())
	var syntax *conversion.SyntaxError
	if errors.As(err, &syntax) || err == nil && o.DHCP4 == nil {
		return job, false
	}
	if err != nil {
		t.Fatal(err)
	}
	if job, err = verify.Prepare(o, j.Options); err != nil {
		t.Fatal(err)
	}
	return job, true
}

// knownDifferences are fields in which translations of samples differ from dhcpd for
// some clients, and no finding says so yet.
var knownDifferences = map[string][]string{}

// TestSamples verifies the translation of every sample of testdata: nothing is left
// unexplained but what is known.
func TestSamples(t *testing.T) {
	verified := 0
	for _, s := range samples(t) {
		if filepath.Ext(s.name) != ".conf" {
			continue // an archive of golden/exchanges: the real servers judge those
		}
		job, ok := prepare(t, s)
		if !ok {
			continue
		}
		r, err := verify.Run(t.Context(), job)
		if errors.Is(err, verify.ErrNothing) {
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
			continue
		}
		verified++
		known, seen := knownDifferences[filepath.Base(s.name)], map[string]bool{}
		for _, c := range r.Cases {
			for _, e := range c.Exchanges {
				for _, f := range e.Fields {
					if f.Outcome == verify.Different {
						seen[f.Name] = true
					}
				}
			}
		}
		for _, field := range slices.Sorted(maps.Keys(seen)) {
			if !slices.Contains(known, field) {
				var b strings.Builder
				if err := r.Text(&b, false); err != nil {
					t.Fatal(err)
				}
				t.Errorf("%s: %s: %s", s.name, field, b.String())
			}
		}
		for _, field := range known {
			if !seen[field] {
				t.Errorf("%s: %s is no longer different: take it off the list", s.name, field)
			}
		}
	}
	if verified < 25 {
		t.Errorf("only %d samples were verified", verified)
	}
}

// Bars of the sensitivity: so many mutations have to count, and of a hundred that
// count so many have to be reported.
const (
	leastMutations = 200
	leastReported  = 99
)

// mostMutations of each sample are planted.
const mostMutations = 10

// TestSensitivity plants faults in the translations of the samples, one at a time.
// A fault counts when keasrv answers some client of a second, larger population in
// another way than with the translation; verify --against has to report it.
func TestSensitivity(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	var mu sync.Mutex
	var missed []string
	counted, reported, planted := 0, 0, 0
	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, s := range samples(t) {
		job, ok := prepare(t, s)
		if !ok {
			continue
		}
		group.Go(func() error {
			results, err := plant(ctx, job)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, r := range results {
				planted++
				if !r.counts {
					continue
				}
				counted++
				if r.reported {
					reported++
				} else {
					missed = append(missed, fmt.Sprintf("%s: %s\n    %s", s.name, r.name, r.witness))
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(missed)
	t.Logf("%d faults planted, %d count, %d reported (%.2f %%)", planted, counted, reported, 100*float64(reported)/float64(max(counted, 1)))
	for _, m := range missed {
		t.Log("not reported: ", m)
	}
	if counted < leastMutations {
		t.Errorf("only %d faults count", counted)
	}
	if reported*100 < counted*leastReported {
		t.Errorf("%d of %d faults reported", reported, counted)
	}
}

type planted struct {
	name             string
	counts, reported bool
	witness          string // a client that is answered in another way
}

// plant plants faults in one translation.
func plant(ctx context.Context, job verify.Job) ([]planted, error) {
	plain, err := verify.Run(ctx, job)
	if errors.Is(err, verify.ErrNothing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if job.Recording, err = verify.Record(ctx, job); err != nil {
		return nil, err
	}
	witnesses := larger(job)
	address := netip.MustParseAddr(plain.Server)
	before, err := answers(ctx, job.Own, address, witnesses)
	if err != nil {
		return nil, err
	}
	root := tree(job.Root).(map[string]any)
	all := mutations(root)
	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	var list []planted
	var wrong map[int]bool // clients that the translation answers otherwise than dhcpd
	for _, m := range all[:min(len(all), mostMutations)] {
		changed := copyOf(root).(map[string]any)
		m.apply(changed)
		against := job
		if err := against.ReadKea("mutant.conf", text(changed)); err != nil {
			continue // no configuration of Kea any more
		}
		servable, _ := verify.Servable(against.Against)
		if _, err := exchange.StartKeasrv(servable, exchange.Network{Address: address}, nil, false, false); err != nil {
			continue // keasrv does not start with it
		}
		r, err := verify.Run(ctx, against)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		p := planted{name: m.name, reported: isNew(plain, r)}
		p.counts = p.reported // the larger population has these clients too
		if !p.reported {
			after, err := answers(ctx, against.Against, address, witnesses)
			if err != nil {
				return nil, err
			}
			if wrong == nil {
				if wrong, err = differentClients(ctx, job, witnesses); err != nil {
					return nil, err
				}
			}
			for i := range before {
				// Where the translation is no better, a change is no fault.
				if a, b := before[i], after[i]; !alike(a, b) && !wrong[a.Client] {
					p.counts = true
					p.witness = fmt.Sprintf("%s\n    %s: %s", witnesses[a.Client], a.Step, differing(a.Answer, b.Answer))
					break
				}
			}
		}
		list = append(list, p)
	}
	return list, nil
}

// differentClients are those that the translation answers in another way than
// dhcpd, with nothing that explains it, or for which dhcpd ends.
func differentClients(ctx context.Context, job verify.Job, clients []*client.Client) (map[int]bool, error) {
	list := map[int]bool{}
	job.Recording, job.Against = nil, nil
	const at = 250 // so many differences a result shows at least
	for from := 0; from < len(clients); from += at {
		job.Clients = clients[from:min(from+at, len(clients))]
		r, err := verify.Run(ctx, job)
		if errors.Is(err, verify.ErrNothing) {
			r, err = &verify.Result{}, nil
			for i := range job.Clients {
				list[from+i] = true
			}
		}
		if err != nil {
			return nil, err
		}
		for _, c := range r.Cases {
			if c.Outcome == verify.Different {
				list[from+c.Number-1] = true
			}
		}
		for _, n := range r.Ended {
			list[from+n-1] = true
		}
	}
	return list, nil
}

// alike reports whether two answers are the same. A BOOTREPLY without an address is
// as good as none.
func alike(a, b exchange.Message) bool {
	return a.What() == b.What() && (a.What() == "silence" || maps.Equal(a.Answer.Fields, b.Answer.Fields))
}

// isNew reports whether a result has a difference that another does not have.
func isNew(before, after *verify.Result) bool {
	return slices.ContainsFunc(after.Cases, func(c *verify.Case) bool {
		return c.Outcome == verify.Different && !slices.ContainsFunc(before.Cases, func(b *verify.Case) bool {
			return b.Number == c.Number && b.Outcome == c.Outcome && sameExchanges(b.Exchanges, c.Exchanges)
		})
	})
}

func sameExchanges(a, b []verify.Exchange) bool {
	return slices.EqualFunc(a, b, func(x, y verify.Exchange) bool {
		return slices.EqualFunc(x.Fields, y.Fields, func(f, g verify.Field) bool { return f.Name == g.Name && f.Got == g.Got })
	})
}

func differing(a, b exchange.Answer) string {
	if a.Type != b.Type {
		return fmt.Sprintf("%q, now %q", a.Type, b.Type)
	}
	var list []string
	all := maps.Clone(a.Fields)
	maps.Copy(all, b.Fields)
	for name := range all {
		if a.Fields[name] != b.Fields[name] {
			list = append(list, fmt.Sprintf("%s %q, now %q", name, a.Fields[name], b.Fields[name]))
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// larger is the population of verify with that of another seed beside it.
func larger(job verify.Job) (list []*client.Client) {
	conf := model.Build(job.File, job.File.Protocol)
	address, err := exchange.ServerAddress(conf)
	if err != nil {
		address = netip.Addr{}
	}
	for _, seed := range []uint64{job.Seed, 77} {
		list = append(list, population.Derive(conf, population.Options{Seed: seed, Most: 4000, Server: address, Grow: true})...)
	}
	return list
}

// answers are those of keasrv alone.
func answers(ctx context.Context, conf *keaconf.DHCP4, address netip.Addr, clients []*client.Client) (list []exchange.Message, err error) {
	leases, err := memfile.OpenLive4(ctx, "", memfile.LiveOptions{})
	if err != nil {
		return nil, err
	}
	conf, _ = verify.Servable(conf)
	k, err := exchange.StartKeasrv(conf, exchange.Network{Address: address}, leases, false, false)
	if err != nil {
		return nil, err
	}
	at := now
	for i, c := range clients {
		at = at.Add(2 * time.Second)
		like := make([]exchange.Message, len(c.Do))
		for j := range like {
			like[j].At = at
		}
		if err := k.Speak(i, c, like, func(m exchange.Message, _ *server.Trace) { list = append(list, m) }); err != nil {
			return nil, err
		}
	}
	return list, nil
}
