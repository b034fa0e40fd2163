package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/translator"
)

// pageOf translates a text and returns its page with the data that the script
// of the page reads.
func pageOf(t *testing.T, name string, text []byte) (string, readData, *translator.Report) {
	t.Helper()
	parse := dhcpdconf.Options{}
	if strings.Contains(name, "/v6/") {
		parse.Protocol = dhcpdconf.DHCP6
	}
	f, diags := dhcpdconf.Parse(name, text, parse)
	result := translator.Translate(f, diags, translator.Options{Target: keaversion.Default})
	var outputs []Output
	if result.DHCP4 != nil {
		outputs = append(outputs, Output{Name: "kea-dhcp4.conf", Config: result.DHCP4, Target: keaversion.Default})
	}
	if result.DHCP6 != nil {
		outputs = append(outputs, Output{Name: "kea-dhcp6.conf", Config: result.DHCP6, Target: keaversion.Default})
	}
	if result.D2 != nil {
		outputs = append(outputs, Output{Name: "kea-dhcp-ddns.conf", Config: result.D2, Target: keaversion.Default})
	}
	var out bytes.Buffer
	opts := Options{Target: keaversion.Default.String(), Redact: dhcpdconf.NewRedactor(f)}
	if err := HTML(&out, result.Report, outputs, opts); err != nil {
		t.Fatal(err)
	}
	return out.String(), readPage(t, out.String()), result.Report
}

type readData struct {
	Src, Out []struct {
		Name    string
		Base, N int
	}
	Groups []pageGroup
	Left   int
	Links  [][]int
}

