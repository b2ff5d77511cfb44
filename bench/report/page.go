package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// facts are what a reader must know to compare with other runs.
type facts struct {
	Commit, Kernel, Go, Peers, Note string

	Cores int
	Date  time.Time
}

// section groups cases whose names begin with prefix.
type section struct {
	prefix, title, about string
}

var sections = []section{
	{"flood/", "Flood", "One child prints 1,000,000 lines of 100 bytes in writes of 64 KiB. `wall` is the whole run with start and end of the program, `child` what the child itself took. " +
		"Headless, muster's own output goes to a file; quiet, to /dev/null. Its log on disk is kept in each case."},
	{"python/", "Python", "`bench/prints.py` calls print() 1,000,000 times."},
	{"keys/", "Keys", "An endless flood with the TUI open at 200x50; a key changes the screen, and the clock stops when the terminal has received the new one."},
	{"idle/", "Idle", "Sleeping processes, TUI at 200x50, 1 Hz, a window of 20 s (10 s for 100 processes) after 5 s. Peers look at the same number of sleepers. CPU is ms per second: 10 is 1 % of a core."},
	{"start/", "Start", "From exec to the last line of the first full frame, 200x50."},
	{"screen/", "Screen", "200x50. Nothing runs: 50 processes have ended, and their table is shown. Idle: 50 that sleep. A frame is built 3,000 times by a benchmark, each time from a new snapshot. " +
		"Keys: an end of 10,000,000 lines of 100 bytes, to the first, to the last, half a page up and back, and a search for what stands nowhere, from the first line on, until the screen says so; less searches the same lines in one file, without their numbers."},
	{"overhead/", "Overhead", "The watched program's own time. \"bare again\" against \"bare\" is the noise of this machine."},
	{"locks/", "Locks", "Programs that take a lock again and again, beside somebody who wants it now and then: their own time. " +
		"Looking: 400 threads of 200 processes that wait in a pipe, CPU of muster and its guard in the background, without a screen. Fresh hang: from the start of an ABBA deadlock of two programs to the answer of `muster locks`, the session's start included."},
	{"crashes/", "Crashes", "3,000,000 lines of 100 bytes, the whole run of muster, headless; looking for words that tell of a crash is what `without looking` is built without (`-tags muster_noscan`). " +
		"In the second flood every hundredth line begins a Python traceback, which is parsed. On screen: from just before a process kills itself with SIGSEGV to the frame that tells of it, 200x50. " +
		"Restarts: a program that fails 50 times after 2,000 lines, which are parsed where they hold tracebacks."},
	{"spawn/", "Starting processes", "`true`, started and reaped. bare: a Go loop with two goroutines."},
	{"pools/", "Starting pools", "100 pools of one `true` each, from exec to exit. The bare loop starts and reaps one after another; one alone is what muster's own start and end take."},
	{"attach/", "Attached screens", "A session of 10 sleepers without a screen of its own. First frame: from exec of `muster attach` to the last line of a frame. CPU is the session's and its guard's, over 15 s, never that of the screens."},
	{"map/", "Mapping over items", "`muster map` with two workers, from exec to exit, with records of results and the keys to resume by; items come from a pipe. The Go parent does nothing but hand the same items to the same two workers, 4 at a time each. " +
		"Pool is measured without its start. 10 million items: from a file."},
	{"search/", "Searching a log", "A log of 1 GiB in the system's cache, 10.7 million lines of 100 bytes, is searched for a line near its end. `muster logs` is measured from exec to exit, grep likewise."},
	{"profile/", "From the key to the flame graph", "Four programs that compute, as an ordinary user, TUI at 200x50. `p`, one second is chosen, Enter: the clock stops when the name of their function is on the screen, and that second is in the figure."},
	{"sampling/", "Sampling Python", "Eight processes that compute on all cores, with nobody looking and while somebody looks 99 times a second at each, from outside. `child` is what they took for the same work, by the clock and of the processors; " +
		"CPU is that of who looks, from its start to its end. Without agent."},
	{"accuracy/", "What profiles say against the truth", "Programs whose functions take shares that they know (70, 20 and 10 % in Go and C) or measure themselves (Python), on four threads, with recursion, in generators, in C; " +
		"99 looks a second over ten seconds or more, from outside, without agent. Off: the share that differs most, in points of a hundred."},
	{"pprof/", "Opening a profile", "A profile of 50 MB, 1.05 million stacks of 20 to 60 frames without labels. Each program is measured from exec to exit."},
}

