package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
)

// wheelLines is how far one notch of the wheel moves.
const wheelLines = 3

// onKey gives a key to whoever listens: a question, the prompt, or the screen.
func (m *root) onKey(msg tea.KeyMsg) tea.Cmd {
	m.notice, m.told = keys.SayMsg{}, keys.SayMsg{}
	switch {
	case m.isEscapeAndKey(msg):
		msg.Alt = false
		escape := m.guarded(m.onKey(tea.KeyMsg{Type: tea.KeyEsc}))
		m.sync(m.opt.Now())
		return tea.Sequence(escape, m.guarded(m.onKey(msg)))
	case m.typing():
		return m.typed(msg)
	case msg.Paste:
		return nil // pasted text is no command
	case msg.Type != tea.KeyRunes || msg.Alt:
		return m.press(msg.String())
	}
	// Bubble Tea delivers keys that came together as one message. Each is for what the one
	// before has brought into sight, though no frame shows that.
	var cmds []tea.Cmd
	for i, r := range msg.Runes {
		if i > 0 {
			m.sync(m.opt.Now())
		}
		if m.typing() { // the key before began it
			cmds = append(cmds, m.guarded(m.typed(tea.KeyMsg{Type: tea.KeyRunes, Runes: msg.Runes[i:]})))
			break
		}
		cmds = append(cmds, m.guarded(m.press(string(r))))
	}
	return tea.Sequence(cmds...)
}

// isEscapeAndKey reports whether a key with Alt is none: what a terminal sends of Escape
// and a key, when both arrive at a time as over a slow line, is the same as of that key with
// Alt. It is one where a binding says so, and in a process's terminal.
func (m *root) isEscapeAndKey(msg tea.KeyMsg) bool {
	if !msg.Alt || msg.Paste || m.pane != nil {
		return false
	}
	_, bound := m.opt.Keys.Resolve(m.at, msg.String())
	return !bound
}

// typing reports whether keys are text.
func (m *root) typing() bool { return m.prompt != nil || m.palette != nil || m.pane != nil }

// typed gives a key to whoever takes text.
func (m *root) typed(msg tea.KeyMsg) tea.Cmd {
	if m.pane != nil {
		return m.inPane(msg)
	}
	if m.palette != nil {
		return m.inPalette(m.palette.Edit(msg))
	}
	return m.onPrompt(m.prompt.edit(msg))
}

// press resolves one key.
func (m *root) press(key string) tea.Cmd {
	in, ok := m.opt.Keys.Resolve(m.at, key)
	switch {
	case m.question != nil && m.question.covers && ok && in.Moves():
		_, _ = m.over.Handle(in) // it only scrolls
		return nil
	case m.question != nil && key != "ctrl+c":
		return m.answer(key, ok && in.Verb == keys.Quit)
	case !ok:
		return nil
	}
	return m.handle(in)
}

// pointed turns a mouse event into an intent.
func (m *root) pointed(msg tea.MouseMsg) (keys.Intent, bool) {
	if msg.Action != tea.MouseActionPress || m.prompt != nil {
		return keys.Intent{}, false
	}
	y := msg.Y - headerHeight
	switch msg.Button {
	case tea.MouseButtonWheelUp:
		return keys.Intent{Verb: keys.Wheel, N: -wheelLines, X: msg.X, Y: y}, true
	case tea.MouseButtonWheelDown:
		return keys.Intent{Verb: keys.Wheel, N: wheelLines, X: msg.X, Y: y}, true
	case tea.MouseButtonLeft:
		if h, ok := m.frame.hintAt(msg.X, msg.Y); ok && m.question == nil {
			return h.Intent, true
		}
		inBody := y >= 0 && y < bodyHeight(m.h)
		return keys.Intent{Verb: keys.Click, X: msg.X, Y: y}, inBody && m.question == nil
	}
	return keys.Intent{}, false
}

// pointAnswer takes a click on a hint of a question or the prompt as the key that it
// names; seen is false if the mouse means something else.
func (m *root) pointAnswer(msg tea.MouseMsg) (cmd tea.Cmd, seen bool) {
	h, ok := m.frame.hintAt(msg.X, msg.Y)
	switch {
	case !ok || msg.Button != tea.MouseButtonLeft || msg.Action != tea.MouseActionPress:
		return nil, false
	case m.question != nil && h.Intent.Moves():
		_, _ = m.over.Handle(h.Intent)
		return nil, true
	case m.question != nil:
		return m.answer(h.Key, false), true
	case m.prompt != nil:
		return m.onPrompt(m.prompt.edit(tea.KeyMsg{Type: promptKeys[h.Key]})), true
	}
	return nil, false
}

// handle carries out an intent: the root's own ones here, else the screen's.
func (m *root) handle(in keys.Intent) tea.Cmd {
	if m.touring() {
		if in.Verb == keys.Back {
			m.endTour()
			return nil
		}
		m.tour.saw(m.opt.Keys, in)
	}
	switch in.Verb {
	case keys.GoTo:
		m.open(keys.Screen(in.N))
		return nil
	case keys.Help:
		if m.over == Screen(m.help) {
			m.uncover()
		} else {
			m.help.For(m.at)
			m.under, m.over = m.over, m.help
		}
		return nil
	case keys.Quit:
		return m.quit()
	case keys.Abort:
		return m.abort()
	case keys.Redraw:
		m.display.Redraw()
		return nil
	case keys.Suspend:
		return m.suspend()
	case keys.Reload:
		return m.plan
	case keys.Stacks:
		return m.stacks
	case keys.Palette:
		m.openPalette()
		return nil
	case keys.Capture:
		if m.lost() {
			return nil
		}
		return m.capture()
	case keys.Columns:
		m.pickColumns()
		return nil
	case keys.Type:
		if !m.lost() {
			m.typeInto()
		}
		return nil
	case keys.Search, keys.Filter:
		if m.over == nil {
			m.prompt = newPrompt(in.Verb, m.at)
		}
		return nil
	}
	cmd, handled := m.front().Handle(in)
	if !handled && in.Verb == keys.Back {
		m.goBack()
	}
	return cmd
}

// lost says of a process that was selected in front and has gone that it is so, and
// reports whether it did: what would be done next is not for the one in its place.
func (m *root) lost() bool {
	s, ok := m.screens[m.at].(lossReporter)
	if !ok {
		return false
	}
	text := s.Lost()
	if text != "" {
		m.notice = keys.SayMsg{Text: text, Bad: true}
	}
	return text != ""
}

// open brings a screen to the front.
func (m *root) open(s keys.Screen) {
	m.over = nil
	if m.screens[s] == nil || s == m.at {
		return
	}
	m.before, m.at = m.at, s
	if c, ok := m.screens[s].(sourceShower); ok && s == keys.Crashes && m.toast.crash != nil { // it is what was announced
		c.Show(procs.SlotSource(m.toast.crash.Run.ID))
	}
}

// uncover takes away what covers the screen. Below the help is what it was asked for on.
func (m *root) uncover() {
	if m.over != Screen(m.help) {
		m.under = nil
	}
	m.over, m.under = m.under, nil
}

// goBack closes what covers the screen, or returns to the screen from which this one was opened.
func (m *root) goBack() {
	switch {
	case m.over != nil:
		m.uncover()
	case m.at != m.home:
		m.before, m.at = m.home, m.before
	}
}
