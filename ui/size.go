package ui

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/term"
)

// windowChanged is what the kernel sends when the terminal has another size.
const windowChanged = syscall.SIGWINCH

// watchSize sends the terminal's size at once and whenever it changes. It returns when ctx ends.
func watchSize(ctx context.Context, out *os.File, send func(tea.Msg)) {
	changed := make(chan os.Signal, 1)
	signal.Notify(changed, windowChanged)
	defer signal.Stop(changed)
	for {
		if size := sizeOf(out); size != nil {
			send(size)
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

// sizeOf returns a tea.WindowSizeMsg, or nil if the file is no terminal.
func sizeOf(out *os.File) tea.Msg {
	w, h, err := term.GetSize(out.Fd())
	if err != nil {
		return nil
	}
	return tea.WindowSizeMsg{Width: w, Height: h}
}
