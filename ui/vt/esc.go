package vt

// execute carries out a control character.
func (s *Screen) execute(c byte) {
	switch c {
	case bs:
		s.cursor.wraps = false
		s.cursor.x = max(0, s.cursor.x-1)
	case ht:
		s.tab(1)
	case lf, vertical, ff:
		s.lineFeed()
		if s.returns {
			s.cursor.x = 0
		}
	case cr:
		s.cursor.x, s.cursor.wraps = 0, false
	case so:
		s.cursor.shift = 1
	case si:
		s.cursor.shift = 0
	}
}

// lineFeed goes to the next line, and scrolls at the end of the region.
func (s *Screen) lineFeed() {
	s.cursor.wraps = false
	switch s.cursor.y {
	case s.bottom - 1:
		s.scrollUp(s.top, 1)
	case s.h - 1:
	default:
		s.cursor.y++
	}
}

// reverseLineFeed goes to the line above, and scrolls at the begin of the region.
func (s *Screen) reverseLineFeed() {
	s.cursor.wraps = false
	switch s.cursor.y {
	case s.top:
		s.scrollDown(s.top, 1)
	case 0:
	default:
		s.cursor.y--
	}
}

// tab goes n tab stops on, or back if n is negative.
func (s *Screen) tab(n int) {
	s.cursor.wraps = false
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	x := s.cursor.x
	for n > 0 && x+step >= 0 && x+step < s.w {
		if x += step; s.tabs[x] {
			n--
		}
	}
	s.cursor.x = x
}

// dispatchEscape carries out ESC, intermediate bytes and a last one.
func (s *Screen) dispatchEscape(between []byte, c byte) {
	switch string(between) {
	case "(":
		s.cursor.lines[0] = c == '0'
	case ")":
		s.cursor.lines[1] = c == '0'
	case "#":
		if c == '8' { // DECALN
			s.align()
		}
	case "":
		s.dispatchPlainEscape(c)
	}
}

func (s *Screen) dispatchPlainEscape(c byte) {
	switch c {
	case '7':
		s.save()
	case '8':
		s.restore()
	case 'D':
		s.lineFeed()
	case 'E':
		s.lineFeed()
		s.cursor.x = 0
	case 'H':
		s.tabs[s.cursor.x] = true
	case 'M':
		s.reverseLineFeed()
	case '=':
		s.modes.AppKeypad = true
	case '>':
		s.modes.AppKeypad = false
	case 'c':
		s.reset()
	}
}

// align fills the screen with E.
func (s *Screen) align() {
	s.top, s.bottom = 0, s.h
	s.cursor.x, s.cursor.y, s.cursor.wraps = 0, 0, false
	for y := range s.grid {
		s.grid[y].fill(0, s.w, cell{r: 'E', width: 1})
	}
}

func (s *Screen) save() { s.saved[s.which()] = s.cursor }

func (s *Screen) restore() { s.cursor = s.saved[s.which()] }

// which is 1 on the alternate screen.
func (s *Screen) which() int {
	if s.modes.Alternate {
		return 1
	}
	return 0
}

// dispatchCommand answers OSC 10 and 11, the colours of letters and of what is
// behind them: light on dark. Other commands are for terminals with a window.
func (s *Screen) dispatchCommand(text []byte, end string) {
	switch string(text) {
	case "10;?":
		s.reply("\x1b]10;rgb:ffff/ffff/ffff" + end)
	case "11;?":
		s.reply("\x1b]11;rgb:0000/0000/0000" + end)
	}
}
