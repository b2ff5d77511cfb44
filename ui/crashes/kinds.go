package crashes

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"example.com/muster/profiling/crash"
)

// kind is all crashes of one kind in one pool: the same exception at the same
// place, the same signal. However many there were, a few reports are kept.
type kind struct {
	key     string
	count   int             // how many there were
	last    time.Time       // when the last of them was, which may have no report
	reports []*crash.Report // those that are kept, newest first; one at least
}

// kindsOf sorts reports by their kinds, the kind with the last crash first. rows say
// how many there were and when the last was; where a kind has none its newest report does.
func kindsOf(reports []*crash.Report, rows []crash.Row, filter string) []kind {
	row := make(map[string]crash.Row, len(rows))
	for i := range rows {
		row[rows[i].Pool+"\x00"+rows[i].Group] = rows[i]
	}
	var kinds []kind
	at := map[string]int{}
	for _, r := range slices.Backward(reports) {
		if !matches(r, filter) {
			continue
		}
		key := keyOf(r)
		i, known := at[key]
		if !known {
			i = len(kinds)
			at[key] = i
			kinds = append(kinds, kind{key: key, count: cmp.Or(row[key].Count, r.SameBefore+1), last: row[key].Last})
		}
		kinds[i].reports = append(kinds[i].reports, r)
		if r.At.After(kinds[i].last) {
			kinds[i].last = r.At
		}
	}
	slices.SortStableFunc(kinds, func(a, b kind) int { return b.last.Compare(a.last) })
	return kinds
}

func keyOf(r *crash.Report) string {
	return r.Run.ID.Pool + "\x00" + cmp.Or(r.Group, r.Headline)
}

// matches reports whether a report has a text, given in lower case, in its
// name, its headline or its cause.
func matches(r *crash.Report, text string) bool {
	if text == "" {
		return true
	}
	for _, s := range []string{r.Name, r.Headline, causeWords(r.Cause), r.ID(), r.Task} {
		if strings.Contains(strings.ToLower(s), text) {
			return true
		}
	}
	return false
}

// causeWords is a cause as a person would say it.
func causeWords(c crash.Cause) string { return strings.ReplaceAll(string(c), "_", " ") }

// keeps reports whether a report is among those that are kept.
func (k *kind) keeps(seq int) bool {
	return slices.ContainsFunc(k.reports, func(r *crash.Report) bool { return r.Seq == seq })
}

// beside is the report before or after one of some number, which may be kept no more;
// nil if there is none.
func (k *kind) beside(seq int, older bool) (r *crash.Report) {
	for _, other := range k.reports { // the newest first
		switch {
		case other.Seq > seq && !older:
			r = other
		case other.Seq < seq && older:
			return other
		}
	}
	return r
}

// at is the index of a report, that of the newest if it is not there.
func (k *kind) at(seq int) int {
	return max(0, slices.IndexFunc(k.reports, func(r *crash.Report) bool { return r.Seq == seq }))
}
