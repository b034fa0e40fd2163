package keaexpr

import (
	"errors"
	"regexp/syntax"
	"strings"
)

// badPattern says what is wrong with the pattern of match, "" if nothing seems
// to be. Kea reads it as C++ std::regex does (ECMAScript), which knows
// look-ahead and references that Go does not, and no flags. So only faults that
// both see are reported.
func badPattern(pattern string) string {
	groups, reference := 0, 0
	for i := 0; i < len(pattern); i++ {
		switch rest := pattern[i+1:]; {
		case pattern[i] == '\\':
			if rest != "" && '1' <= rest[0] && rest[0] <= '9' {
				reference = max(reference, int(rest[0]-'0'))
			}
			i++
		case pattern[i] != '(':
		case !strings.HasPrefix(rest, "?"):
			groups++
		case len(rest) > 1 && strings.IndexByte(":=!", rest[1]) < 0:
			return "flags and names of groups are not known"
		}
	}
	if reference > groups {
		return "it refers to a group that it does not have"
	}
	_, err := syntax.Parse(pattern, syntax.Perl)
	var fault *syntax.Error
	if !errors.As(err, &fault) {
		return ""
	}
	switch fault.Code {
	case syntax.ErrMissingParen, syntax.ErrUnexpectedParen, syntax.ErrMissingBracket, syntax.ErrTrailingBackslash,
		syntax.ErrMissingRepeatArgument, syntax.ErrInvalidCharRange, syntax.ErrInvalidRepeatSize:
		return string(fault.Code)
	}
	return ""
}
