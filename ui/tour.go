package ui

import (
	"strconv"
	"strings"

	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/theme"
)

// tour shows a newcomer around: a small box tells a key to press, and the next
// thing once that has been pressed. The zero tour is none.
type tour struct {
	step int // from 1; 0 if there is no tour
}

// stop is a step of the tour.
type stop struct {
	tells string
	press string                    // what to press, and what that does
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
	return []stop{
		{"Each row is a process. Those that hang below it are what it has started.", "Press " + key(keys.Down) + " for the next row", does(keys.Down)},
		{"What the selected one prints is in the lower part, where there is room for it.", "Press " + key(keys.Open) + " for all of its output", does(keys.Open)},
		{"Some of these processes wait for each other. Muster says who waits for whom.", "Press " + k.KeyTo(keys.Locks) + " for the locks", opens(keys.Locks)},
		{"Others have crashed. Each bad end is kept: the reason, the line, the last words.", "Press " + k.KeyTo(keys.Crashes) + " for the crashes", opens(keys.Crashes)},
		{
			key(keys.Type) + " types into a process that asks, such as prompt/0. " + key(keys.Help) + " shows all keys, " + key(keys.Palette) + " finds anything by its name.",
			"Press " + key(keys.Capture) + " to profile, or " + key(keys.Quit) + " to leave", does(keys.Capture, keys.Quit, keys.Abort),
		},
	}
}

// saw goes on if the intent is what the step waits for.
func (t *tour) saw(k *keys.Map, in keys.Intent) {
	if t.step == 0 {
		return
	}
	all := stops(k)
	if all[t.step-1].done(in) {
		t.step = (t.step + 1) % (len(all) + 1)
	}
}

// tourWidth is how wide the box is, with its border.
const tourWidth = 46

// over draws the box into the lower right corner of a body of w cells.
func (t *tour) over(body []string, th *theme.Theme, k *keys.Map, w int) []string {
	if t.step == 0 {
		return body
	}
	all := stops(k)
	s := all[t.step-1]
	bw := min(w, tourWidth)
	inner := max(1, bw-4)
	head := " tour " + strconv.Itoa(t.step) + " of " + strconv.Itoa(len(all)) + " "
	tail := " Esc ends it "
	line := max(0, bw-2-draw.Width(head)-draw.Width(tail)-1)
	side := th.Border.Paint("│")
	box := []string{th.Border.Paint("╭─") + th.Title.Paint(head) + th.Border.Paint(strings.Repeat("─", max(0, line-1))) + th.Dim.Paint(tail) + th.Border.Paint("─╮")}
	for _, l := range draw.Words(s.tells, inner) {
		box = append(box, side+" "+draw.Pad(l, inner)+" "+side)
	}
	for _, l := range draw.Words(s.press, inner) {
		box = append(box, side+" "+th.Accent.Paint(draw.Pad(l, inner))+" "+side)
	}
	box = append(box, th.Border.Paint("╰"+strings.Repeat("─", max(0, bw-2))+"╯"))
	return draw.Over(body, box, w-bw, max(0, len(body)-len(box)), bw)
}

// endTour is the answer to Esc.
func (m *root) endTour() {
	m.tour.step = 0
	m.notice = keys.SayMsg{Text: "muster demo --tour shows the tour again"}
}
