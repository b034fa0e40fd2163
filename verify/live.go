package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/store/memfile"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/translator/conversion"
	"github.com/keamigrate/keamigrate/translator/model"
	"github.com/keamigrate/keamigrate/translator/model/answer"
	"github.com/keamigrate/keamigrate/verify/client"
	"github.com/keamigrate/keamigrate/verify/exchange"
	"github.com/keamigrate/keamigrate/verify/oracle"
	"github.com/keamigrate/keamigrate/verify/population"
)

// A LiveJob lets the clients of a file speak to the real servers, in network namespaces
// of their own.
type LiveJob struct {
	File  *dhcpdconf.File
	Dhcpd *oracle.Program
	Keas  []Kea
	Most  int // clients; 0 means 120
	Seed  uint64
	Now   time.Time
	// Progress, if given, is told what is being asked.
	Progress func(what string)
}

// A Kea is one real server.
type Kea struct {
	Version keaversion.Version
	Program *oracle.Program // kea-dhcp4 or kea-dhcp6, as the file needs
}

// patience is how long a server may take for one message; nothing waits for it.
const patience = 20 * time.Second

// Live verifies the translation for each Kea, and for DHCPv4 that for 3.0 with keasrv,
// against the real dhcpd. The file is adapted first: what names things of the machine
// is left out, for both sides. Root is needed, or a system that lets users make
// namespaces.
func Live(ctx context.Context, j LiveJob) ([]*Result, error) {
	v6 := j.File.Protocol == dhcpdconf.DHCP6
	text, notes := exchange.Adapt(j.File, v6)
	adapted, diags := dhcpdconf.Parse(j.File.Source.Name, text, dhcpdconf.Options{Protocol: j.File.Protocol})
	conf := model.Build(adapted, adapted.Protocol)
	network := exchange.Network{V6: v6, Patience: patience}
	var err error
	if network.Address, err = exchange.ServerAddress(conf); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNothing, err)
	}
	members := population.Members(conf, population.Options{Seed: j.Seed, Most: j.Most, Server: network.Address})
	if len(members) == 0 {
		return nil, fmt.Errorf("%w: %s declares no subnet in which a client could be", ErrNothing, j.File.Source.Name)
	}
	clients := clientsOf(members)
	tell := func(what string) {
		if j.Progress != nil {
			j.Progress(what)
		}
	}
	tell("dhcpd " + j.Dhcpd.Version)
	want, err := exchange.Dhcpd(j.Dhcpd, text, network).Run(ctx, clients)
	if err != nil {
		return nil, err
	}
	why := dhcpdReasons(ctx, conf, network, clients, want)
	var out []*Result
	one := func(name string, v keaversion.Version, make func(*translator.Result) (exchange.Target, error)) error {
		tell(name)
		result := translator.Translate(adapted, diags, translator.Options{Target: v, Interfaces: []string{"eth0"}, Now: j.Now})
		target, err := make(result)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		got, err := target.Run(ctx, clients)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		traces, err := keaReasons(ctx, result, network, clients, want, got)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		r, err := compareLive(j, adapted, conf, network, members, result, v, heard{want, got, why, traces})
		if err != nil {
			return err
		}
		r.Result, r.Live = name, true
		r.Server = network.Address.String()
		where := ", both on the wire"
		if name == "keasrv" {
			where = ", which answers in this process"
		}
		r.Notes = append(r.Notes, "the real dhcpd "+j.Dhcpd.Version+" and "+name+where)
		if len(notes) > 0 {
			r.Notes = append(r.Notes, "the file was adapted for a machine with one interface: "+strings.Join(notes, "; "))
		}
		out = append(out, r)
		return nil
	}
	var failed []error
	for _, k := range j.Keas {
		err := one("Kea "+k.Program.Version, k.Version, func(result *translator.Result) (exchange.Target, error) {
			return exchange.Kea(k.Program, k.Version, result, network)
		})
		if err != nil {
			failed = append(failed, err)
		}
	}
	if !v6 {
		err := one("keasrv", keaversion.V3_0, func(result *translator.Result) (exchange.Target, error) {
			servable, _ := Servable(result.DHCP4)
			return exchange.Keasrv(servable, network, want)
		})
		if err != nil {
			failed = append(failed, err)
		}
	}
	return out, errors.Join(failed...)
}

