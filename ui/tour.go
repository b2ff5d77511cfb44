package ui

import (
	"strconv"
	"strings"

	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/theme"
)

// tour shows a newcomer around: a small box tells a key to press, and the next
// thing once that has been pressed. A step waits until a screen is in front on which
// there is what it tells of. The zero tour is none.
type tour struct {
	step int // from 1; 0 if there is no tour
}

// stop is a step of the tour.
type stop struct {
	tells string
	press string                    // what to press, and what that does
	on    func(keys.Screen) bool    // the screens that it is for
	done  func(in keys.Intent) bool // the step is over
}

// stops are the steps, with the keys that lead on.
func stops(k *keys.Map) []stop {
	key := func(v keys.Verb) string { return k.Key(keys.Processes, v) }
	does := func(verbs ...keys.Verb) func(keys.Intent) bool {
		return func(in keys.Intent) bool {
			for _, v := range verbs {
				if in.Verb == v {
					return true
				}
			}
			return false
		}
	}
	opens := func(s keys.Screen) func(keys.Intent) bool {
		return func(in keys.Intent) bool { return in.Verb == keys.GoTo && in.N == int(s) }
	}
	rows := func(s keys.Screen) bool { return s == keys.Processes }
	but := func(not keys.Screen) func(keys.Screen) bool { return func(s keys.Screen) bool { return s != not } }
	return []stop{
		{"Each row is a process. Those that hang below it are what it has started.", key(keys.Down) + " for the next row", rows, does(keys.Down)},
		{"What the selected one prints is in the other part of the screen.", key(keys.Open) + " for all of its output", rows, does(keys.Open)},
		{"Some of the processes wait for each other. Muster says who waits for whom.", k.KeyTo(keys.Locks) + " for the locks", but(keys.Locks), opens(keys.Locks)},
		{"Others have crashed. Each bad end is kept: the reason, the line, the last words.", k.KeyTo(keys.Crashes) + " for the crashes", but(keys.Crashes), opens(keys.Crashes)},
		{
			key(keys.Type) + " types into a process that asks, such as prompt/0. " + key(keys.Help) + " shows all keys, " + key(keys.Palette) + " finds anything by its name.",
			key(keys.Capture) + " to profile, or " + key(keys.Quit) + " to leave", func(keys.Screen) bool { return true }, does(keys.Capture, keys.Quit, keys.Abort),
		},
	}
}

// touring reports whether a step of the tour is shown: it is for the screen in front, which
// nothing covers.
func (m *root) touring() bool {
	return m.tour.step > 0 && m.over == nil && stops(m.opt.Keys)[m.tour.step-1].on(m.at)
}

// saw goes on if the intent is what the step waits for.
func (t *tour) saw(k *keys.Map, in keys.Intent) {
	all := stops(k)
	if all[t.step-1].done(in) {
		t.step = (t.step + 1) % (len(all) + 1)
	}
}

const (
	// tourWidth is how wide the box is, with its border.
	tourWidth = 46
	// A body of fewer lines or cells has two lines at the most for the tour, which tell the key alone.
	tourLines, tourCells = 14, 60
)

// over draws the box into the lower right corner of a body of w cells.
func (t *tour) over(body []string, th *theme.Theme, k *keys.Map, w int) []string {
	all := stops(k)
	s, number := all[t.step-1], "tour "+strconv.Itoa(t.step)+" of "+strconv.Itoa(len(all))
	const ends = "Esc ends it"
	if len(body) < tourLines || w < tourCells {
		return tourBelow(body, th, number+": press "+s.press+"; "+ends, w)
	}
	bw := min(w, tourWidth)
	inner := max(1, bw-4)
	head, tail := " "+number+" ", " "+ends+" "
	line := max(0, bw-2-draw.Width(head)-draw.Width(tail)-1)
	side := th.Border.Paint("│")
	box := []string{th.Border.Paint("╭─") + th.Title.Paint(head) + th.Border.Paint(strings.Repeat("─", max(0, line-1))) + th.Dim.Paint(tail) + th.Border.Paint("─╮")}
	for _, l := range draw.Words(s.tells, inner) {
		box = append(box, side+" "+draw.Pad(l, inner)+" "+side)
	}
	for _, l := range draw.Words("Press "+s.press, inner) {
		box = append(box, side+" "+th.Accent.Paint(draw.Pad(l, inner))+" "+side)
	}
	box = append(box, th.Border.Paint("╰"+strings.Repeat("─", max(0, bw-2))+"╯"))
	return draw.Over(body, box, w-bw, max(0, len(body)-len(box)), bw)
}

// tourBelow writes a step over the last lines of a body that has no room for a box.
func tourBelow(body []string, th *theme.Theme, text string, w int) []string {
	words := draw.Words(text, max(1, w-2))
	if len(words) > 2 {
		words = []string{words[0], draw.Truncate(strings.Join(words[1:], " "), max(1, w-2))}
	}
	var box []string
	for _, l := range words {
		box = append(box, " "+th.Accent.Paint(draw.Truncate(l, max(1, w-1))))
	}
	return draw.Over(body, box, 0, max(0, len(body)-len(box)), w)
}

// endTour is the answer to Esc.
func (m *root) endTour() {
	m.tour.step = 0
	m.notice = keys.SayMsg{Text: "muster demo --tour shows the tour again"}
}
