package theme_test

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"example.com/muster/procs"
	"example.com/muster/ui/theme"
)

var everyTerminal = []colorprofile.Profile{
	colorprofile.NoTTY, colorprofile.ASCII, colorprofile.ANSI, colorprofile.ANSI256, colorprofile.TrueColor,
}

func styles(t *theme.Theme) map[string]theme.Style {
	bad := &procs.Exit{Code: 1}
	m := map[string]theme.Style{
		"header": t.Header, "title": t.Title, "strong": t.Strong, "dim": t.Dim, "accent": t.Accent, "key": t.Key, "border": t.Border,
		"good": t.Good, "warning": t.Warning, "error": t.Error, "stderr": t.Stderr, "match": t.Match, "this match": t.ThisMatch,
		"mark": t.Mark, "selection": t.Selection, "spark": t.Spark, "picked": t.Picked, "more": t.More, "less": t.Less, "exited badly": t.State(procs.Exited, bad),
	}
	for _, s := range []procs.State{procs.Starting, procs.Running, procs.Stopping, procs.BackingOff, procs.Stopped, procs.Failed, procs.Exited} {
		m[string(s)] = t.State(s, nil)
	}
	for i := range t.Frames() {
		m["frame "+strconv.Itoa(i)] = t.Frame(i)
	}
	for i := range t.Writers() {
		m["writer "+strconv.Itoa(i)] = t.Writer(i)
	}
	return m
}

// named is a theme that exists.
func named(t *testing.T, name string, p colorprofile.Profile, dark bool) *theme.Theme {
	t.Helper()
	th, ok := theme.Named(name, p, dark)
	if !ok {
		t.Fatalf("there is no theme %q", name)
	}
	return th
}

func TestNames(t *testing.T) {
	if names := theme.Names(); len(names) != 3 || names[0] != theme.Default {
		t.Errorf("the themes are %q", names)
	}
	if th, ok := theme.Named("nightfall", colorprofile.TrueColor, true); ok || th != nil {
		t.Error("there is a theme of any name")
	}
}

func TestStylesAreNothingButSGR(t *testing.T) {
	re := regexp.MustCompile(`^(\x1b\[[0-9;]+m)?$`)
	for _, theme := range theme.Names() {
		for _, p := range everyTerminal {
			for _, dark := range []bool{true, false} {
				for name, st := range styles(named(t, theme, p, dark)) {
					if !re.MatchString(string(st)) {
						t.Errorf("%s %v dark=%v: %s is %q", theme, p, dark, name, st)
					}
					if p == colorprofile.NoTTY && st != "" {
						t.Errorf("%s is %q on a terminal without escape sequences", name, st)
					}
				}
			}
		}
	}
}

func TestNoColourMeansNoColour(t *testing.T) {
	colour := regexp.MustCompile(`[\[;](3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]`)
	for _, c := range []*theme.Theme{
		named(t, "default", colorprofile.ASCII, true), named(t, "colorblind", colorprofile.ASCII, false), named(t, "mono", colorprofile.TrueColor, true),
	} {
		for name, st := range styles(c) {
			if colour.MatchString(string(st)) {
				t.Errorf("%s is %q, which is a colour", name, st)
			}
		}
	}
}

func TestWritersAreDistinctAndStable(t *testing.T) {
	for _, name := range []string{"default", "colorblind"} {
		for _, p := range everyTerminal[2:] {
			for _, dark := range []bool{true, false} {
				th := named(t, name, p, dark)
				if th.Writers() < 12 {
					t.Errorf("%s %v dark=%v has %d writer colours, want 12 or more", name, p, dark, th.Writers())
				}
				seen := map[theme.Style]int{}
				for i := range th.Writers() {
					if j, ok := seen[th.Writer(i)]; ok {
						t.Errorf("%s %v dark=%v: writers %d and %d look the same", name, p, dark, i, j)
					}
					seen[th.Writer(i)] = i
				}
				if th.Writer(-3) == "" || th.Writer(th.Writers()+2) != th.Writer(2) {
					t.Errorf("%s %v dark=%v: Writer does not go round", name, p, dark)
				}
			}
		}
	}
}

// The contrast that WCAG 2.1, success criterion 1.4.3, asks for.
func TestContrast(t *testing.T) {
	backgrounds := map[bool][]float64{
		true:  {luminance(0, 0, 0), luminance(0x1c, 0x1c, 0x1c), luminance(0x28, 0x2c, 0x34)},
		false: {luminance(255, 255, 255), luminance(0xfa, 0xfa, 0xfa)},
	}
	fg, bg := regexp.MustCompile(`38;5;(\d+)`), regexp.MustCompile(`48;5;(\d+)`)
	for dark, grounds := range backgrounds {
		all := styles(named(t, "default", colorprofile.ANSI256, dark))
		for name, st := range styles(named(t, "colorblind", colorprofile.ANSI256, dark)) {
			all["colorblind "+name] = st
		}
		for name, st := range all {
			f, want := fg.FindStringSubmatch(string(st)), 4.5
			if plain := strings.TrimPrefix(name, "colorblind "); plain == "dim" || plain == "border" || plain == string(procs.Stopped) {
				want = 3
			}
			if f == nil {
				continue
			}
			under := grounds
			if b := bg.FindStringSubmatch(string(st)); b != nil {
				under = []float64{xterm(b[1])}
			}
			for _, g := range under {
				if c := contrast(xterm(f[1]), g); c < want {
					t.Errorf("dark=%v: %s (colour %s) has contrast %.1f, want %.1f", dark, name, f[1], c, want)
				}
			}
		}
	}
}

