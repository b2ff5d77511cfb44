package main

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// size is that of a terminal, in cells.
type size struct{ cols, rows int }

// String returns the size as in "80x24".
func (s size) String() string { return fmt.Sprintf("%dx%d", s.cols, s.rows) }

var sizes = []size{{120, 40}, {80, 24}, {40, 12}}

// warmUp is how long the demo runs before the first picture: the sparklines
// fill, and the crashing worker has been given up.
const warmUp = 32 * time.Second

// shot is one picture.
type shot struct {
	name  string
	keys  []string       // that lead there from the processes screen, as tmux names them
	shows *regexp.Regexp // text by which the screen is known to have come
	back  []string       // keys that lead back
}

var shots = []shot{
	{"processes", nil, regexp.MustCompile(`NAME`), nil},
	{"output", []string{"2"}, regexp.MustCompile(`search`), []string{"1"}},
	{"crashes", []string{"5"}, regexp.MustCompile(`exit|panic|signal`), []string{"1"}},
	{"help", []string{"?"}, regexp.MustCompile(`kill at once`), []string{"?"}},
}

// file is the name of the picture's file.
func (t shot) file(s size) string { return t.name + "-" + s.String() + ".svg" }

// how tells how the picture was made.
func (t shot) how(s size) string {
	keys := ""
	if len(t.keys) > 0 {
		keys = ", after pressing " + strings.Join(t.keys, " ")
	}
	return fmt.Sprintf("muster demo, in a terminal of %s%s. Made by: go run ./docs/pictures", s, keys)
}
