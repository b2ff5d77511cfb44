package main

import (
	"regexp"
	"strings"
	"testing"
)

// picture draws lines as a terminal shows them; "<r>" and "</>" stand for red and its end.
func picture(lines string) string {
	lines = strings.NewReplacer("<r>", "\x1b[31m", "<b>", "\x1b[44m", "</>", "\x1b[m").Replace(lines)
	return drawSVG(parseFrame(lines), size{40, 4}, "made")
}

// TestWhatMayVary: two pictures say the same if they differ in nothing but what a living program
// must vary in.
func TestWhatMayVary(t *testing.T) {
	teller := varying{masks: crashScene("", "").varying.masks}
	for _, c := range []struct {
		name, old, now string
		v              varying
	}{
		{name: "nothing differs", old: "a <r>b</> c", now: "a <r>b</> c"},
		{name: "a pid in a sentence, and what follows it", old: "heir (pid 9837), it has ended", now: "heir (pid 123456), it has ended"},
		{name: "a pid in a column", old: "a/0   9837 ● running", now: "a/0  12345 ● running"},
		{name: "no pid yet", old: "NAME  CPU  MEM\na/0   10%  17 MiB", now: "NAME  CPU  MEM\na/0     -  17 MiB"},
		{name: "clock and date", old: "when 2026-11-26 03:16:04.866", now: "when 2027-01-01 13:00:00.000"},
		{name: "durations", old: "held for 274 ms, waits 9s", now: "held for 1.2 s, waits 1:09"},
		{name: "a figure's colour", old: "CPU  <r>90%</>  on", now: "CPU   0%  on"},
		{name: "sizes", old: "MEM 760 MiB  0:00:32", now: "MEM 1.2 GiB  0:01:32"},
		{name: "a curve grows", old: "5% ▁▁█     17 MiB", now: "5% ▁▁▁▁▁▁▁ 17 MiB"},
		{name: "addresses", old: "f(0xc3d8481c180?, 0x1)", now: "f(0x7f47f41c1c28?, 0x40)"},
		{name: "a line of Go", old: "main.go:149 main.deadlock", now: "main.go:50 main.deadlock"},
		{name: "what is set to the right", old: strings.Repeat(" ", 12) + "4 processes  MEM 98 MiB", now: strings.Repeat(" ", 11) + "4 processes  MEM 103 MiB"},
		{name: "cut elsewhere", old: "pid 9837  in example.com/muster/procs/d…", now: "pid 12345  in example.com/muster/procs/…"},
		{name: "wrapped elsewhere", old: "after it had run for 36ms\nin all", now: "after it had run for\n690ms in all"},
		{
			name: "a word that comes and goes, before what is set to the right", old: "        5 processes  CPU 0%  0:00:09", now: "5 processes  CPU 0%  1 busy  0:00:09",
			v: varying{masks: []mask{{name: "busy", what: regexp.MustCompile(`\d busy`), absent: true}}},
		},
		{name: "a line more for it", old: "x after it had run for 4ms\npid 12\nend", now: "x after it had run for\n20ms\npid 12\nend"},
		{name: "a line less for it", old: "x after it had run for\n20ms\npid 12\nend", now: "x after it had run for 4ms\npid 12\nend"},
		{name: "a line more above what is set to the bottom", old: "x for 4ms\na\nb\n… 21 rows more", now: "x for\n20ms\na\n… 22 rows more"},
		{name: "parts beside each other", old: "left  │ pid 12, in run 1\nx     │ y", now: "left  │ pid 12345, in run 1\nx     │ y"},
		{name: "the scene's own", old: "ForkPoolWorker-1 ended", now: "ForkPoolWorker-2 ended", v: teller},
		{name: "what a process prints", old: "NAME  LAST LINE\na/0   <r>one</>", now: "NAME  LAST LINE\na/0   two", v: varying{prints: "LAST LINE"}},
		{name: "widths in a flame graph", old: "[flame]\n▶all\n<b>▏main.work                          </><r>▏x</>", now: "[flame]\n▶all\n<b>▏main.work                    </><r>▏xx</>", v: varying{flame: true}},
		{name: "rows of a flame graph in sight", old: "[flame]\n<b>▏all                  </>\n<b>▶main.work            </>\n<b>▏main.rest            </>", now: "[flame]\n<b>▶main.work            </>\n<b>▏main.rest            </>", v: varying{flame: true}},
		{name: "a chart and what is behind it", old: "CPU  ▁▁█  max 5%", now: "CPU  ▁▁█▁▁  max 17%"},
		{name: "arguments of a trace, cut anywhere", old: "!f({0x3, 0x1212080}, 0x\n! 7333b})", now: "!f({0x13, 0x12080}, 0x7\n!ae3b, {0x1, 0xe}})"},
		{name: "a share that is cut", old: "profile  26.6…", now: "profile  27.8…"},
		{name: "functions that chance saw", old: "  FLAT  %  FUNCTION\n› 2s  44.6%  a\n  1ms  0.1%  b", now: "  FLAT  %  FUNCTION\n› 3s  50.0%  a\n  1ms  0.1%  c", v: varying{functions: "FLAT"}},
	} {
		differ, err := compareSVG(picture(c.old), picture(c.now), c.v)
		if err != nil || len(differ) > 0 {
			t.Errorf("%s: they differ: %v %v", c.name, differ, err)
		}
	}
}

