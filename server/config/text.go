package config

import "strings"

// splitList splits at commas and cuts blanks off.
func splitList(text string) []string {
	var out []string
	for part := range strings.SplitSeq(text, ",") {
		out = append(out, strings.TrimSpace(part))
	}
	return out
}
