package crash

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/muster/procs"
)

var update = flag.Bool("update", false, "write the goldens of the recorded texts")

// asLines makes output of a text: lines of one writer, that came at once.
func asLines(text []byte) []procs.Line {
	if len(text) == 0 {
		return nil
	}
	whole := bytes.HasSuffix(text, []byte("\n"))
	parts := bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
	lines := make([]procs.Line, len(parts))
	for i, p := range parts {
		lines[i] = procs.Line{Seq: uint64(i), At: at, Stream: procs.Stderr, PID: 42, Text: p}
	}
	lines[len(lines)-1].Partial = !whole
	return lines
}

// told is what was parsed, for people to read.
func told(found []Words) string {
	var b strings.Builder
	for i := range found {
		w := &found[i]
		fmt.Fprintf(&b, "%s, lines %d to %d: ends %s", w.Format, w.From, w.To, w.Scope)
		for _, flag := range []struct {
			is   bool
			word string
		}{{w.Logged, "logged"}, {w.Caught, "caught"}, {w.Cut, "cut"}} {
			if flag.is {
				b.WriteString(", " + flag.word)
			}
		}
		if w.Thread != "" {
			fmt.Fprintf(&b, ", thread %q", w.Thread)
		}
		if w.Process != "" {
			fmt.Fprintf(&b, ", process %q", w.Process)
		}
		fmt.Fprintf(&b, "\n  %s\n  %s\n", w.Exception.Headline(), w.Exception.GroupKey())
		tellException(&b, w.Exception, "  ")
		for _, s := range w.Others {
			fmt.Fprintf(&b, "  %d x %s\n", s.Count, s.Thread)
			tellFrames(&b, s.Frames, "    ")
		}
	}
	return b.String()
}

func tellException(b *strings.Builder, e *Exception, margin string) {
	fmt.Fprintf(b, "%s- ", margin)
	if e.How != "" {
		fmt.Fprintf(b, "%s ", e.How)
	}
	fmt.Fprintf(b, "%s: %q\n", e.Type, e.Message)
	tellFrames(b, e.Frames, margin+"    ")
	if e.Omitted > 0 {
		fmt.Fprintf(b, "%s    %d omitted\n", margin, e.Omitted)
	}
	for _, g := range e.Group {
		tellException(b, g, margin+"  ")
	}
	for _, c := range e.Chain {
		tellException(b, c, margin)
	}
}

func tellFrames(b *strings.Builder, frames []Frame, margin string) {
	for _, f := range frames {
		who := "user"
		if f.Library {
			who = "lib "
		}
		fmt.Fprintf(b, "%s%s %s:%d %s", margin, who, f.File, f.Line, f.Function)
		if f.Repeated > 0 {
			fmt.Fprintf(b, " (and %d more)", f.Repeated)
		}
		if f.Source != "" {
			fmt.Fprintf(b, " | %s", f.Source)
		}
		b.WriteByte('\n')
	}
}

// recorded returns the recorded texts by name, of one format's folder or all.
func recorded(t testing.TB, folder string) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", folder, "*.txt"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no recorded texts in %s: %v", folder, err)
	}
	texts := map[string][]byte{}
	for _, n := range names {
		b, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		texts[strings.TrimSuffix(n, ".txt")] = b
	}
	return texts
}

// TestRecorded compares what is found in each recorded text with its golden.
func TestRecorded(t *testing.T) {
	for name, text := range recorded(t, "*") {
		t.Run(name, func(t *testing.T) {
			got := told(Parse(asLines(text)))
			if *update {
				if err := os.WriteFile(name+".golden", []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(name + ".golden")
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// exceptions returns an exception and those that belong to it.
func exceptions(e *Exception) []*Exception {
	all := []*Exception{e}
	for _, x := range slices.Concat(e.Chain, e.Group) {
		all = append(all, exceptions(x)...)
	}
	return all
}

// TestCutAnywhere kills the writer of each recorded text after each of its
// lines, and in the middle of each: what is then said and not called cut is said
// of the whole text too.
func TestCutAnywhere(t *testing.T) {
	for name, text := range recorded(t, "*") {
		t.Run(name, func(t *testing.T) {
			whole := map[string]bool{}
			for _, w := range Parse(asLines(text)) {
				for _, e := range exceptions(w.Exception) {
					whole[e.Headline()] = true
				}
			}
			step := max(7, len(text)/100)
			for i, c := range text {
				if c != '\n' && i%step != 0 {
					continue
				}
				for _, w := range Parse(asLines(text[:i])) {
					h := w.Exception.Headline()
					if !w.Cut && !whole[h] && !slices.ContainsFunc(slices.Collect(maps.Keys(whole)), func(longer string) bool {
						// What follows would have told more, but nothing else.
						return strings.HasPrefix(longer, h+" in ") || strings.HasPrefix(longer, h+": ")
					}) {
						t.Errorf("cut at byte %d (%q): %q", i, tailOf(text[:i]), h)
					}
				}
			}
		})
	}
}

func tailOf(b []byte) []byte { return b[max(0, len(b)-60):] }

// TestHeadline: a message that is a sentence goes on without its full stop.
func TestHeadline(t *testing.T) {
	frame := []Frame{{File: "/srv/a.py", Line: 3, Function: "f"}}
	for _, tt := range []struct {
		exception Exception
		want      string
	}{
		{Exception{Type: "E", Message: "the pool is broken.", Frames: frame}, "E: the pool is broken, at a.py:3 in f"},
		{Exception{Type: "E", Message: "reading ...", Frames: frame}, "E: reading ..., at a.py:3 in f"},
		{Exception{Type: "E", Message: "the pool is broken."}, "E: the pool is broken."},
		{Exception{Type: "E", Frames: frame}, "E, at a.py:3 in f"},
	} {
		if got := tt.exception.Headline(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}
