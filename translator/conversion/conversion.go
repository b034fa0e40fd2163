package conversion

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/translator/defaults"
	"github.com/keamigrate/keamigrate/translator/outdir"
	"github.com/keamigrate/keamigrate/translator/report"
	"github.com/keamigrate/keamigrate/translator/resolve"
)

// Job is a conversion to run.
type Job struct {
	Name string // of the file, for messages
	Text []byte // its content

	Parse    dhcpdconf.Options
	Options  translator.Options // Resolve is set from the two below
	Defaults *defaults.Settings // nil: none

	Earlier *resolve.Answers // of resolved.json; nil: none
	Lookup  resolve.Lookup   // nil: nobody is asked
	Limits  resolve.Limits

	// Full lists every statement in report.json.
	Full bool

	file  *dhcpdconf.File // once parsed
	diags dhcpdconf.Diagnostics
}

// Outcome is what a conversion gives.
type Outcome struct {
	*translator.Result
	Answers *resolve.Answers
	Redact  *dhcpdconf.Redactor
	// Pair is the conversion of the file for both servers of a failover pair,
	// when the file describes one and the partner's is not known. Its files
	// are beside those of this conversion.
	Pair  *Pair
	job   *Job
	tally *report.Tally
}

// SyntaxError says that the file cannot be converted at all.
type SyntaxError struct {
	Name        string
	Diagnostics dhcpdconf.Diagnostics // those that make it so, the first ones
	Redact      *dhcpdconf.Redactor
	Reason      string
}

func (e *SyntaxError) Error() string { return e.Name + ": " + e.Reason }

// Run converts. Its error means that there is nothing to write; it is a
// [*SyntaxError].
func (j *Job) Run(ctx context.Context) (*Outcome, error) {
	pair, err := j.derivePair(ctx)
	if err != nil {
		return nil, err
	}
	if pair == nil {
		return j.run(ctx)
	}
	alone := *j
	alone.Options.PairBeside = j.Options.HAMode == translator.HAUnset
	alone.Options.SubnetIDs, alone.Options.Renumber = &pair.Servers[1].SubnetIDs, false
	alone.Earlier = pair.Servers[1].Answers
	o, err := alone.run(ctx)
	if err == nil {
		o.Pair = pair
	}
	return o, err
}

// run converts for this server.
func (j *Job) run(ctx context.Context) (*Outcome, error) {
	j.parse()
	file, diags := j.file, j.diags
	if err := convertible(file, diags); err != nil {
		return nil, err
	}
	// Looking through the text for secrets takes as long as many a pass.
	redact := make(chan *dhcpdconf.Redactor, 1)
	go func() { redact <- dhcpdconf.NewRedactor(file) }()
	o := &Outcome{job: j}
	names := resolve.Names(file)
	if j.Options.Partner != nil {
		names = append(names, resolve.Names(j.Options.Partner)...)
		slices.Sort(names)
		names = slices.Compact(names)
	}
	o.Answers = resolve.Resolve(ctx, names, j.Earlier, j.Lookup, j.Limits)

	opts := j.Options
	opts.Resolve = o.Answers.Lookup
	var extra []translator.Finding
	if j.Defaults != nil {
		used := len(opts.Interfaces) == 0
		if used {
			opts.Interfaces = j.Defaults.Interfaces(file.Protocol)
		}
		extra = j.Defaults.Findings(file.Protocol, used)
	}
	if j.Parse.Protocol == dhcpdconf.Auto && !file.Detected {
		extra = append(extra, translator.Finding{
			Code: "protocol-assumed", Severity: translator.S1, Verdict: translator.Approximated, Statement: -1,
			Message: "Nothing in the file says which protocol it is for; it was taken to be for DHCPv4.",
			Remedy:  "Give -6 if it is for DHCPv6.",
		})
	}
	o.Result = translator.Translate(file, diags, opts)
	o.Report.Add(extra...)
	o.Redact = <-redact
	o.tally = report.Count(o.Report)
	if o.Report.Counts()[translator.Invalid] == file.Statements {
		return nil, &SyntaxError{Name: j.Name, Diagnostics: first(diags), Redact: o.Redact, Reason: "no statement in it is valid: is it a dhcpd.conf?"}
	}
	return o, nil
}

