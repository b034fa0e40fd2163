package cutover

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/keamigrate/keamigrate/leasesconv"
	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/translator/conversion"
	"github.com/keamigrate/keamigrate/translator/resolve"
	"github.com/keamigrate/keamigrate/verify"
	"github.com/keamigrate/keamigrate/verify/leases"
)

// A Job is a migration to prepare.
type Job struct {
	Sources []Source
	// Peer is the dhcpd.conf of the failover partner; empty: not known.
	Peer string
	// Leases are lease files of dhcpd by protocol; empty: none are imported.
	Leases4, Leases6 []string
	Root             string // of absolute includes
	Options          translator.Options
	System           System
	Lookup           resolve.Lookup
	Out              string // directory to be made
}

// A Part is what became of one configuration.
type Part struct {
	Source  Source
	Folder  string // below the output directory: "dhcp4", "dhcp6"
	Outcome *conversion.Outcome
	Pair    *conversion.Pair // with a partner's file
	Leases  []string
	Import  *leasesconv.Outcome // nil: no leases
	Proof   *verify.Result      // nil: not verified
	Unknown string              // why not
}

// A Result is what a migration has prepared.
type Result struct {
	Parts []*Part
	Files []string // below the output directory
}

// Worst is the worst severity of all findings.
func (r *Result) Worst() translator.Severity {
	worst := translator.S0
	for _, p := range r.Parts {
		worst = max(worst, p.Outcome.Report.Worst())
		if p.Pair != nil {
			worst = max(worst, p.Pair.Worst())
		}
	}
	return worst
}

// Different is how many clients get other answers, and nothing explains it.
func (r *Result) Different() (n int) {
	for _, p := range r.Parts {
		if p.Proof != nil {
			n += p.Proof.Counts.Different
		}
	}
	return n
}

