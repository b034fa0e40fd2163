package conversion

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/translator/outdir"
	"github.com/keamigrate/keamigrate/translator/report"
)

// Pair is the conversion of both servers of a failover pair.
type Pair struct {
	Servers [2]*Outcome // in the order of the jobs
	Names   [2]string   // of the servers, and of their directories
}

// RunPair converts the files of two servers that are failover partners. Both
// get the same subnet ids, those that the first job has from an earlier run
// included, and what differs between the files is in both reports. An error
// means that there is nothing to write; it is a [*SyntaxError], or says that
// the files are not those of a pair.
func RunPair(ctx context.Context, a, b *Job) (*Pair, error) {
	p := &Pair{}
	jobs := [2]*Job{a, b}
	for _, j := range jobs {
		j.parse()
		if err := convertible(j.file, j.diags); err != nil {
			return nil, err
		}
	}
	found := false
	for _, decl := range translator.FailoverPeers(a.file) {
		if translator.FailoverPartner(b.file, decl) == nil {
			continue
		}
		p.Names = [2]string{translator.SecondaryName, translator.PrimaryName}
		if decl.Primary {
			p.Names = [2]string{translator.PrimaryName, translator.SecondaryName}
		}
		found = true
		break
	}
	if !found {
		return nil, fmt.Errorf("%s and %s are not the files of a pair: in none of them is a failover peer declared that the other has in the other role (primary, secondary)", a.Name, b.Name)
	}
	for i, j := range jobs {
		j.Options.Partner = jobs[1-i].file
		if i > 0 {
			j.Options.SubnetIDs, j.Options.Renumber = &p.Servers[0].SubnetIDs, false
			j.Earlier = p.Servers[0].Answers
		}
		o, err := j.run(ctx)
		if err != nil {
			return nil, err
		}
		p.Servers[i] = o
	}
	first, second := p.Servers[0].DHCP4, p.Servers[1].DHCP4
	if p.Names[0] != translator.PrimaryName {
		first, second = second, first
	}
	differences := translator.ComparePartners(first, second)
	for _, o := range p.Servers {
		o.Report.Add(differences...)
		o.tally = report.Count(o.Report)
	}
	return p, nil
}

// derivePair converts the file of one server of a failover pair for both. It
// returns nil where there is nothing to derive: the partner's file is known, or
// no relationship with one partner becomes high availability.
func (j *Job) derivePair(ctx context.Context) (*Pair, error) {
	j.parse()
	if j.Options.Partner != nil || convertible(j.file, j.diags) != nil || len(translator.FailoverPeers(j.file)) == 0 {
		return nil, nil
	}
	own := *j
	if own.Options.HAMode == translator.HAUnset {
		own.Options.HAMode = translator.HAByFile
	}
	first, err := own.run(ctx)
	if err != nil || first.Server == "" {
		return nil, err
	}
	partner := own
	partner.Options.Mirrored = true
	partner.Options.SubnetIDs, partner.Options.Renumber = &first.SubnetIDs, false
	partner.Earlier = first.Answers
	second, err := partner.run(ctx)
	if err != nil {
		return nil, err
	}
	return &Pair{Servers: [2]*Outcome{first, second}, Names: [2]string{first.Server, second.Server}}, nil
}

// Worst returns the worst severity in both reports.
func (p *Pair) Worst() translator.Severity {
	return max(p.Servers[0].Report.Worst(), p.Servers[1].Report.Worst())
}

// Write writes a directory for each server into dir, and beside them what both
// share. With validate both results are checked first, and an invalid one
// means that nothing is written. A new dir appears as a whole; in one that
// exists each server's directory does.
func (p *Pair) Write(dir string, replace, validate bool) error {
	if validate {
		if err := p.validate(); err != nil {
			return err
		}
	}
	// What the second run of the two knows includes what the first knew.
	return p.writeAround(dir, p.Servers[1].stateFiles(), replace)
}

func (p *Pair) validate() error {
	return errors.Join(p.Servers[0].Validate(), p.Servers[1].Validate())
}

// Write writes what the conversion gives into dir, and for a failover pair that
// was derived from one file a directory for each server. With validate the
// results are checked, and an invalid one means that nothing is written.
func (o *Outcome) Write(dir string, replace, validate bool) error {
	if o.Pair == nil {
		var checks []func() error
		if validate {
			checks = append(checks, o.Validate)
		}
		return outdir.Write(dir, o.Files(), replace, checks...)
	}
	if validate {
		if err := errors.Join(o.Validate(), o.Pair.validate()); err != nil {
			return err
		}
	}
	return o.Pair.writeAround(dir, o.Files(), replace)
}

// writeAround writes files, and beside them a directory for each server.
func (p *Pair) writeAround(dir string, files []outdir.File, replace bool) error {
	if err := outdir.Check(dir, replace); err != nil {
		return err
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return p.fill(dir, files, replace)
	}
	dir = filepath.Clean(dir)
	fresh, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+"-*")
	if err != nil {
		return err
	}
	err = p.fill(fresh, files, false)
	if err == nil {
		err = errors.Join(os.Chmod(fresh, 0o755), os.Rename(fresh, dir))
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(fresh))
	}
	return nil
}

func (p *Pair) fill(dir string, files []outdir.File, replace bool) error {
	if err := outdir.Write(dir, files, replace); err != nil {
		return err
	}
	for i, o := range p.Servers {
		if err := outdir.Write(filepath.Join(dir, p.Names[i]), o.serverFiles(), replace); err != nil {
			return err
		}
	}
	return nil
}
