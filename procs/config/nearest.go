package config

import (
	"fmt"
	"strings"
)

// didYouMean names the word that a misspelt one is nearest to, or is "".
func didYouMean(misspelt string, words []string) string {
	if w := nearest(misspelt, words); w != "" {
		return fmt.Sprintf("; did you mean %q?", w)
	}
	return ""
}

// nearest is the word at the least distance, "" if none is near.
func nearest(misspelt string, words []string) string {
	best, least := "", max(1, min(3, len(misspelt)/3))+1
	plain := strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(misspelt))
	if len(plain) > 60 {
		return ""
	}
	for _, w := range words {
		if d := distance(plain, strings.ReplaceAll(strings.ToLower(w), "-", "_")); d < least {
			best, least = w, d
		}
	}
	return best
}

// distance is how many letters have to be changed, put in, taken out, or swapped
// with the next to make b of a (optimal string alignment).
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
