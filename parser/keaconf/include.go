package keaconf

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// include reads <?include "file"?> and goes on in that file. Blanks and line
// ends may stand between the parts, comments may not.
func (x *lexer) include() {
	start := x.off
	if !strings.HasPrefix(x.text[start:], "<?") {
		x.bad()
		return
	}
	x.off += 2
	x.skipSpace()
	if !strings.HasPrefix(x.text[x.off:], "include") {
		x.badInclude(start, `the only directive is <?include "file"?>`)
		return
	}
	x.off += len("include")
	x.skipSpace()
	rest := x.text[x.off:]
	end := -1
	if strings.HasPrefix(rest, `"`) {
		end = strings.IndexAny(rest[1:], "\"\n")
	}
	if end <= 0 || rest[1+end] != '"' {
		x.badInclude(start, `the name of the file to include is missing: <?include "file"?>`)
		return
	}
	name := rest[1 : 1+end]
	x.off += end + 2
	x.skipSpace()
	if !strings.HasPrefix(x.text[x.off:], "?>") {
		x.badInclude(start, "?> is missing after the name of the file to include")
		return
	}
	x.off += 2
	x.enter(name, Span{x.src, uint32(start), uint32(x.off)})
}

func (x *lexer) skipSpace() {
	for x.off < len(x.text) && strings.IndexByte(" \t\r\n", x.text[x.off]) >= 0 {
		x.off++
	}
}

// badInclude skips a directive that makes no sense.
func (x *lexer) badInclude(start int, msg string) {
	line, _, _ := strings.Cut(x.text[start:], "\n")
	if i := strings.Index(line, "?>"); i >= 0 {
		line = line[:i+2]
	}
	x.off = max(x.off, start+len(line))
	x.fault(Error, start, start+len(line), msg)
}

// enter starts reading an included file; faults leave it out.
func (x *lexer) enter(name string, at Span) {
	fail := func(format string, args ...any) {
		x.faults.add(Fault{Severity: Error, Span: at, Message: fmt.Sprintf(format, args...)})
	}
	switch {
	case len(x.outer) >= maxIncludeDepth:
		if !x.tooDeep {
			fail("includes are nested more than %d deep; does the file include itself?", maxIncludeDepth)
		}
		x.tooDeep = true
		return
	case x.included >= maxIncludes:
		if x.included == maxIncludes {
			fail("more than %d includes; does a file include itself?", maxIncludes)
		}
		x.included++
		return
	case x.read == nil:
		fail("includes cannot be read here")
		return
	}
	x.included++
	text, err := x.read(name)
	if errors.Is(err, fs.ErrNotExist) && !filepath.IsAbs(name) {
		// Kea looks only where it was started, which cannot be known here.
		beside := filepath.Join(filepath.Dir(x.src.Name), name)
		var again error
		if text, again = x.read(beside); again == nil {
			err = nil
			x.faults.add(Fault{Severity: Warning, Span: at, Message: "Kea looks for this file in the directory where it is started, not beside the file that includes it; write the whole path"})
			name = beside
		}
	}
	if err != nil {
		fail("cannot include: %v", err)
		return
	}
	if x.includedBytes += len(text); x.includedBytes > maxIncluded {
		fail("the included files are larger than 1 GiB together; does a file include itself?")
		return
	}
	x.outer = append(x.outer, frame{x.src, x.off})
	x.src = &Source{Name: name, Text: string(text), IncludedAt: at}
	x.text, x.off = x.src.Text, 0
}
