package report

import (
	"testing"
	"time"

	"github.com/google/pprof/profile"
)

// second is a profile of one second, from the given second on.
func second(t *testing.T, from int, stacks string) *profile.Profile {
	p := folded(t, stacks)
	p.TimeNanos, p.DurationNanos = int64(1000+from)*1e9, 1e9
	return p
}

// TestMerge: stacks and labels are kept, each of the profiles stays as it is.
func TestMerge(t *testing.T) {
	a := second(t, 0, "main;a 1 process=x/0\nmain;a 2 process=x/1 state=lock\n")
	b := second(t, 3, "main;b 5 process=x/1\nmain;a 4 process=x/0\n")
	before := encoded(t, a)
	m, err := Merge(a, nil, b)
	if err != nil {
		t.Fatal(err)
	}
	r := New(m)
	check(t, rows(r.Top(Options{})), []string{"a 7 7", "b 5 5", "main 0 12"})
	check(t, r.Groups("process", Options{}), []Group{{"x/1", 7, 7.0 / 12}, {"x/0", 5, 5.0 / 12}})
	check(t, r.Groups("state", Options{}), []Group{{"", 10, 10.0 / 12}, {"lock", 2, 2.0 / 12}})
	if len(m.Sample) != 3 || m.TimeNanos != 1000e9 || m.DurationNanos != 4e9 {
		t.Errorf("%d samples of %d for %d", len(m.Sample), m.TimeNanos, m.DurationNanos)
	}
	if string(encoded(t, a)) != string(before) {
		t.Error("a merged profile was changed")
	}
	if _, err := profile.ParseData(encoded(t, m)); err != nil {
		t.Error(err)
	}
}

// TestMergeUnlike: what only some of them count is left out; if they have
// nothing in common, that is said.
func TestMergeUnlike(t *testing.T) {
	a, b := folded(t, "main;a 1\n"), folded(t, "main;b 2\n")
	b.SampleType[1] = &profile.ValueType{Type: "wall", Unit: "nanoseconds"}
	b.PeriodType = &profile.ValueType{Type: "wall", Unit: "nanoseconds"}
	m, err := Merge(a, b)
	if err != nil {
		t.Fatal(err)
	}
	check(t, New(m).Values(), []Value{{"samples", "count"}})
	check(t, rows(New(m).Top(Options{})), []string{"b 2 2", "a 1 1", "main 0 3"})
	check(t, New(b).Values(), []Value{{"samples", "count"}, {"wall", "nanoseconds"}})
	b.SampleType[0].Type = "goats"
	if _, err := Merge(a, b); err == nil {
		t.Error("they have nothing in common, and were merged")
	}
	if _, err := Merge(nil, nil); err == nil {
		t.Error("of nothing a profile was made")
	}
}

func TestWindow(t *testing.T) {
	w := NewWindow(3*time.Second, 1000)
	if p, err := w.Profile(); p != nil || err != nil {
		t.Error(p, err)
	}
	top := func() []string {
		p, err := w.Profile()
		if err != nil {
			t.Fatal(err)
		}
		return rows(New(p).Top(Options{}))
	}
	w.Add(second(t, 0, "main;a 1 process=x/0\n"))
	w.Add(second(t, 1, "main;b 1 process=x/0\n"))
	w.Add(second(t, 2, "main;c 1 process=x/0\n"))
	check(t, top(), []string{"a 1 1", "b 1 1", "c 1 1", "main 0 3"})
	w.Add(second(t, 3, "main;d 1 process=x/1\n"))
	check(t, top(), []string{"b 1 1", "c 1 1", "d 1 1", "main 0 3"})
	w.Add(nil)
	w.Add(second(t, 9, "main;e 1 process=x/1\n")) // nothing was taken meanwhile
	check(t, top(), []string{"e 1 1", "main 0 1"})
}

// TestWindowIsBounded: where there is no room for all seconds, the oldest go.
func TestWindowIsBounded(t *testing.T) {
	w := NewWindow(time.Hour, 10)
	for i := range 1000 {
		w.Add(second(t, i, "main;a 1 process=x/0\n")) // 3 of 10
		if len(w.all) > 3 || w.sum > 10 {
			t.Fatalf("%d profiles are kept", len(w.all))
		}
	}
	w.Add(second(t, 1000, "main;a;b;c;d;e;f;g;h;i;j;k;l 1 process=x/0\n"))
	check(t, len(w.all), 1)
}
