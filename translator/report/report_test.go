package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
)

const samplesDir = "../../testdata/dhcpd-samples"

// samples returns the sample configurations of the repository.
func samples(t *testing.T) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(samplesDir, func(name string, d os.DirEntry, err error) error {
		if filepath.Ext(name) == ".conf" {
			names = append(names, name)
		}
		return err
	})
	if err != nil || len(names) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	return names
}

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	s, err := c.Compile("../../docs/report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// translate reports on a file; the samples of DHCPv6 lie in a folder of their own.
func translate(name string, text []byte) (*translator.Report, Options) {
	parse := dhcpdconf.Options{}
	if strings.Contains(name, "/v6/") {
		parse.Protocol = dhcpdconf.DHCP6
	}
	f, diags := dhcpdconf.Parse(name, text, parse)
	r := translator.Translate(f, diags, translator.Options{Target: keaversion.Default}).Report
	return r, Options{Target: keaversion.Default.String(), Redact: dhcpdconf.NewRedactor(f), Full: true}
}

// The counts of every sample's report add up, its JSON is what the published
// schema says, its codes are documented, and no secret is in any of its forms.
func TestSamples(t *testing.T) {
	s := schema(t)
	codes := map[translator.Code]bool{}
	for _, c := range translator.Codes() {
		codes[c.Code] = true
	}
	for _, name := range samples(t) {
		t.Run(name[len(samplesDir)+1:], func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			r, opts := translate(name, text)
			for _, f := range r.Findings {
				if !codes[f.Code] {
					t.Errorf("the code %q is not in the table", f.Code)
				}
			}
			sum := 0
			for _, n := range r.Counts() {
				sum += n
			}
			if sum != r.Statements {
				t.Errorf("the verdicts add up to %d, want %d", sum, r.Statements)
			}

			var js, txt, summary, sarif bytes.Buffer
			if err := SARIF(&sarif, r, opts); err != nil {
				t.Fatal(err)
			}
			for _, x := range checkSARIF(t, sarif.Bytes(), r).Runs[0].Results {
				if x.RuleIndex < 0 {
					t.Errorf("%s is no rule", x.RuleID)
				}
			}
			if err := JSON(&js, r, opts); err != nil {
				t.Fatal(err)
			}
			checkJSON(t, s, js.Bytes(), r)
			if err := Text(&txt, r, opts); err != nil {
				t.Fatal(err)
			}
			checkText(t, txt.String(), r)
			if err := Summary(&summary, r, opts); err != nil {
				t.Fatal(err)
			}
			for form, out := range map[string]string{"JSON": js.String(), "text": txt.String(), "SARIF": sarif.String(), "summary": summary.String()} {
				if strings.Contains(out, "UExBTlRFRC") {
					t.Errorf("%s: a planted secret shows", form)
				}
			}
		})
	}
}