// The row under the cursor keeps the colours on it, and they can be read there too.
func TestContrastOfTheSelection(t *testing.T) {
	fg, bg := regexp.MustCompile(`38;5;(\d+)`), regexp.MustCompile(`48;5;(\d+)`)
	for _, name := range []string{"default", "colorblind"} {
		for _, dark := range []bool{true, false} {
			th := named(t, name, colorprofile.ANSI256, dark)
			on := xterm(bg.FindStringSubmatch(string(th.Selection))[1])
			for what, st := range styles(th) {
				ink := fg.FindStringSubmatch(string(st))
				if ink == nil || bg.MatchString(string(st)) || what == "border" || strings.HasPrefix(what, "writer") {
					continue // lines are no text, and who wrote a line stands there in words
				}
				want := 4.5
				if what == "dim" || what == string(procs.Stopped) || what == "spark" {
					want = 3
				}
				if c := contrast(xterm(ink[1]), on); c < want {
					t.Errorf("%s dark=%v: %s (%s) has contrast %.1f on the selection, want %.1f", name, dark, what, ink[1], c, want)
				}
			}
		}
	}
}

// What the header says in a style of its own is written on the header's background.
func TestContrastOfTheHeader(t *testing.T) {
	fg, bg := regexp.MustCompile(`38;5;(\d+)`), regexp.MustCompile(`48;5;(\d+)`)
	for _, name := range []string{"default", "colorblind"} {
		for _, dark := range []bool{true, false} {
			th := named(t, name, colorprofile.ANSI256, dark)
			on := xterm(bg.FindStringSubmatch(string(th.Header))[1])
			for what, st := range map[string]theme.Style{"accent": th.Accent, "warning": th.Warning, "error": th.Error} {
				if c := contrast(xterm(fg.FindStringSubmatch(string(st))[1]), on); c < 4.5 {
					t.Errorf("%s dark=%v: %s has contrast %.1f on the header, want 4.5", name, dark, what, c)
				}
			}
		}
	}
}

func xterm(s string) float64 {
	c := xtermRGB(s)
	return luminance(c[0], c[1], c[2])
}

// xtermRGB is one of xterm's colours from 16 on.
func xtermRGB(s string) [3]int {
	n, _ := strconv.Atoi(s)
	if n >= 232 {
		v := 8 + (n-232)*10
		return [3]int{v, v, v}
	}
	steps := []int{0, 95, 135, 175, 215, 255}
	n -= 16
	return [3]int{steps[n/36], steps[n/6%6], steps[n%6]}
}

// linear undoes the gamma of sRGB.
func linear(v int) float64 {
	c := float64(v) / 255
	if c <= 0.03928 {
		return c / 12.92
	}
	return math.Pow((c+0.055)/1.055, 2.4)
}

func luminance(r, g, b int) float64 {
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

func contrast(a, b float64) float64 { return (max(a, b) + 0.05) / (min(a, b) + 0.05) }

func TestOnEndsTheStyle(t *testing.T) {
	var b strings.Builder
	theme.Style("\x1b[1m").On(&b, "x")
	theme.Style("").On(&b, "y")
	if got, want := b.String(), "\x1b[1mx\x1b[my"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := theme.Style("").Paint("z"); got != "z" {
		t.Errorf("Paint without a style gives %q", got)
	}
}

func TestDetect(t *testing.T) {
	full := []string{"TERM=xterm-256color", "COLORTERM=truecolor"}
	for _, c := range []struct {
		name     string
		mode     string
		terminal bool
		environ  []string
		want     colorprofile.Profile
	}{
		{"a modern terminal", "auto", true, full, colorprofile.TrueColor},
		{"256 colours", "auto", true, full[:1], colorprofile.ANSI256},
		{"an old one", "auto", true, []string{"TERM=linux"}, colorprofile.ANSI},
		{"one without any", "auto", true, []string{"TERM=vt100"}, colorprofile.ASCII},
		{"the same in tmux", "auto", true, []string{"TERM=vt220", "TMUX=/tmp/tmux,1,0"}, colorprofile.ASCII},
		{"a monochrome xterm", "auto", true, []string{"TERM=xterm-mono"}, colorprofile.ASCII},
		{"one without any, forced", "always", true, []string{"TERM=vt100"}, colorprofile.ANSI},
		{"a pipe", "auto", false, full, colorprofile.NoTTY},
		{"a pipe, forced by the environment", "auto", false, append(full, "CLICOLOR_FORCE=1"), colorprofile.TrueColor},
		{"a pipe, forced by the flag", "always", false, full, colorprofile.TrueColor},
		{"forced without TERM", "always", false, nil, colorprofile.ANSI},
		{"NO_COLOR with any value", "auto", true, append(full, "NO_COLOR=yes please"), colorprofile.ASCII},
		{"NO_COLOR empty", "auto", true, append(full, "NO_COLOR="), colorprofile.TrueColor},
		{"the flag wins over NO_COLOR", "always", true, append(full, "NO_COLOR=1"), colorprofile.TrueColor},
		{"never", "never", true, full, colorprofile.ASCII},
		{"never into a pipe", "never", false, full, colorprofile.NoTTY},
		{"dumb", "auto", true, []string{"TERM=dumb"}, colorprofile.NoTTY},
		{"dumb and NO_COLOR", "auto", true, []string{"TERM=dumb", "NO_COLOR=1"}, colorprofile.NoTTY},
	} {
		if got := theme.Detect(c.mode, c.terminal, c.environ); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}