// heard is what dhcpd (want) and a Kea (got) have answered, and why.
type heard struct {
	want, got []exchange.Message
	dhcpd     []answer.Explanation
	kea       []*server.Trace
}

// sameMessage reports whether a message was answered by two servers alike: then what one
// of them says of its reasons is true of the other.
func sameMessage(a, b exchange.Message) bool {
	return a.What() == b.What() && maps.Equal(a.Answer.Fields, b.Answer.Fields)
}

// dhcpdReasons says why dhcpd answers as it does: the model of dhcpd tells, where it
// answers in the same way.
func dhcpdReasons(ctx context.Context, conf *model.Config, network exchange.Network, clients []*client.Client, want []exchange.Message) []answer.Explanation {
	why := make([]answer.Explanation, len(want))
	n := 0
	// Where the model comes to an end there are no more reasons, and the answers count
	// all the same.
	_ = exchange.ExplainAlike(ctx, answer.New(conf, exchange.ModelSettings(network)), want, clients, func(m exchange.Message, reply answer.Reply) {
		if n < len(want) && sameMessage(want[n], m) {
			why[n] = reply.Explanation
		}
		n++
	})
	return why
}

// keaReasons says why a Kea answers as it does (DHCPv4): keasrv tells, where it answers in
// the same way.
func keaReasons(ctx context.Context, result *translator.Result, network exchange.Network, clients []*client.Client, like, got []exchange.Message) ([]*server.Trace, error) {
	traces := make([]*server.Trace, len(got))
	if result.DHCP4 == nil {
		return traces, nil
	}
	db, err := memfile.OpenLive4(ctx, "", memfile.LiveOptions{})
	if err != nil {
		return nil, err
	}
	conf, _ := Servable(result.DHCP4)
	k, err := exchange.StartKeasrv(conf, network, db, true, false)
	if err != nil {
		return nil, err
	}
	n := 0
	for i, c := range clients {
		if err := k.Speak(i, c, like[min(n, len(like)):], func(m exchange.Message, trace *server.Trace) {
			if n < len(got) && sameMessage(got[n], m) {
				traces[n] = trace
			}
			n++
		}); err != nil {
			return nil, err
		}
	}
	return traces, nil
}

// compareLive compares the answers of two servers to all clients.
func compareLive(j LiveJob, file *dhcpdconf.File, conf *model.Config, network exchange.Network, members []population.Member,
	result *translator.Result, v keaversion.Version, h heard) (*Result, error) {
	want, got := h.want, h.got
	if len(want) != len(got) {
		return nil, fmt.Errorf("%d messages cannot be compared with %d", len(want), len(got))
	}
	job := Job{File: file, Report: result.Report, Own: result.DHCP4, Target: v, ResultName: conversion.DHCP4File, Now: j.Now}
	var config keaconf.Config = result.DHCP4
	if result.DHCP4 == nil {
		job.ResultName, config = conversion.DHCP6File, result.DHCP6
	}
	var text bytes.Buffer
	if err := keaconf.Write(&text, config, v); err != nil {
		return nil, err
	}
	job.Root, _ = keaconf.Parse(job.ResultName, text.Bytes(), nil)
	r := newRun(&job, conf, members)
	r.network = network
	r.comparison = exchange.NewComparison(conf, v)
	r.judge = exchange.NewJudge(conf, network.Address, clientsOf(members), want, got)
	for i := 0; i < len(want); {
		n, end := want[i].Client, i
		for end < len(want) && want[end].Client == n {
			end++
		}
		a := told{messages: want[i:end], dhcpd: h.dhcpd[i:end]}
		b := told{messages: got[i:end], kea: h.kea[i:end]}
		i = end
		r.out.Clients++
		r.out.Messages += sent(a.messages)
		if err := r.compare(n, members[n].Client, &a, &b, &b); err != nil {
			return nil, err
		}
	}
	return r.result()
}
