package output

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/muster/procs"
)

// modelLine is a line as the naive model sees it.
type modelLine struct {
	stream procs.Stream
	pid    int
	text   string
	cut    bool
}

// model is the splitter, a byte at a time.
type model struct {
	lines []modelLine
	rest  map[writer][]byte
	held  map[writer]bool
	order []writer // those that wrote last come last
}

func newModel() *model {
	return &model{rest: map[writer][]byte{}, held: map[writer]bool{}}
}

func (m *model) write(w writer, p []byte) {
	m.order = append(slices.DeleteFunc(m.order, func(x writer) bool { return x == w }), w)
	for _, c := range p {
		if w.stream == procs.Terminal {
			held := m.held[w]
			m.held[w] = c == '\r'
			if held && c != '\n' {
				m.put(w, '\r')
			}
			if c == '\r' {
				continue
			}
		}
		m.put(w, c)
	}
}

func (m *model) put(w writer, c byte) {
	rest := m.rest[w]
	if c == '\n' {
		m.emit(w, rest, false)
		return
	}
	if len(rest) == maxLine {
		if i := modelStale(rest); i > 0 {
			rest = rest[i:]
		} else {
			m.emit(w, rest, true)
			rest = nil
		}
	}
	m.rest[w] = append(rest, c)
}

// modelStale finds the first carriage return of the last 4 KiB that has
// something after it, or else the last one before.
func modelStale(rest []byte) int {
	for i := maxLine - keepStates; i < maxLine-1; i++ {
		if rest[i] == '\r' {
			return i + 1
		}
	}
	for i := maxLine - keepStates - 1; i >= 0; i-- {
		if rest[i] == '\r' {
			return i + 1
		}
	}
	return 0
}

func (m *model) emit(w writer, text []byte, cut bool) {
	m.lines = append(m.lines, modelLine{w.stream, int(w.pid), string(text), cut})
	m.rest[w] = nil
}

func (m *model) end() {
	for _, w := range m.order {
		if m.held[w] {
			m.put(w, '\r')
		}
		if len(m.rest[w]) > 0 {
			m.emit(w, m.rest[w], false)
		}
	}
}

// testSlot returns a slot of a store that keeps much, and closes the store
// when the test ends.
func testSlot(t testing.TB, c Config) (*Store, *Slot) {
	t.Helper()
	s := New(c)
	t.Cleanup(func() { _ = s.Close() })
	return s, s.Slot(procs.ID{Pool: "p"})
}

// allLines reads all of a source through queries.
func allLines(t testing.TB, s *Store, src procs.Source) []procs.Line {
	t.Helper()
	var lines []procs.Line
	for next := uint64(0); ; {
		page, err := s.Query(procs.Query{Source: src, From: next, Max: 1000})
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, page.Lines...)
		if page.Next == next {
			return lines
		}
		next = page.Next
	}
}

func compare(t testing.TB, what string, got []procs.Line, want []modelLine) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d lines, want %d\n got %s\nwant %s", what, len(got), len(want), brief(got), briefModel(want))
	}
	for i, g := range got {
		w := want[i]
		if g.Seq != uint64(i) || g.Stream != w.stream || g.PID != w.pid || string(g.Text) != w.text || g.Cut != w.cut || g.Partial {
			t.Fatalf("%s: line %d is %v cut=%v %q (%d bytes), want %v cut=%v %q (%d bytes)", what, i,
				g.Stream, g.Cut, clip(string(g.Text)), len(g.Text), w.stream, w.cut, clip(w.text), len(w.text))
		}
	}
}

func clip(s string) string { return s[:min(len(s), 60)] }

func brief(lines []procs.Line) string {
	var b strings.Builder
	for _, l := range lines[:min(len(lines), 20)] {
		fmt.Fprintf(&b, "%q ", clip(string(l.Text)))
	}
	return b.String()
}

func briefModel(lines []modelLine) string {
	var b strings.Builder
	for _, l := range lines[:min(len(lines), 20)] {
		fmt.Fprintf(&b, "%q ", clip(l.text))
	}
	return b.String()
}

