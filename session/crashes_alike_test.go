package session

import (
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/pyagent"
)

// TestAlike: what an agent has counted of a kind, without telling it one by one, counts
// in the row of the kind, once, and also where the count came before the report.
func TestAlike(t *testing.T) {
	l := &crashLog{session: &Session{}}
	first := func(n uint64) pyagent.ExceptionID {
		return pyagent.ExceptionID{PIDRef: procs.PIDRef{PID: 7, StartTime: 1}, N: n}
	}
	again := func(n, count uint64) []pyagent.Report {
		return []pyagent.Report{pyagent.Again{First: first(n), Count: count}}
	}
	a, b := ended("p", 0, "ValueError a.py", 0), ended("p", 0, "ValueError b.py", 0)
	l.book.file(a)
	l.remember(first(1), a)
	l.counted(again(1, 3), noon.Add(time.Minute))
	l.counted(again(2, 10), noon.Add(time.Second)) // of which nothing is told yet
	l.counted(again(1, 5), noon.Add(time.Minute))
	l.counted(again(1, 5), noon)
	l.counted(again(1, 4), noon) // late
	l.book.file(b)
	l.remember(first(2), b)
	l.remember(first(2), b)
	rows := l.book.table()
	if len(rows) != 2 || rows[0].Count != 1+5 || rows[1].Count != 1+10 || l.book.total != 17 {
		t.Errorf("%d crashes: %+v", l.book.total, rows)
	}
	for i, want := range []time.Time{noon.Add(time.Minute), noon.Add(time.Second)} {
		if !rows[i].Last.Equal(want) {
			t.Errorf("the last of %s was at %v, want %v", rows[i].Group, rows[i].Last, want)
		}
	}
}

// TestAlikeInAFrame: whoever watches a session is told of crashes that are only counted.
func TestAlikeInAFrame(t *testing.T) {
	var b crashBook
	b.file(ended("p", 0, "ValueError", 0))
	reports, before := b.list(), b.table()
	var f Frame
	if f.crashed(reports, before, reports, before); f.CrashRows != nil {
		t.Error("nothing has come, but the rows are told")
	}
	b.more("p", "ValueError", "p/0", 3, noon.Add(time.Minute))
	if f.crashed(b.list(), b.table(), reports, before); len(f.CrashRows) != 1 || f.CrashRows[0].Count != 4 || len(f.Crashes) != 0 {
		t.Errorf("told are %+v and %d reports", f.CrashRows, len(f.Crashes))
	}
}
