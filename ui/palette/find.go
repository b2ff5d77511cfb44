package palette

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sahilm/fuzzy"
)

// match is an item that has all words of what was typed in it; see where.
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
		it := &items[m.item]
		if len(byText) > 0 && byText[0].Index == i {
			if at, whole := where(it.Text, word); at != nil {
				m.score += byText[0].Score
				if whole {
					m.score += wholeBonus
				}
				m.at, in = together(m.at, at), true
			}
			byText = byText[1:]
		}
		if len(byAlso) > 0 && byAlso[0].Index == i {
			if at, _ := where(it.Also, word); at != nil {
				if !in {
					m.score += byAlso[0].Score - alsoPenalty
				}
				in = true
			}
			byAlso = byAlso[1:]
		}
		if in {
			kept = append(kept, m)
		}
	}
	return kept
}

// wholeBonus puts what has all of a word in one piece before what has its letters
// at the beginnings of words.
const wholeBonus = 60

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
