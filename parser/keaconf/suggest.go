package keaconf

import "strings"

// maxSuggestLen is the longest word that a suggestion is looked for: longer
// ones are no typing errors, and the cost grows with the square of the length.
const maxSuggestLen = 40

// nearest returns the candidate that word was most likely meant to be, or ""
// when none is near: one letter wrong, missing, added or swapped with the next
// for each three letters of the word.
func nearest(word string, candidates []string) string {
	if word == "" || len(word) > maxSuggestLen {
		return ""
	}
	word = normal(word)
	best, distance := "", max(1, len(word)/3)+1
	for _, c := range candidates {
		if d := len(c) - len(word); d >= distance || -d >= distance || len(c) > maxSuggestLen {
			continue
		}
		if d := editDistance(word, normal(c)); d < distance {
			best, distance = c, d
		}
	}
	return best
}

// normal takes away what people confuse in Kea's keys.
func normal(s string) string { return strings.ReplaceAll(strings.ToLower(s), "_", "-") }

// editDistance counts the edits between two words of at most maxSuggestLen bytes.
func editDistance(a, b string) int {
	var rows [3][maxSuggestLen + 1]int
	before, last, row := &rows[0], &rows[1], &rows[2]
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
		before, last, row = last, row, before
	}
	return last[len(b)]
}
