package profile

import (
	"strings"

	"example.com/muster/session"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/theme"
)

// chosen is the capture under the cursor of the history, whose newest is first;
// nil if there is none.
func (s *Screen) chosen() *session.Profiled {
	if s.history.at >= len(s.captures) || len(s.captures) == 0 {
		return nil
	}
	return s.captures[len(s.captures)-1-s.history.at]
}

// historyLines draw the captures, and what is known of the one under the cursor.
func (s *Screen) historyLines(h int) []string {
	if len(s.captures) == 0 {
		return s.words("No profile has been taken in this session. " + s.key(keys.Capture) + " and then " + s.key(keys.Open) + " takes one; so does muster profile.")
	}
	facts := s.facts(s.chosen(), max(0, min(h/2, h-4)))
	head := "      TAKEN     KIND           TOOK  SAMPLES  OF"
	if s.w < narrow {
		head = "      KIND          OF"
	}
	lines := []string{s.theme.Title.Paint(draw.Pad(head, s.w))}
	from, to := s.history.window(h - 1 - len(facts))
	for i := from; i < to; i++ {
		lines = append(lines, s.historyRow(s.captures[len(s.captures)-1-i], i == s.history.at))
	}
	for len(lines) < h-len(facts) {
		lines = append(lines, "")
	}
	return append(lines, facts...)
}

// narrow is the width below which tables leave out what matters less.
const narrow = 60

func (s *Screen) historyRow(c *session.Profiled, selected bool) string {
	var b strings.Builder
	base, sign := s.theme.Selection, "›"
	if !selected {
		base, sign = "", " "
	}
	if c.Seq == s.opened.want {
		sign = "▶"
	}
	took, samples, style := draw.Took(c.Took), draw.Count(c.Samples), theme.Style("")
	switch c.State {
	case session.ProfileRunning:
		took, samples, style = draw.Age(c.Progress.Done), draw.Count(c.Progress.Samples), s.theme.Accent
	case session.ProfileFailed:
		style = s.theme.Error
	case session.ProfileCancelled:
		style = s.theme.Dim
	}
	if c.Samples == 0 && c.State == session.ProfileDone {
		samples = draw.NotKnown
	}
	figures := sign + draw.Pad(c.ID(), 4) + " " + c.StartedAt.Local().Format("15:04:05") + "  " + draw.Pad(string(c.Request.Kind), 13) +
		draw.PadLeft(took, 6) + draw.PadLeft(samples, 9) + "  "
	if s.w < narrow {
		figures = sign + draw.Pad(c.ID(), 4) + " " + draw.Pad(string(c.Request.Kind), 13) + " "
	}
	text := whom(c)
	if c.State != session.ProfileDone {
		text += " (" + string(c.State) + ")"
	}
	if c.Trigger != "" {
		text += " (" + plain(c.Trigger) + ")"
	}
	base.And(style).On(&b, draw.Truncate(figures+text, s.w))
	return b.String()
}

// facts tell of a capture: where it lies, and what could not be seen.
func (s *Screen) facts(c *session.Profiled, h int) []string {
	if c == nil || h < 2 {
		return nil
	}
	lines := []string{""}
	say := func(style theme.Style, text string) {
		for _, l := range draw.Words(text, max(1, s.w-3)) {
			lines = append(lines, " "+style.Paint(l))
		}
	}
	if c.Note != "" {
		say(s.theme.Warning, plain(c.Note))
	}
	if c.File != "" {
		lines = append(lines, " "+draw.TruncateLeft(plain(c.File), s.w-2))
	}
	for _, name := range c.Beside {
		lines = append(lines, " "+draw.TruncateLeft(plain(name), s.w-2))
	}
	for _, v := range c.Coverage {
		if v.OK {
			say(s.theme.Dim, v.Source+": "+plain(v.Note))
		} else {
			say(s.theme.Warning, v.Source+": "+plain(v.Note))
		}
	}
	return lines[:min(len(lines), h)]
}
