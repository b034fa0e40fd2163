package translator

import (
	"regexp"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaexpr"
	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/parser/option"
)

// checkPattern compares what POSIX finds in texts with what Kea's language does
// in the whole of them. Go reads both; it has no std::regex, for which there are
// the exchanges with Kea.
func checkPattern(t *testing.T, pattern, text string) {
	t.Helper()
	for _, anyCase := range []bool{false, true} {
		p, err := readPattern(pattern, anyCase)
		if err != nil {
			return
		}
		whole, err := p.ecmaScript()
		if err != nil {
			return
		}
		if _, err := keaexpr.Parse("match('"+whole+"', option[12].hex)", keaexpr.Rules{Family: option.V4, Version: keaversion.V3_0}); err != nil {
			t.Fatalf("%q became %q, which Kea's language does not take: %v", pattern, whole, err)
		}
		if strings.Contains(text, "\n") || anyCase && strings.Contains(pattern, "[:") {
			continue // Go reads these in another way: glibc's dot fits the end of a line
		}
		if strings.Contains(pattern, "{0") || strings.Contains(pattern, "[") && strings.Contains(pattern, `\`) {
			continue // counts that start with 0 are text to Go, and a backslash in brackets is none
		}
		posix := pattern
		search, subject := text, text
		if anyCase {
			posix, search = strings.ToUpper(pattern), strings.ToUpper(text)
		}
		want, err := regexp.CompilePOSIX(posix)
		if err != nil {
			return // Go is stricter in places
		}
		got, err := regexp.Compile(`^(?:` + whole + `)$`)
		if err != nil {
			t.Fatalf("%q became %q, which is no regular expression: %v", pattern, whole, err)
		}
		if want.MatchString(search) != got.MatchString(subject) {
			t.Errorf("%q (any case: %t) in %q: POSIX says %t, %q says %t", pattern, anyCase, text, want.MatchString(search), whole, !want.MatchString(search))
		}
	}
}

var patternTexts = []string{"", "lab", "LAB-1", "my.lab", "a.b", "axb", "x]y", "ababc", "aab", "pc7", "tab\there", "n", "N", "two\nlines", "it's"}

func TestPattern(t *testing.T) {
	for _, pattern := range []string{
		"lab", "^lab", "lab$", "^lab$", "l.b", "^(lab|pc)[0-9]+$", "^lab|pc$", "[[:digit:]]{1,2}", "[^a-z]", "[R-\x7f]", "[+-a]", "[^+-a]", "[@-_]", "[0-z]", "[A-C-]", `\.`, `a\.b`,
		"a?b*c", "(ab)+c", "(ab){2}c", "[]x]", "[^]x]", "[a-]", "a{2}", "a{1,}", "()", "a|", "^$", "[[:space:]]", "[[:upper:]]", "it's", `[\.]`, "(a|b)(c|d)?$",
	} {
		for _, text := range patternTexts {
			checkPattern(t, pattern, text)
		}
	}
}

func TestPatternRefused(t *testing.T) {
	for _, pattern := range []string{"(", ")", "[", "[a", "*a", "a{", "a{3,2}", "a{300}", "0{44}{44}", "(a{20}b*){60}", `\w`, `\1`, `a\`, "^*", "[[.a.]]", "[[:nope:]]", "[z-a]", strings.Repeat("(", 60) + strings.Repeat(")", 60)} {
		if p, err := readPattern(pattern, false); err == nil {
			t.Errorf("%q was taken: %+v", pattern, p)
		}
	}
}

func FuzzPattern(f *testing.F) {
	for _, pattern := range []string{"^(lab|pc)[0-9]+$", "[^a-z]{2}", `\.`, "[[:alpha:]]|x"} {
		f.Add(pattern, "lab7")
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 100 || len(text) > 100 {
			return
		}
		for i := range len(pattern + text) {
			if (pattern + text)[i] >= 0x80 {
				return // Go's expressions are about characters, not bytes
			}
		}
		checkPattern(t, pattern, text)
	})
}
