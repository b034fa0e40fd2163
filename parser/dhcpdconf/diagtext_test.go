package dhcpdconf

import (
	"strings"
	"testing"
)

func TestSnippet(t *testing.T) {
	for _, tt := range []struct {
		name, text, at string
		width          int
		want           string
	}{
		{"plain", "a;\noption routers 10.0.0.256;\nb;", "10.0.0.256", 0, "   2 | option routers 10.0.0.256;\n     |                ^^^^^^^^^^\n"},
		{"tabs", "\tx\ty;", "y", 0, "   1 |         x       y;\n     |                 ^\n"},
		{"UTF-8", "# Büro\noption x \"Größe\" y;", "y;", 0, "   2 | option x \"Größe\" y;\n     |                  ^^\n"},
		{"wide characters", "\"日本\" y;", "y", 0, "   1 | \"日本\" y;\n     |        ^\n"},
		{"bytes that are not UTF-8", "\"\xff\xfe\" y;", "y", 0, "   1 | \"��\" y;\n     |      ^\n"},
		{"control characters", "\"\x1b[31m\" y;", "y", 0, "   1 | \"␛[31m\" y;\n     |         ^\n"},
		{"carriage return", "abc;\r\nx;", "abc;", 0, "   1 | abc;\n     | ^^^^\n"},
		{"several lines", "subnet a\n  netmask b {\n}", "subnet a\n  netmask b {", 0, "   1 | subnet a\n     | ^^^^^^^^\n"},
		{"end of file", "abc", "", 0, "   1 | abc\n     |    ^\n"},
		{"long line, middle", strings.Repeat("x", 300) + " HERE " + strings.Repeat("y", 300), "HERE", 30, "   1 | ...xxxxxxxxx HERE yyyyyyyyyyyyyyy...\n     |              ^^^^\n"},
		{"long line, end", strings.Repeat("x", 300) + " HERE", "HERE", 20, "   1 | ...xxxxxxxxxxxxxxx HERE\n     |                    ^^^^\n"},
		{"long line, start", "HERE " + strings.Repeat("y", 300), "HERE", 20, "   1 | HERE yyyyyyyyyyyyyyy...\n     | ^^^^\n"},
		{"span longer than the window", strings.Repeat("z", 300), strings.Repeat("z", 300), 20, "   1 | zzzzzzzzzzzzzzzzzzzz...\n     | ^^^^^^^^^^^^^^^^^^^^\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			src := NewSource("dhcpd.conf", []byte(tt.text))
			off := strings.Index(tt.text, tt.at)
			if tt.at == "" {
				off = len(tt.text)
			}
			got := string(Renderer{Width: tt.width}.Snippet(nil, Span{src, uint32(off), uint32(off + len(tt.at))}))
			if got != tt.want {
				t.Errorf("got\n%swant\n%s", got, tt.want)
			}
		})
	}
	if got := (Renderer{}).Snippet(nil, Span{}); got != nil {
		t.Errorf("the zero span shows %q", got)
	}
}

func TestSnippetHidesSecretUnderCarets(t *testing.T) {
	text := `key k { secret "c2VjcmV0IQ=="; }`
	src := NewSource("t", []byte(text))
	r := Renderer{Redact: NewRedactor(&File{Source: src})}
	got := string(r.Snippet(nil, Span{src, uint32(strings.Index(text, `"`)), uint32(strings.Index(text, "; }"))}))
	want := "   1 | key k { secret \"***\"; }\n     |                ^^^^^\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestDiagnosticText(t *testing.T) {
	outer := NewSource("dhcpd.conf", []byte("\n  include \"b.conf\";\n"))
	inner := NewSource("b.conf", []byte("subent;\n"))
	inner.IncludedBy = &Include{Base: Base{span: Span{outer, 3, 20}}}
	d := Diagnostic{Error, "unknown-statement", Span{inner, 0, 6}, `"subent" is no statement`, `Did you mean "subnet"?`}
	got := string(Renderer{}.Diagnostic(nil, d))
	want := `b.conf:1:1: error: "subent" is no statement [unknown-statement]
   1 | subent;
     | ^^^^^^
     included from dhcpd.conf:2:3
     = Did you mean "subnet"?
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	colored := string(Renderer{Color: true}.Diagnostic(nil, d))
	if !strings.Contains(colored, "\x1b[1;31m^^^^^^\x1b[0m") {
		t.Errorf("no coloured carets in %q", colored)
	}
}

// Many places of one long line take linear time.
func BenchmarkSnippetLongLine(b *testing.B) {
	src := NewSource("t", []byte(strings.Repeat("option x 1; ", 1_000_000)))
	var out []byte
	for i := 0; b.Loop(); i++ {
		off := uint32(i * 7919 % 11_000_000)
		out = Renderer{}.Snippet(out[:0], Span{src, off, off + 6})
	}
}

// Whatever the text and the place: a snippet has no control characters, is
// bounded, and shows no secret of the file.
func FuzzSnippet(f *testing.F) {
	f.Add("key k { secret \"UExBTlRFRC1B\"; }\n\tx;", uint32(16), uint32(28), 40)
	f.Add("\xff\x1b[31m\r\n日本", uint32(2), uint32(9), 0)
	f.Fuzz(func(t *testing.T, text string, off, end uint32, width int) {
		const secret = "UExBTlRFRC1TRUNSRVQ="
		text = "secret " + secret + ";\n" + text
		n := uint32(len(text))
		off, end = off%(n+1), end%(n+1)
		if off > end {
			off, end = end, off
		}
		width %= 1000
		src := NewSource("t", []byte(text))
		r := Renderer{Width: width, Redact: RedactSources(src)}
		out := string(r.Snippet(nil, Span{src, off, end}))
		if strings.Contains(out, secret) {
			t.Errorf("the secret shows:\n%s", out)
		}
		if len(out) > 10_000 {
			t.Errorf("%d bytes", len(out))
		}
		for _, ch := range out {
			if ch < ' ' && ch != '\n' || ch == 0x7f {
				t.Errorf("control character %q in %q", ch, out)
			}
		}
		if lines := strings.Count(out, "\n"); lines != 2 {
			t.Errorf("%d lines:\n%s", lines, out)
		}
	})
}
