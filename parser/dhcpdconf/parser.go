package dhcpdconf

import (
	"fmt"

	"github.com/keamigrate/keamigrate/parser/option"
)

// Options say how to read a file.
type Options struct {
	// Protocol is the protocol to read for; Auto finds it out from the file.
	Protocol Protocol

	// ReadFile reads an included file; nil reads from the file system.
	ReadFile func(name string) ([]byte, error)

	// Root is put before absolute include paths.
	Root string

	// Strict makes a missing include an Error instead of a Warning.
	Strict bool

	// Leases, if not nil, is the lease file that dhcpd reads after the
	// configuration. What dhcpd finds wrong in it are warnings.
	Leases *LeaseFile

	// MaxErrors is the number of errors after which further ones are not
	// reported; 0 means 100.
	MaxErrors int
}

// Limits that keep any input from exhausting the stack.
const (
	maxBlocks   = 250   // nested blocks
	maxIncludes = 32    // nested includes
	maxIncluded = 10000 // includes in all, since each of a chain may name the next one twice
	maxParens   = 200   // nested parentheses and "not"
	maxOperands = 20000 // operands of one expression without parentheses
)

// maxSource is the largest file that spans can point into.
const maxSource = 1<<32 - 2

// Parse reads a dhcpd.conf. It always returns a tree: what could not be read
// is in it as [Bad] statements, and the diagnostics say why. The text is kept
// and must not change.
func Parse(name string, text []byte, opts Options) (*File, Diagnostics) {
	protocol, detected := opts.Protocol, false
	if protocol == Auto {
		protocol, detected = detect(text)
	}
	f, diags := parseAs(name, text, protocol, opts)
	if opts.Protocol == Auto && !detected {
		// The file itself does not say; what it includes may.
		if found := detectTree(f); found != Auto {
			detected = true
			if found != protocol {
				f, diags = parseAs(name, text, found, opts)
			}
		}
	}
	f.Detected = detected
	return f, diags
}

func parseAs(name string, text []byte, protocol Protocol, opts Options) (*File, Diagnostics) {
	if opts.MaxErrors <= 0 {
		opts.MaxErrors = 100
	}
	family := option.V4
	if protocol == DHCP6 {
		family = option.V6
	}
	f := &File{Source: NewSource(name, text), Protocol: protocol, Options: option.NewTable(family)}
	p := &parser{opts: opts, file: f, keywords: keywordTable(), names: newNames()}
	if len(text) > maxSource {
		p.diags = append(p.diags, Diagnostic{Severity: Error, Code: "file-too-large", Span: Span{f.Source, 0, 0},
			Summary: fmt.Sprintf("the file has %d bytes, more than 4 GiB cannot be read", len(text))})
		f.Source = NewSource(name, nil)
		return f, p.diags
	}
	p.cursor = newCursor(f.Source)
	f.Body, f.Trailing = p.fileBody(&scope{kind: scopeRoot})
	p.checkAtEnd()
	if opts.Leases != nil {
		p.leaseFile(opts.Leases)
	}
	f.Statements = int(p.nextID)
	return f, p.diags
}

// parser reads one configuration. The cursor walks over the file at hand; an
// include replaces it for a while.
type parser struct {
	cursor
	opts     Options
	file     *File
	diags    Diagnostics
	errors   int
	suggests int // how often a suggestion was looked for
	nextID   uint32
	blocks   int         // open blocks
	includes []*Include  // open includes, the innermost last
	included int         // includes so far
	stack    []Statement // statements of the open blocks
	mem      memory
	keywords map[string]keyword
	names    names

	// recovered is set by a parse function that failed but has moved behind its
	// statement.
	recovered bool

	inLeases bool // the lease file is at hand

	hostScope scope // of the host at hand
	hostData  hostState
}

// fileBody reads the statements of a file up to its end.
func (p *parser) fileBody(sc *scope) ([]Statement, []Span) {
	first := len(p.stack)
	var last Statement
	for {
		before := p.takeComments(last, nil)
		if p.tok.kind == tokEOF {
			p.checkEnd()
			return p.popBody(first), before
		}
		if p.tok.is('}') {
			last = p.strayBrace()
		} else {
			last = p.statement(sc)
		}
		p.push(last, before)
	}
}

