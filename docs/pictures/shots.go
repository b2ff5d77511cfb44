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

// scene is what runs while pictures are taken.
type scene struct {
	demos []string // all of them if none is named
	// warmUp is how long it runs before the first picture.
	warmUp time.Duration
	shots  []shot
}

// shot is one picture.
type shot struct {
	name  string
	keys  []string       // that lead there from the processes screen, as tmux names them
	shows *regexp.Regexp // text by which the screen is known to have come
	back  []string       // keys that lead back
}

var scenes = []scene{
	// The sparklines fill, and the crashing worker has been given up.
	{nil, 32 * time.Second, []shot{
		{"processes", nil, first, nil},
		{"output", []string{"2"}, regexp.MustCompile(`search`), []string{"1"}},
		{"crashes", []string{"5"}, regexp.MustCompile(`exit|panic|signal`), []string{"1"}},
		{"help", []string{"?"}, regexp.MustCompile(`kill at once`), []string{"?"}},
	}},
	{[]string{"contention"}, 10 * time.Second, []shot{
		{"locks-contention", []string{"4", "Enter"}, regexp.MustCompile(`till`), []string{"Escape", "1"}},
	}},
	{[]string{"deadlock"}, 12 * time.Second, []shot{
		{"locks-deadlock", []string{"4", "Enter"}, regexp.MustCompile(`alice`), []string{"Escape", "1"}},
	}},
	{[]string{"abandoned"}, 12 * time.Second, []shot{
		{"locks-abandoned", []string{"4", "Enter"}, regexp.MustCompile(`estate`), []string{"Escape", "1"}},
	}},
}

// first is on the screen that comes first.
var first = regexp.MustCompile(`NAME`)

// file is the name of the picture's file.
func (t shot) file(s size) string { return t.name + "-" + s.String() + ".svg" }

// how tells how the picture was made.
func (t shot) how(demos []string, s size) string {
	keys := ""
	if len(t.keys) > 0 {
		keys = ", after pressing " + strings.Join(t.keys, " ")
	}
	return fmt.Sprintf("%s, in a terminal of %s%s. Made by: go run ./docs/pictures", strings.Join(append([]string{"muster demo"}, demos...), " "), s, keys)
}