// parse reads the text once.
func (j *Job) parse() {
	if j.file == nil {
		j.file, j.diags = dhcpdconf.Parse(j.Name, j.Text, j.Parse)
	}
}

// brokenStructure are the parser's codes that leave open which statements
// belong where: a result would be a guess.
var brokenStructure = []string{
	"file-too-large", "nesting-too-deep", "unterminated-block", "unterminated-string", "include-loop", "include-too-deep",
	"include-missing", // an error with --strict only
}

// convertible reports why a file cannot be converted at all.
func convertible(file *dhcpdconf.File, diags dhcpdconf.Diagnostics) error {
	var broken dhcpdconf.Diagnostics
	for _, d := range diags {
		if d.Severity == dhcpdconf.Error && slices.Contains(brokenStructure, d.Code) {
			broken = append(broken, d)
		}
	}
	name := file.Source.Name
	switch {
	case len(broken) > 0:
		return &SyntaxError{Name: name, Diagnostics: first(broken), Redact: dhcpdconf.NewRedactor(file), Reason: "the file cannot be converted, see above"}
	case file.Statements == 0 && len(diags) == 0:
		return &SyntaxError{Name: name, Reason: "there are no statements in it: nothing to convert"}
	}
	return nil
}

// first returns the first few errors.
func first(diags dhcpdconf.Diagnostics) dhcpdconf.Diagnostics {
	const most = 10
	var errors dhcpdconf.Diagnostics
	for _, d := range diags {
		if d.Severity == dhcpdconf.Error && len(errors) < most {
			errors = append(errors, d)
		}
	}
	return errors
}

// Configs returns the configurations with the names of their files, the DHCP
// server's first.
func (o *Outcome) Configs() []NamedConfig {
	var configs []NamedConfig
	if o.DHCP4 != nil {
		configs = append(configs, NamedConfig{DHCP4File, o.DHCP4})
	}
	if o.DHCP6 != nil {
		configs = append(configs, NamedConfig{DHCP6File, o.DHCP6})
	}
	if o.D2 != nil {
		configs = append(configs, NamedConfig{D2File, o.D2})
	}
	return configs
}

// NamedConfig is one of Kea's configurations and the file it goes to.
type NamedConfig struct {
	File   string
	Config keaconf.Config
}

// ReportOptions are those for showing the report of this conversion.
func (o *Outcome) ReportOptions() report.Options {
	return report.Options{Target: o.job.Options.Target.String(), Redact: o.Redact, Tally: o.tally, Full: o.job.Full}
}

// secretMode is the mode of files that may hold a secret of the input, plainMode
// that of all others.
const (
	plainMode  fs.FileMode = 0o644
	secretMode fs.FileMode = 0o640
)

// Files returns what is to be written.
func (o *Outcome) Files() []outdir.File { return append(o.serverFiles(), o.stateFiles()...) }

// stateFiles are those that the next run reads.
func (o *Outcome) stateFiles() []outdir.File {
	return []outdir.File{
		{Name: SubnetIDsFile, Mode: plainMode, Write: func(w io.Writer) error { return writeSubnetIDs(w, o.SubnetIDs) }},
		{Name: ResolvedFile, Mode: plainMode, Write: o.Answers.Write},
	}
}