func checkJSON(t *testing.T, s *jsonschema.Schema, text []byte, r *translator.Report) {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(v); err != nil {
		t.Errorf("%#v", err)
	}
	var doc struct {
		Statements int
		Verdicts   map[string]int
		Severities map[string]int
		Keywords   map[string]map[string]int
		Findings   []json.RawMessage
		All        []json.RawMessage `json:"all-statements"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	verdicts, keywords, severities := 0, 0, 0
	for _, n := range doc.Verdicts {
		verdicts += n
	}
	for _, counts := range doc.Keywords {
		for _, n := range counts {
			keywords += n
		}
	}
	for _, n := range doc.Severities {
		severities += n
	}
	if doc.Statements != r.Statements || verdicts != r.Statements || keywords != r.Statements || len(doc.All) != r.Statements {
		t.Errorf("%d statements, %d verdicts, %d by keyword, %d listed: want %d each", doc.Statements, verdicts, keywords, len(doc.All), r.Statements)
	}
	if severities != len(r.Findings) || len(doc.Findings) != len(r.Findings) {
		t.Errorf("%d by severity, %d listed: want %d findings", severities, len(doc.Findings), len(r.Findings))
	}
}

func checkText(t *testing.T, text string, r *translator.Report) {
	t.Helper()
	sum := 0
	head, rest, _ := strings.Cut(text, "  statements ")
	for _, m := range regexp.MustCompile(`(?m)^  [a-z]+ +(\d+)  `).FindAllStringSubmatch(head, -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	if total := strings.Fields(rest)[0]; sum != r.Statements || total != strconv.Itoa(r.Statements) {
		t.Errorf("the table adds up to %d and says %s, want %d", sum, total, r.Statements)
	}
	if n := len(regexp.MustCompile(`(?m)^\[\d+\] `).FindAllString(text, -1)); n != len(r.Findings) {
		t.Errorf("%d findings in the text, want %d", n, len(r.Findings))
	}
}

// The schema lists the verdicts and severities that there are.
func TestSchemaKnowsVerdicts(t *testing.T) {
	text, err := os.ReadFile("../../docs/report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Properties struct {
			Target struct{ Enum []string }
		}
		Defs struct {
			Verdict, Severity struct{ Enum []string }
		} `json:"$defs"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	var verdicts, severities, targets []string
	for _, v := range translator.Verdicts() {
		verdicts = append(verdicts, v.String())
	}
	for s := translator.S0; s <= translator.S4; s++ {
		severities = append(severities, s.String())
	}
	for _, v := range keaversion.All() {
		targets = append(targets, v.String())
	}
	if !slices.Equal(doc.Defs.Verdict.Enum, verdicts) || !slices.Equal(doc.Defs.Severity.Enum, severities) || !slices.Equal(doc.Properties.Target.Enum, targets) {
		t.Errorf("schema has %v, %v, %v; want %v, %v, %v", doc.Defs.Verdict.Enum, doc.Defs.Severity.Enum, doc.Properties.Target.Enum, verdicts, severities, targets)
	}
}

// The schema does reject what is wrong.
func TestSchemaRejects(t *testing.T) {
	r, opts := translate("t", []byte("nonsense words;\nsubnet 10.0.0.0 netmask 255.0.0.0 { }\n"))
	var js bytes.Buffer
	if err := JSON(&js, r, opts); err != nil {
		t.Fatal(err)
	}
	s := schema(t)
	for _, edit := range []struct{ old, new string }{
		{`"severity":"S4"`, `"severity":"S5"`},
		{`"verdict":"invalid"`, `"verdict":"bad"`},
		{`"statements": 2`, `"statements": -1`},
		{`"version": 1`, `"version": 2`},
		{`"line":1`, `"line":0`},
		{`"message":"`, `"massage":"`},
		{`"file":"t",`, ``},
		{`"keywords"`, `"words"`},
	} {
		text := strings.Replace(js.String(), edit.old, edit.new, 1)
		if text == js.String() {
			t.Errorf("no %s in\n%s", edit.old, text)
			continue
		}
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		if s.Validate(v) == nil {
			t.Errorf("the schema takes %s", edit.new)
		}
	}
}

const example = `default-lease-time 600;
subnet 192.0.2.0 netmask 255.255.255.0 {
	range 192.0.2.10 192.0.2.20;
	optoin routers 192.0.2.1;	# typo
}
`

func TestText(t *testing.T) {
	r, opts := exampleReport()
	var out bytes.Buffer
	if err := Text(&out, r, opts); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.txt", out.Bytes())
	out.Reset()
	if err := JSON(&out, r, opts); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.json", out.Bytes())
	out.Reset()
	if err := SARIF(&out, r, opts); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.sarif", out.Bytes())
	out.Reset()
	opts.TextFile, opts.Next, opts.Worst = "kea/report.txt", []string{"Look", "Listen"}, 3
	if err := Summary(&out, r, opts); err != nil {
		t.Fatal(err)
	}
	golden(t, "summary.txt", out.Bytes())
}

// exampleReport has findings of all kinds, made by hand: what the translation
// says about the example is not the subject here.
func exampleReport() (*translator.Report, Options) {
	f, _ := dhcpdconf.Parse("dhcpd.conf", []byte(example), dhcpdconf.Options{})
	r := &translator.Report{File: f, Statements: f.Statements, Verdicts: []translator.Verdict{translator.Translated, translator.Approximated, translator.Translated, translator.Invalid}}
	for s := range dhcpdconf.Preorder(f) {
		f := translator.Finding{Statement: s.ID(), Keyword: s.Keyword(), Span: s.Head()}
		switch s.ID() {
		case 1:
			f.Code, f.Severity, f.Verdict = "example-one", translator.S3, translator.Approximated
			f.Message = strings.Repeat("Something differs here, and it takes some words to say what it is. ", 3)
			f.Fields, f.Clients = []string{"address", "option 3"}, "clients with a reservation"
			f.Places, f.PlaceCount = []string{"/Dhcp4/subnet4/0"}, 12
			f.Remedy = "Decide."
		case 3:
			f.Code, f.Severity, f.Verdict, f.Message = "example-two", translator.S4, translator.Invalid, "Not a statement."
		default:
			continue
		}
		r.Add(f)
	}
	for range 5 {
		r.Add(translator.Finding{Code: "example-whole", Severity: translator.S2, Verdict: translator.Manual, Statement: -1, Message: "About the whole."})
	}
	r.Add(translator.Finding{Code: "example-note", Severity: translator.S1, Verdict: translator.Default, Statement: -1, Message: "A note."})
	return r, Options{Target: "3.0", Full: true}
}

// Many findings on one very long line are written in linear time: a quadratic
// way would run into the time limit of the tests.
func TestManyFindings(t *testing.T) {
	if testing.Short() {
		t.Skip("large")
	}
	const n = 100_000
	f, _ := dhcpdconf.Parse("dhcpd.conf", []byte(strings.Repeat("option domain-name \"x\"; ", n)), dhcpdconf.Options{})
	r := &translator.Report{File: f, Statements: f.Statements, Verdicts: make([]translator.Verdict, f.Statements)}
	for s := range dhcpdconf.Preorder(f) {
		r.Verdicts[s.ID()] = translator.Manual
		r.Findings = append(r.Findings, translator.Finding{
			Code: "example", Severity: translator.S2, Verdict: translator.Manual, Statement: s.ID(), Keyword: s.Keyword(), Span: s.Head(),
			Message: "Something differs.", Remedy: "Do something.",
		})
	}
	if len(r.Findings) != n {
		t.Fatalf("%d findings, want %d", len(r.Findings), n)
	}
	for name, write := range map[string]func(io.Writer, *translator.Report, Options) error{"text": Text, "JSON": JSON, "SARIF": SARIF, "summary": Summary} {
		var size counter
		if err := write(&size, r, Options{Full: true}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if name != "summary" && size < n*100 {
			t.Errorf("%s: only %d bytes", name, size)
		}
	}
}

type counter int

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

type full struct{}

func (full) Write([]byte) (int, error) { return 0, fmt.Errorf("no space left") }

func TestWriteErrors(t *testing.T) {
	r, opts := exampleReport()
	for name, write := range map[string]func(io.Writer, *translator.Report, Options) error{"text": Text, "JSON": JSON, "SARIF": SARIF, "summary": Summary} {
		if write(full{}, r, opts) == nil {
			t.Errorf("%s: an error of the writer is lost", name)
		}
	}
}
