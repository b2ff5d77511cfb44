package output

import (
	"bytes"
	"regexp/syntax"
	"unicode/utf8"
)

// maxNeeds bounds the alternatives that a sieve looks for: each is a pass over
// the text.
const maxNeeds = 4

// needs returns words of which every line that matches the expression holds at
// least one, as bytes; nil if no such words can be told. fold says that their
// letters, which are lower-case then, stand for both cases.
func needs(expr string) (words [][]byte, fold bool) {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, false
	}
	n := needOf(re.Simplify())
	if n.fold {
		for i := range n.words {
			n.words[i] = bytes.ToLower(n.words[i])
		}
	}
	return n.words, n.fold
}

// need is what every match of an expression holds: one of the words.
type need struct {
	words [][]byte
	fold  bool
}

// worth is how much text a need rules out, as its shortest word does.
func (n need) worth() int {
	if len(n.words) == 0 {
		return 0
	}
	least := len(n.words[0])
	for _, w := range n.words {
		least = min(least, len(w))
	}
	return 4*least - len(n.words) // a second word costs another pass
}

func needOf(re *syntax.Regexp) need {
	switch re.Op {
	case syntax.OpLiteral:
		return literalNeed(re)
	case syntax.OpCapture, syntax.OpPlus:
		return needOf(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needOf(re.Sub[0])
		}
	case syntax.OpConcat:
		var best need
		for _, sub := range re.Sub {
			if n := needOf(sub); n.worth() > best.worth() {
				best = n
			}
		}
		return best
	case syntax.OpAlternate:
		return alternateNeed(re)
	}
	return need{}
}

// literalNeed is the longest part of a literal that the raw text holds as it
// is. Where both cases match, that is a part of ASCII: other letters have more
// forms than two.
func literalNeed(re *syntax.Regexp) need {
	fold := re.Flags&syntax.FoldCase != 0
	var best, part []byte
	for _, r := range re.Rune {
		switch {
		case r == '\n' || r == utf8.RuneError || fold && r >= utf8.RuneSelf:
			part = nil // RuneError is what a byte that is no UTF-8 matches too
			continue
		default:
			part = utf8.AppendRune(part, r)
		}
		if len(part) > len(best) {
			best = part
		}
	}
	if len(best) == 0 {
		return need{}
	}
	return need{words: [][]byte{bytes.Clone(best)}, fold: fold}
}

// alternateNeed is the needs of all alternatives, if each has one.
func alternateNeed(re *syntax.Regexp) need {
	var all need
	for _, sub := range re.Sub {
		n := needOf(sub)
		if len(n.words) == 0 || len(all.words)+len(n.words) > maxNeeds || len(all.words) > 0 && n.fold != all.fold {
			return need{}
		}
		all.words, all.fold = append(all.words, n.words...), n.fold
	}
	return all
}
