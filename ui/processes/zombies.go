package processes

import (
	"cmp"
	"slices"
	"strings"

	"example.com/muster/procs"
	"example.com/muster/ui/draw"
)

// maxEnds is how many ways to end a row of zombies names.
const maxEnds = 4

// unwaited is why one zombie is there.
const unwaited = "its parent has not waited for it"

// zombieReason says why a row of zombies is there, and how those ended that did not end
// well, in at most w cells or in the fewest words that there are; w is 0 for all words.
func (r *row) zombieReason(w int) string {
	why := "their parent has not waited for them"
	if r.many == 0 {
		why = unwaited
	}
	lead, how := r.failures()
	if how == "" {
		return why
	}
	for _, text := range []string{lead + how + "; " + why, lead + how} {
		if w == 0 || draw.Width(text) <= w {
			return text
		}
	}
	return how
}

// failures are how those of a row of zombies ended that did not end well, each way once and
// the most frequent first: "exit 1, exit 2", behind "2 of them failed: ". Of one whose end
// nobody has told nothing is said. how is "" if there is nothing to say.
func (r *row) failures() (lead, how string) {
	if r.many == 0 {
		if e := r.child.Exit; failed(e) {
			how = e.String()
		}
		return "", how
	}
	count, n := map[string]int{}, 0
	var ways []string
	for _, e := range r.ends {
		if failed(e) {
			text := e.String()
			if count[text]++; count[text] == 1 {
				ways = append(ways, text)
			}
			n++
		}
	}
	slices.SortFunc(ways, func(a, b string) int { return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b)) })
	if len(ways) > maxEnds {
		ways = append(ways[:maxEnds-1], "…")
	}
	for i, text := range ways {
		if count[text] > 1 && len(ways) > 1 {
			ways[i] += " ×" + itoa(count[text])
		}
	}
	lead = itoa(n) + " of them failed: "
	if n == r.many {
		lead = "all failed: "
	}
	return lead, strings.Join(ways, ", ")
}

// failed reports whether a process is known not to have ended well.
func failed(e *procs.Exit) bool { return !e.OK() && !e.Unknown }