// figureNames are the figures that the page shows, in this order.
var figureNames = []struct {
	key, label, unit string
	quiet            bool // it is left out where it is 0
}{
	{"wall_s", "wall", "s", false},
	{"own_s", "child", "s", false},
	{"own_cpu_s", "CPU of the child", "s", false},
	{"per_s", "rate", "/s", false},
	{"frame_ms", "first frame", "ms", false},
	{"off_points", "off at most", "points", false},
	{"unreadable_percent", "unreadable", "%", false},
	{"samples", "samples", "", false},
	{"since_ms", "on screen", "ms", false},
	{"key_ms", "answer to a key", "ms", false},
	{"last_key_ms", "answer to the last key", "ms", false},
	{"draw_ms", "a frame", "ms", false},
	{"cpu_ms_per_s", "CPU", "ms/s", false},
	{"guard_cpu_ms_per_s", "CPU of the guard", "ms/s", true},
	{"bytes_per_s", "written to the terminal", "bytes/s", false},
	{"rest_mib", "RSS", "MiB", false},
	{"guard_rest_mib", "RSS of the guard", "MiB", true},
	{"cpu_s", "CPU, in all", "s", false},
	{"guard_cpu_s", "CPU of the guard, in all", "s", true},
	{"peak_mib", "peak RSS", "MiB", false},
	{"guard_peak_mib", "peak RSS of the guard", "MiB", true},
	{"missing", "lines missing", "", false},
	{"torn", "lines torn", "", true},
	{"again", "lines that came twice", "", true},
	{"disordered", "lines out of order", "", true},
}

// writePage writes the whole page.
func writePage(b *strings.Builder, s samples, f facts) {
	fmt.Fprintf(b, "# Performance\n\nMade by `bench/run`; do not edit. Commit %s, %s.\n", f.Commit, f.Date.Format("2006-01-02"))
	fmt.Fprintf(b, "Machine: %d cores, Linux %s, %s. Beside it: %s.\n", f.Cores, f.Kernel, f.Go, f.Peers)
	b.WriteString("\nAll repetitions of muster and its peers take turns in one run, so ratios can be trusted more than times.\n" +
		"A ratio is the median of the ratios of neighbours. CPU and RSS are muster's and its guard's, never those of the\nprocesses under test.\n")
	if f.Note != "" {
		fmt.Fprintf(b, "\n%s\n", f.Note)
	}
	writePromises(b, s)
	for _, sec := range sections {
		writeSection(b, s, sec)
	}
}

func writePromises(b *strings.Builder, s samples) {
	b.WriteString("\n## What is promised\n\n| promise | limit | measured | |\n|---|---|---|---|\n")
	for _, p := range promises() {
		figure, verdict := p.verdict(s)
		measured := "-"
		if verdict != "not measured" {
			measured = number(figure) + " " + p.unit
		}
		bound := "at most "
		if p.least {
			bound = "at least "
		}
		fmt.Fprintf(b, "| %s | %s%s %s | %s | %s |\n", cell(p.text), bound, strconv.FormatFloat(p.limit, 'g', -1, 64), p.unit, measured, verdict)
	}
}

func writeSection(b *strings.Builder, s samples, sec section) {
	begun := false
	for _, name := range s.cases {
		label, ok := strings.CutPrefix(name, sec.prefix)
		if !ok {
			continue
		}
		if !begun {
			fmt.Fprintf(b, "\n## %s\n\n%s\n\n| case | figure | median | repetitions |\n|---|---|---|---|\n", sec.title, sec.about)
			begun = true
		}
		for _, f := range figureNames {
			values := s.of(name, f.key)
			if len(values) == 0 || !shown(sec, f.key) || f.quiet && !slices.ContainsFunc(values, notZero) {
				continue
			}
			var all []string
			for _, v := range values {
				all = append(all, number(v))
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s |\n", cell(label), f.label, strings.TrimSpace(number(median(values))+" "+f.unit), strings.Join(all, " "))
			label = ""
		}
	}
}

// shown reports whether a figure says something in a section: not the wall
// time of a run that lasts as long as it is told to, nor its CPU time.
func shown(sec section, key string) bool {
	switch key {
	case "wall_s":
		return sec.prefix == "flood/" || sec.prefix == "python/" || sec.prefix == "spawn/" || sec.prefix == "start/" || sec.prefix == "pools/" || sec.prefix == "locks/" || sec.prefix == "crashes/" || sec.prefix == "sampling/"
	case "cpu_s", "guard_cpu_s":
		return sec.prefix == "sampling/" || sec.prefix == "flood/" || sec.prefix == "overhead/" || sec.prefix == "spawn/" || sec.prefix == "pools/" || sec.prefix == "crashes/"
	case "key_ms":
		return sec.prefix != "profile/" // there the last one counts
	case "last_key_ms":
		return sec.prefix == "profile/" || sec.prefix == "screen/"
	case "frame_ms":
		return sec.prefix == "start/" || sec.prefix == "attach/"
	}
	return true
}

func notZero(v float64) bool { return v != 0 }

// cell is a text that may stand in a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// number writes three significant digits, or all before the point.
func number(v float64) string {
	if v == 0 {
		return "0"
	}
	decimals := 2 - int(math.Floor(math.Log10(math.Abs(v))))
	return strconv.FormatFloat(v, 'f', min(max(decimals, 0), 4), 64)
}
