package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/keamigrate/keamigrate/parser/keaversion"

	"github.com/keamigrate/keamigrate/verify/realfiles"
)

// result is all that was found out about one file.
type result struct {
	entry     realfiles.Entry
	parsed    parsed
	converted []converted // by version
}

// A row of the table counts the files that passed something.
type row struct {
	name     string
	bar      float64 // percent
	passed   int
	of       int
	failures []failure
}

// failure is a file that did not pass, and why.
type failure struct{ name, message string }

func (r *row) count(name, message string) {
	r.of++
	if message == "" {
		r.passed++
	} else {
		r.failures = append(r.failures, failure{name, message})
	}
}

func (r *row) percent() float64 {
	if r.of == 0 {
		return 100
	}
	return 100 * float64(r.passed) / float64(r.of)
}

func (r *row) met() bool { return r.percent() >= r.bar }

// rows judges all results. Bars are those of the project's issue: what dhcpd
// accepts has to be accepted by Kea; a row without bar is there to be read.
func rows(results []result, versions []keaversion.Version) []*row {
	crash := &row{name: "parser neither panics nor hangs", bar: 100}
	verbatim := &row{name: "prints back byte for byte", bar: 100}
	accepts := &row{name: "dhcpd accepts it: so does the parser", bar: 100}
	agrees := &row{name: "parser and dhcpd agree", bar: 97}
	all := []*row{crash, verbatim, accepts, agrees}
	for _, res := range results {
		p, e := res.parsed, res.entry
		crash.count(e.Name, p.crash)
		if p.crash != "" {
			p.message = p.crash
		}
		verbatim.count(e.Name, unless(p.verbatim, "another text comes back"))
		if e.Accepted {
			accepts.count(e.Name, p.message)
		}
		agrees.count(e.Name, disagreement(e, p))
	}
	for i, v := range versions {
		runs := &row{name: v.String() + ": convert neither crashes nor hangs", bar: 100}
		adds := &row{name: v.String() + ": verdicts add up", bar: 100}
		written := &row{name: v.String() + ": dhcpd accepts it: something is written", bar: 100}
		check := &row{name: v.String() + ": dhcpd accepts it: Kea does (-t)", bar: 100}
		hooks := &row{name: v.String() + ": dhcpd accepts it: Kea does (-T)", bar: 100}
		start := &row{name: v.String() + ": dhcpd accepts it: Kea starts", bar: 100}
		others := &row{name: v.String() + ": dhcpd rejects it, something is written: Kea starts", bar: 100}
		sockets := &row{name: v.String() + ": Kea starts: all its sockets are open"}
		for _, res := range results {
			c, name := res.converted[i], res.entry.Name
			runs.count(name, c.crash)
			if c.crash != "" {
				continue
			}
			if c.nothing == "" {
				adds.count(name, c.accounts)
			}
			if !res.entry.Accepted {
				if c.nothing == "" {
					others.count(name, c.check+c.hooks+c.start)
				}
				continue
			}
			written.count(name, c.nothing)
			if c.nothing != "" {
				continue
			}
			check.count(name, c.check)
			if v >= keaversion.V2_6 && c.check == "" {
				hooks.count(name, c.hooks)
			}
			start.count(name, c.check+c.hooks+c.start)
			if c.ok() {
				sockets.count(name, unless(!c.sockets, "a socket could not be opened"))
			}
		}
		all = append(all, runs, adds, written, check, hooks, start, others, sockets)
	}
	return all
}

func unless(ok bool, message string) string {
	if ok {
		return ""
	}
	return message
}

func disagreement(e realfiles.Entry, p parsed) string {
	switch {
	case p.crash != "":
		return p.crash
	case e.Accepted && p.message != "":
		return "only the parser complains: " + p.message
	case !e.Accepted && p.message == "":
		return "only dhcpd complains: " + e.Message
	}
	return ""
}

// write prints the table and the failures, and says whether all bars are met.
func write(w io.Writer, all []*row) (met bool, err error) {
	met = true
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range all {
		if r.of == 0 {
			continue
		}
		bar := ""
		if r.bar > 0 {
			bar = fmt.Sprintf("bar %g %%", r.bar)
		}
		if !r.met() {
			met, bar = false, bar+"  NOT MET"
		}
		fmt.Fprintf(tab, "%s\t%d of %d\t%.1f %%\t%s\n", r.name, r.passed, r.of, r.percent(), bar)
	}
	if err := tab.Flush(); err != nil {
		return false, err
	}
	return met, writeFailures(w, all)
}

// writeFailures lists the files that failed, each with what was said about it
// and in which rows of the table.
func writeFailures(w io.Writer, all []*row) error {
	where := map[failure][]string{}
	for _, r := range all {
		for _, f := range r.failures {
			where[f] = append(where[f], r.name)
		}
	}
	sorted := slices.SortedFunc(maps.Keys(where), func(a, b failure) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.message, b.message))
	})
	for _, f := range sorted {
		_, err := fmt.Fprintf(w, "\n%s\n  %s\n  not: %s\n", f.name, f.message, strings.Join(where[f], "; "))
		if err != nil {
			return err
		}
	}
	return nil
}
