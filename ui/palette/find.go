package palette

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sahilm/fuzzy"
)

// match is an item that has all words of what was typed in it.
type match struct {
	item  int
	score int
	at    []int // where letters of its text matched, in bytes, ascending
}

// find returns what matches, the best first; everything in its order if nothing
// has been typed. Each word is looked for by itself, so that their order does
// not matter.
func find(items []Item, typed string) []match {
	found := make([]match, len(items))
	for i := range items {
		found[i].item = i
	}
	words := strings.Fields(typed)
	for _, word := range words {
		found = narrow(items, found, word)
	}
	if len(words) > 0 {
		slices.SortStableFunc(found, func(a, b match) int { return cmp.Compare(b.score, a.score) })
	}
	return found
}

// alsoPenalty puts what was found by its further words behind what was by its text.
const alsoPenalty = 30

// narrow keeps those that match one more word.
func narrow(items []Item, before []match, word string) []match {
	kept := before[:0]
	texts := source{len(before), func(i int) string { return items[before[i].item].Text }}
	also := source{len(before), func(i int) string { return items[before[i].item].Also }}
	byText, byAlso := fuzzy.FindFromNoSort(word, texts), fuzzy.FindFromNoSort(word, also)
	for i := range before { // both lists are in the order of before
		m, in := before[i], false
		if len(byText) > 0 && byText[0].Index == i {
			score, at := byText[0].Score, byText[0].MatchedIndexes
			if from := whole(items[m.item].Text, word); from >= 0 {
				score, at = score+wholeBonus, places(from, word)
			}
			m.score += score
			m.at = together(m.at, at)
			byText, in = byText[1:], true
		}
		if len(byAlso) > 0 && byAlso[0].Index == i {
			if !in {
				m.score += byAlso[0].Score - alsoPenalty
			}
			byAlso, in = byAlso[1:], true
		}
		if in {
			kept = append(kept, m)
		}
	}
	return kept
}

// wholeBonus puts what has all of a word in one piece before what has its letters
// here and there.
const wholeBonus = 60

// whole is where a text has a word in one piece, whatever their case; -1 if
// nowhere, or if their bytes cannot be compared so.
func whole(text, word string) int {
	lower, small := strings.ToLower(text), strings.ToLower(word)
	if len(lower) != len(text) || len(small) != len(word) {
		return -1
	}
	return strings.Index(lower, small)
}

// places are where the letters of a word are that begins at a place.
func places(from int, word string) []int {
	var at []int
	for i := range word {
		at = append(at, from+i)
	}
	return at
}

// together merges two lists of places.
func together(a, b []int) []int {
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}

// source is a list for the matcher.
type source struct {
	n    int
	text func(i int) string
}

func (s source) Len() int            { return s.n }
func (s source) String(i int) string { return s.text(i) }

// runeLen is how many bytes the letter at a place takes.
func runeLen(s string, at int) int {
	_, n := utf8.DecodeRuneInString(s[at:])
	return n
}
