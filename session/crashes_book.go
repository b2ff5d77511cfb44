package session

import (
	"slices"
	"time"

	"example.com/muster/profiling/crash"
)

// MaxCrashes is how many reports are kept; those of the kind that has not
// happened for the longest give way.
const MaxCrashes = 500

// What is kept of the crashes of one kind: the first and the last few.
const (
	keptFirst = 1
	keptLast  = 4
)

// siblingsWithin is how far apart in time two ends are that belong together,
// and maxSiblings how many of them are named.
const (
	siblingsWithin = 10 * time.Second
	maxSiblings    = 8
)

// crashBook keeps reports by their kind, in bounded memory. It is a value
// without locks or a clock; reports in it are never changed, but replaced.
type crashBook struct {
	rows    []*crash.Row // in the order of their first crash
	reports map[int]*crash.Report
	renamed []int // reports of a kind that has got a better name since they were filed
	last    int   // number of the newest report
	total   int   // crashes so far
}

// file gives a report its number and its place.
func (b *crashBook) file(r *crash.Report) {
	if r.Group == "" {
		r.Group = r.Headline
	}
	if b.reports == nil {
		b.reports = map[int]*crash.Report{}
	}
	b.last++
	b.total++
	r.Seq = b.last
	row := b.row(r)
	r.Group = row.Group
	r.SameBefore = row.Count
	row.Count++
	row.Last = r.At
	row.IDs = append(row.IDs, r.Seq)
	b.reports[r.Seq] = r
	if len(row.IDs) > keptFirst+keptLast {
		b.drop(row, keptFirst)
	}
	b.relate(row, r)
	for len(b.reports) > MaxCrashes {
		b.forget()
	}
}

// more counts crashes of a kind of which there are no reports of their own.
func (b *crashBook) more(pool, group string, n int, at time.Time) {
	for _, row := range b.rows {
		if row.Pool == pool && row.Group == group {
			row.Count += n
			row.Last = at
			b.total += n
			return
		}
	}
}

// row returns the row of a report's kind, making it if it is new.
func (b *crashBook) row(r *crash.Report) *crash.Row {
	for _, row := range b.rows {
		if row.Same(r) {
			return row
		}
	}
	for _, row := range slices.Backward(b.rows) {
		if row.Fits(r) {
			b.rename(row, r)
			return row
		}
	}
	row := &crash.Row{Pool: r.Run.ID.Pool, Group: r.Group, First: r.At}
	b.rows = append(b.rows, row)
	return row
}

// rename gives a row, of which it was not known which program it is of, the
// name of a crash of which it is.
func (b *crashBook) rename(row *crash.Row, r *crash.Report) {
	if !row.Vague() {
		return
	}
	row.Group = r.Group
	for _, seq := range row.IDs {
		next := *b.reports[seq] // readers may have the old one
		next.Group = r.Group
		b.reports[seq] = &next
		b.renamed = append(b.renamed, seq)
	}
}

// drop forgets one report of a row.
func (b *crashBook) drop(row *crash.Row, i int) {
	delete(b.reports, row.IDs[i])
	row.IDs = slices.Delete(slices.Clone(row.IDs), i, i+1) // readers may have the old list
}

// forget drops the row whose last crash is the longest ago.
func (b *crashBook) forget() {
	oldest := 0
	for i, row := range b.rows {
		if row.Last.Before(b.rows[oldest].Last) {
			oldest = i
		}
	}
	for _, seq := range b.rows[oldest].IDs {
		delete(b.reports, seq)
	}
	b.rows = slices.Delete(b.rows, oldest, oldest+1)
}

// relate names those of a row that ended at about the same time as r, and
// tells them of r.
func (b *crashBook) relate(row *crash.Row, r *crash.Report) {
	for _, seq := range row.IDs {
		other := b.reports[seq]
		if other == r || other.Name == r.Name || r.At.Sub(other.At).Abs() > siblingsWithin {
			continue
		}
		r.Siblings, r.SiblingCount = related(r, other.Name)
		for _, name := range other.Siblings {
			if name != r.Name {
				r.Siblings, r.SiblingCount = related(r, name)
			}
		}
		r.SiblingCount = max(r.SiblingCount, other.SiblingCount)
	}
	for _, seq := range row.IDs {
		other := b.reports[seq]
		if other != r && other.Name != r.Name && r.At.Sub(other.At).Abs() <= siblingsWithin {
			b.change(seq, func(c *crash.Report) { c.Siblings, c.SiblingCount = related(c, r.Name) })
		}
	}
}

// related adds a name to a report's siblings, if it is new. Of those that are
// not listed nobody knows whether they were counted already: they are, once.
func related(r *crash.Report, name string) ([]string, int) {
	if slices.Contains(r.Siblings, name) {
		return r.Siblings, r.SiblingCount
	}
	if len(r.Siblings) >= maxSiblings {
		return r.Siblings, r.SiblingCount + 1
	}
	return append(slices.Clone(r.Siblings), name), r.SiblingCount + 1
}

// change replaces a report by a changed copy; it reports whether it is kept.
func (b *crashBook) change(seq int, with func(*crash.Report)) bool {
	old := b.reports[seq]
	if old == nil {
		return false
	}
	next := *old
	with(&next)
	next.Seq, next.SameBefore = old.Seq, old.SameBefore
	b.reports[seq] = &next
	if next.Group != old.Group {
		b.regroup(&next, old)
	}
	return true
}

// regroup moves a report to another kind: better evidence has come.
func (b *crashBook) regroup(r, old *crash.Report) {
	from := b.row(old)
	from.IDs = slices.DeleteFunc(slices.Clone(from.IDs), func(seq int) bool { return seq == r.Seq })
	if from.Count--; from.Count == 0 || len(from.IDs) == 0 {
		b.rows = slices.DeleteFunc(b.rows, func(row *crash.Row) bool { return row == from })
	}
	to := b.row(r)
	r.SameBefore = to.Count
	to.Count++
	to.Last = r.At
	to.IDs = append(slices.Clone(to.IDs), r.Seq)
	if len(to.IDs) > keptFirst+keptLast {
		b.drop(to, keptFirst)
	}
}

// list returns the reports, oldest first.
func (b *crashBook) list() []*crash.Report {
	list := make([]*crash.Report, 0, len(b.reports))
	for _, r := range b.reports {
		list = append(list, r)
	}
	slices.SortFunc(list, func(x, y *crash.Report) int { return x.Seq - y.Seq })
	return list
}

// table returns copies of the rows, in the order of their first crash.
func (b *crashBook) table() []crash.Row {
	rows := make([]crash.Row, len(b.rows))
	for i, row := range b.rows {
		rows[i] = *row
	}
	return rows
}
