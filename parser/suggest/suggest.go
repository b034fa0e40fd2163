package suggest

import (
	"slices"
	"strings"
)

// maxLen is the longest word that a suggestion is looked for: longer
// ones are no typing errors, and the cost grows with the square of the length.
const maxLen = 40

// Nearest returns the candidate that word was most likely meant to be, or ""
// when none is near: at most one error (a letter wrong, missing, added, or two
// swapped) for each three letters. Case does not count, nor whether words are
// joined by "-" or "_"; of equally near candidates the first wins. It takes some
// 50 µs for 300 candidates, so callers that meet many unknown words ask for the
// first few only.
func Nearest(word string, candidates []string) string {
	if len(word) < 2 || len(word) > maxLen {
		return ""
	}
	word = normal(word)
	best, bestDistance := "", max(1, len(word)/3)+1
	var rows [3][maxLen + 1]int
	for _, c := range candidates {
		// The length alone says how many letters differ at least.
		if d := len(c) - len(word); d >= bestDistance || -d >= bestDistance || len(c) > maxLen {
			continue
		}
		if d := editDistance(word, normal(c), bestDistance, &rows); d < bestDistance {
			best, bestDistance = c, d
			if d == 0 {
				break
			}
		}
	}
	return best
}

// normal takes away what people confuse.
func normal(s string) string { return strings.ReplaceAll(strings.ToLower(s), "_", "-") }

// editDistance counts the errors between two words of at most maxLen
// bytes (optimal string alignment); it stops at limit.
func editDistance(a, b string, limit int, rows *[3][maxLen + 1]int) int {
	before, last, row := rows[0][:], rows[1][:], rows[2][:]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		if slices.Min(row[:len(b)+1]) >= limit {
			return limit
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
