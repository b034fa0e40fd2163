package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/verify/oracle"
	"github.com/keamigrate/keamigrate/verify/realfiles"
)

// options are the flags.
type options struct {
	keamigrate string
	resolve    string
	work       string
	only       string
	target     string
	jobs       int
	parseOnly  bool

	mutants int
	seed    uint64
	samples string
}

func main() {
	var opts options
	flag.StringVar(&opts.keamigrate, "keamigrate", "bin/keamigrate", "the `command` to check")
	flag.StringVar(&opts.resolve, "resolve", "off", "where host names are looked up: off, invented, or a value for keamigrate's --resolve")
	flag.StringVar(&opts.work, "work", "", "keep the results in this `folder`")
	flag.StringVar(&opts.only, "only", "", "check only files whose name holds this `text`")
	flag.StringVar(&opts.target, "target", "", "only this `version` of Kea")
	flag.IntVar(&opts.jobs, "j", 2, "files at a time")
	flag.BoolVar(&opts.parseOnly, "parse", false, "check the parser only: no conversion, no Kea")
	flag.IntVar(&opts.mutants, "mutants", 0, "check this `number` of changed files instead of the files themselves")
	flag.Uint64Var(&opts.seed, "seed", 1, "another `number` gives other mutants")
	flag.StringVar(&opts.samples, "samples", "testdata/dhcpd-samples", "`folder` of samples that mutants are made of too")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: corpus [flags] DIR")
		flag.PrintDefaults()
		os.Exit(2)
	}
	met, err := run(context.Background(), flag.Arg(0), opts)
	if err != nil {
		fmt.Fprintln(os.Stderr, "corpus:", err)
		os.Exit(2)
	}
	if !met {
		os.Exit(1)
	}
}

func run(ctx context.Context, dir string, opts options) (met bool, err error) {
	c, err := realfiles.Read(dir)
	if err != nil {
		return false, err
	}
	runners, versions, err := newRunners(opts)
	if err != nil {
		return false, err
	}
	work := opts.work
	if work == "" {
		if work, err = os.MkdirTemp("", "keamigrate-corpus-"); err != nil {
			return false, err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	}
	if work, err = filepath.Abs(work); err != nil {
		return false, err
	}
	if opts.mutants > 0 {
		if c, err = mutants(ctx, c, opts.samples, filepath.Join(work, "mutants"), opts.mutants, opts.seed); err != nil {
			return false, err
		}
	}
	var results []result
	for _, e := range c.Entries {
		if strings.Contains(e.Name, opts.only) {
			results = append(results, result{entry: e, converted: make([]converted, len(runners))})
		}
	}
	var done atomic.Int32
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(opts.jobs, 1))
	for i := range results {
		group.Go(func() error {
			r := &results[i]
			if err := one(ctx, c, r, runners, filepath.Join(work, r.entry.Name)); err != nil {
				return fmt.Errorf("%s: %w", r.entry.Name, err)
			}
			if n := done.Add(1); n%20 == 0 {
				fmt.Fprintf(os.Stderr, "%d of %d files\n", n, len(results))
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return false, err
	}
	return write(os.Stdout, rows(results, versions))
}

// one finds out about one file, in a folder of its own.
func one(ctx context.Context, c *realfiles.Corpus, r *result, runners []*runner, dir string) error {
	file, err := c.LayOut(r.entry, dir)
	if err != nil {
		return err
	}
	if r.parsed, err = parse(r.entry, dir, file); err != nil {
		return err
	}
	for i, runner := range runners {
		if r.converted[i], err = runner.convert(ctx, r.entry, dir, file); err != nil {
			return fmt.Errorf("for Kea %s: %w", runner.version, err)
		}
	}
	return nil
}

func newRunners(opts options) (runners []*runner, versions []keaversion.Version, err error) {
	if opts.parseOnly {
		return nil, nil, nil
	}
	binary, err := filepath.Abs(opts.keamigrate)
	if err != nil {
		return nil, nil, err
	}
	if _, err := os.Stat(binary); err != nil {
		return nil, nil, fmt.Errorf("%w: run make build", err)
	}
	for _, v := range keaversion.All() {
		if opts.target != "" && opts.target != v.String() {
			continue
		}
		r := &runner{version: v, keamigrate: binary, resolve: opts.resolve}
		if r.kea4, err = oracle.FindKea(v, "dhcp4"); errors.Is(err, oracle.ErrNotPackaged) {
			continue
		} else if err != nil {
			return nil, nil, err
		}
		if r.kea6, err = oracle.FindKea(v, "dhcp6"); err != nil {
			return nil, nil, err
		}
		runners, versions = append(runners, r), append(versions, v)
	}
	if len(runners) == 0 {
		return nil, nil, fmt.Errorf("no Kea %s can be run here", opts.target)
	}
	return runners, versions, nil
}
