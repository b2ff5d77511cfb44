// Package background settles whether the terminal is dark or light without
// asking it. Import it for its effect.
//
// bubbletea v1 asks the terminal for its colour (OSC 11) in its own init and
// waits up to five seconds for the answer, in every command of a program that
// links it: github.com/charmbracelet/bubbletea/issues/1107. Once lipgloss has
// been told, bubbletea no longer asks. Go initialises the packages that are
// ready in the order of their import paths, so this package imports lipgloss
// only, and its path must sort before "github.com/charmbracelet/bubbletea".
package background

import (
	"os"
	"strconv"
	"strings"

	"github.com/charmbracelet/lipgloss"
)

func init() { lipgloss.SetHasDarkBackground(Dark()) }

// Dark reports whether the terminal's background counts as dark: what
// COLORFGBG says, which rxvt, Konsole and others set, and else yes.
func Dark() bool { return dark(os.Getenv("COLORFGBG")) }

// dark reads a COLORFGBG such as "15;0" or "0;default;15": the last field is
// the number of the background among the 16 colours, of which 7 and those
// from 9 on are light.
func dark(colorfgbg string) bool {
	bg, err := strconv.Atoi(colorfgbg[strings.LastIndexByte(colorfgbg, ';')+1:])
	return err != nil || bg < 7 || bg == 8
}
