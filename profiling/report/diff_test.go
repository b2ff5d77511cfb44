package report

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/pprof/profile"
)

// changes writes the rows of a difference as "function flat cum".
func changes(d *Difference) (lines []string) {
	for _, r := range d.Rows {
		lines = append(lines, fmt.Sprintf("%s %+d %+d", r.Frame, r.Flat.Delta(), r.Cum.Delta()))
	}
	return lines
}

func diff(t *testing.T, a, b *profile.Profile, o DiffOptions) *Difference {
	t.Helper()
	d, err := Diff(New(a), New(b), o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDiff(t *testing.T) {
	a := folded(t, "main;work;step 50\nmain;load;loads 10\nmain;gone 20\nmain;same@a.py:1 20\n")
	b := folded(t, "main;load;loads 60\nmain;work;step 100\nmain;new 20\nmain;same@b.py:1 20\n")
	d := diff(t, a, b, DiffOptions{})
	check(t, changes(d), []string{"loads +50 +50", "step +50 +50", "gone -20 -20", "new +20 +20", "load +0 +50", "main +0 +100", "work +0 +50"})
	check(t, d.Total, Change{100, 200})
	check(t, d.Rows[0].Cum, Change{10, 60})
	n := d.Tree.child(Frame{Function: "main"})
	check(t, n.Change.Total, Change{100, 200})
	var names []string
	for _, c := range n.Children {
		names = append(names, fmt.Sprintf("%s %d %+d", c.Frame, c.Total, c.Change.Total.Delta()))
	}
	check(t, names, []string{"work 100 +50", "load 60 +50", "gone 20 -20", "new 20 +20", "same 20 +0"})
	// As shares, twice as much of everything is no difference.
	d = diff(t, a, b, DiffOptions{Normalize: true})
	check(t, changes(d), []string{"gone -20 -20", "loads +20 +20", "new +10 +10", "same -10 -10", "load +0 +20"})
	check(t, d.Total, Change{100, 100})
	if d.Scale != 0.5 {
		t.Errorf("the second is multiplied by %v", d.Scale)
	}
	if cells := Flame(d.Tree, nil); len(cells) != 9 {
		t.Errorf("%d cells are drawn", len(cells))
	}
}

// TestDiffNoise: what sampling alone makes is told from what has changed.
func TestDiffNoise(t *testing.T) {
	a := folded(t, "main;work 500\nmain;load 100\nmain;rare 3\n")
	b := folded(t, "main;work 520\nmain;load 200\nmain;rare 1\n")
	noise := func(o DiffOptions) (names []string) {
		for _, r := range diff(t, a, b, o).Rows {
			if r.Noise {
				names = append(names, r.Frame.Function)
			}
		}
		return names
	}
	check(t, noise(DiffOptions{Options: Options{Value: 1}}), []string{"work", "rare", "main"})
	check(t, noise(DiffOptions{Normalize: true}), []string{"rare"})
	a.SampleType[0].Type = "objects" // are counted, and not looked at
	check(t, noise(DiffOptions{Options: Options{Value: 1}}), nil)
}

// TestDiffNoiseOfFlat: time that moved from a function to what it calls is no
// noise, though the function has as much with what it calls.
func TestDiffNoiseOfFlat(t *testing.T) {
	d := diff(t, folded(t, "main;work 500\nmain;work;load 10\n"), folded(t, "main;work 100\nmain;work;load 410\n"), DiffOptions{})
	var signs strings.Builder
	for _, r := range d.Rows {
		fmt.Fprintf(&signs, "%s%c ", r.Frame, r.Sign())
	}
	check(t, signs.String(), "load+ work- ")
}

func TestDiffText(t *testing.T) {
	d := diff(t, folded(t, "main;work 500\nmain;load 10\nmain;gone 40\n"), folded(t, "main;work 520\nmain;load 900\nmain;n\x07w 30\n"), DiffOptions{Options: Options{Value: 1}})
	text := written(t, func(w io.Writer) error {
		return WriteDiff(w, d, ByFunction, 4, func(s Sign, line string) string { return line + "<" + string(rune(s)) + ">" })
	})
	check(t, text, `cpu, 5.50s before, 14.50s after
        flat     before      after  change        cum
+     +8.90s      0.10s         9s     x90     +8.90s  load<+>
-     -0.40s      0.40s          0    gone     -0.40s  gone<->
+     +0.30s          0      0.30s     new     +0.30s  n\x07w<+>
~     +0.20s         5s      5.20s     +4%     +0.20s  work<~>
1 more
~ is no more than sampling alone may make, of 3.29 standard errors
`)
	same := diff(t, folded(t, "main 1\n"), folded(t, "main 1\n"), DiffOptions{})
	check(t, written(t, func(w io.Writer) error { return WriteDiff(w, same, ByFunction, 0, nil) }), `samples, 1 before, 1 after
        flat     before      after  change        cum
no difference
`)
}

func TestDiffUnlike(t *testing.T) {
	a, b := folded(t, "main;work 5\n"), folded(t, "main;work 7\n")
	b.SampleType[1].Unit = "microseconds"
	check(t, changes(diff(t, a, b, DiffOptions{Options: Options{Value: 1}})), []string{"work +69950000000 +69950000000", "main +0 +69950000000"})
	for _, c := range []struct {
		change func(p *profile.Profile)
		want   string
	}{
		{func(p *profile.Profile) { p.SampleType[1].Unit = "bytes" }, "the first counts cpu in nanoseconds, the second in bytes"},
		{func(p *profile.Profile) { p.SampleType[1].Type = "space" }, "the second profile does not count cpu"},
		{func(p *profile.Profile) { p.Sample = nil }, "the second profile has no samples to normalise"},
	} {
		b := folded(t, "main;work 7\n")
		c.change(b)
		if _, err := Diff(New(a), New(b), DiffOptions{Options{Value: 1}, true}); err == nil || err.Error() != c.want {
			t.Errorf("it is said: %v; wanted: %s", err, c.want)
		}
	}
	if _, err := Diff(New(&profile.Profile{}), New(b), DiffOptions{}); err == nil {
		t.Error("nothing was compared with something")
	}
}

// TestDiffAsPprof compares each figure with those of go tool pprof -diff_base.
func TestDiffAsPprof(t *testing.T) {
	before, err := profile.ParseData(realProfiles()["cpu"])
	if err != nil {
		t.Fatal(err)
	}
	after := before.Copy() // every stack has another value, and some are gone
	for i, s := range after.Sample {
		s.Value[0] = s.Value[0]*int64(i%5) + 1
		s.Value[1] = s.Value[0] * 10e6
	}
	after.Sample = after.Sample[len(after.Sample)/10:]
	before.Sample = before.Sample[:len(before.Sample)*9/10]
	dir := t.TempDir()
	a, b := filepath.Join(dir, "before"), filepath.Join(dir, "after")
	for name, p := range map[string]*profile.Profile{a: before, b: after} {
		if err := os.WriteFile(name, encoded(t, p), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		flags []string
		o     DiffOptions
	}{
		{nil, DiffOptions{Options: Options{Value: 1}}},
		{[]string{"-normalize"}, DiffOptions{Options{Value: 1}, true}},
		{[]string{"-normalize", "-lines", "-focus=regexp"}, DiffOptions{Options{Value: 1, By: ByLine, Focus: regexp.MustCompile("regexp")}, true}},
	} {
		args := append([]string{"-top", "-nodefraction=0", "-edgefraction=0", "-unit=ns", "-diff_base=" + a}, c.flags...)
		d := diff(t, before, after, c.o)
		var lines []string
		sum := int64(0)
		in := func(v int64) string {
			if v == 0 {
				return "0"
			}
			return strconv.FormatInt(v, 10) + "ns"
		}
		of := func(v int64) string { return percent(share(v, d.Total.Before)) }
		for _, r := range d.Rows {
			flat, cum := r.Flat.Delta(), r.Cum.Delta()
			sum += flat
			lines = append(lines, strings.Join([]string{in(flat), of(flat), of(sum), in(cum), of(cum), r.Frame.text(c.o.By)}, " "))
		}
		check(t, lines, figures(goPprof(t, append(args, b)...)))
	}
}
