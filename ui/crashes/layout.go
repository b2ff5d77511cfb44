package crashes

import (
	"strings"

	"example.com/muster/ui/draw"
	"example.com/muster/ui/theme"
)

// The card stands beside the list where that is wide enough, else below it
// where there is room for a few of its lines; with the focus it then takes the
// whole screen.
const (
	besideFrom = 120
	belowFrom  = 16
	maxBeside  = 70 // cells of the list that it has without need
)

func (s *Screen) beside() bool { return s.w >= besideFrom }

func (s *Screen) below() bool { return !s.beside() && !s.inCard && s.h >= belowFrom }

// listWidth is the width of the list when the card is beside it.
func (s *Screen) listWidth() int {
	return min(max(min(s.w*2/5, maxBeside), besidesWho(s.w)+s.who+s.how+1), s.w/2)
}

// listHeight is how many lines the list has when the card is below it.
func (s *Screen) listHeight() int { return min(len(s.kinds)+1, s.h/3) }

// overCard reports whether a cell belongs to the card.
func (s *Screen) overCard(x, y int) bool {
	switch {
	case s.beside():
		return x > s.listWidth()
	case s.below():
		return y >= s.listHeight()
	}
	return s.inCard
}

// cardShows reports whether the card is in sight.
func (s *Screen) cardShows() bool { return s.beside() || s.below() || s.inCard }

// Render returns the list, the card, or both.
func (s *Screen) Render() string {
	var lines []string
	switch {
	case s.w == 0 || s.h == 0:
	case len(s.kinds) == 0:
		lines = s.empty()
	case s.beside():
		lines = s.sideBySide()
	case s.below():
		lines = s.list(s.w, s.listHeight())
		lines = append(lines, s.theme.Border.Paint(strings.Repeat("─", s.w)))
		lines = append(lines, s.card(s.w, s.h-len(lines))...)
	case s.inCard:
		lines = s.card(s.w, s.h)
	default:
		lines = s.list(s.w, s.h)
	}
	return draw.Lines(lines, s.w, s.h)
}

// border is the style of the line between the list and the card.
func (s *Screen) border() theme.Style {
	if s.inCard {
		return s.theme.Accent
	}
	return s.theme.Border
}

func (s *Screen) sideBySide() []string {
	left := s.listWidth()
	list, card := s.list(left, s.h), s.card(s.w-left-2, s.h)
	return draw.Beside(list, card, left, s.h, s.border().Paint(draw.Upright(s.inCard))+" ")
}
