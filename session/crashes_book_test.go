package session

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
)

// ended is a crash of a kind, so many seconds after noon.
func ended(pool string, slot int, group string, after float64) *crash.Report {
	id := procs.ID{Pool: pool, Slot: slot}
	r := &crash.Report{Run: procs.Run{ID: id, N: 1}, At: noon.Add(time.Duration(after * float64(time.Second))), Headline: group}
	r.Name, r.Group = id.String(), group
	return r
}

// Ten thousand crashes of one kind are one row, a few reports and a count; each
// has had its number.
func TestManyOfAKindAreOneRow(t *testing.T) {
	var b crashBook
	for i := range 10_000 {
		r := ended("p", i%3, "ValueError resize.py", float64(i))
		b.file(r)
		if r.Seq != i+1 || r.SameBefore != i {
			t.Fatalf("crash %d has number %d, and %d before it", i, r.Seq, r.SameBefore)
		}
	}
	b.file(ended("q", 0, "ValueError resize.py", 1))
	rows := b.table()
	if len(rows) != 2 || rows[0].Count != 10_000 || rows[1].Count != 1 {
		t.Fatalf("%+v", rows)
	}
	if got := fmt.Sprint(rows[0].IDs); got != "[1 9997 9998 9999 10000]" {
		t.Errorf("kept are %s", got)
	}
	if len(b.reports) != 6 || b.total != 10_001 {
		t.Errorf("%d reports of %d", len(b.reports), b.total)
	}
}

// However many kinds there are, what is kept is bounded; what happened lately stays.
func TestKindsAreBounded(t *testing.T) {
	var b crashBook
	b.file(ended("p", 0, "again and again", 0))
	for i := range 3 * MaxCrashes {
		b.file(ended("p", 0, fmt.Sprint("kind ", i), float64(i)))
		b.file(ended("p", 0, "again and again", float64(i)))
	}
	if len(b.reports) > MaxCrashes || len(b.rows) > MaxCrashes {
		t.Errorf("%d reports in %d rows", len(b.reports), len(b.rows))
	}
	if row := b.row(ended("p", 0, "again and again", 0)); row.Count != 3*MaxCrashes+1 {
		t.Errorf("the row of what goes on has counted %d", row.Count)
	}
	list := b.list()
	for i, r := range list[1:] {
		if r.Seq <= list[i].Seq {
			t.Fatalf("report %d comes after %d", r.Seq, list[i].Seq)
		}
	}
}

// Who failed in the same way at about the same time is named, in both
// reports; who did long before or otherwise is not.
func TestSiblings(t *testing.T) {
	var b crashBook
	b.file(ended("p", 0, "SIGSEGV", -60))
	first := ended("p", 1, "SIGSEGV", 0)
	b.file(first)
	b.file(ended("p", 2, "exit 3", 0))
	last := ended("p", 3, "SIGSEGV", 1)
	b.file(last)
	if got := fmt.Sprint(last.Siblings, last.SiblingCount); got != "[p/1] 1" {
		t.Errorf("the last has %s", got)
	}
	if len(first.Siblings) != 0 {
		t.Error("a report has changed in the reader's hands")
	}
	if now := b.reports[first.Seq]; fmt.Sprint(now.Siblings) != "[p/3]" {
		t.Errorf("the first has %v", now.Siblings)
	}
	for i := range 100 {
		b.file(ended("p", 10+i, "SIGSEGV", 2))
	}
	for _, r := range b.list()[2:] {
		if len(r.Siblings) != maxSiblings || r.SiblingCount != 101 {
			t.Errorf("of 101 siblings of %s %d are named, %d counted", r.Name, len(r.Siblings), r.SiblingCount)
		}
	}
}

// However often and in whatever order a few have crashed, each is one sibling, of the
// reports that it was near to.
func TestEachSiblingCountsOnce(t *testing.T) {
	var b crashBook
	at := map[int][]time.Time{} // of each slot
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 1000 {
		slot := random.IntN(5) + i/50 // as workers that give place to others
		one := ended("p", slot, "ValueError", float64(i)/10)
		at[slot] = append(at[slot], one.At)
		b.file(one)
		if i%20 != 0 {
			continue
		}
		for _, r := range b.list() {
			want := 0
			for other, times := range at {
				if other != r.Run.ID.Slot && slices.ContainsFunc(times, func(x time.Time) bool { return near(x, r.At) }) {
					want++
				}
			}
			if r.SiblingCount != want || len(r.Siblings) != min(want, maxSiblings) {
				t.Fatalf("c%d has %d siblings and %d names, want %d", r.Seq, r.SiblingCount, len(r.Siblings), want)
			}
		}
	}
}

