package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/translator/model/answer"
	"github.com/keamigrate/keamigrate/verify"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/exchange"
	"github.com/keamigrate/keamigrate/verify/population"
)

// A fileResult is what was found out about one file.
type fileResult struct {
	Name    string         `json:"file"`
	Skipped string         `json:"skipped,omitempty"` // why dhcpd does not serve it
	Notes   []string       `json:"adapted,omitempty"`
	Seconds float64        `json:"seconds"`
	Clients int            `json:"clients"`
	Model   modelResult    `json:"model"`
	Keasrv  keasrvResult   `json:"keasrv"`
	Targets []targetResult `json:"targets,omitempty"`
}

// A modelResult is how well the model of dhcpd answers as dhcpd does, to the
// byte.
type modelResult struct {
	Messages  int         `json:"messages"` // that clients sent
	Agreed    int         `json:"agreed"`   // that were answered alike
	Deviating []deviation `json:"deviating,omitempty"`
}

// A keasrvResult is how well keasrv answers as Kea 3.0 does, with the same translation
// (DHCPv4).
type keasrvResult struct {
	Messages  int         `json:"messages"`
	Agreed    int         `json:"agreed"`
	Deviating []deviation `json:"deviating,omitempty"` // Want is Kea's, Got keasrv's
}

type deviation struct {
	Client string `json:"client"`
	Step   string `json:"step"`
	Field  string `json:"field"`
	Want   string `json:"dhcpd"`
	Got    string `json:"model"`
}

// A targetResult is how one Kea compares.
type targetResult struct {
	Target   string `json:"target"`
	Failed   string `json:"failed,omitempty"` // it does not serve
	Equal    int    `json:"equal"`            // clients without any difference
	Allowed  int    `json:"allowed"`          // clients with allowed differences only
	Explains int    `json:"explained"`        // clients with explained differences at worst
	Others   int    `json:"unexplained"`      // clients with an unexplained difference

	Differences []difference `json:"differences,omitempty"` // those that are not allowed
}

// alike reports whether the file is served in the same way.
func (t targetResult) alike() bool { return t.Failed == "" && t.Explains == 0 && t.Others == 0 }

type difference struct {
	Client   string            `json:"client"`
	Step     string            `json:"step"`
	Field    string            `json:"field"`
	Want     string            `json:"dhcpd"`
	Got      string            `json:"kea"`
	Findings []translator.Code `json:"findings,omitempty"` // none: unexplained
}

// patience is how long a server may take for one message; nothing waits for it.
const patience = 20 * time.Second

// check runs the clients of one file against all servers.
func (s *servers) check(ctx context.Context, in input, o options) (fileResult, error) {
	start := time.Now()
	r := fileResult{Name: in.name}
	defer func() { r.Seconds = time.Since(start).Seconds() }()
	text, err := os.ReadFile(in.file)
	if err != nil {
		return r, err
	}
	file := parse(in, text)
	in.v6 = file.Protocol == dhcpdconf.DHCP6
	text, r.Notes = exchange.Adapt(file, in.v6)
	adapted, diags := dhcpdconf.Parse("dhcpd.conf", text, dhcpdconf.Options{Protocol: file.Protocol})
	conf := model.Build(adapted, file.Protocol)
	network := exchange.Network{V6: in.v6, Patience: patience}
	if network.Address, err = exchange.ServerAddress(conf); err != nil {
		r.Skipped = err.Error()
		return r, nil
	}
	clients := population.Derive(conf, population.Options{Seed: o.seed, Most: o.most, Server: network.Address})
	r.Clients = len(clients)
	if err := keep(o, in, "dhcpd.conf", text); err != nil {
		return r, err
	}
	want, err := ask(ctx, o, exchange.Dhcpd(s.dhcpd, text, network), clients)
	if err != nil {
		r.Skipped = firstLines(err)
		r.Seconds = time.Since(start).Seconds()
		return r, nil
	}
	if err := keep(o, in, "answers-dhcpd.txt", []byte(exchange.Format(clients, want))); err != nil {
		return r, err
	}
	if r.Model, err = askModel(ctx, conf, network, clients, want); err != nil {
		return r, err
	}
	for _, k := range s.kea {
		program := k.dhcp4
		if in.v6 {
			program = k.dhcp6
		}
		t := targetResult{Target: k.label()}
		var result *translator.Result
		if k.translator == "keama" {
			result, err = s.assist(ctx, text, in.v6)
		} else {
			result = translator.Translate(adapted, diags, translator.Options{Target: k.version, Interfaces: []string{"eth0"}, Now: start})
		}
		var target exchange.Target
		if err == nil {
			target, err = exchange.Kea(program, k.version, result, network)
		}
		var got []exchange.Message
		if err == nil {
			got, err = ask(ctx, o, target, clients)
		}
		if err != nil {
			if ctx.Err() != nil {
				return r, ctx.Err()
			}
			t.Failed, t.Others = firstLines(err), len(clients)
			r.Targets = append(r.Targets, t)
			continue
		}
		if err := keep(o, in, "answers-"+t.Target+".txt", []byte(exchange.Format(clients, got))); err != nil {
			return r, err
		}
		list, err := exchange.Compare(conf, k.version, clients, want, got)
		if err != nil {
			return r, err
		}
		if k.translator != "keama" && k.version == keaversion.V3_0 && !in.v6 {
			if r.Keasrv, err = askKeasrv(ctx, result, network, clients, got); err != nil {
				return r, err
			}
		}
		t.judge(clients, list, exchange.NewJudge(conf, network.Address, clients, want, got), result.Report)
		r.Targets = append(r.Targets, t)
	}
	r.Seconds = time.Since(start).Seconds()
	return r, nil
}

