package ui

import (
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
	"example.com/muster/ui/theme"
)

// sheet covers the screen with some lines to be read.
type sheet struct {
	theme *theme.Theme
	keys  *keys.Map
	title string
	text  []string
	lines []string // text, broken where it is too long
	w, h  int
	top   int // the first line in sight
}

func (s *sheet) Sync(port.Session, time.Time) {}

func (s *sheet) SetSize(w, h int) {
	s.w, s.h = w, h
	s.lines = nil
	for _, l := range s.text {
		s.lines = append(s.lines, broken(l, w-2)...)
	}
	s.top = max(0, min(s.top, len(s.lines)-s.room()))
}

// broken breaks a line that is too long between its words. One that is indented
// quotes a file, where what stands below what matters: it is cut when it is drawn.
func broken(line string, w int) []string {
	if strings.HasPrefix(line, " ") || w < 1 || draw.Width(line) <= w {
		return []string{line}
	}
	safe := draw.Sanitise([]byte(line), draw.Options{Width: draw.Width(line), Colours: draw.NoColours})
	return strings.Split(ansi.Wrap(safe, w, " "), "\n")
}

// Handle scrolls, and swallows every intent but Back: what is covered must not be acted on.
func (s *sheet) Handle(in keys.Intent) (tea.Cmd, bool) {
	if in.Verb == keys.Copy {
		return keys.Send(keys.CopyMsg{Text: s.copy(), What: draw.Plural(len(s.text), "line")}), true
	}
	s.top, _ = keys.Scroll(in, s.top, s.room(), len(s.lines))
	return nil, in.Verb != keys.Back
}

// copy is all of the text, with its title.
func (s *sheet) copy() string {
	var b strings.Builder
	for _, l := range append([]string{s.title}, s.text...) {
		b.WriteString(strings.TrimRight(draw.Plain([]byte(l), 0), " ") + "\n")
	}
	return b.String()
}

// room is how many lines there are below the title.
func (s *sheet) room() int { return max(1, s.h-2) }

func (s *sheet) Render() string {
	lines := []string{" " + s.theme.Title.Paint(plain(s.title, s.w-2)), ""}
	for _, l := range s.lines[min(s.top, len(s.lines)):] {
		lines = append(lines, " "+cut(l, s.w-2))
	}
	return draw.Lines(lines, s.w, s.h)
}

// cut fits a line into w cells. The end of a path, with a line's number and a function, says
// more than where it begins.
func cut(line string, w int) string {
	rest := strings.TrimLeft(line, " ")
	if !strings.HasPrefix(rest, "/") {
		return plain(line, w)
	}
	indent := line[:len(line)-len(rest)]
	return indent + draw.TruncateLeft(draw.Plain([]byte(rest), 0), max(1, w-len(indent)))
}

func (s *sheet) Help() []keys.Hint {
	hints := s.keys.Hints(keys.Processes, keys.Back, keys.Copy)
	if len(s.lines) > s.room() {
		hints = append(hints, s.keys.Hints(keys.Processes, keys.Down, keys.Up)...)
	}
	return hints
}

// cover shows a sheet over the screen.
func (m *root) cover(title string, lines []string) {
	s := &sheet{theme: m.opt.Theme, keys: m.opt.Keys, title: title, text: lines}
	s.SetSize(m.w, bodyHeight(m.h))
	m.over = s
}
