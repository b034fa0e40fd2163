package dhcpdconf

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// Hidden is what is shown in place of a secret.
const Hidden = "***"

// secretWords are the keywords whose value is secret: "secret" of a key
// declaration (TSIG and OMAPI), and the ends of those like "ldap-password",
// which builds of dhcpd with LDAP take. They are looked for in the text, not in the tree, because a declaration
// that is broken or commented out gives its secret away just as well.
var secretWords = [...]string{"secret", "password"}

// Redactor hides the secrets of a file: nothing that shows text of the input,
// or text made from it, does so without asking it. The zero and the nil
// Redactor know no secrets.
type Redactor struct {
	spans map[*Source][]Span // in order, without overlaps
	words *strings.Replacer
}

// NewRedactor finds the secrets in a file and in all that it includes, and
// every place where one of them is repeated.
func NewRedactor(f *File) *Redactor {
	r := &Redactor{spans: map[*Source][]Span{}}
	sources := []*Source{f.Source}
	var words []string // those that the tree knows of
	for s := range Preorder(f) {
		switch s := s.(type) {
		case *Include:
			if s.Source != nil && s.Source != f.Source {
				sources = append(sources, s.Source)
			}
		case *Key:
			if at := s.Secret.Span; at.Src != nil && at.End > at.Off {
				r.spans[at.Src] = append(r.spans[at.Src], at)
			}
			words = append(words, s.Secret.Text)
		}
	}
	r.find(sources, words)
	return r
}

// RedactSources finds the secrets in sources of which there is no tree: files
// of dhcpd or of Kea.
func RedactSources(sources ...*Source) *Redactor {
	r := &Redactor{spans: map[*Source][]Span{}}
	r.find(sources, nil)
	return r
}

func (r *Redactor) find(sources []*Source, words []string) {
	for _, src := range sources {
		spans, found := findSecrets(src)
		r.spans[src] = append(r.spans[src], spans...)
		words = append(words, found...)
	}
	words = slices.DeleteFunc(words, func(w string) bool { return len(w) < minSecretWord })
	// Longer ones first: a replacer takes the first pair that matches.
	slices.SortFunc(words, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b))
	})
	words = slices.Compact(words)
	if len(words) > 0 {
		var pairs []string
		for _, w := range words {
			pairs = append(pairs, w, Hidden)
		}
		r.words = strings.NewReplacer(pairs...)
	}
	for _, src := range sources {
		if spans := mergeSpans(append(r.spans[src], repetitions(src, words)...)); len(spans) > 0 {
			r.spans[src] = spans
		} else {
			delete(r.spans, src)
		}
	}
}

// repetitions returns where a source holds one of the words, in one pass
// however many words there are.
func repetitions(src *Source, words []string) (spans []Span) {
	if len(words) == 0 {
		return nil
	}
	var begins [1 << 16]bool // the first two bytes of some word
	byStart := map[[minSecretWord]byte][]string{}
	for _, w := range words {
		begins[int(w[0])<<8|int(w[1])] = true
		start := [minSecretWord]byte([]byte(w[:minSecretWord]))
		byStart[start] = append(byStart[start], w)
	}
	text := src.Text
	for i := 0; i+minSecretWord <= len(text); i++ {
		if !begins[int(text[i])<<8|int(text[i+1])] {
			continue
		}
		for _, w := range byStart[[minSecretWord]byte(text[i:i+minSecretWord])] {
			if len(text)-i >= len(w) && string(text[i:i+len(w)]) == w {
				spans = append(spans, Span{src, uint32(i), uint32(i + len(w))})
				break // the longest comes first
			}
		}
	}
	return spans
}

// mergeSpans sorts spans of one source and joins those that overlap.
func mergeSpans(spans []Span) []Span {
	slices.SortFunc(spans, func(a, b Span) int { return cmp.Compare(a.Off, b.Off) })
	merged := spans[:0]
	for _, s := range spans {
		if n := len(merged); n > 0 && s.Off < merged[n-1].End {
			merged[n-1].End = max(merged[n-1].End, s.End)
			continue
		}
		merged = append(merged, s)
	}
	return merged
}

// HasSecrets reports whether the input holds any.
func (r *Redactor) HasSecrets() bool { return r != nil && len(r.spans) > 0 }

// Text returns s with each secret replaced.
func (r *Redactor) Text(s string) string {
	if !r.HasWords() {
		return s
	}
	return r.words.Replace(s)
}

// HasWords reports whether there are secrets that Text replaces.
func (r *Redactor) HasWords() bool { return r != nil && r.words != nil }

// Hides reports whether a secret reaches into a span.
func (r *Redactor) Hides(span Span) bool { return len(r.within(span.Src, span.Off, span.End)) > 0 }

// Span returns the text of a span with each secret replaced.
func (r *Redactor) Span(span Span) string {
	if span.IsZero() {
		return ""
	}
	var b strings.Builder
	at := span.Off
	for _, secret := range r.within(span.Src, span.Off, span.End) {
		b.Write(span.Src.Text[at:max(at, secret.Off)])
		b.WriteString(Hidden)
		at = min(secret.End, span.End)
	}
	b.Write(span.Src.Text[at:span.End])
	return b.String()
}