func readPage(t *testing.T, page string) (d readData) {
	t.Helper()
	_, rest, _ := strings.Cut(page, `id="data">`)
	text, _, ok := strings.Cut(rest, "</script>")
	if !ok {
		t.Fatal("the page has no data")
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// linesOf returns the lines of one side of a page, with their markup.
func linesOf(page, id string) []string {
	_, rest, _ := strings.Cut(page, `<section class="pane" id="`+id+`"`)
	rest, _, _ = strings.Cut(rest, "</section>")
	var lines []string
	for _, m := range regexp.MustCompile(`(?m)<p(?: [^>]*)?>(.*)$`).FindAllStringSubmatch(rest, -1) {
		lines = append(lines, m[1])
	}
	return lines
}

// Every sample's page counts what the report counts, shows every line, links
// within its texts, and gives away no secret.
func TestHTMLSamples(t *testing.T) {
	for _, name := range samples(t) {
		t.Run(name[len(samplesDir)+1:], func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			page, d, r := pageOf(t, name, text)
			if strings.Contains(page, "UExBTlRFRC") {
				t.Error("a planted secret shows")
			}
			findings := d.Left
			for _, g := range d.Groups {
				findings += g.Count
			}
			if findings != len(r.Findings) {
				t.Errorf("the groups hold %d findings, want %d", findings, len(r.Findings))
			}
			for what, want := range map[string]int{"v": r.Statements, "s": len(r.Findings)} {
				sum := 0
				for _, m := range regexp.MustCompile(`data-`+what+`="[^"]*"[^>]*><b>(\d+)</b>`).FindAllStringSubmatch(page, -1) {
					n, err := strconv.Atoi(m[1])
					if err != nil {
						t.Fatal(err)
					}
					sum += n
				}
				if sum != want {
					t.Errorf("the counters of data-%s add up to %d, want %d", what, sum, want)
				}
			}
			src, out := linesOf(page, "src"), linesOf(page, "out")
			if n := d.Src[len(d.Src)-1]; len(src) != n.Base+n.N {
				t.Errorf("%d lines of the source, want %d", len(src), n.Base+n.N)
			}
			if n := d.Out[len(d.Out)-1]; len(out) != n.Base+n.N {
				t.Errorf("%d lines of the result, want %d", len(out), n.Base+n.N)
			}
			for _, l := range d.Links {
				for i, n := range l {
					if n < 0 || i == 0 && n >= len(src) || i > 0 && n >= len(out) {
						t.Errorf("the link %v leads out of the texts", l)
					}
				}
			}
		})
	}
}

const linked = `key k { algorithm hmac-sha256; secret "c2VjcmV0"; }
class "phones" { match if option vendor-class-identifier = "</script><b>"; }
subnet 192.0.2.0 netmask 255.255.255.0 {
	range 192.0.2.10 192.0.2.20;
}
host a { hardware ethernet 00:00:5E:00:53:01; fixed-address 192.0.2.30; }
`

// Lines lead to what they became, and back.
func TestHTMLLinks(t *testing.T) {
	page, d, _ := pageOf(t, "dhcpd.conf", []byte(linked))
	src, out := linesOf(page, "src"), linesOf(page, "out")
	for from, want := range map[int]string{
		1: `name": "phones`,
		2: "{",
		5: "00:00:5e:00:53:01",
	} {
		found := false
		for _, l := range d.Links {
			if l[0] != from {
				continue
			}
			for _, to := range l[1:] {
				found = found || strings.Contains(strings.Join(out[to:min(len(out), to+3)], ""), want)
			}
		}
		if !found {
			t.Errorf("%q does not lead to %q: %v", src[from], want, d.Links)
		}
	}
	if src[3] != "\trange 192.0.2.10 192.0.2.20;" {
		t.Errorf("the fourth line is shown as %q", src[3])
	}
}

// The page asks for nothing outside itself, and text of the input cannot become
// markup or script.
func TestHTMLIsClosed(t *testing.T) {
	page, _, _ := pageOf(t, "<img>.conf", []byte(linked+"nonsense </script><script>alert(1)</script>;\n"))
	if m := regexp.MustCompile(`(?i)<(img|link|iframe|b>")|\b(src|href)=|url\(|@import|alert\(1\)</script>`).FindString(page); m != "" {
		t.Errorf("the page holds %q", m)
	}
	if n := strings.Count(page, "</script>"); n != 2 {
		t.Errorf("%d scripts end, want 2", n)
	}
	if strings.Contains(page, "c2VjcmV0") {
		t.Error("a secret shows")
	}
}

// An included file is shown as one more file, once.
func TestHTMLIncludes(t *testing.T) {
	name := filepath.Join(t.TempDir(), "hosts.conf")
	if err := os.WriteFile(name, []byte("# <hosts>\nnonsense words;\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	page, d, _ := pageOf(t, "dhcpd.conf", []byte("subnet 10.0.0.0 netmask 255.0.0.0 { }\ninclude \""+name+"\";\ninclude \""+name+"\";\n"))
	if len(d.Src) != 2 || d.Src[1].Base != 3 || d.Src[1].N != 2 {
		t.Fatalf("the files are %+v", d.Src)
	}
	if src := linesOf(page, "src"); len(src) != 5 || src[3] != "# &lt;hosts&gt;" {
		t.Errorf("the lines are %q", src)
	}
	for _, g := range d.Groups {
		if g.Verdict == "invalid" && (len(g.Lines) != 2 || g.Lines[0] != 4) {
			t.Errorf("the finding in the include is on lines %v, want 4", g.Lines)
		}
	}
}

// The page of a very large input leaves out the texts and says so.
func TestHTMLBrief(t *testing.T) {
	text := strings.Repeat("option domain-name \"x\";\n", maxPageStatements+1)
	f, _ := dhcpdconf.Parse("dhcpd.conf", []byte(text), dhcpdconf.Options{})
	r := &translator.Report{File: f, Statements: f.Statements, Verdicts: make([]translator.Verdict, f.Statements)}
	for s := range dhcpdconf.Preorder(f) {
		r.Verdicts[s.ID()] = translator.Manual
		r.Findings = append(r.Findings, translator.Finding{
			Code: "example", Severity: translator.S2, Verdict: translator.Manual, Statement: s.ID(), Keyword: s.Keyword(), Span: s.Head(),
			Message: "Something differs: " + strconv.Itoa(s.ID()%(2*maxSummaryGroups)),
		})
	}
	var out bytes.Buffer
	if err := HTML(&out, r, nil, Options{Target: "3.0"}); err != nil {
		t.Fatal(err)
	}
	page := out.String()
	d := readPage(t, page)
	if len(page) > 5<<20 || strings.Contains(page, `id="src"`) || !strings.Contains(page, "leaves out the texts") {
		t.Errorf("a page of %d bytes:\n%.3000s", len(page), page)
	}
	sum := d.Left
	for _, g := range d.Groups {
		sum += g.Count
	}
	if sum != len(r.Findings) || d.Left == 0 || len(d.Groups) != maxSummaryGroups {
		t.Errorf("%d groups and %d left out: %d findings, want %d", len(d.Groups), d.Left, sum, len(r.Findings))
	}
}

func TestHTMLGolden(t *testing.T) {
	r, opts := exampleReport()
	var out bytes.Buffer
	if err := HTML(&out, r, []Output{{Name: "kea-events4.sh", Text: "#!/bin/sh\nexit 0\n"}}, opts); err != nil {
		t.Fatal(err)
	}
	// Style and script have files of their own.
	page := strings.Replace(strings.Replace(out.String(), pageCSS, "/* page.css */\n", 1), pageJS, "// page.js\n", 1)
	golden(t, "report.html", []byte(page))
	if HTML(full{}, r, nil, opts) == nil {
		t.Error("an error of the writer is lost")
	}
}

// A line shows as it is written, whatever way it takes to the page: nothing in
// it becomes markup, control characters show as pictures, secrets do not show.
func TestHTMLLines(t *testing.T) {
	for in, want := range map[string]string{
		"\toption x \"a\";\r\n":                   "\toption x \"a\";",
		"# <b>&amp;'</b>\n":                       "# &lt;b&gt;&amp;amp;'&lt;/b&gt;",
		"# \u00fc < \x1b[0m \xff\n":               "# \u00fc &lt; \u241b[0m \ufffd",
		"key k { secret \"c2VjcmV0\"; } # <\n":    "key k { secret \"***\"; } # &lt;",
		"key k { secret \"c2VjcmV0\"; } # \u00fc": "key k { secret \"***\"; } # \u00fc",
		"\n": "",
	} {
		src := dhcpdconf.NewSource("dhcpd.conf", []byte(in))
		known := dhcpdconf.RedactSources(src)
		for _, redact := range [][]*dhcpdconf.Redactor{{known}, {dhcpdconf.RedactSources(), known}} {
			if got := string(newPageFile(src, 0, redact...).appendLine(nil, 0)); got != want {
				t.Errorf("%q: got %q, want %q", in, got, want)
			}
		}
	}
}