// askModel lets the same clients speak to the model of dhcpd.
func askModel(ctx context.Context, conf *model.Config, network exchange.Network, clients []*client.Client, want []exchange.Message) (m modelResult, err error) {
	got, err := exchange.ModelAlike(answer.New(conf, exchange.ModelSettings(network)), want).Run(ctx, clients)
	if err != nil {
		return m, err
	}
	list, err := exchange.Deviations(conf, want, got)
	if err != nil {
		return m, err
	}
	type message struct {
		client int
		step   client.Step
	}
	deviating := map[message]bool{}
	for _, d := range list {
		deviating[message{d.Client, d.Step}] = true
		m.Deviating = append(m.Deviating, deviation{clients[d.Client].String(), string(d.Step), d.Field, d.Want, d.Got})
	}
	for i := range want {
		if !want[i].Sent && !got[i].Sent {
			continue
		}
		m.Messages++
		if !deviating[message{want[i].Client, want[i].Step}] {
			m.Agreed++
		}
	}
	return m, nil
}

// askKeasrv lets the same clients speak to keasrv at the times at which they spoke to Kea.
// Its answers have to be Kea's in every field; lifetimes may have lost the seconds that
// passed while Kea was asked.
func askKeasrv(ctx context.Context, result *translator.Result, network exchange.Network, clients []*client.Client, want []exchange.Message) (k keasrvResult, err error) {
	conf, _ := verify.Servable(result.DHCP4)
	target, err := exchange.Keasrv(conf, network, want)
	if err != nil {
		return k, err
	}
	got, err := target.Run(ctx, clients)
	if err != nil {
		return k, err
	}
	for i, w := range want {
		g := got[i]
		if !w.Sent && !g.Sent {
			continue
		}
		k.Messages++
		at := len(k.Deviating)
		note := func(field, want, got string) {
			k.Deviating = append(k.Deviating, deviation{clients[w.Client].String(), string(w.Step), field, want, got})
		}
		if w.What() != g.What() {
			note("answered", w.What(), g.What())
		} else {
			fields := maps.Clone(w.Answer.Fields)
			if fields == nil {
				fields = map[string]string{}
			}
			maps.Copy(fields, g.Answer.Fields)
			for _, name := range slices.Sorted(maps.Keys(fields)) {
				if a, b := w.Answer.Fields[name], g.Answer.Fields[name]; a != b && !(name == "lease-time" && seconds(a, b)) {
					note(name, a, b)
				}
			}
		}
		if len(k.Deviating) == at {
			k.Agreed++
		}
	}
	return k, nil
}

// seconds reports whether two lifetimes differ by the time that asking takes.
func seconds(a, b string) bool {
	const most = 5
	x, err := strconv.Atoi(a)
	y, err2 := strconv.Atoi(b)
	return err == nil && err2 == nil && max(x, y)-min(x, y) <= most
}

// parse reads a file with its includes.
func parse(in input, text []byte) *dhcpdconf.File {
	opts := dhcpdconf.Options{Root: in.root}
	if in.root != "" {
		opts.Protocol = dhcpdconf.DHCP4
	}
	if in.v6 {
		opts.Protocol = dhcpdconf.DHCP6
	}
	opts.ReadFile = func(name string) ([]byte, error) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(in.file), name)
		}
		return os.ReadFile(name)
	}
	file, _ := dhcpdconf.Parse("dhcpd.conf", text, opts)
	return file
}

func ask(ctx context.Context, o options, t exchange.Target, clients []*client.Client) ([]exchange.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	return t.Run(ctx, clients)
}

// judge counts the clients and keeps the differences that no rule allows.
func (t *targetResult) judge(clients []*client.Client, list []exchange.Difference, judge *exchange.Judge, report *translator.Report) {
	const (
		equal = iota
		allowed
		explained
		unexplained
	)
	worst := make([]int, len(clients))
	for _, d := range list {
		grade := allowed
		if !d.Allowed {
			codes := judge.Explanations(report, d)
			grade = explained
			if len(codes) == 0 {
				grade = unexplained
			}
			t.Differences = append(t.Differences, difference{
				Client: clients[d.Client].String(), Step: string(d.Step), Field: d.Field, Want: d.Want, Got: d.Got, Findings: codes,
			})
		}
		worst[d.Client] = max(worst[d.Client], grade)
	}
	for _, grade := range worst {
		switch grade {
		case equal:
			t.Equal++
		case allowed:
			t.Allowed++
		case explained:
			t.Explains++
		default:
			t.Others++
		}
	}
}

// keep writes something for people to look at.
func keep(o options, in input, name string, text []byte) error {
	if o.work == "" {
		return nil
	}
	dir := filepath.Join(o.work, strings.ReplaceAll(in.name, "/", "_"))
	return errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, name), text, 0o644))
}

// firstLines shortens an error that holds a log.
func firstLines(err error) string {
	text := err.Error()
	const most = 1500
	if len(text) > most {
		text = text[:300] + "\n...\n" + text[len(text)-most:]
	}
	return fmt.Sprint(text)
}
