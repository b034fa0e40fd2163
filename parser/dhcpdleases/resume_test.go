package dhcpdleases

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/option"
)

// A reader that starts behind any entry gives the rest with the same places.
func TestResume(t *testing.T) {
	texts := seeds()
	for _, folder := range []string{"leases4", "leases6"} {
		for _, text := range samples(t, folder) {
			texts = append(texts, text)
		}
	}
	for _, text := range texts {
		if bytes.IndexByte(text, 0xff) >= 0 {
			continue // dhcpd stops there for good
		}
		r := newReader(bytes.NewReader(text), Options{}, 4000)
		for {
			_, err := r.Next()
			if err == io.EOF {
				break
			}
			opts := Options{Offset: r.Offset(), Line: r.Line(), ByteOrder: r.ByteOrder()}
			if r.peeked {
				continue // a token is read that belongs to what follows
			}
			whole := newReader(bytes.NewReader(text), Options{}, 4000)
			for whole.Offset() < opts.Offset {
				if _, err := whole.Next(); err == io.EOF {
					t.Fatalf("no entry ends at %d in %q", opts.Offset, text)
				}
			}
			rest := newReader(bytes.NewReader(text[opts.Offset:]), opts, 4000)
			for {
				e, err := whole.Next()
				e2, err2 := rest.Next()
				if err == io.EOF && err2 == io.EOF {
					break
				}
				if (e == nil) != (e2 == nil) || (err == nil) != (err2 == nil) {
					t.Fatalf("from %+v on: %v, %v, not %v, %v; %q", opts, e2, err2, e, err, text)
				}
				if e != nil && show(e) != show(e2) {
					t.Fatalf("from %+v on:\n%s\nnot\n%s\n%q", opts, show(e2), show(e), text)
				}
				if err != nil && err.(*SyntaxError).Place != err2.(*SyntaxError).Place {
					t.Fatalf("from %+v on: %v, not %v; %q", opts, err2, err, text)
				}
			}
		}
	}
}

// Places are those of the text.
func TestPlace(t *testing.T) {
	for _, generate := range []func(int) []byte{leases4, leases6} {
		text := generate(2000)
		n := 0
		for e, err := range Read(bytes.NewReader(text), Options{}) {
			if err != nil {
				t.Fatal(err)
			}
			p := e.Position()
			if got := 1 + bytes.Count(text[:p.Offset], []byte("\n")); got != p.Line {
				t.Fatalf("line %d, not %d", p.Line, got)
			}
			if got := 1 + bytes.Count(text[:p.End], []byte("\n")); got != p.EndLine {
				t.Fatalf("last line %d, not %d", p.EndLine, got)
			}
			part := text[p.Offset:p.End]
			if end := part[len(part)-1]; end != '}' && end != ';' {
				t.Fatalf("%q does not end with the entry", part)
			}
			n++
		}
		if n != 2001 {
			t.Errorf("%d entries", n)
		}
	}
}

// A file that makes a reader allocate or look back for each byte would show
// here: the time of the test would not be seconds but hours.
func TestLargeJunk(t *testing.T) {
	size := 4 << 20
	if testing.Short() {
		size = 128 << 10 // the race detector is slow
	}
	for _, junk := range []string{"lease ", "lease 10.0.0.1 {", "\"", "\"\\09\\09", "{", "}", ";", "#\n", "a", "1:", "0x", "\n", "ia-na \"abcdefg\" { iaaddr 2001:db8::1 {",
		"lease 10.0.0.1 { set a = \"b\"; ", "lease 10.0.0.1 { uid 1:", "host a { ", "on ", "epoch ", "\xff", "\x00", "-", "option agent.circuit-id 1:", "lease 10.0.0.1 { " + strings.Repeat("on expiry;", 1000)} {
		text := bytes.Repeat([]byte(junk), size/len(junk))
		r := NewReader(bytes.NewReader(text), Options{})
		for n := 0; ; n++ {
			_, err := r.Next()
			if err == io.EOF {
				break
			}
			if n > len(text) {
				t.Fatalf("%q: more entries than bytes", junk)
			}
		}
		if len(r.arena) > maxEntry || len(r.buf) > bufferSize+padding || cap(r.lease.Events) > 1<<16 {
			t.Errorf("%q: memory grows with the input", junk)
		}
	}
}

// An error of the input ends the reading and is no fault of the entry.
func TestInputError(t *testing.T) {
	text := leases4(10)
	broken := io.MultiReader(bytes.NewReader(text[:1000]), failing{})
	var last error
	for e, err := range Read(broken, Options{}) {
		if last != nil {
			t.Fatalf("more after the error: %v %v", e, err)
		}
		last = err
	}
	if last != io.ErrUnexpectedEOF {
		t.Errorf("the error is %v", last)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestAgentSuboptions(t *testing.T) {
	table := option.NewTable(option.V4)
	names := table.Names("agent")
	if len(names) != len(agentSuboptions) {
		t.Errorf("%d suboptions, not %d", len(agentSuboptions), len(names))
	}
	for _, name := range names {
		def, _ := table.Lookup("agent", name)
		code, format, ok := agentSuboption([]byte(name))
		if !ok || uint32(code) != def.Code || string(format) != def.Format.String() {
			t.Errorf("%s: code %d, format %c, not %+v", name, code, format, def)
		}
	}
}
