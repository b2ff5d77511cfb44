package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
	"example.com/muster/ui/uitest"
)

// restarted is a session of a program that has crashed three times, after 60 lines and a
// traceback each: see [uitest.Session.Print].
func restarted(t *testing.T) *stage {
	t.Helper()
	people, id := uitest.Many(2), procs.ID{Pool: "sleep"}
	for run := 1; run <= 3; run++ {
		for i := range 60 {
			people.Print(id, 0, procs.Stdout, fmt.Sprintf("run %d line %d", run, i))
		}
		people.Print(id, 0, procs.Stderr, "Traceback (most recent call last):", `  File "job.py", line 7`, fmt.Sprintf("ValueError: run %d", run))
		page, err := people.Output(procs.Query{Source: procs.SlotSource(id), From: procs.NewestLine, Backward: true, Max: crash.TailLines})
		if err != nil {
			t.Fatal(err)
		}
		exit := procs.Exit{Code: 1, At: page.Lines[len(page.Lines)-1].At.Add(time.Millisecond)}
		people.Crash(uitest.NewCrash(procs.Run{ID: id, N: run}, []string{"python3", "job.py"}, exit, page.Lines, nil))
	}
	people.Print(id, 0, procs.Stdout, "run 4 line 0")
	return newStage(t, people)
}

// From the card of a crash Enter leads to the last lines of that run, whatever was printed since
// and wherever the output was held.
func TestFromACrashToItsLastLines(t *testing.T) {
	for _, size := range []struct{ w, h int }{{40, 12}, {80, 24}, {120, 40}} {
		for _, before := range [][]string{nil, {"enter", "g"}, {"2", "w", "G"}, {"enter", "right"}} {
			s := restarted(t)
			s.Resize(size.w, size.h)
			s.Keys(before...)
			s.Keys("5", "enter")
			for _, c := range []struct {
				earlier int
				want    string
			}{{0, "ValueError: run 3"}, {1, "ValueError: run 2"}, {2, "ValueError: run 1"}} {
				s.Keys(slices.Repeat([]string{"l"}, 3)...)
				s.Keys(slices.Repeat([]string{"h"}, c.earlier)...)
				s.Keys("enter")
				s.has(t, " sleep/0 ", "held", "Traceback (most", c.want)
				all := strings.Split(ansi.Strip(s.root.View()), "\n")
				if last := all[size.h-3]; !strings.Contains(last, c.want) {
					t.Errorf("%v after %v: the last row is %q, want %q:\n%s", size, before, last, c.want, strings.Join(all, "\n"))
				}
				s.Keys("esc")
			}
		}
	}
}

// Who is led to a crash sees it though lines are wrapped anew or the terminal grows smaller,
// and though the output was filtered; and nobody is held there who only came to look.
func TestACrashStaysInSight(t *testing.T) {
	for _, before := range [][]string{nil, {"2", "&", "l", "i", "n", "e", "enter"}, {"2", "&", "z", "z", "enter"}} {
		s := restarted(t)
		s.Resize(120, 40)
		s.Keys(before...)
		s.Keys("5", "enter", "l", "l", "l", "h", "enter")
		s.has(t, "ValueError: run 2", "held")
		s.Keys("w")
		s.has(t, "ValueError: run 2")
		for _, size := range []struct{ w, h int }{{80, 24}, {40, 12}, {20, 8}, {120, 40}} {
			s.Resize(size.w, size.h)
			s.has(t, "ValueError: run 2"[:min(17, size.w-4)])
		}
		s.Keys("esc", "1", "enter")
		s.has(t, "run 4 line 0", "follow")
	}
}

// Where somebody has stopped to read, a look at a crash changes nothing.
func TestALookAtACrashKeepsThePlace(t *testing.T) {
	s := restarted(t)
	s.Resize(80, 24)
	s.Keys("enter", "g", "j", "j")
	s.has(t, "run 1 line 2", "line 3 of", "held")
	s.Keys("5", "enter", "enter")
	s.has(t, "ValueError: run 3")
	s.Keys("esc", "1", "enter")
	s.has(t, "run 1 line 2", "line 3 of", "held")
	s.Keys("5", "enter", "enter", "k", "esc", "1", "enter") // a move makes it a place of the user's own
	s.has(t, "ValueError: run 3", "held")
}
