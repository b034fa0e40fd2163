package answer

import (
	"regexp"
	"strings"
)

// matches reports whether text holds what the extended regular expression of
// POSIX describes. Both end at their first NUL, as strings of C do.
func (s *State) matches(pattern, text []byte, fold bool) bool {
	key := string(untilNUL(pattern))
	if fold {
		key = "i" + key
	} else {
		key = " " + key
	}
	re, ok := s.patterns[key]
	if !ok {
		re = compilePattern(key)
		s.patterns[key] = re
	}
	return re != nil && re.MatchString(latin1(untilNUL(text)))
}

// compilePattern makes a Go expression of a POSIX one; its first byte says
// whether case counts. It returns nil for what no regular expression is.
func compilePattern(key string) *regexp.Regexp {
	flags := "(?s)"
	if key[0] == 'i' {
		flags = "(?si)"
	}
	re, err := regexp.Compile(flags + goSyntax(key[1:]))
	if err != nil {
		return nil
	}
	return re
}

// latin1 makes one character of each byte.
func latin1(b []byte) string {
	var out strings.Builder
	for _, c := range b {
		out.WriteRune(rune(c))
	}
	return out.String()
}

// goSyntax rewrites what differs: backslashes in brackets are themselves, and
// behind a backslash only the letters that the GNU C library knows are special.
func goSyntax(pattern string) string {
	var out strings.Builder
	start := true // nothing before it that could be repeated
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		switch {
		case c == '[':
			end := bracketEnd(pattern, i)
			if end < 0 {
				return "["
			}
			writeBracket(&out, pattern[i:end])
			i = end - 1
		case c == '\\' && i+1 < len(pattern):
			i++
			switch n := pattern[i]; n {
			case 'w', 'W', 's', 'S', 'b', 'B':
				out.WriteByte('\\')
				out.WriteByte(n)
			case '<', '>':
				out.WriteString(`\b`)
			case '`':
				out.WriteString(`\A`)
			case '\'':
				out.WriteString(`\z`)
			default:
				out.WriteString(regexp.QuoteMeta(latin1([]byte{n})))
			}
		case (c == '*' || c == '+' || c == '?' || c == '{') && start:
			out.WriteString(regexp.QuoteMeta(string(c)))
		case c == '^':
			out.WriteString(`\A`)
		case c == '$':
			out.WriteString(`\z`)
		default:
			out.WriteRune(rune(c))
		}
		start = c == '(' || c == '|' || c == '^'
	}
	return out.String()
}

// bracketEnd returns the place behind the "]" of a bracket expression.
func bracketEnd(p string, at int) int {
	i := at + 1
	if i < len(p) && p[i] == '^' {
		i++
	}
	if i < len(p) && p[i] == ']' {
		i++
	}
	for ; i < len(p); i++ {
		switch {
		case p[i] == '[' && i+1 < len(p) && strings.IndexByte(":.=", p[i+1]) >= 0:
			end := strings.Index(p[i+2:], string(p[i+1])+"]")
			if end < 0 {
				return -1
			}
			i += 2 + end + 1
		case p[i] == ']':
			return i + 1
		}
	}
	return -1
}

func writeBracket(out *strings.Builder, b string) {
	out.WriteByte('[')
	inner := b[1 : len(b)-1]
	if strings.HasPrefix(inner, "^") {
		out.WriteByte('^')
		inner = inner[1:]
	}
	for i := 0; i < len(inner); i++ {
		switch c := inner[i]; {
		case c == '[' && i+1 < len(inner) && inner[i+1] == ':':
			end := strings.Index(inner[i:], ":]")
			out.WriteString(inner[i : i+end+2])
			i += end + 1
		case c == '\\' || c == '[' || c == ']' || c == '^':
			out.WriteByte('\\')
			out.WriteByte(c)
		default:
			out.WriteRune(rune(c))
		}
	}
	out.WriteByte(']')
}