// TestWhatMustNotVary: labels, states, colours, columns, keys and messages are compared.
func TestWhatMustNotVary(t *testing.T) {
	for _, c := range []struct {
		name, old, now, want string
		v                    varying
	}{
		{name: "a label", old: "CPU  10%", now: "Cpu  10%", want: "  line 1\n  - CPU  10%\n  + Cpu  10%"},
		{name: "a colour", old: "x\na <r>deadlock</>", now: "x\na deadlock", want: "colour of \"deadlock\": #d4d7dd on #1b1d23, was #e06c75 on #1b1d23"},
		{name: "a background", old: "a <b>b</>", now: "a b", want: "colour of \"b\""},
		{name: "bold", old: "a \x1b[1mb</>", now: "a b", want: "was #d4d7dd on #1b1d23 bold"},
		{name: "the colour of a pid", old: "(pid <r>12</>)", now: "(pid 12)", want: "line 1"},
		{name: "a state", old: "a/0  12 ● running", now: "a/0  12 ◐ starting", want: "line 1"},
		{name: "a column moves", old: "NAME  CPU  MEM", now: "NAME   CPU  MEM", want: "line 1"},
		{name: "a column within moves", old: "NAME  CPU   MEM", now: "NAME   CPU  MEM", want: "line 1"},
		{name: "a column goes", old: "NAME  CPU  MEM", now: "NAME       MEM", want: "line 1"},
		{name: "a count with its word", old: "17 crashed", now: "18 crashed", want: "line 1"},
		{name: "how often", old: "panic ×5", now: "panic ×6", want: "line 1"},
		{name: "a key", old: "x stop  r restart", now: "k stop  r restart", want: "line 1"},
		{name: "a message", old: "deadlock of 2 processes", now: "", want: "line 1"},
		{name: "a row more", old: "a\nb\nc", now: "a\nx\nb\nc", want: "line 2"},
		{name: "a line goes", old: "x for 4ms\na\nb", now: "x for 4ms\nb", want: "line 2"},
		{name: "a word goes after a line more", old: "x for 4ms\na\nb c", now: "x for\n20ms\na\nb", want: "line 3"},
		{name: "a unit is missing", old: "for 10s now", now: "for 10 now", want: "line 1"},
		{name: "another unit", old: "a/0   10%  17 MiB", now: "a/0  17 MiB   10%", want: "line 1"},
		{name: "a figure goes", old: "a/0   10%  17 MiB", now: "a/0        17 MiB", want: "line 1"},
		{name: "a setting", old: "for ‹ 10 s ›", now: "for ‹ 30 s ›", want: "line 1"},
		{name: "a name with a number", old: "cpu/0 runs", now: "cpu/1 runs", want: "line 1"},
		{name: "the end of what was cut", old: "pid 9837  in example.com/muster/procs/d…", now: "pid 12345  in example.org/muster/procs/…", want: "line 1"},
		{name: "another worker elsewhere", old: "ForkPoolWorker-1", now: "ForkPoolWorker-2", want: "line 1"},
		{name: "text below what a process prints", old: "LAST LINE\none\n───\nkeys", now: "LAST LINE\none\n───\nkeyz", v: varying{prints: "LAST LINE"}, want: "line 4"},
		{name: "a large box of a flame graph", old: "[flame]\n▶all\n<b>▏main.work              </>", now: "[flame]\n▶all\n<b>▏main.rest              </>", v: varying{flame: true}, want: "line 3"},
		{name: "the colour of a box", old: "[flame]\n▶all\n<b>▏main.work              </>\n<b>▏main.rest              </>", now: "[flame]\n▶all\n<b>▏main.work              </>\n\x1b[45m▏main.rest              </>", v: varying{flame: true}, want: "line 4"},
		{name: "a large function", old: "  FLAT  %  FUNCTION\n› 2s  44.6%  a", now: "  FLAT  %  FUNCTION\n› 2s  44.6%  b", v: varying{functions: "FLAT"}, want: "line 2"},
	} {
		differ, err := compareSVG(picture(c.old), picture(c.now), c.v)
		if err != nil || len(differ) == 0 {
			t.Errorf("%s: nothing differs: %v", c.name, err)
			continue
		}
		if got := differ[0].String(); !strings.Contains(got, c.want) {
			t.Errorf("%s: it lacks %q:\n%s", c.name, c.want, got)
		}
	}
	other := strings.Replace(picture("a"), "made", "made otherwise", 1)
	if differ, err := compareSVG(picture("a"), other, varying{}); err != nil || len(differ) != 1 {
		t.Errorf("how it is made may differ: %v %v", differ, err)
	}
}

// TestReadSVG: what was drawn is read back, cell by cell.
func TestReadSVG(t *testing.T) {
	c, err := readSVG(picture(" a  <r>b</>\n\n<b>  │x</>"))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.rows) != 4 || len(c.rows[0]) != 40 || c.how != "made" {
		t.Fatalf("it has %d rows of %d, %q", len(c.rows), len(c.rows[0]), c.how)
	}
	for y, want := range []string{" a  b", "", "  │x", ""} {
		if got := c.rows[y].String(); got != want {
			t.Errorf("row %d is %q, not %q", y, got, want)
		}
	}
	if b := c.rows[0][4]; b.fg != basic[1] || b.bg != background {
		t.Errorf("b is %v", b)
	}
	if x := c.rows[2][0]; x.bg != basic[4] || c.rows[2][4].bg != background {
		t.Errorf("the background is %v", x)
	}
}
