package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// line is what is printed when a file is done.
func (r fileResult) line() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d clients, %.0f s", r.Name, r.Clients, r.Seconds)
	if len(r.Notes) > 0 {
		fmt.Fprintf(&b, " (%s)", strings.Join(r.Notes, "; "))
	}
	b.WriteByte('\n')
	if r.Skipped != "" {
		fmt.Fprintf(&b, "  dhcpd does not serve it: %s\n", strings.ReplaceAll(r.Skipped, "\n", "\n    "))
	}
	if m := r.Model; m.Agreed < m.Messages {
		fmt.Fprintf(&b, "  model: %d of %d messages are answered otherwise\n", m.Messages-m.Agreed, m.Messages)
	}
	if k := r.Keasrv; k.Agreed < k.Messages {
		fmt.Fprintf(&b, "  keasrv: %d of %d messages are answered otherwise than by Kea 3.0\n", k.Messages-k.Agreed, k.Messages)
	}
	for _, t := range r.Targets {
		if t.Failed != "" {
			fmt.Fprintf(&b, "  %s: does not serve: %s\n", t.Target, strings.ReplaceAll(t.Failed, "\n", "\n    "))
			continue
		}
		fmt.Fprintf(&b, "  %s: equal %d, allowed %d, explained %d, unexplained %d", t.Target, t.Equal, t.Allowed, t.Explains, t.Others)
		counts := map[string]int{}
		for _, d := range t.Differences {
			for _, f := range d.Findings {
				counts[string(f)]++
			}
		}
		for i, f := range byCount(counts) {
			if i == 0 {
				b.WriteString(" --")
			}
			fmt.Fprintf(&b, " %s %d", f, counts[f])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func byCount(counts map[string]int) []string {
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
}

// totals are the sums for one target.
type totals struct {
	target                                     string
	files, alike, failed, withExplained        int
	clients, equal, allowed, explained, others int
}

// leastAlike is the share of files that the bar asks for, leastModel the share of
// messages that the model of dhcpd has to answer as dhcpd does, and leastKeasrv that
// which keasrv has to answer as Kea 3.0 does, in percent.
const (
	leastAlike  = 95
	leastModel  = 99.5
	leastKeasrv = 99.5
)

// aboutKeama says what is measured of keama.
const aboutKeama = `keama's conversions are measured in its favour: its input is the file after it was adapted to a machine with one
interface, and its output is read and written anew in the form that Kea 2.6 loads, without the keys that no Kea knows.
As it writes them, fewer of its files are loaded by today's Kea.
`

// summary prints the differences and the totals, and says whether the bars are
// met by all targets of this project's translation.
func summary(w io.Writer, results []fileResult, o options) (met bool) {
	met = true
	var list []*totals
	skipped, messages, agreed := 0, 0, 0
	asked, same, keama := 0, 0, false
	for _, r := range results {
		messages += r.Model.Messages
		agreed += r.Model.Agreed
		asked += r.Keasrv.Messages
		same += r.Keasrv.Agreed
		if r.Skipped != "" {
			skipped++
		}
		for _, t := range r.Targets {
			i := slices.IndexFunc(list, func(s *totals) bool { return s.target == t.Target })
			if i < 0 {
				i = len(list)
				list = append(list, &totals{target: t.Target})
			}
			list[i].add(r, t)
		}
		differences(w, r, o)
	}
	fmt.Fprintf(w, "\n%d files, %d of which dhcpd does not serve\n", len(results), skipped)
	if messages > 0 {
		share := 100 * float64(agreed) / float64(messages)
		fmt.Fprintf(w, "model of dhcpd: %d of %d messages answered as dhcpd does (%.2f %%)\n", agreed, messages, share)
		met = met && share >= leastModel
	}
	if asked > 0 {
		share := 100 * float64(same) / float64(asked)
		fmt.Fprintf(w, "keasrv: %d of %d messages answered as Kea 3.0 does (%.2f %%)\n", same, asked, share)
		met = met && share >= leastKeasrv
	}
	for _, s := range list {
		keama = keama || strings.HasPrefix(s.target, "keama")
		share := 100 * float64(s.alike) / float64(max(s.files, 1))
		fmt.Fprintf(w, "%s: files answered alike %d of %d (%.1f %%), with explained differences %d, with others %d, not served %d; clients alike %d of %d (%.1f %%; %d of them with allowed differences), explained %d, unexplained %d\n",
			s.target, s.alike, s.files, share, s.withExplained, s.files-s.alike-s.withExplained-s.failed, s.failed,
			s.equal+s.allowed, s.clients, 100*float64(s.equal+s.allowed)/float64(max(s.clients, 1)), s.allowed, s.explained, s.others)
		if !strings.HasPrefix(s.target, "keama") && (share < leastAlike || s.others > 0) {
			met = false
		}
	}
	if keama {
		fmt.Fprint(w, aboutKeama)
	}
	return met
}

func (s *totals) add(r fileResult, t targetResult) {
	s.files++
	switch {
	case t.Failed != "":
		s.failed++
	case t.alike():
		s.alike++
	case t.Others == 0:
		s.withExplained++
	}
	s.clients += r.Clients
	s.equal += t.Equal
	s.allowed += t.Allowed
	s.explained += t.Explains
	s.others += t.Others
}

// differences prints those of one file. The same difference of several targets
// is printed once.
func differences(w io.Writer, r fileResult, o options) {
	targets := map[string][]string{}
	var order []string
	for _, t := range r.Targets {
		if strings.HasPrefix(t.Target, "keama") && !o.verbose {
			continue
		}
		for _, d := range t.Differences {
			if len(d.Findings) > 0 && !o.verbose {
				continue
			}
			text := fmt.Sprintf("%s\n    %s: %s: dhcpd %s, Kea %s", d.Client, d.Step, d.Field, d.Want, d.Got)
			if len(d.Findings) > 0 {
				text += fmt.Sprintf(" %v", d.Findings)
			}
			if targets[text] == nil {
				order = append(order, text)
			}
			targets[text] = append(targets[text], strings.TrimPrefix(t.Target, "Kea "))
		}
	}
	if len(order)+len(r.Model.Deviating)+len(r.Keasrv.Deviating) > 0 {
		fmt.Fprintf(w, "\n%s\n", r.Name)
	}
	for _, d := range r.Model.Deviating {
		fmt.Fprintf(w, "  model: %s\n    %s: %s: dhcpd %s, model %s\n", d.Client, d.Step, d.Field, d.Want, d.Got)
	}
	for _, d := range r.Keasrv.Deviating {
		fmt.Fprintf(w, "  keasrv: %s\n    %s: %s: Kea %s, keasrv %s\n", d.Client, d.Step, d.Field, d.Want, d.Got)
	}
	for _, text := range order {
		fmt.Fprintf(w, "  %s: %s\n", strings.Join(targets[text], " "), text)
	}
}

func writeJSON(name string, results []fileResult) error {
	text, err := json.MarshalIndent(results, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(text, '\n'), 0o644)
}
