package dhcpdconf

import (
	"strings"
	"testing"
)

func TestRedactor(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		hidden     []string // must not appear
		shown      []string // must stay
	}{
		{"quoted", `key k { algorithm hmac-md5; secret "c2VjcmV0IQ=="; }`, []string{"c2VjcmV0IQ=="}, []string{"hmac-md5"}},
		{"bare", "key k {\n  secret pRP5FapFoJ95JEL06sv4PQ==;\n}", []string{"pRP5FapFoJ95JEL06sv4PQ"}, nil},
		{"several words", "key k { secret pRP5FapF oJ95JEL06sv4PQ== ; }", []string{"pRP5FapF", "oJ95JEL06sv4PQ"}, nil},
		{"upper case", "KEY K { SECRET AbCdEf==; }", []string{"AbCdEf"}, nil},
		{"broken declaration", "key {{ secret\n\"c2VjcmV0IQ==\n", []string{"c2VjcmV0IQ"}, nil},
		{"in a comment", "# secret pRP5FapFoJ95JEL06sv4PQ==;\n", []string{"pRP5FapFoJ95JEL06sv4PQ"}, nil},
		{"repeated", "secret c2VjcmV0IQ==;\n# was c2VjcmV0IQ== before", []string{"c2VjcmV0IQ=="}, []string{"before"}},
		{"LDAP", `ldap-password "hunter22";`, []string{"hunter22"}, nil},
		{"Kea", `{ "secret": "UExBTlRFRC0x", "basic-auth-password" : "hunt\"er22", "name": "secret" }`, []string{"UExBTlRFRC0x", "er22"}, []string{`"secret":`, `"name": "secret" }`}},
		{"ordinary words", "# the secret sauce\noption domain-name \"secret.example\"; # a secret word\nhost secret { }\noption password-server 10.0.0.1;", nil,
			[]string{"sauce", "secret.example", "secret word", "host secret {", "10.0.0.1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			src := NewSource("t", []byte(tt.text))
			r := RedactSources(src)
			out := r.Text(tt.text)
			for off := range uint32(len(tt.text)) {
				out += string(Renderer{Redact: r}.Snippet(nil, Span{src, off, off + 1}))
			}
			for _, s := range tt.hidden {
				if strings.Contains(out, s) {
					t.Errorf("%q shows in\n%s", s, out)
				}
			}
			for _, s := range tt.shown {
				if !strings.Contains(out, s) {
					t.Errorf("%q is hidden in\n%s", s, out)
				}
			}
			if r.HasSecrets() != (len(tt.hidden) > 0) {
				t.Errorf("HasSecrets() = %v", r.HasSecrets())
			}
		})
	}
}

// A secret that only the tree knows of, because it is written over two lines.
func TestRedactorUsesTree(t *testing.T) {
	text := "key k { secret pRP5FapF\n  oJ95JEL06sv4PQ==; }"
	src := NewSource("t", []byte(text))
	off := uint32(strings.Index(text, "pRP"))
	key := &Key{Secret: Name{Span{src, off, uint32(strings.LastIndex(text, ";"))}, "pRP5FapFoJ95JEL06sv4PQ=="}}
	key.Secret.Span.End = uint32(strings.Index(text, "==;") + 2)
	r := NewRedactor(&File{Source: src, Body: []Statement{key}})
	out := string(Renderer{Redact: r}.Snippet(nil, Span{src, off + 10, off + 12}))
	if strings.Contains(out, "oJ95") {
		t.Errorf("the second line of a secret shows:\n%s", out)
	}
}

func TestNilRedactor(t *testing.T) {
	var r *Redactor
	if r.HasSecrets() || r.Text("secret abc;") != "secret abc;" {
		t.Error("the nil Redactor hides something")
	}
}
