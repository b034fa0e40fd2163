package constructs

import (
	"cmp"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
)

// Versions are those that the page is about.
var Versions = []keaversion.Version{keaversion.V2_2, keaversion.V2_6, keaversion.V3_0, keaversion.V3_2}

// Conf is a configuration to look at.
type Conf struct {
	Name     string
	Text     []byte
	Protocol dhcpdconf.Protocol
	ReadFile func(string) ([]byte, error) // for what it includes
}

// Outcome is what became of the statements that say one thing.
type Outcome struct {
	Verdicts map[translator.Verdict]int              // statements by verdict
	Codes    map[translator.Code]translator.Severity // the worst of each
}

// Observed are the outcomes by construct and version.
type Observed map[dhcpdconf.Construct]map[keaversion.Version]Outcome

// Observe translates configurations for each version, with high availability
// and scripts, and sees what becomes of each construct. A statement with an
// expression counts for the constructs of the expression only if no other
// statement says less besides.
func Observe(confs []Conf) Observed {
	o := Observed{}
	parsed := make([]input, len(confs))
	least := map[dhcpdconf.Construct]int{}
	for i, c := range confs {
		parsed[i] = parse(c)
		for _, said := range parsed[i].says {
			n := expressions(said)
			for _, one := range said {
				if have, seen := least[one]; !seen || n < have {
					least[one] = n
				}
			}
		}
	}
	for _, in := range parsed {
		for _, v := range Versions {
			report := translator.Translate(in.file, in.diags, translator.Options{
				Target: v, HAMode: translator.HAByFile, Layout: translator.Layout{ScriptsDir: "/usr/share/kea/scripts"},
			}).Report
			codes := map[int][]translator.Finding{}
			for _, f := range report.Findings {
				codes[f.Statement] = append(codes[f.Statement], f)
			}
			for id, said := range in.says {
				for _, one := range said {
					if one.Kind == dhcpdconf.ConstructExpression && expressions(said) > least[one] {
						continue
					}
					o.note(one, v, report.Verdicts[id], codes[id])
				}
			}
		}
	}
	return o
}

type input struct {
	file  *dhcpdconf.File
	diags dhcpdconf.Diagnostics
	says  map[int][]dhcpdconf.Construct // by statement
}

func parse(c Conf) input {
	in := input{says: map[int][]dhcpdconf.Construct{}}
	in.file, in.diags = dhcpdconf.Parse(c.Name, c.Text, dhcpdconf.Options{Protocol: c.Protocol, ReadFile: c.ReadFile})
	for st := range dhcpdconf.Preorder(in.file) {
		in.says[st.ID()] = dhcpdconf.ConstructsOf(st)
	}
	return in
}

// expressions counts the constructs of expressions.
func expressions(said []dhcpdconf.Construct) int {
	n := 0
	for _, c := range said {
		if c.Kind == dhcpdconf.ConstructExpression {
			n++
		}
	}
	return n
}

func (o Observed) note(c dhcpdconf.Construct, v keaversion.Version, verdict translator.Verdict, findings []translator.Finding) {
	if o[c] == nil {
		o[c] = map[keaversion.Version]Outcome{}
	}
	out, ok := o[c][v]
	if !ok {
		out = Outcome{map[translator.Verdict]int{}, map[translator.Code]translator.Severity{}}
		o[c][v] = out
	}
	out.Verdicts[verdict]++
	for _, f := range findings {
		out.Codes[f.Code] = max(out.Codes[f.Code], f.Severity)
	}
}

// verdicts lists the verdicts of an outcome, the most frequent first.
func (o Outcome) verdicts() []translator.Verdict {
	var list []translator.Verdict
	for v := range o.Verdicts {
		list = append(list, v)
	}
	slices.SortFunc(list, func(a, b translator.Verdict) int {
		return cmp.Or(cmp.Compare(o.Verdicts[b], o.Verdicts[a]), cmp.Compare(a, b))
	})
	return list
}

// codes lists the codes of an outcome, the worst first.
func (o Outcome) codes() []translator.Code {
	var list []translator.Code
	for c := range o.Codes {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b translator.Code) int {
		return cmp.Or(cmp.Compare(o.Codes[b], o.Codes[a]), cmp.Compare(a, b))
	})
	return list
}
