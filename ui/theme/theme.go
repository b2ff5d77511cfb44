// Package theme holds every colour of the screens. A [Theme] is made once by
// [Named] from what the terminal can show; its styles are ready-made escape
// sequences, so that a table of thousands of cells costs no more than writing
// them. Start at [Theme]; [Detect] says what a terminal can show.
//
// No state is told by colour alone: whoever uses a style also writes a word
// or a sign.
package theme

import (
	"strings"

	"github.com/charmbracelet/colorprofile"

	"example.com/muster/procs"
)

// Style is the escape sequence that starts a way of writing, such as
// "\x1b[1;31m". The empty style writes plainly.
type Style string

// Reset ends every style. It is also safe to write where none was started,
// but a terminal without escape sequences must not get it: use [Style.On].
const Reset = "\x1b[m"

// On writes s in this style and ends the style after it.
func (st Style) On(b *strings.Builder, s string) {
	if st == "" {
		b.WriteString(s)
		return
	}
	b.WriteString(string(st))
	b.WriteString(s)
	b.WriteString(Reset)
}

// Paint returns s in this style. In a loop over cells, [Style.On] is cheaper.
func (st Style) Paint(s string) string {
	if st == "" {
		return s
	}
	return string(st) + s + Reset
}

// And returns the style that has both: the attributes add up, and the colours
// of other win. Reverse video would make of each colour the ground of its word, and of
// what is dim something that nobody can read: there, only bold and underlined are added.
func (st Style) And(other Style) Style {
	if strings.HasPrefix(string(st), string(reversed)) {
		return st + other.emphasis()
	}
	return st + other
}

// emphasis is what of a style is bold or underlined.
func (st Style) emphasis() Style {
	var kept []string
	for _, p := range strings.Split(strings.TrimSuffix(strings.TrimPrefix(string(st), "\x1b["), "m"), ";") {
		if p == "38" || p == "48" {
			break // what follows names a colour
		}
		if p == "1" || p == "4" {
			kept = append(kept, p)
		}
	}
	return sgr(strings.Join(kept, ";"))
}

// Theme is the styles of one terminal. It is immutable once made.
type Theme struct {
	Profile colorprofile.Profile
	Dark    bool

	Header    Style // the top line
	Title     Style // a column head, the name of a pane
	Strong    Style // what matters in a line of text
	Dim       Style // what matters less: units, rules, muster's own words
	Accent    Style // where the eye should go: the focused pane, a prompt
	Key       Style // a key in a hint
	Border    Style // lines between panes
	Good      Style // ended well, ready
	Warning   Style
	Error     Style
	Stderr    Style // the sign of a line from standard error
	Match     Style // what a search found
	ThisMatch Style // the match that the cursor is on
	Mark      Style // a mark that the user set
	Selection Style // the row under the cursor; it keeps the colours on it
	Spark     Style
	Picked    Style // the selected frame of a flame graph
	More      Style // a frame in which more is spent than before
	Less      Style // one in which less is

	starting, running, stopping, backingOff, stopped, failed Style

	writers, frames []Style
}

// Default is the name of the theme that everybody gets who asks for none.
const Default = "default"

// Names lists the themes.
func Names() []string {
	names := make([]string, len(themes))
	for i, f := range themes {
		names[i] = f.name
	}
	return names
}

// New returns the default theme for a terminal that can show profile, on a dark
// or a light background. Terminals of 256 and of all colours get the same one.
func New(profile colorprofile.Profile, dark bool) *Theme {
	t, _ := Named(Default, profile, dark)
	return t
}

// Named returns a theme by its name, and false if there is none that is called so.
func Named(name string, profile colorprofile.Profile, dark bool) (*Theme, bool) {
	for _, f := range themes {
		if f.name == name {
			return f.theme(profile, dark), true
		}
	}
	return nil, false
}

// theme makes the theme of a family for a terminal.
func (f *family) theme(profile colorprofile.Profile, dark bool) *Theme {
	t := &Theme{Profile: profile, Dark: dark}
	switch {
	case profile <= colorprofile.NoTTY:
		return t
	case profile == colorprofile.ASCII:
		t.apply(attributes)
	case profile == colorprofile.ANSI && dark:
		t.apply(f.basicDark)
	case profile == colorprofile.ANSI:
		t.apply(f.basicLight)
	case dark:
		t.apply(f.fullDark)
	default:
		t.apply(f.fullLight)
	}
	return t
}

// Plain reports whether this terminal takes no escape sequences at all.
func (t *Theme) Plain() bool { return t.Profile <= colorprofile.NoTTY }

// Coloured reports whether this terminal shows colours.
func (t *Theme) Coloured() bool { return t.Profile >= colorprofile.ANSI }

// Reversed reports whether the row under the cursor is marked by reverse video.
func (t *Theme) Reversed() bool { return t.Selection == reversed }

// Blocks is the style for sparklines and bars on a ground. Reverse video would
// turn them inside out, so that little looks like much: there they stand on the
// terminal's own ground.
func (t *Theme) Blocks(ground Style) Style {
	if ground == reversed {
		return t.Spark
	}
	return ground.And(t.Spark)
}

const reversed Style = "\x1b[7m"

// State is the style for the word that names a slot's state; last is how its
// last run ended, or nil.
func (t *Theme) State(s procs.State, last *procs.Exit) Style {
	switch s {
	case procs.Starting:
		return t.starting
	case procs.Running:
		return t.running
	case procs.Stopping:
		return t.stopping
	case procs.BackingOff:
		return t.backingOff
	case procs.Failed:
		return t.failed
	case procs.Exited:
		if last != nil && !last.OK() {
			return t.Error
		}
		return t.Good
	}
	return t.stopped
}

// Frames is how many modules [Theme.Frame] tells apart by colour, 0 on a
// terminal without colours.
func (t *Theme) Frames() int { return len(t.frames) }

// Frame is the style for the frames of the nth module of a flame graph.
func (t *Theme) Frame(n int) Style { return nth(t.frames, n) }

// Writer is the style for the nth writer of output. It is stable: the same
// number always has the same colour.
func (t *Theme) Writer(n int) Style { return nth(t.writers, n) }

// nth goes round a list of styles; it is none if the list is empty.
func nth(list []Style, n int) Style {
	if len(list) == 0 {
		return ""
	}
	if n %= len(list); n < 0 {
		n += len(list)
	}
	return list[n]
}