func TestSplit(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	bar := strings.Repeat("\r 10% done", 10_000)
	for _, tt := range []struct {
		name   string
		stream procs.Stream
		writes []string
		want   []string // "+" at the end of one that is cut
	}{
		{"plain", procs.Stdout, []string{"a\nb\n"}, []string{"a", "b"}},
		{"empty lines", procs.Stdout, []string{"\n", "\n\n"}, []string{"", "", ""}},
		{"joined", procs.Stdout, []string{"a", "b", "c\nd", "\n"}, []string{"abc", "d"}},
		{"unterminated", procs.Stdout, []string{"a\nb"}, []string{"a", "b"}},
		{"NUL and bad UTF-8", procs.Stdout, []string{"\x00\xff\xfe\n\xc3", "\n"}, []string{"\x00\xff\xfe", "\xc3"}},
		{"CR LF of a pipe stays", procs.Stdout, []string{"a\r\n"}, []string{"a\r"}},
		{"CR LF of a terminal", procs.Terminal, []string{"a\r\nb\r\n"}, []string{"a", "b"}},
		{"CR and LF in two reads", procs.Terminal, []string{"a\r", "\nb\r", "c\r", "\n"}, []string{"a", "b\rc"}},
		{"CR at the end", procs.Terminal, []string{"a\r"}, []string{"a\r"}},
		{"two CR before LF", procs.Terminal, []string{"a\r", "\r", "\n"}, []string{"a\r"}},
		{"exactly full", procs.Stdout, []string{long, "\n"}, []string{long}},
		{"exactly full, by one byte", procs.Stdout, []string{long[1:], "y", "\n"}, []string{long[1:] + "y"}},
		{"one too long", procs.Stdout, []string{long + "y\n"}, []string{long + "+", "y"}},
		{"three times full", procs.Stdout, []string{long + long, long, "z"}, []string{long + "+", long + "+", long + "+", "z"}},
		{"long among short in one read", procs.Stdout, []string{"a\n" + long + "\n\n" + long + "y\nb\nc"}, []string{"a", long, "", long + "+", "y", "b", "c"}},
		{"one too long ends a large read", procs.Stdout, []string{"a\n" + long + long, "\n"}, []string{"a", long + "+", long}},
		{"more than a piece", procs.Stdout, []string{strings.Repeat(long[1:]+"\n", 9)}, slices.Repeat([]string{long[1:]}, 9)},
		{"progress bar", procs.Terminal, []string{bar, bar, "\r100% done\n"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, sl := testSlot(t, Config{})
			for _, w := range tt.writes {
				sl.Write(tt.stream, 0, []byte(w))
			}
			sl.EndRun()
			lines := allLines(t, s, procs.SlotSource(sl.id))
			if tt.name == "progress bar" {
				if len(lines) != 1 || len(lines[0].Text) > maxLine || !bytes.HasSuffix(lines[0].Text, []byte("\r100% done")) {
					t.Fatalf("got %d lines %s, want one that ends with the last state", len(lines), brief(lines))
				}
				return
			}
			var want []modelLine
			for _, w := range tt.want {
				text, cut := strings.CutSuffix(w, "+")
				want = append(want, modelLine{tt.stream, 0, text, cut})
			}
			compare(t, "query", lines, want)
		})
	}
}

// FuzzSplitter divides input among writers and reads in any way, and compares
// what the ring, the log and a reader have with what the model says.
func FuzzSplitter(f *testing.F) {
	f.Add([]byte("hello\nworld\r\nagain\r"), []byte{0, 3, 1, 9, 2, 1}, uint8(0))
	f.Add([]byte("a\rb\rc\r\r\n\n\x00\xff"), []byte{2, 1, 2, 1, 2, 2, 1, 4}, uint8(0))
	f.Add([]byte("0123456789"), []byte{0, 200, 1, 200, 0, 10}, uint8(255))
	f.Add([]byte("0123\r456789"), []byte{2, 255, 1, 250, 2, 255, 2, 3}, uint8(255))
	f.Add(bytes.Repeat([]byte("x"), 50), []byte{0, 255, 0, 255, 1, 255, 3, 7}, uint8(200))
	f.Fuzz(func(t *testing.T, data, plan []byte, stretch uint8) {
		if len(data) == 0 || len(data) > 1<<10 || len(plan) > 64 {
			return
		}
		input := bytes.Repeat(data, 1+int(stretch)*16)
		input = input[:min(len(input), 2*maxPiece)]
		dir := t.TempDir()
		s := New(Config{Dir: dir, SegmentBytes: 100 << 10, Bytes: 1 << 30, Lines: 1 << 30})
		sl := s.Slot(procs.ID{Pool: "p"})
		writers := []writer{{procs.Stdout, 1}, {procs.Stderr, 1}, {procs.Terminal, 2}, {procs.Stdout, 3}}
		m := newModel()
		for i := 0; len(input) > 0; i += 2 {
			w, n := writers[0], len(input)
			if i+1 < len(plan) {
				w = writers[plan[i]%4]
				n = min(n, 1+int(plan[i+1])*(1+int(stretch)*2))
			}
			sl.Write(w.stream, int(w.pid), input[:n])
			m.write(w, input[:n])
			input = input[n:]
		}
		sl.EndRun()
		m.end()
		compare(t, "ring", allLines(t, s, procs.SlotSource(sl.id)), m.lines)
		compare(t, "disk", diskLines(t, sl), m.lines)
		compare(t, "merged", allLines(t, s, procs.Source{}), m.lines)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// diskLines reads all lines of a slot from its log alone.
func diskLines(t testing.TB, sl *Slot) []procs.Line {
	t.Helper()
	c := sl.cursor()
	defer c.close()
	var lines []procs.Line
	for pos, end := uint64(0), sl.Next(); pos < end; {
		sp := c.span(nil, pos, end, 0, 16<<10)
		if sp.kind != here {
			t.Fatalf("line %d: %d lines are gone", sp.seq, sp.lines)
		}
		sp.each(func(l procs.Line) bool { lines = append(lines, l); return true })
		pos += sp.lines
	}
	return lines
}
