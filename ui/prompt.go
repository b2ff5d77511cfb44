package ui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/ui/keys"
)

// prompt is the line in which a search or a filter is typed. Its screen sees
// each change at once.
type prompt struct {
	verb   keys.Verb
	screen keys.Screen
	text   []rune
}

func newPrompt(v keys.Verb, s keys.Screen) *prompt { return &prompt{verb: v, screen: s} }

// sign is what stands before the text.
func (p *prompt) sign() string {
	if p.verb == keys.Filter {
		return "&"
	}
	return "/"
}

// asks says what can be typed.
func (p *prompt) asks(m *keys.Map) string {
	text := ""
	for _, b := range m.On(p.screen) {
		if b.Verb == p.verb {
			text = b.Text()
		}
	}
	return text
}

// help are the keys of the prompt, which nobody can give others.
func (p *prompt) help() []keys.Hint {
	return []keys.Hint{{Key: "Enter", Label: "done"}, {Key: "Esc", Label: "give up"}, {Key: "Ctrl-U", Label: "clear"}}
}

// promptKeys are those, as the terminal sends them.
var promptKeys = map[string]tea.KeyType{"Enter": tea.KeyEnter, "Esc": tea.KeyEsc, "Ctrl-U": tea.KeyCtrlU}

// edit changes the text by a key and returns the intent that tells the screen.
// Escape gives the text up.
func (p *prompt) edit(msg tea.KeyMsg) keys.Intent {
	done := false
	switch msg.Type {
	case tea.KeyRunes, tea.KeySpace:
		for _, r := range msg.Runes {
			if r >= ' ' {
				p.text = append(p.text, r)
			}
		}
	case tea.KeyBackspace:
		p.text = p.text[:max(0, len(p.text)-1)]
	case tea.KeyCtrlW: // the last word, as in a shell
		text := strings.TrimRight(string(p.text), " ")
		p.text = []rune(text[:strings.LastIndexByte(text, ' ')+1])
	case tea.KeyCtrlU:
		p.text = nil
	case tea.KeyEsc, tea.KeyCtrlC:
		p.text, done = nil, true
	case tea.KeyEnter:
		done = true
	}
	return keys.Intent{Verb: p.verb, Text: string(p.text), Done: done}
}

// onPrompt tells the screen what has been typed, and closes the prompt at the end.
func (m *root) onPrompt(in keys.Intent) tea.Cmd {
	s := m.screens[m.prompt.screen]
	if in.Done {
		m.prompt = nil
	}
	cmd, _ := s.Handle(in)
	return cmd
}
