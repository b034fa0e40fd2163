package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/translator/conversion"
	"github.com/keamigrate/keamigrate/verify"
)

// inside does for each file what keamigrate verify does: nothing runs, the model
// of dhcpd and keasrv answer in this process. The files are as they are.
func inside(ctx context.Context, names []string, o options) (met bool, err error) {
	files, clean, err := inputs(names, o)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, clean()) }()
	var mu sync.Mutex
	var verified, alike, explained, refused, clients, messages int
	met = true
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(o.jobs, 1))
	for _, in := range files {
		if in.v6 {
			continue
		}
		group.Go(func() error {
			r, seconds, err := insideFile(ctx, in, o)
			mu.Lock()
			defer mu.Unlock()
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				refused++
				fmt.Printf("%s: not verified: %v\n", in.name, err)
				return nil
			}
			verified++
			clients += r.Clients
			messages += r.Messages
			switch {
			case r.Counts.Different > 0:
				met = false
			case r.Counts.Explained > 0:
				explained++
			default:
				alike++
			}
			fmt.Printf("%s: %d clients, %.1f s: equal %d, allowed %d, explained %d, different %d\n",
				in.name, r.Clients, seconds, r.Counts.Equal, r.Counts.Allowed, r.Counts.Explained, r.Counts.Different)
			if r.Counts.Different > 0 || o.verbose {
				return r.Text(os.Stdout, o.verbose)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return false, err
	}
	fmt.Printf("\n%d files verified, %d not; %d alike, %d with explained differences, %d with others; %d clients, %d messages\n",
		verified, refused, alike, explained, verified-alike-explained, clients, messages)
	return met, nil
}

func insideFile(ctx context.Context, in input, o options) (*verify.Result, float64, error) {
	begin := time.Now()
	text, err := os.ReadFile(in.file)
	if err != nil {
		return nil, 0, err
	}
	j := &conversion.Job{
		Name: filepath.Base(in.file), Text: text, Options: translator.Options{Target: keaversion.V3_0, Now: begin},
		Parse: dhcpdconf.Options{Protocol: dhcpdconf.DHCP4, Root: in.root, ReadFile: func(name string) ([]byte, error) {
			if !filepath.IsAbs(name) {
				name = filepath.Join(filepath.Dir(in.file), name)
			}
			return os.ReadFile(name)
		}},
	}
	outcome, err := j.Run(ctx)
	if err != nil {
		return nil, 0, err
	}
	if outcome.DHCP4 == nil {
		return nil, 0, errors.New("it is for DHCPv6")
	}
	job, err := verify.Prepare(outcome, j.Options)
	if err != nil {
		return nil, 0, err
	}
	job.Most, job.Seed = o.most, o.seed
	r, err := verify.Run(ctx, job)
	return r, time.Since(begin).Seconds(), err
}
