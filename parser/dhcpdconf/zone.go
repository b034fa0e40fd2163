package dhcpdconf

import (
	"fmt"
	"slices"
	"strings"
)

func (p *parser) zone(b Base, _ *scope) Statement {
	s := &Zone{Base: b}
	p.next()
	if s.Name = p.hostName(); s.Name.Text == "" {
		p.expected("name", "expected the name of the zone without quotes")
		return nil
	}
	if !p.openBlock(&s.Base) {
		return nil
	}
	s.Parts = p.parts(&s.Base, func(b Base) Statement { return p.zonePart(b, s) })
	return s
}

// zoneWords start the settings of a zone.
var zoneWords = []string{"primary", "secondary", "primary6", "secondary6", "key"}

func (p *parser) zonePart(b Base, zone *Zone) Statement {
	s := &Setting{Base: b, Key: b.keyword}
	if !slices.Contains(zoneWords, s.Key) {
		p.fail("unknown-setting", p.tokenSpan(p.tok), fmt.Sprintf("a zone has no %s", p.show(p.tok)),
			p.suggestion(s.Key, among(zoneWords...)))
		return nil
	}
	syntax, ok := runGrammar(p, zoneGrammar, toBrace)
	if !ok {
		return nil
	}
	lists := map[string]*[]Address{"primary": &zone.Primary, "secondary": &zone.Secondary,
		"primary6": &zone.Primary6, "secondary6": &zone.Secondary6}
	p.jump(b.span.End)
	if syntax.Key != nil {
		ok = p.zoneKey(s, zone)
	} else {
		list := lists[s.Key]
		if len(*list) > 0 {
			p.fail("duplicate-setting", b.span, fmt.Sprintf("a zone has one %s only", s.Key),
				"Write the addresses behind each other, with commas between them.")
		}
		ok = p.settingAddresses(s, syntax.Servers6 != "", true)
		for _, v := range s.Values {
			*list = append(*list, v.Addr)
		}
	}
	if !ok || !p.semi() {
		return nil
	}
	return s
}

func (p *parser) zoneKey(s *Setting, zone *Zone) bool {
	name, ok := p.keyName()
	if !ok {
		return false
	}
	zone.Key = name
	s.Values = []SettingValue{{Span: name.Span, Text: name.Text}}
	if _, ok := p.names.keys[keyID(name.Text)]; !ok {
		p.fail("unknown-key", name.Span, fmt.Sprintf("no key named %s has been declared", name.Text),
			"A key must stand before the zones that name it.")
	}
	return true
}

// keyName reads the name of a key: text in quotes or a host name.
func (p *parser) keyName() (Name, bool) {
	if p.tok.kind == tokString {
		return p.nameOrString()
	}
	n := p.hostName()
	if n.Text == "" {
		return n, p.expected("name", "expected the name of the key")
	}
	return n, true
}

// keyID is what names of keys are compared by.
func keyID(name string) string { return strings.ToLower(name) }

func (p *parser) key(b Base, _ *scope) Statement {
	s := &Key{Base: b}
	p.next()
	var ok bool
	if s.Name, ok = p.keyName(); !ok || !p.openBlock(&s.Base) {
		return nil
	}
	s.Parts = p.parts(&s.Base, func(b Base) Statement { return p.keyPart(b, s) })
	if s.Algorithm.Text == "" || s.Secret.Span.IsZero() {
		p.fail("incomplete-key", s.Head(), "a key needs an algorithm and a secret", "")
	}
	p.names.keys[keyID(s.Name.Text)] = struct{}{}
	// As in BIND's configuration, a ";" may follow.
	p.accept(';')
	return s
}

func (p *parser) keyPart(b Base, key *Key) Statement {
	s := &Setting{Base: b, Key: b.keyword}
	word := p.next()
	switch s.Key {
	case "algorithm":
		if key.Algorithm.Text != "" {
			p.fail("duplicate-setting", p.tokenSpan(word), "a key has one algorithm only", "")
		}
		name := p.hostName()
		if name.Text == "" {
			p.expected("name", "expected the name of an algorithm")
			return nil
		}
		key.Algorithm = name
		s.Values = []SettingValue{{Span: key.Algorithm.Span, Text: key.Algorithm.Text}}
	case "secret":
		if !key.Secret.Span.IsZero() {
			p.fail("duplicate-setting", p.tokenSpan(word), "a key has one secret only", "")
		}
		if !p.secret(key) {
			return nil
		}
		s.Values = []SettingValue{{Span: key.Secret.Span, Text: key.Secret.Text}}
	default:
		p.fail("unknown-setting", p.tokenSpan(word), fmt.Sprintf("a key has no %s", s.Key),
			p.suggestion(s.Key, among("algorithm", "secret")))
		return nil
	}
	if !p.semi() {
		return nil
	}
	return s
}

// secret reads base64, in quotes or as it is. No grammar does, since what a
// grammar says about a text that it does not take could hold the secret.
func (p *parser) secret(key *Key) bool {
	start := p.tok
	var text string
	if start.kind == tokString {
		var ok bool
		if text, ok = p.stringText(p.next()); !ok {
			return false
		}
	} else {
		for p.tok.kind != tokEOF && !p.tok.is(';') && !p.tok.is('}') && p.tok.kind != tokString {
			p.next()
		}
		text = p.joinTokens(start.off, p.prev)
	}
	if text == "" && start.kind != tokString {
		return p.expected("secret", "expected a secret in base64")
	}
	key.Secret = Name{p.span(start.off, p.prev), text}
	if !isSecret(text) {
		// The message must not tell the secret.
		p.fail("bad-secret", key.Secret.Span, "the secret is not base64", "")
	}
	return true
}

// isSecret reports whether dhcpd takes the text for base64: it does not mind
// "=" too many, nor a missing one unless bits are left over.
func isSecret(s string) bool {
	left := 0
	for i := 0; i < len(s); i++ {
		v := strings.IndexByte(base64Digits, s[i])
		switch {
		case s[i] == '=':
			if strings.Trim(s[i:], "=") != "" {
				return false
			}
			return len(s)%4 == 0 || left == 0
		case v < 0:
			return false
		}
		// What remains of the bits once whole bytes are taken.
		left = (left<<6 | v) & (1<<[4]int{6, 4, 2, 0}[i%4] - 1)
	}
	return len(s)%4 == 0 || left == 0
}

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
