package dhcpdconf

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// include reads an include statement and the file it names, in the scope that
// the statement stands in.
func (p *parser) include(b Base, sc *scope) Statement {
	s := &Include{Base: b}
	p.next()
	if p.tok.kind != tokString {
		p.expected("file-name", "expected the name of a file in quotes")
		return nil
	}
	t := p.next()
	var ok bool
	if s.Path, ok = p.stringText(t); !ok || !p.semi() {
		return nil
	}
	p.finish(&s.Base)
	at := p.tokenSpan(t)
	name, text, found := p.readInclude(s.Path, at)
	if !found || !p.includeAllowed(name, at) {
		return s
	}
	s.Source = NewSource(name, text)
	s.Source.IncludedBy = s

	outer := p.cursor
	p.cursor = newCursor(s.Source)
	p.includes = append(p.includes, s)
	inner := *sc
	inner.included = true
	inner.host = nil
	s.Body, s.Trailing = p.fileBody(&inner)
	p.includes = p.includes[:len(p.includes)-1]
	p.cursor = outer
	return s
}

// includeAllowed refuses a file that includes itself, and too many within each
// other.
func (p *parser) includeAllowed(name string, at Span) bool {
	if len(p.includes) >= maxIncludes {
		return p.fail("include-too-deep", at, fmt.Sprintf("more than %d files include each other", maxIncludes), "")
	}
	if p.included++; p.included > maxIncluded {
		return p.fail("include-too-deep", at, fmt.Sprintf("more than %d files are included", maxIncluded), "")
	}
	if name == p.file.Source.Name {
		return p.fail("include-loop", at, "the file includes itself", "dhcpd would read it for ever.")
	}
	for _, open := range p.includes {
		if open.Source.Name == name {
			return p.fail("include-loop", at, fmt.Sprintf("%s includes itself", name), "dhcpd would read it for ever.")
		}
	}
	return true
}

// readInclude finds and reads an included file: an absolute path below the
// root; a relative one from the working directory, as dhcpd does, or else from
// the directory of the file that includes it.
func (p *parser) readInclude(path string, at Span) (name string, text []byte, ok bool) {
	read := p.opts.ReadFile
	if read == nil {
		read = os.ReadFile
	}
	name = path
	if filepath.IsAbs(path) && p.opts.Root != "" {
		name = filepath.Join(p.opts.Root, path)
	}
	text, err := read(name)
	if err != nil && !filepath.IsAbs(path) {
		beside := filepath.Join(filepath.Dir(p.src.Name), path)
		if besideText, besideErr := read(beside); besideErr == nil {
			p.warn("include-relative", at, fmt.Sprintf("%s was found beside the file that includes it", path),
				"dhcpd takes relative paths from its working directory, not from the file. Check that this is the file that dhcpd reads.")
			name, text, err = beside, besideText, nil
		}
	}
	switch {
	case err != nil:
		reason := err
		var pathError *os.PathError
		if errors.As(err, &pathError) {
			reason = pathError.Err
		}
		summary := fmt.Sprintf("%s cannot be read: %v", name, reason)
		detail := "Its statements are missing. With another root than /, say so with --root."
		if p.opts.Strict {
			p.fail("include-missing", at, summary, detail)
		} else {
			p.warn("include-missing", at, summary, detail)
		}
		return name, nil, false
	case len(text) > maxSource:
		return name, nil, p.fail("file-too-large", at, fmt.Sprintf("%s has more than 4 GiB", name), "")
	}
	return name, text, true
}