// within returns the secrets that reach into the bytes off to end of a source.
func (r *Redactor) within(src *Source, off, end uint32) []Span {
	if r == nil {
		return nil
	}
	spans := r.spans[src]
	first, _ := slices.BinarySearchFunc(spans, off, func(s Span, off uint32) int {
		if s.End <= off {
			return -1
		}
		return 1
	})
	last := first
	for last < len(spans) && spans[last].Off < end {
		last++
	}
	return spans[first:last]
}

// minSecretWord is the shortest secret that is hidden wherever it appears; a
// shorter one is no key, and hiding it would garble ordinary text. It is hidden
// at its own place all the same.
const minSecretWord = 4

// findSecrets returns where a source holds secrets, and their texts.
func findSecrets(src *Source) (spans []Span, words []string) {
	text := src.Text
	for _, word := range secretWords {
		for at := 0; ; {
			i := indexFold(text[at:], word)
			if i < 0 {
				break
			}
			start := at + i
			at = start + len(word)
			if at < len(text) && isWordByte(text[at]) {
				continue
			}
			if off, end := jsonValue(text, at); off < end {
				spans = append(spans, Span{src, uint32(off), uint32(end)})
				words = append(words, string(text[off:end]))
				at = end
				continue
			}
			for start > 0 && isWordByte(text[start-1]) {
				start-- // to the beginning of the word
			}
			off, end := secretValue(text, at)
			if off == end {
				continue
			}
			value := string(text[off:end])
			if !startsStatement(text, start) && !looksRandom(value) {
				continue
			}
			spans = append(spans, Span{src, uint32(off), uint32(end)})
			words = append(words, value)
			words = append(words, strings.Fields(value)...)
			at = end
		}
	}
	return spans, words
}

// jsonValue returns where the text behind a member's name lies, when the name
// ends at at.
func jsonValue(text []byte, at int) (off, end int) {
	rest := text[at:min(len(text), at+64)]
	if len(rest) == 0 || rest[0] != '"' {
		return 0, 0
	}
	rest = bytes.TrimLeft(rest[1:], " \t\r\n")
	if len(rest) == 0 || rest[0] != ':' {
		return 0, 0
	}
	rest = bytes.TrimLeft(rest[1:], " \t\r\n")
	if len(rest) == 0 || rest[0] != '"' {
		return 0, 0
	}
	off = min(len(text), at+64) - len(rest) + 1
	for end = off; end < len(text) && text[end] != '"' && text[end] != '\n'; end++ {
		if text[end] == '\\' {
			end++
		}
	}
	return off, min(end, len(text))
}

// secretValue returns where the value after a keyword lies: in quotes, or up to
// the ";", or one word.
func secretValue(text []byte, at int) (off, end int) {
	off = at
	for off < len(text) && bytes.IndexByte([]byte(" \t\r\n:="), text[off]) >= 0 {
		off++
	}
	if off < len(text) && text[off] == '"' {
		off++
		end = off
		for end < len(text) && text[end] != '"' && text[end] != '\n' {
			end++
		}
		return off, end
	}
	end = off
	for end < len(text) && isBase64(text[end]) {
		end++
	}
	// dhcpd joins several words up to the ";" into one secret.
	rest := text[end:min(len(text), end+4096)]
	i := 0
	for i < len(rest) && (isBase64(rest[i]) || rest[i] == ' ' || rest[i] == '\t') {
		i++
	}
	if i < len(rest) && rest[i] == ';' {
		end += len(bytes.TrimRight(rest[:i], " \t"))
	}
	return off, end
}

// startsStatement reports whether the word at start begins a statement: nothing
// but blanks before it on its line, or a ";" or a brace.
func startsStatement(text []byte, start int) bool {
	for start--; start >= 0; start-- {
		switch text[start] {
		case ' ', '\t', '\r':
		case '\n', ';', '{', '}':
			return true
		default:
			return false
		}
	}
	return true
}

// looksRandom tells a key in a comment from an ordinary word.
func looksRandom(s string) bool {
	return len(s) >= 12 && strings.ContainsAny(s, "0123456789+/=")
}

func isBase64(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '=' || c == '_' || c == '-'
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

// indexFold is bytes.Index for a lower-case word whatever the case of the text:
// Horspool's search, which looks at every sixth byte or so.
func indexFold(text []byte, word string) int {
	var skip [256]uint8
	n := len(word)
	for i := range skip {
		skip[i] = uint8(n)
	}
	for i := range n - 1 {
		c := word[i]
		skip[c] = uint8(n - 1 - i)
		if c >= 'a' && c <= 'z' {
			skip[c-'a'+'A'] = uint8(n - 1 - i)
		}
	}
	for at := n - 1; at < len(text); at += int(skip[text[at]]) {
		start := at - n + 1
		if asciiEqualFold(text[start:at+1], word) {
			return start
		}
	}
	return -1
}

func asciiEqualFold(text []byte, word string) bool {
	for i := len(word) - 1; i >= 0; i-- {
		c := text[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != word[i] {
			return false
		}
	}
	return true
}