// Run prepares a migration. Nothing is to be seen of the output directory before
// everything in it is complete.
func Run(ctx context.Context, j Job) (r *Result, err error) {
	if entries, err := os.ReadDir(j.Out); err == nil && len(entries) > 0 {
		return nil, fmt.Errorf("%s is not empty: name a directory that is to be made", j.Out)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	parent := filepath.Dir(filepath.Clean(j.Out))
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, err
	}
	work, err := os.MkdirTemp(parent, ".keamigrate-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	r = &Result{}
	for _, s := range j.Sources {
		p, err := j.part(ctx, s, work)
		if err != nil {
			return nil, err
		}
		r.Parts = append(r.Parts, p)
	}
	if err := os.WriteFile(filepath.Join(work, "RUNBOOK.md"), j.runbook(r), 0o644); err != nil {
		return nil, err
	}
	if r.Files, err = sums(work); err != nil {
		return nil, err
	}
	if err := os.Chmod(work, 0o755); err != nil {
		return nil, err
	}
	if err := os.Remove(j.Out); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return r, os.Rename(work, j.Out)
}

// part converts, imports and verifies one configuration.
func (j *Job) part(ctx context.Context, s Source, work string) (*Part, error) {
	p := &Part{Source: s, Folder: "dhcp4", Leases: j.Leases4}
	if s.V6 {
		p.Folder, p.Leases = "dhcp6", j.Leases6
	}
	dir := filepath.Join(work, p.Folder)
	job := j.conversion(s)
	var err error
	if len(p.Leases) > 0 {
		// Hosts that OMAPI has made, and what else dhcpd keeps only there.
		if job.Parse.Leases, err = leases.Declarations(ctx, p.Leases[0]); err != nil {
			return nil, err
		}
	}
	if p.Outcome, err = job.Run(ctx); err != nil {
		return nil, err
	}
	if j.Peer != "" && !s.V6 {
		text, err := os.ReadFile(j.Peer)
		if err != nil {
			return nil, err
		}
		own := j.conversion(s)
		own.Parse.Leases = job.Parse.Leases
		if p.Pair, err = conversion.RunPair(ctx, own, j.conversion(Source{Name: j.Peer, Text: text})); err != nil {
			return nil, err
		}
		err = p.Pair.Write(dir, false, true)
		if err != nil {
			return nil, err
		}
	} else if err := p.Outcome.Write(dir, false, true); err != nil {
		return nil, err
	}
	if len(p.Leases) > 0 {
		if err := j.leases(ctx, p, dir); err != nil {
			return nil, err
		}
	}
	return p, j.prove(ctx, p, dir)
}

func (j *Job) conversion(s Source) *conversion.Job {
	protocol := dhcpdconf.DHCP4
	if s.V6 {
		protocol = dhcpdconf.DHCP6
	}
	return &conversion.Job{Name: s.Name, Text: s.Text, Options: j.Options, Lookup: j.Lookup, Parse: dhcpdconf.Options{Protocol: protocol, Root: j.Root}}
}

// configFile is the configuration of the DHCP server below the folder of a part: of a
// failover pair that of the primary, which has the same subnets as the secondary's.
func (p *Part) configFile() string {
	name := conversion.DHCP4File
	if p.Source.V6 {
		name = conversion.DHCP6File
	}
	pair := p.Pair
	if pair == nil {
		pair = p.Outcome.Pair // made of the one file
	}
	if pair != nil {
		return filepath.Join(pair.Names[0], name)
	}
	return name
}

// leaseFile is Kea's lease file below the folder of a part.
func (p *Part) leaseFile() string {
	if p.Source.V6 {
		return "kea-leases6.csv"
	}
	return "kea-leases4.csv"
}

func (j *Job) leases(ctx context.Context, p *Part, dir string) (err error) {
	job := leasesconv.Job{Files: p.Leases, Config: filepath.Join(dir, p.configFile()), Now: j.Options.Now, Hold: leasesconv.KeepAll}
	job.Target = j.Options.Target
	if job.To, err = leasesconv.ParsePlace(filepath.Join(dir, p.leaseFile())); err != nil {
		return err
	}
	if p.Import, err = job.Run(ctx); err != nil {
		return fmt.Errorf("leases: %w", err)
	}
	var account bytes.Buffer
	if err := errors.Join(p.Import.Summary(&account), p.Import.WriteNotes(&account, 1<<30)); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "leases.txt"), account.Bytes(), 0o644)
}

// prove verifies a part and writes what was found.
func (j *Job) prove(ctx context.Context, p *Part, dir string) error {
	if p.Source.V6 {
		p.Unknown = "keasrv does not serve DHCPv6 yet; keamigrate verify --live asks the real servers"
		return nil
	}
	job, err := verify.Prepare(p.Outcome, j.Options)
	if err != nil {
		return err
	}
	job.Seed = 1
	if len(p.Leases) > 0 {
		if job.Leases, err = leases.Read(ctx, j.Options.Now, p.Leases...); err != nil {
			return err
		}
	}
	if p.Proof, err = verify.Run(ctx, job); err != nil {
		if ctx.Err() != nil {
			return err
		}
		p.Proof, p.Unknown = nil, err.Error()
		return nil
	}
	var page, text bytes.Buffer
	if err := errors.Join(p.Proof.HTML(&page), p.Proof.Text(&text, true)); err != nil {
		return err
	}
	all, err := json.MarshalIndent(p.Proof, "", "  ")
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{"verify.html": page.Bytes(), "verify.txt": text.Bytes(), "verify.json": append(all, '\n')} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// sumsFile is in the form of sha256sum(1).
const sumsFile = "SHA256SUMS"

// sums writes the checksums of all files, and lists them.
func sums(dir string) (files []string, err error) {
	var b bytes.Buffer
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		below, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		files = append(files, below)
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(content), filepath.ToSlash(below))
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	return append(files, sumsFile), os.WriteFile(filepath.Join(dir, sumsFile), b.Bytes(), 0o644)
}

// day is the date in a runbook.
func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
