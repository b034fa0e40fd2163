package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/verify/oracle"
	"github.com/keamigrate/keamigrate/verify/realfiles"
)

// options are the flags.
type options struct {
	only    string
	targets string
	most    int
	seed    uint64
	jobs    int
	json    string
	keama   bool
	limit   time.Duration
	verbose bool
	work    string
	inside  bool
}

func main() {
	var o options
	flag.StringVar(&o.only, "only", "", "only files whose name holds this `text`, or one of several with commas between them")
	flag.StringVar(&o.targets, "targets", "2.6,3.0", "`versions` of Kea, with commas between them")
	flag.IntVar(&o.most, "clients", 120, "`number` of clients per file, at most")
	flag.Uint64Var(&o.seed, "seed", 1, "another `number` gives other clients")
	flag.IntVar(&o.jobs, "j", 2, "files at a time")
	flag.StringVar(&o.json, "json", "", "write all results to this `file`")
	flag.BoolVar(&o.keama, "keama", false, "measure keama's conversions too, on Kea 2.6")
	flag.DurationVar(&o.limit, "limit", 5*time.Minute, "how long one server may take for one file")
	flag.BoolVar(&o.verbose, "v", false, "print the explained differences too")
	flag.StringVar(&o.work, "work", "", "keep adapted files, clients and answers in this `folder`")
	flag.BoolVar(&o.inside, "inside", false, "run no programs: the model of dhcpd against keasrv, as keamigrate verify does")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: equivalence [flags] DIR | FILE ...")
		flag.PrintDefaults()
		os.Exit(2)
	}
	check := run
	if o.inside {
		check = inside
	}
	met, err := check(context.Background(), flag.Args(), o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "equivalence:", err)
		os.Exit(2)
	}
	if !met {
		os.Exit(1)
	}
}

func run(ctx context.Context, names []string, o options) (met bool, err error) {
	files, clean, err := inputs(names, o)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, clean()) }()
	s, err := findServers(o)
	if err != nil {
		return false, err
	}
	results := make([]fileResult, len(files))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(o.jobs, 1))
	for i, f := range files {
		group.Go(func() error {
			r, err := s.check(ctx, f, o)
			if err != nil {
				return fmt.Errorf("%s: %w", f.name, err)
			}
			results[i] = r
			fmt.Print(r.line())
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return false, err
	}
	if o.json != "" {
		if err := writeJSON(o.json, results); err != nil {
			return false, err
		}
	}
	return summary(os.Stdout, results, o), nil
}

// input is one file to check.
type input struct {
	name string
	v6   bool
	file string // where it is, laid out
	root string // put before absolute includes; "" for none
}

// inputs finds the files: those of folders that dhcpd accepts, and those named.
// clean removes what was laid out.
func inputs(names []string, o options) (files []input, clean func() error, err error) {
	clean = func() error { return nil }
	for _, name := range names {
		st, err := os.Stat(name)
		if err != nil {
			return nil, clean, err
		}
		if !st.IsDir() {
			files = append(files, input{name: name, file: name})
			continue
		}
		corpus, err := realfiles.Read(name)
		if err != nil {
			return nil, clean, err
		}
		dir, err := os.MkdirTemp("", "keamigrate-equivalence-")
		if err != nil {
			return nil, clean, err
		}
		before := clean
		clean = func() error { return errors.Join(before(), os.RemoveAll(dir)) }
		for _, e := range corpus.Entries {
			if !e.Accepted || !slices.ContainsFunc(strings.Split(o.only, ","), func(part string) bool { return strings.Contains(e.Name, part) }) {
				continue
			}
			own := dir + "/" + e.Name
			file, err := corpus.LayOut(e, own)
			if err != nil {
				return nil, clean, err
			}
			files = append(files, input{name: e.Name, v6: e.V6, file: file, root: own + "/root"})
		}
	}
	return files, clean, nil
}

// servers are the programs that are asked.
type servers struct {
	dhcpd, keama *oracle.Program
	kea          []keaServer
}

type keaServer struct {
	version    keaversion.Version
	dhcp4      *oracle.Program
	dhcp6      *oracle.Program
	translator string // "keamigrate" or "keama"
}

func (k keaServer) label() string {
	if k.translator == "keama" {
		return "keama, Kea " + k.version.String()
	}
	return "Kea " + k.version.String()
}

func findServers(o options) (*servers, error) {
	s := &servers{}
	var err error
	if s.dhcpd, err = oracle.FindDhcpd(); err != nil {
		return nil, err
	}
	add := func(v keaversion.Version, translator string) error {
		k := keaServer{version: v, translator: translator}
		if k.dhcp4, err = oracle.FindKea(v, "dhcp4"); err != nil {
			return err
		}
		k.dhcp6, err = oracle.FindKea(v, "dhcp6")
		s.kea = append(s.kea, k)
		return err
	}
	for text := range strings.SplitSeq(o.targets, ",") {
		if text == "" {
			continue
		}
		v, err := keaversion.Parse(text)
		if err != nil {
			return nil, err
		}
		if err := add(v, "keamigrate"); err != nil {
			return nil, err
		}
	}
	if o.keama {
		if s.keama, err = oracle.FindKeama(); err != nil {
			return nil, err
		}
		if err := add(keaversion.V2_6, "keama"); err != nil {
			return nil, err
		}
	}
	return s, nil
}