// checkEnd reports what the lexer has met in the file, now that it ends.
func (p *parser) checkEnd() {
	switch p.longCode {
	case "blanks-too-long":
		p.fail("blanks-too-long", p.long, fmt.Sprintf("%d blanks and empty lines in a row, dhcpd takes at most %d",
			p.long.End-p.long.Off, maxToken-1), "Remove some of them, or put a comment between them.")
	case "word-too-long":
		p.fail("word-too-long", p.long, fmt.Sprintf("a word of %d bytes, dhcpd takes at most %d", p.long.End-p.long.Off, maxToken-1), "")
	}
	if int(p.tok.off) < len(p.text) {
		p.warn("byte-255", p.span(p.tok.off, p.tok.off+1), "dhcpd takes the byte 255 for the end of the file",
			"What follows is not read, by dhcpd as well as here.")
	}
}

// push adds a statement to the open block.
func (p *parser) push(s Statement, before []Span) {
	if before != nil {
		p.commentsOf(s.base()).Before = before
	}
	p.stack = append(p.stack, s)
}

// popBody takes the statements of the block that is closing off the stack.
func (p *parser) popBody(first int) []Statement {
	body := p.mem.statements(p.stack[first:])
	clear(p.stack[first:])
	p.stack = p.stack[:first]
	return body
}

// block reads "{", statements and "}" into b. The owner's head ends with the
// "{". It reports false when there is no "{".
func (p *parser) block(owner *Base, sc *scope, b *Block) bool {
	if !p.openBlock(owner) {
		return false
	}
	p.blockBody(owner, sc, b)
	return true
}

// openBlock reads the "{" of a statement's block.
func (p *parser) openBlock(owner *Base) bool {
	if !p.tok.is('{') {
		return p.expected("{", `expected "{"`)
	}
	if p.blocks >= maxBlocks {
		return p.fail("nesting-too-deep", p.tokenSpan(p.tok),
			fmt.Sprintf("more than %d blocks within each other", maxBlocks), "")
	}
	owner.headEnd = p.tok.end
	p.next()
	p.innerComments(owner)
	return true
}

// blockBody reads the statements of a block and its "}".
func (p *parser) blockBody(owner *Base, sc *scope, b *Block) {
	p.blocks++
	first := len(p.stack)
	var last Statement
	for {
		before := p.takeComments(last, owner)
		if p.tok.is('}') {
			b.Body, b.Trailing = p.popBody(first), before
			p.next()
			break
		}
		if p.tok.kind == tokEOF {
			b.Body, b.Trailing = p.popBody(first), before
			p.unterminated(owner)
			break
		}
		last = p.statement(sc)
		p.push(last, before)
	}
	p.blocks--
}

// unterminated reports a block that the file ends in; only the innermost one,
// since the outer ones follow from it.
func (p *parser) unterminated(owner *Base) {
	if n := len(p.diags); n > 0 && p.diags[n-1].Code == "unterminated-block" {
		return
	}
	start := owner.span.Off
	p.fail("unterminated-block", p.span(start, owner.headEnd),
		"the file ends within this block", `Its closing "}" is missing, or one further up is.`)
}

// statement reads one statement. It always moves on.
func (p *parser) statement(sc *scope) Statement {
	start := p.tok
	b := Base{span: Span{p.src, start.off, start.end}, id: p.nextID}
	p.nextID++
	errors := p.errors
	if s := p.readStatement(b, sc); s != nil {
		if _, chain := s.(*If); !chain { // which ends with its first branch
			p.finish(s.base())
		}
		return s
	}
	bad := &Bad{Base: b}
	bad.keyword = badKeyword(p.cursor, start)
	if p.errors > errors || len(p.diags) > 0 {
		bad.Diagnostic = p.diags[len(p.diags)-1]
	}
	if !p.recovered {
		p.skip(start)
	}
	p.recovered = false
	p.nextID = b.id + 1 // whatever stands within it does not count
	p.finish(&bad.Base)
	return bad
}

