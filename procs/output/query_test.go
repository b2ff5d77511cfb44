package output

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
)

func write(sl *Slot, text string) { sl.Write(procs.Stdout, 0, []byte(text)) }

func query(t testing.TB, s *Store, q procs.Query) procs.Page {
	t.Helper()
	page, err := s.Query(q)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// show writes a page as "3:text" for each line, "~" after one that is partial.
func show(p procs.Page) string {
	var words []string
	for _, l := range p.Lines {
		w := fmt.Sprintf("%d:%s", l.Seq, l.Text)
		if l.Partial {
			w += "~"
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}

func TestQuery(t *testing.T) {
	s := New(Config{})
	defer func() { _ = s.Close() }()
	a, b, other := s.Slot(procs.ID{Pool: "p"}), s.Slot(procs.ID{Pool: "p", Slot: 1}), s.Slot(procs.ID{Pool: "q"})
	a.Write(procs.Stdout, 1, []byte("a0\n"))
	b.Write(procs.Stdout, 2, []byte("b0\nb1\n"))
	other.Write(procs.Stderr, 3, []byte("\x1b[31mred\x1b[0m\n"))
	a.Write(procs.Stdout, 4, []byte("a1\na2\n"))
	a.Write(procs.Stdout, 1, []byte("a3\nrest"))
	slot, pool := procs.SlotSource(a.id), procs.Source{Pool: "p"}
	for _, tt := range []struct {
		name string
		q    procs.Query
		want string
		next uint64
	}{
		{"a slot", procs.Query{Source: slot, Max: 9}, "0:a0 1:a1 2:a2 3:a3 4:rest~", 4},
		{"a slot, some", procs.Query{Source: slot, Max: 2}, "0:a0 1:a1", 2},
		{"a slot, on", procs.Query{Source: slot, From: 2, Max: 2}, "2:a2 3:a3", 4},
		{"at its end", procs.Query{Source: slot, From: 4, Max: 2}, "4:rest~", 4},
		{"beyond it", procs.Query{Source: slot, From: 99, Max: 2}, "4:rest~", 4},
		{"backward", procs.Query{Source: slot, From: procs.NewestLine, Backward: true, Max: 2}, "3:a3 4:rest~", 3},
		{"backward, on", procs.Query{Source: slot, From: 3, Backward: true, Max: 2}, "1:a1 2:a2", 1},
		{"backward, to the start", procs.Query{Source: slot, From: 1, Backward: true, Max: 2}, "0:a0", 0},
		{"backward, nothing", procs.Query{Source: slot, From: 0, Backward: true, Max: 2}, "", 0},
		{"one writer", procs.Query{Source: procs.Source{Pool: "p", OneSlot: true, PID: 4}, Max: 1}, "1:a1", 2},
		{"one writer, all", procs.Query{Source: procs.Source{Pool: "p", OneSlot: true, PID: 4}, Max: 9}, "1:a1 2:a2", 4},
		{"merged", procs.Query{Max: 9}, "0:a0 1:b0 2:b1 3:\x1b[31mred\x1b[0m 4:a1 5:a2 6:a3 7:rest~", 7},
		{"merged, backward", procs.Query{From: 5, Backward: true, Max: 3}, "2:b1 3:\x1b[31mred\x1b[0m 4:a1", 2},
		{"a pool", procs.Query{Source: pool, From: 2, Max: 2}, "2:b1 4:a1", 5},
		{"a pool, backward", procs.Query{Source: pool, From: 5, Backward: true, Max: 2}, "2:b1 4:a1", 2},
		{"another pool", procs.Query{Source: procs.Source{Pool: "q"}, Max: 2}, "3:\x1b[31mred\x1b[0m", 7},
		{"no such slot", procs.Query{Source: procs.SlotSource(procs.ID{Pool: "z"}), Max: 2}, "", 0},
		{"match", procs.Query{Max: 9, Match: "^.1$"}, "2:b1 4:a1", 7},
		{"match of a plain word", procs.Query{Max: 9, Match: "re"}, "3:\x1b[31mred\x1b[0m 7:rest~", 7},
		{"match passes over escapes", procs.Query{Max: 9, Match: "^red$"}, "3:\x1b[31mred\x1b[0m", 7},
		{"not", procs.Query{Source: slot, Max: 9, Match: "a", Not: true}, "4:rest~", 4},
		{"scan limit", procs.Query{Source: slot, Max: 9, ScanLimit: 2, Match: "3"}, "", 2},
		{"scan limit, backward", procs.Query{Source: slot, From: 4, Backward: true, Max: 9, ScanLimit: 2, Match: "0"}, "", 2},
		{"one match", procs.Query{Source: slot, Max: 1, ScanLimit: 100, Match: "a[12]"}, "1:a1", 2},
		{"one match, backward", procs.Query{Source: slot, From: procs.NewestLine, Backward: true, Max: 1, ScanLimit: 100, Match: "a[12]"}, "2:a2", 2},
		{"no lines wanted", procs.Query{Source: slot, From: 1}, "", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page := query(t, s, tt.q)
			if got := show(page); got != tt.want || page.Next != tt.next || page.Missed != 0 {
				t.Errorf("got %q, next %d, missed %d; want %q, next %d", got, page.Next, page.Missed, tt.want, tt.next)
			}
		})
	}
	if _, err := s.Query(procs.Query{Match: "("}); err == nil || !strings.HasPrefix(err.Error(), `cannot search for "("`) {
		t.Errorf("a bad expression gives %v", err)
	}
}

// TestPartial follows a slot with a cursor while two writers leave lines
// unfinished: every line is seen once, and what is unfinished at each moment, in
// the order of the writers.
func TestPartial(t *testing.T) {
	s, sl := testSlot(t, Config{})
	next, seen := uint64(0), ""
	step := func(pid int, text, want string) {
		t.Helper()
		sl.Write(procs.Stdout, pid, []byte(text))
		page := query(t, s, procs.Query{Source: procs.SlotSource(sl.id), From: next, Max: 10})
		if got := show(page); got != want {
			t.Errorf("after %q: got %q, want %q", text, got, want)
		}
		for _, l := range page.Lines {
			if !l.Partial {
				seen += string(l.Text) + " "
			}
		}
		next = page.Next
	}
	step(1, "on", "0:on~")
	step(1, "e", "0:one~")
	step(2, "two", "0:one~ 1:two~")
	step(2, "!\n", "0:two! 1:one~")
	step(2, "three\nfour", "1:three 2:one~ 3:four~")
	step(1, "\n", "2:one 3:four~")
	step(2, "\n", "3:four")
	step(2, "\rbar 1\rbar 2", "4:\rbar 1\rbar 2~")
	if want := "two! three one four "; seen != want {
		t.Errorf("saw %q, want %q", seen, want)
	}
	if last := sl.Last(); !last.Partial || string(last.Text) != "\rbar 1\rbar 2" {
		t.Errorf("last line is %q", last.Text)
	}
	sl.EndWriter(procs.Stdout, 2)
	if last := sl.Last(); last.Partial || last.Seq != 4 || string(last.Text) != "\rbar 1\rbar 2" {
		t.Errorf("last line is %d %q", last.Seq, last.Text)
	}
}

// TestLast: the newest line is what came last, a line or more of an unfinished one.
func TestLast(t *testing.T) {
	var at int64
	s := New(Config{Now: func() time.Time { at++; return time.Unix(0, at) }})
	defer func() { _ = s.Close() }()
	sl := s.Slot(procs.ID{Pool: "p"})
	for _, step := range []struct {
		pid        int
		text, want string
	}{
		{1, "Continue? ", "Continue? "}, {2, "whole\n", "whole"}, {1, "y", "Continue? y"}, {2, "two\nthree", "three"}, {1, "\n", "Continue? y"},
	} {
		sl.Write(procs.Stdout, step.pid, []byte(step.text))
		if last := sl.Last(); string(last.Text) != step.want {
			t.Errorf("after %q of %d the last line is %q, want %q", step.text, step.pid, last.Text, step.want)
		}
	}
}

// TestLastOfTheEnded: what was left without a newline is not the newest line, though it
// becomes one after it.
func TestLastOfTheEnded(t *testing.T) {
	var at int64
	s := New(Config{Now: func() time.Time { at++; return time.Unix(0, at) }})
	defer func() { _ = s.Close() }()
	sl := s.Slot(procs.ID{Pool: "p"})
	sl.Write(procs.Stdout, 1, []byte("progress 50%"))
	sl.Write(procs.Stderr, 1, []byte("disk slow\n"))
	sl.Write(procs.Stderr, 1, []byte("RuntimeError: broke\n"))
	sl.EndRun()
	if last := sl.Last(); string(last.Text) != "RuntimeError: broke" || last.Seq != 1 {
		t.Errorf("the last line is %d, %q", last.Seq, last.Text)
	}
	sl.Write(procs.Stdout, 2, []byte("again"))
	sl.EndRun()
	if last := sl.Last(); string(last.Text) != "again" {
		t.Errorf("then the last line is %q", last.Text)
	}
}

// TestMergedPartial: the unfinished lines of all slots show, in the order of
// the slots.
func TestMergedPartial(t *testing.T) {
	s := New(Config{})
	defer func() { _ = s.Close() }()
	a, b := s.Slot(procs.ID{Pool: "p"}), s.Slot(procs.ID{Pool: "p", Slot: 1})
	for _, step := range []struct {
		slot       *Slot
		text, want string
	}{{a, "a", "0:a~"}, {b, "b", "0:a~ 1:b~"}, {b, "\n", "0:b 1:a~"}, {a, "\n", "0:b 1:a"}} {
		write(step.slot, step.text)
		if got := show(query(t, s, procs.Query{Max: 9})); got != step.want {
			t.Errorf("after %q: got %q, want %q", step.text, got, step.want)
		}
	}
}

// TestPartialsInPlace: a line that grows or is redrawn stays in its place, and
// windows that begin or end among the unfinished lines have those in question.
func TestPartialsInPlace(t *testing.T) {
	s, sl := testSlot(t, Config{})
	src := procs.SlotSource(sl.id)
	write(sl, "whole\n")
	for _, pid := range []int{1, 2, 3, 2, 1} {
		sl.Write(procs.Stdout, pid, fmt.Appendf(nil, "\r%d", pid))
	}
	bars := []string{"1:\r1\r1~", "2:\r2\r2~", "3:\r3~"}
	for _, tt := range []struct {
		name string
		q    procs.Query
		want string
		next uint64
	}{
		{"all", procs.Query{Source: src, Max: 9}, "0:whole " + strings.Join(bars, " "), 1},
		{"some", procs.Query{Source: src, From: 1, Max: 2}, strings.Join(bars[:2], " "), 1},
		{"from within", procs.Query{Source: src, From: 2, Max: 9}, strings.Join(bars[1:], " "), 2},
		{"from the end", procs.Query{Source: src, From: 4, Max: 1}, bars[2], 1},
		{"open ones only", procs.Query{Source: src, From: procs.NewestLine, Max: 9}, strings.Join(bars, " "), 1},
		{"backward", procs.Query{Source: src, From: procs.NewestLine, Backward: true, Max: 2}, strings.Join(bars[1:], " "), 2},
		{"backward, on", procs.Query{Source: src, From: 2, Backward: true, Max: 9}, "0:whole " + bars[0], 0},
		{"one writer", procs.Query{Source: procs.Source{Pool: "p", OneSlot: true, PID: 3}, Max: 9}, "1:\r3~", 1},
		{"match", procs.Query{Source: src, Max: 9, Match: "2"}, bars[1], 1},
	} {
		page := query(t, s, tt.q)
		if got := show(page); got != tt.want || page.Next != tt.next {
			t.Errorf("%s: got %q, next %d; want %q, next %d", tt.name, got, page.Next, tt.want, tt.next)
		}
	}
	if page := query(t, s, procs.Query{Max: 1}); page.End != 4 || page.Open != 3 {
		t.Errorf("the page says that the end is at %d with %d open, want 4 with 3", page.End, page.Open)
	}
}

// TestPartialsBound: of many unfinished lines those show that began last, the
// same ones while all of them grow.
func TestPartialsBound(t *testing.T) {
	var at int64
	s := New(Config{Now: func() time.Time { at++; return time.Unix(0, at) }})
	defer func() { _ = s.Close() }()
	a, b := s.Slot(procs.ID{Pool: "p"}), s.Slot(procs.ID{Pool: "p", Slot: 1})
	for i := range 50 {
		a.Write(procs.Stdout, 1+i, []byte("a"))
	}
	b.Write(procs.Stdout, 99, []byte("b"))
	for i := range 50 {
		a.Write(procs.Stdout, 50-i, []byte("!"))
	}
	pids := func() (pids []int) {
		for _, l := range query(t, s, procs.Query{Max: 99}).Lines {
			pids = append(pids, l.PID)
		}
		return pids
	}
	if got, want := pids(), []int{44, 45, 46, 47, 48, 49, 50, 99}; !slices.Equal(got, want) {
		t.Errorf("the lines of %v show, want %v", got, want)
	}
	a.Write(procs.Stdout, 46, []byte("\n"))
	if got, want := pids(), []int{46, 43, 44, 45, 47, 48, 49, 50, 99}; !slices.Equal(got, want) {
		t.Errorf("after one has ended: the lines of %v show, want %v", got, want)
	}
}

// TestEndProcess: what a process has left without a newline stands at its place
// once its end is known, with the time at which it was printed; who lives goes on.
func TestEndProcess(t *testing.T) {
	clock := time.Unix(100, 0)
	dir := t.TempDir()
	s := New(Config{Dir: dir, Now: func() time.Time { return clock }})
	sl := s.Slot(procs.ID{Pool: "p"})
	step := func(stream procs.Stream, pid int, text string) {
		sl.Write(stream, pid, []byte(text))
		clock = clock.Add(time.Second)
	}
	step(procs.Stdout, 1, "one") // 100
	step(procs.Stdout, 2, "two") // 101
	step(procs.Stderr, 1, "err") // 102
	step(procs.Stdout, 3, "done\n")
	sl.EndProcess(1)
	sl.EndProcess(3)
	step(procs.Stdout, 3, "later\n")
	sl.EndProcess(1)
	step(procs.Stdout, 2, "!")
	sl.EndRun()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	const want = "103 done, 100 one, 102 err, 104 later, 105 two!, "
	got := ""
	for _, l := range allLines(t, s, procs.SlotSource(sl.id)) {
		got += fmt.Sprintf("%d %s, ", l.At.Unix(), l.Text)
	}
	if got != want {
		t.Errorf("the lines are %q, want %q", got, want)
	}
	if got := logText(t, dir, "p-0"); got != "done\none\nerr\nlater\ntwo!\n" {
		t.Errorf("the log is %q", got)
	}
	var flags []uint8
	idx, err := os.ReadFile(filepath.Join(dir, "p-0.001.idx"))
	for err == nil && len(idx) >= recordBytes {
		flags, idx = append(flags, parseRecord(idx).flags), idx[recordBytes:]
	}
	if want := []uint8{0, flagUnterminated, flagUnterminated, 0, flagUnterminated}; !slices.Equal(flags, want) {
		t.Errorf("the flags in the index are %v, want %v", flags, want)
	}
}

// TestWritersBound: writers that leave lines unfinished and go are forgotten
// in the end; their lines are not.
func TestWritersBound(t *testing.T) {
	s, sl := testSlot(t, Config{})
	const n = 3 * maxWriters
	for pid := 1; pid <= n; pid++ {
		sl.Write(procs.Stdout, pid, fmt.Appendf(nil, "rest of %d", pid))
	}
	if got := len(sl.writers.all); got > maxWriters {
		t.Errorf("%d writers are remembered", got)
	}
	sl.EndRun()
	lines := allLines(t, s, procs.SlotSource(sl.id))
	if len(lines) != n {
		t.Fatalf("%d lines, want %d", len(lines), n)
	}
	for i, l := range lines {
		if want := fmt.Sprintf("rest of %d", i+1); string(l.Text) != want || l.PID != i+1 {
			t.Fatalf("line %d is %q of %d", i, l.Text, l.PID)
		}
	}
	for pid := 1; pid <= 100; pid++ {
		sl.Write(procs.Stdout, pid, printed[:50<<10][:99])
		sl.Write(procs.Stdout, pid, []byte(strings.Repeat("x", 50<<10)))
	}
	if sl.writers.bytes > maxRests {
		t.Errorf("%d bytes of unfinished lines are held", sl.writers.bytes)
	}
}

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                            "plain",
		"a\tb":                             "a\tb",
		"\x1b[1;31mred\x1b[m":              "red",
		"\x1b]8;;http://x\alink\x1b]8;;\a": "link",
		"\x1b]0;title\x1b\\text":           "text",
		"\x1b(Btext":                       "text",
		"\x1bPq#0\x1b\\text":               "text",
		" 10%\r 20%\r 30%":                 " 30%",
		" 10%\r":                           " 10%",
		" 10%\r\x1b[K":                     " 10%",
		"ab\bc":                            "ac",
		"nul\x00 bell\a":                   "nul bell",
		"cut \x1b[3":                       "cut ",
		"cut \x1b":                         "cut ",
		"cut \x1b]0;t":                     "cut ",
		"\xff\xfe \xc3\xa9":                "\xff\xfe \xc3\xa9",
		"\r\r\r":                           "",
		"\x1b]unfinished \x1b[1mthen bold\x1b[0m": "then bold",
	} {
		if got := string(plain(nil, []byte(in))); got != want {
			t.Errorf("plain(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzPlain(f *testing.F) {
	f.Add([]byte("\x1b[31mx\x1b]0;t\a\r\b"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if out := plain(nil, b); hasControl(out) {
			t.Errorf("plain(%q) = %q has control characters", b, out)
		}
	})
}
