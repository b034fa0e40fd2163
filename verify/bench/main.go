package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/keamigrate/keamigrate/verify/oracle"
)

type options struct {
	keamigrate string
	rounds     int
	limit      time.Duration
	only       string
	leases     int
	rate       int
	seconds    int
	started    int
}

func main() {
	var opts options
	flag.StringVar(&opts.keamigrate, "keamigrate", "bin/keamigrate", "the `command` to measure")
	flag.IntVar(&opts.rounds, "rounds", 5, "how often each program runs on each input")
	flag.DurationVar(&opts.limit, "limit", 20*time.Second, "how long keama may take; it is not asked again after that")
	flag.StringVar(&opts.only, "only", "", "measure only inputs whose name holds this `text`")
	flag.IntVar(&opts.leases, "leases", 20000, "how many leases are imported into databases; 0: none")
	flag.IntVar(&opts.rate, "rate", 30000, "how many clients come to a server in a `second`, more than it can serve")
	flag.IntVar(&opts.seconds, "seconds", 6, "how long they come, in each round")
	flag.IntVar(&opts.started, "started", 1_000_000, "with how many `leases` servers start")
	read := flag.String("read", "", "only read this lease `file`: so the bench measures the reader")
	flag.Parse()
	if *read != "" {
		if err := readLeases(*read); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if err := all(context.Background(), os.Stdout, opts); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// all measures everything, or what is wanted.
func all(ctx context.Context, w io.Writer, opts options) error {
	for _, table := range []struct {
		name string // empty: it looks itself for what is wanted
		run  func(context.Context, io.Writer, options) error
	}{{"", run}, {"databases", databases}, {"keasrv serving", serving}, {"keasrv starting", starting}, {"keasrv fsync", synced}, {"keasrv scale", scale}, {"proof", proofs}, {"", leaseFiles}} {
		if table.name != "" && !strings.Contains(table.name, opts.only) {
			continue
		}
		if err := table.run(ctx, w, opts); err != nil {
			return err
		}
	}
	return nil
}

// program is one of those that are compared.
type program struct {
	name    string
	command func(ctx context.Context, in, out string) *exec.Cmd
	ok      func(status int) bool
	limit   time.Duration
}

func run(ctx context.Context, w io.Writer, opts options) (err error) {
	if !slices.ContainsFunc(inputs, func(in input) bool { return strings.Contains(in.name, opts.only) }) {
		return nil
	}
	binary, err := filepath.Abs(opts.keamigrate)
	if err != nil {
		return err
	}
	keama, err := oracle.FindKeama()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "keamigrate-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	convert := func(validate string) func(context.Context, string, string) *exec.Cmd {
		return func(ctx context.Context, in, out string) *exec.Cmd {
			return exec.CommandContext(ctx, binary, "convert", "-4", "--resolve", "off", "--force", "--validate="+validate, "-o", out, in)
		}
	}
	findings := func(status int) bool { return status == 0 || status == 1 }
	programs := []program{
		{"keamigrate --validate=false", convert("false"), findings, 10 * time.Minute},
		{"keamigrate", convert("true"), findings, 10 * time.Minute},
		{"keama", func(ctx context.Context, in, out string) *exec.Cmd {
			return keama.Command(ctx, "-4", "-i", in, "-o", out+".json")
		}, func(status int) bool { return status != 255 }, opts.limit}, // its status is a number of issues
	}

	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tab, "input\tsize\tprogram\twall\tmemory\twall / keama\tmemory / keama\t")
	small := map[string]cost{} // of the 10 MB input, by program
	for _, in := range inputs {
		if !strings.Contains(in.name, opts.only) {
			continue
		}
		file := filepath.Join(dir, strings.ReplaceAll(in.name, " ", "-")+".conf")
		if err := in.create(file); err != nil {
			return err
		}
		size, err := os.Stat(file)
		if err != nil {
			return err
		}
		medians, err := compare(ctx, in, file, filepath.Join(dir, "out"), programs, opts.rounds)
		if err != nil {
			return err
		}
		base, hasBase := medians["keama"]
		for _, p := range programs {
			m, ok := medians[p.name]
			if !ok {
				if p.name == "keama" && in.keama {
					fmt.Fprintf(tab, "%s\t%.1f MB\t%s\t> %v\t\t\t\t\n", in.name, mb(size.Size()), p.name, p.limit)
				}
				continue
			}
			ratios := "\t"
			if hasBase {
				ratios = fmt.Sprintf("%.2f\t%.2f", m.wall.Seconds()/base.wall.Seconds(), float64(m.memory)/float64(base.memory))
			}
			fmt.Fprintf(tab, "%s\t%.1f MB\t%s\t%.3f s\t%.0f MB\t%s\t\n", in.name, mb(size.Size()), p.name, m.wall.Seconds(), mb(m.memory), ratios)
			if in.name == "10 MB" {
				small[p.name] = m
			}
			if s, ok := small[p.name]; ok && in.name == "100 MB" {
				fmt.Fprintf(tab, "%s\t\t%s: times the 10 MB input\t%.1f\t%.1f\t\t\t\n", in.name, p.name,
					m.wall.Seconds()/s.wall.Seconds(), float64(m.memory)/float64(s.memory))
			}
		}
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	return tab.Flush()
}

// compare lets the programs take turns and returns their medians by name. One
// that is missing ran into its time limit or is not measured on this input.
func compare(ctx context.Context, in input, file, out string, programs []program, rounds int) (map[string]cost, error) {
	costs, late := map[string][]cost{}, map[string]bool{}
	for round := range rounds {
		for _, p := range programs {
			if late[p.name] || (p.name == "keama" && !in.keama) {
				continue
			}
			progress("%s: %s, round %d of %d", in.name, p.name, round+1, rounds)
			limited, cancel := context.WithTimeout(ctx, p.limit)
			c, err := measure(limited, p.command(limited, file, out), p.ok)
			cancel()
			switch {
			case errors.Is(err, errTimeLimit):
				late[p.name] = true
				delete(costs, p.name)
			case err != nil:
				return nil, fmt.Errorf("%s: %w", in.name, err)
			default:
				costs[p.name] = append(costs[p.name], c)
			}
			if err := os.RemoveAll(out); err != nil {
				return nil, err
			}
		}
	}
	progress("")
	medians := map[string]cost{}
	for name, c := range costs {
		medians[name] = median(c)
	}
	return medians, nil
}

// progress shows what is being done, where somebody looks on.
func progress(format string, args ...any) {
	if st, err := os.Stderr.Stat(); err == nil && st.Mode()&os.ModeCharDevice != 0 {
		fmt.Fprintf(os.Stderr, "\r\033[K"+format, args...)
	}
}

func mb(bytes int64) float64 { return float64(bytes) / 1e6 }
