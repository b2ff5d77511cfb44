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

// siblingsWithin is how far apart in time two crashes are that belong together,
// and maxSiblings how many of them are named.
const (
	siblingsWithin = 10 * time.Second
	maxSiblings    = 8
)

// lately is a process that has crashed a moment ago, and when it last did.
type lately struct {
	name string
	at   time.Time
}

// crashBook keeps reports by their kind, in bounded memory. It is a value
// without locks or a clock; reports in it are never changed, but replaced.
type crashBook struct {
	rows    []*crash.Row // in the order of their first crash
	reports map[int]*crash.Report
	changed []int // reports of which more or other is known since they were filed; [crashLog.revise] takes it
	last    int   // number of the newest report
	total   int   // crashes so far
	// lately are those that have crashed in each row, in the order of their last time.
	lately map[*crash.Row][]lately
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
	b.enter(row, r)
	row.IDs = append(row.IDs, r.Seq)
	b.reports[r.Seq] = r
	if len(row.IDs) > keptFirst+keptLast {
		b.drop(row, keptFirst)
	}
	b.nameSiblings(row, r)
	b.relate(row, r.Name, r.At)
	for len(b.reports) > MaxCrashes {
		b.forget()
	}
}

// enter counts a report in a row. Which crash was before which the times say: some are told of
// seconds after they were.
func (b *crashBook) enter(row *crash.Row, r *crash.Report) {
	r.SameBefore = row.Count
	for _, seq := range row.IDs {
		if other := b.reports[seq]; other.At.After(r.At) {
			r.SameBefore--
			b.replace(seq, func(next *crash.Report) { next.SameBefore++ })
		}
	}
	row.Count++
	row.Last = later(row.Last, r.At)
	if r.At.Before(row.First) {
		row.First = r.At
	}
}

// more counts crashes of a kind that a process had and of which there are no reports of
// their own; at is when the last of them was.
func (b *crashBook) more(pool, group, name string, n int, at time.Time) {
	for _, row := range b.rows {
		if row.Pool == pool && row.Group == group {
			row.Count += n
			row.Last = later(row.Last, at)
			b.total += n
			b.relate(row, name, at)
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
		b.replace(seq, func(next *crash.Report) { next.Group = r.Group })
	}
}

// replace puts a changed copy in the place of a report, which readers may have.
func (b *crashBook) replace(seq int, with func(*crash.Report)) *crash.Report {
	next := *b.reports[seq]
	with(&next)
	b.reports[seq] = &next
	b.changed = append(b.changed, seq)
	return &next
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

// nameSiblings names in a report those of its row that crashed at about the same time, the
// last one first. Each counts once, however often it has crashed.
func (b *crashBook) nameSiblings(row *crash.Row, r *crash.Report) {
	for _, other := range slices.Backward(b.lately[row]) {
		if other.name != r.Name && near(other.at, r.At) {
			addSibling(r, other.name)
		}
	}
}

// relate tells the reports of a row that a process has crashed like theirs at a time.
// Those that were told so before are not: it did then, and is remembered for as long as
// one of them could be near to both times. One that is not remembered any more has given
// way to so many others that they count no further.
func (b *crashBook) relate(row *crash.Row, name string, at time.Time) {
	b.forgetLately(at)
	list := b.lately[row]
	before := time.Time{}
	if i := slices.IndexFunc(list, func(l lately) bool { return l.name == name }); i >= 0 {
		before = list[i].at
		list = slices.Delete(list, i, i+1)
	}
	for _, seq := range row.IDs {
		other := b.reports[seq]
		if other.Name != name && near(other.At, at) && before.Before(other.At.Add(-siblingsWithin)) {
			b.replace(seq, func(r *crash.Report) { addSibling(r, name) })
		}
	}
	if len(list) > crash.MaxSiblingCount {
		list = slices.Delete(list, 0, 1)
	}
	if b.lately == nil {
		b.lately = map[*crash.Row][]lately{}
	}
	b.lately[row] = append(list, lately{name, later(before, at)})
}

// forgetLately forgets who has crashed so long before a time that no report which is near
// to that one is near to it.
func (b *crashBook) forgetLately(now time.Time) {
	for row, list := range b.lately {
		list = slices.DeleteFunc(list, func(l lately) bool { return now.Sub(l.at) > 2*siblingsWithin })
		if b.lately[row] = list; len(list) == 0 {
			delete(b.lately, row)
		}
	}
}

// addSibling adds a name that is new to a report's siblings.
func addSibling(r *crash.Report, name string) {
	if len(r.Siblings) < maxSiblings {
		r.Siblings = append(slices.Clone(r.Siblings), name) // readers may have the old list
	}
	r.SiblingCount = min(r.SiblingCount+1, crash.MaxSiblingCount)
}

// near reports whether two crashes were at about the same time.
func near(a, b time.Time) bool { return a.Sub(b).Abs() <= siblingsWithin }

// later is the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// change replaces a report by a changed copy, if it is kept. The copy may be of another kind.
func (b *crashBook) change(seq int, with func(*crash.Report)) {
	old := b.reports[seq]
	if old == nil {
		return
	}
	next := b.replace(seq, func(next *crash.Report) {
		with(next)
		next.Seq, next.SameBefore = old.Seq, old.SameBefore
	})
	if next.Group != old.Group {
		b.regroup(next, old)
	}
}

// regroup moves a report to another kind: better evidence has come.
func (b *crashBook) regroup(r, old *crash.Report) {
	from := b.row(old)
	from.IDs = slices.DeleteFunc(slices.Clone(from.IDs), func(seq int) bool { return seq == r.Seq })
	if from.Count--; from.Count == 0 || len(from.IDs) == 0 {
		b.rows = slices.DeleteFunc(b.rows, func(row *crash.Row) bool { return row == from })
	}
	for _, seq := range from.IDs {
		if b.reports[seq].At.After(old.At) {
			b.replace(seq, func(next *crash.Report) { next.SameBefore = max(0, next.SameBefore-1) })
		}
	}
	to := b.row(r)
	b.enter(to, r)
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
	slices.SortStableFunc(rows, func(x, y crash.Row) int { return x.First.Compare(y.First) })
	return rows
}