// Siblings are counted up to a bound, and no more is remembered of them; of those of long
// ago nothing is.
func TestSiblingsAreBounded(t *testing.T) {
	var b crashBook
	for i := range 2 * crash.MaxSiblingCount {
		b.file(ended("p", i, "ValueError", 0))
		b.file(ended("p", 0, "ValueError", 0))
	}
	for _, r := range b.list() {
		if r.SiblingCount != crash.MaxSiblingCount {
			t.Errorf("c%d has %d siblings", r.Seq, r.SiblingCount)
		}
	}
	if n := len(b.lately[b.rows[0]]); n > crash.MaxSiblingCount+1 {
		t.Errorf("%d are remembered", n)
	}
	b.file(ended("p", 0, "KeyError", 60))
	if len(b.lately) != 1 {
		t.Errorf("%d rows are remembered", len(b.lately))
	}
}

// Who goes on failing, which is only counted, is a sibling, too.
func TestWhoIsOnlyCountedIsASibling(t *testing.T) {
	var b crashBook
	b.file(ended("p", 1, "ValueError", 0))
	b.more("p", "ValueError", "p/1", 7, noon.Add(time.Minute))
	late := ended("p", 2, "ValueError", 61)
	b.file(late)
	b.more("p", "ValueError", "p/3", 1, noon.Add(62*time.Second))
	b.more("p", "ValueError", "p/1", 7, noon.Add(63*time.Second))
	if r := b.reports[late.Seq]; r.SiblingCount != 2 || fmt.Sprint(r.Siblings) != "[p/1 p/3]" {
		t.Errorf("it has %d: %v", r.SiblingCount, r.Siblings)
	}
}

// A crash that turns out to be of another kind was not before the later ones of its first kind.
func TestAnotherKindWasNotBefore(t *testing.T) {
	var b crashBook
	for i := range 3 {
		b.file(ended("p", i, "ValueError", float64(i)))
	}
	b.changed = nil
	b.change(2, func(r *crash.Report) { r.Group = "KeyError" })
	var got []int
	for _, r := range b.list() {
		got = append(got, r.SameBefore)
	}
	if fmt.Sprint(got) != "[0 0 1]" || fmt.Sprint(b.changed) != "[2 3]" {
		t.Errorf("before each were %v; changed are %v", got, b.changed)
	}
}

// What is told of late was before what is known already, if its time says so.
func TestTheTimeSaysWhichWasBefore(t *testing.T) {
	var b crashBook
	at := []float64{20, 10, 30, 15}
	for i, after := range at {
		b.file(ended("p", i, "ValueError", after))
	}
	b.file(ended("p", 0, "KeyError", 5))
	var got []int
	for _, r := range b.list() {
		got = append(got, r.SameBefore)
	}
	if slices.Sort(b.changed); fmt.Sprint(got) != "[2 0 3 1 0]" || fmt.Sprint(slices.Compact(b.changed)) != "[1 2 3]" {
		t.Errorf("before each were %v; changed are %v", got, b.changed)
	}
	if rows := b.table(); rows[0].Group != "KeyError" || !rows[1].First.Equal(noon.Add(10*time.Second)) {
		t.Errorf("%+v", rows)
	}
}

// Better evidence may make another kind of a crash.
func TestRegrouping(t *testing.T) {
	var b crashBook
	r := ended("p", 0, "exit 1", 0)
	b.file(r)
	b.change(r.Seq, func(c *crash.Report) { c.Group, c.Headline = "ValueError", "ValueError: bad" })
	rows := b.table()
	if len(rows) != 1 || rows[0].Group != "ValueError" || rows[0].Count != 1 || b.reports[1].Headline != "ValueError: bad" || r.Headline != "exit 1" {
		t.Errorf("%+v, %+v", rows, b.reports[1])
	}
}

// Of a process that was gone before anybody could see what it ran it is only
// known how it ended: it counts among those that ended so, whoever comes first.
func TestAProgramThatIsNotKnown(t *testing.T) {
	const some = "SIGSEGV|(some program)"
	for _, order := range [][]string{{some, "SIGSEGV|sh", some}, {"SIGSEGV|sh", some, "SIGSEGV|sh"}} {
		var b crashBook
		for i, group := range order {
			b.file(ended("p", 0, group, float64(i)))
		}
		b.file(ended("p", 0, "SIGSEGV", 3)) // the slot's own: another kind
		b.file(ended("p", 0, "SIGABRT|sh", 4))
		b.file(ended("p", 0, "SIGABRT|cc", 5))
		b.file(ended("q", 0, some, 6))
		got := ""
		for _, row := range b.table() {
			got += fmt.Sprintln(row.Pool, row.Group, row.Count, row.IDs)
		}
		want := "p SIGSEGV|sh 3 [1 2 3]\np SIGSEGV 1 [4]\np SIGABRT|sh 1 [5]\np SIGABRT|cc 1 [6]\nq " + some + " 1 [7]\n"
		if got != want {
			t.Errorf("%v:\n%swant\n%s", order, got, want)
		}
		for _, r := range b.list() {
			if r.Run.ID.Pool == "p" && r.Group == some {
				t.Errorf("c%d is still of some program", r.Seq)
			}
		}
	}
}
