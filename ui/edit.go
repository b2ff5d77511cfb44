package ui

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/ui/keys"
)

// editedMsg says that the editor has ended.
type editedMsg struct{ err error }

// edit gives the terminal to the user's editor, with a file at a line. What
// muster runs goes on meanwhile. The name of the file may come from a program
// that is watched, so it must not be taken for an option.
func (m *root) edit(msg keys.EditMsg) tea.Cmd {
	editor := strings.Fields(os.Getenv("EDITOR"))
	if len(editor) == 0 {
		editor = []string{"vi"}
	}
	cmd := exec.Command(editor[0], append(editor[1:], lineArgs(editor[0], msg.File, msg.Line)...)...)
	return func() tea.Msg {
		if !filepath.IsAbs(msg.File) {
			return editedMsg{fmt.Errorf("cannot open %s: its directory is not known", msg.File)}
		}
		if _, err := os.Stat(msg.File); err != nil {
			return editedMsg{fmt.Errorf("cannot open the source: %w", err)}
		}
		if _, err := exec.LookPath(editor[0]); err != nil {
			return editedMsg{fmt.Errorf("cannot open an editor (see EDITOR): %w", err)}
		}
		_ = m.display.Leave() // an editor that cannot draw says so itself
		return m.exec(cmd, func(err error) tea.Msg { return editedMsg{err} })()
	}
}

// lineArgs are the arguments that open a file at a line. Most editors know +N.
func lineArgs(editor, file string, line int) []string {
	at := file + ":" + strconv.Itoa(line)
	switch filepath.Base(editor) {
	case "code", "codium", "cursor":
		return []string{"--wait", "--goto", at}
	case "hx", "helix", "subl", "zed":
		return []string{at}
	}
	return []string{"+" + strconv.Itoa(line), file}
}

// edited takes the terminal back.
func (m *root) edited(msg editedMsg) tea.Cmd {
	if err := m.display.Enter(); err != nil {
		m.fail(err)
	}
	if msg.err != nil {
		m.fail(msg.err)
	}
	return func() tea.Msg { return sizeOf(m.opt.Out) }
}
