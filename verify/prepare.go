package verify

import (
	"bytes"
	"fmt"
	"os"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator"
	"github.com/keamigrate/keamigrate/translator/conversion"
)

// Prepare makes a job that verifies what a conversion has given.
func Prepare(o *conversion.Outcome, options translator.Options) (Job, error) {
	j := Job{File: o.Report.File, Report: o.Report, Own: o.DHCP4, Target: options.Target, Redact: o.Redact, Now: options.Now}
	if o.Answers != nil {
		j.Resolve = o.Answers.Lookup
	}
	for _, c := range o.Configs()[:1] {
		var text bytes.Buffer
		if err := keaconf.Write(&text, c.Config, options.Target); err != nil {
			return j, err
		}
		j.ResultName = c.File
		var faults keaconf.Faults
		if j.Root, faults = keaconf.Parse(c.File, text.Bytes(), nil); j.Root == nil {
			return j, fmt.Errorf("%s cannot be read: %s", c.File, faults[0].Message)
		}
	}
	return j, nil
}

// ReadKea makes a job verify a file that somebody else has written or changed,
// in the place of the translation. text is its content; what it includes is read.
func (j *Job) ReadKea(name string, text []byte) error {
	dhcp4, root, err := keaconf.ReadDHCP4(name, text, os.ReadFile)
	if err != nil {
		return err
	}
	j.Against, j.Root, j.ResultName = dhcp4, root, name
	return nil
}