// serverFiles are Kea's configurations and the report.
func (o *Outcome) serverFiles() []outdir.File {
	mode := plainMode
	if o.Redact.HasSecrets() {
		mode = secretMode
	}
	var files []outdir.File
	shown := o.shown()
	for _, c := range shown {
		if c.Config != nil {
			files = append(files, outdir.File{Name: c.Name, Mode: mode, Write: func(w io.Writer) error { return write(w, &c) }})
		}
	}
	for _, script := range o.Scripts {
		files = append(files, outdir.File{Name: script.Name, Mode: script.Mode, Write: func(w io.Writer) error {
			_, err := io.WriteString(w, script.Text)
			return err
		}})
	}
	opts := o.ReportOptions()
	// The page shows all of the configuration but its secrets: it is for the
	// same readers.
	files = append(files, outdir.File{Name: ReportHTML, Mode: mode, Write: func(w io.Writer) error { return report.HTML(w, o.Report, shown, opts) }})
	return append(files,
		outdir.File{Name: ReportText, Mode: plainMode, Write: func(w io.Writer) error { return report.Text(w, o.Report, opts) }},
		outdir.File{Name: ReportJSON, Mode: plainMode, Write: func(w io.Writer) error { return report.JSON(w, o.Report, opts) }},
		outdir.File{Name: ReportSARIF, Mode: plainMode, Write: func(w io.Writer) error { return report.SARIF(w, o.Report, opts) }},
	)
}

// shown returns the files of the result that report.html shows.
func (o *Outcome) shown() []report.Output {
	var outputs []report.Output
	for _, c := range o.Configs() {
		out := report.Output{Name: c.File, Config: c.Config, Target: o.job.Options.Target}
		if report.ShowsTexts(o.Report) {
			out.Written = shareWriting(out, o.Report)
		}
		outputs = append(outputs, out)
	}
	for _, script := range o.Scripts {
		outputs = append(outputs, report.Output{Name: script.Name, Text: script.Text})
	}
	return outputs
}

// shareWriting writes a configuration once for its file and for the page.
func shareWriting(out report.Output, r *translator.Report) func() ([]byte, *keaconf.Writer, error) {
	type result struct {
		text   []byte
		writer *keaconf.Writer
		err    error
	}
	once := sync.OnceValue(func() (made result) {
		made.text, made.writer, made.err = out.Write(r)
		return made
	})
	return func() ([]byte, *keaconf.Writer, error) {
		made := once()
		return made.text, made.writer, made.err
	}
}

// write writes the file of a configuration: as the page has it, or, where the page
// leaves it out, without keeping it.
func write(w io.Writer, c *report.Output) error {
	if c.Written == nil {
		return keaconf.Write(w, c.Config, c.Target)
	}
	text, _, err := c.Written()
	if err == nil {
		_, err = w.Write(text)
	}
	return err
}

// DefectError says that keamigrate made something that the target version would
// refuse: a defect of keamigrate, not of the input.
type DefectError struct {
	File    string // the name it would have had
	Pointer string // JSON pointer to the place
	Message string
	More    int // further faults
}

func (e *DefectError) Error() string {
	more := ""
	if e.More > 0 {
		more = fmt.Sprintf(" (and %d more)", e.More)
	}
	return fmt.Sprintf("the result would not be valid: %s at %s: %s%s; this is a defect of keamigrate, please report it; --validate=false writes the result all the same", e.File, e.Pointer, e.Message, more)
}

// Validate checks the result against the schema of the target version and the
// rules that a schema cannot state, as keamigrate check would. It may run beside
// the writing of the files. Its error is a [*DefectError].
func (o *Outcome) Validate() error {
	for _, c := range o.Configs() {
		faults, err := keaconf.Validate(c.Config, o.job.Options.Target)
		if err != nil {
			return &DefectError{File: c.File, Pointer: "/", Message: err.Error()}
		}
		var first *DefectError
		for _, f := range faults {
			switch {
			case f.Severity != keaconf.Error:
			case first == nil:
				first = &DefectError{File: c.File, Pointer: f.Pointer, Message: f.Message}
			default:
				first.More++
			}
		}
		if first != nil {
			return first
		}
	}
	return nil
}
