package output

import (
	"example.com/muster/procs"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
)

// pictureMargin is the cells at the left of a picture, as of lines.
const pictureMargin = 2

// Looks returns the slot whose terminal is to be shown instead of lines, and in which size:
// its program is on the alternate screen, so that its lines are none. Whoever reads, filters or
// searches the lines sees those.
func (s *Screen) Looks() (id procs.ID, cols, rows int, ok bool) {
	if s.snap == nil || s.h < 2 || !s.window.follow || s.filter.typed != "" || s.search.typed != "" {
		return id, 0, 0, false
	}
	slot := s.only()
	if slot == nil || !slot.FullScreen {
		return id, 0, 0, false
	}
	return slot.ID, max(1, s.w-pictureMargin), s.bodyHeight(), true
}

// only is the slot whose lines, and no others, are shown; nil if there are several.
func (s *Screen) only() *procs.Slot {
	if s.source == (procs.Source{}) && len(s.snap.Pools) == 1 && len(s.snap.Pools[0].Slots) == 1 {
		return &s.snap.Pools[0].Slots[0]
	}
	if !s.source.OneSlot || s.source.PID != 0 {
		return nil
	}
	return s.snap.Slot(slotOf(s.source))
}

// SetPicture brings what the terminal shows that Looks asks for; nil if that is not known yet.
func (s *Screen) SetPicture(lines []string) { s.picture = lines }

// pictured is the body while a full-screen program is looked at. Its rows are no lines.
func (s *Screen) pictured(h int) []string {
	s.rows.lines, s.rows.shown = s.rows.lines[:0], s.rows.shown[:0]
	if s.picture == nil {
		return []string{draw.Spaces(pictureMargin) + s.theme.Dim.Paint(draw.Truncate("a full-screen program: "+s.keys.Key(keys.Output, keys.Type)+" shows it", max(0, s.w-pictureMargin)))}
	}
	var out []string
	for _, line := range s.picture[:min(h, len(s.picture))] {
		out = append(out, draw.Truncate(draw.Spaces(pictureMargin)+line, s.w))
	}
	return out
}