// badKeyword is the keyword that a statement that could not be read counts as.
func badKeyword(c cursor, start token) string {
	if start.isName() && start.end-start.off <= 64 {
		return foldWord(c.word(start))
	}
	return "?"
}

// finish sets the span of a statement that ends with the token before the
// current one.
func (p *parser) finish(b *Base) {
	b.span.End = max(p.prev, b.span.End)
	if b.headEnd == 0 {
		b.headEnd = b.span.End
	}
	p.innerComments(b)
}

func (p *parser) readStatement(b Base, sc *scope) Statement {
	if !p.tok.isName() {
		return p.readMark(b, sc)
	}
	word := p.word(p.tok)
	kw, ok := p.keywords[word]
	if !ok {
		word = foldWord(word)
		kw, ok = p.keywords[word]
	}
	if !ok {
		return p.parameterOrCall(b, sc, word)
	}
	b.keyword = kw.name
	if !p.allowed(kw, sc) {
		return nil
	}
	return kw.read(p, b, sc)
}

// readMark reads what does not start with a word.
func (p *parser) readMark(b Base, sc *scope) Statement {
	switch {
	case p.tok.is('%') && sc.kind != scopeBody && sc.kind != scopeSwitch:
		b.keyword = "%"
		p.next()
		p.skip(p.tok)
		return &Percent{Base: b}
	case p.tok.is(';'):
		b.keyword = ";"
		p.fail("stray-semicolon", p.tokenSpan(p.tok), `a ";" without a statement`, "Remove it.")
		p.next()
		return &Empty{Base: b}
	}
	p.fail("unknown-statement", p.tokenSpan(p.tok), "expected a statement, found "+p.show(p.tok), "")
	return nil
}

// strayBrace reads a "}" that closes nothing.
func (p *parser) strayBrace() Statement {
	bad := &Bad{Base: Base{span: p.tokenSpan(p.tok), id: p.nextID, keyword: "}"}}
	p.nextID++
	p.fail("stray-brace", p.tokenSpan(p.tok), `this "}" closes nothing`, `Remove it, or look for a "}" too many further up.`)
	bad.Diagnostic = p.diags[len(p.diags)-1]
	p.next()
	p.finish(&bad.Base)
	return bad
}

// skip moves behind the statement that could not be read: behind its ";" or its
// "}". It stops before the "}" of the block around it, and before a statement
// on a new line when only a ";" was missing.
func (p *parser) skip(start token) {
	if p.tok.off > start.off && p.startsStatement(p.tok) {
		return
	}
	depth := 0
	for p.tok.kind != tokEOF {
		switch {
		case p.tok.is('{'):
			depth++
		case p.tok.is('}'):
			if depth == 0 {
				return
			}
			if depth--; depth == 0 {
				p.next()
				return
			}
		case p.tok.is(';') && depth == 0:
			p.next()
			return
		case p.tok.kind == tokString && int(p.tok.end) == len(p.text):
			p.stringText(p.tok) // reports it if it does not end
		}
		p.next()
	}
}

// startsStatement reports whether a token is the first of its line and a
// keyword, so that most likely a statement starts there.
func (p *parser) startsStatement(t token) bool {
	if !t.isName() {
		return false
	}
	for i := int(t.off) - 1; i >= 0 && p.text[i] != '\n'; i-- {
		if classes[p.text[i]] != classBlank {
			return false
		}
	}
	word := foldWord(p.word(t))
	if _, ok := p.keywords[word]; ok {
		return true
	}
	_, ok := p.file.Options.Lookup("server", word)
	return ok
}

// semi reads the ";" that ends a statement. The statement stands even without
// it when another one starts on the next line.
func (p *parser) semi() bool {
	if p.accept(';') {
		return true
	}
	at := p.span(p.prev-min(p.prev, 1), p.prev)
	p.fail("missing-semicolon", at, fmt.Sprintf(`expected ";" here, found %s`, p.show(p.tok)), "")
	return p.startsStatement(p.tok)
}
