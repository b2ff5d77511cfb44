package vt

// Modes is what a program expects of the keyboard and the mouse, and where it draws.
type Modes struct {
	AppCursor bool // arrows are sent as SS3 (DECCKM)
	AppKeypad bool // DECKPAM
	Paste     bool // what is pasted stands in brackets (2004)
	Alternate bool // the alternate screen is shown, as full-screen programs have it
	Mouse     bool // clicks and the wheel are sent (1000, 1002, 1003)
	Drags     bool // moves with a button held down, too (1002, 1003)
	MouseSGR  bool // in the form that has no limits (1006)
}

// setPrivate is DECSET and DECRST.
func (s *Screen) setPrivate(mode int, on bool) {
	switch mode {
	case 1:
		s.modes.AppCursor = on
	case 6:
		s.cursor.origin = on
		s.goTo(0, 0)
	case 7:
		s.fixed = !on
	case 25:
		s.hidden = !on
	case 66:
		s.modes.AppKeypad = on
	case 1000, 1002, 1003:
		s.modes.Mouse, s.modes.Drags = on, on && mode != 1000
	case 1006:
		s.modes.MouseSGR = on
	case 2004:
		s.modes.Paste = on
	case 47, 1047, 1048, 1049:
		s.setAlternate(mode, on)
	}
}

// setAlternate shows the alternate screen or the main one. 1048 saves the
// cursor and restores it, 1049 does that too and begins with an empty screen.
func (s *Screen) setAlternate(mode int, on bool) {
	saves := mode == 1048 || mode == 1049
	if saves && on && !s.modes.Alternate {
		s.save()
	}
	if mode != 1048 && on != s.modes.Alternate {
		s.grid, s.other = s.other, s.grid
		s.modes.Alternate = on
		s.cursor.wraps = false
		if on {
			s.eraseScreen(2, cell{width: 1, pen: s.cursor.pen.Blank()})
		}
	}
	if saves && !on {
		s.restore()
	}
}

// setPublic is SM and RM.
func (s *Screen) setPublic(mode int, on bool) {
	switch mode {
	case 4:
		s.inserts = on
	case 20:
		s.returns = on
	}
}

// softReset is DECSTR: modes, region and pen as they are at first; what is shown stays.
func (s *Screen) softReset() {
	alternate := s.modes.Alternate
	s.modes, s.hidden, s.fixed, s.inserts, s.returns = Modes{Alternate: alternate}, false, false, false, false
	s.top, s.bottom = 0, s.h
	s.cursor = cursor{x: s.cursor.x, y: s.cursor.y}
	s.saved = [2]cursor{}
}
