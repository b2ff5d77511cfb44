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
	// program is run instead of a demo: its command, from the root of the repository.
	program []string
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
	{nil, nil, 32 * time.Second, []shot{
		{"processes", nil, first, nil},
		{"output", []string{"2"}, regexp.MustCompile(`search`), []string{"1"}},
		{"crashes", []string{"5"}, regexp.MustCompile(`exit|panic|signal`), []string{"1"}},
		{"help", []string{"?"}, regexp.MustCompile(`kill at once`), []string{"?"}},
		{"palette", []string{":", "l", "o", "c"}, regexp.MustCompile(`: loc`), []string{"Escape"}},
	}},
	{[]string{"contention"}, nil, 10 * time.Second, []shot{
		{"locks-contention", []string{"4", "Enter"}, regexp.MustCompile(`till`), []string{"Escape", "1"}},
	}},
	{[]string{"deadlock"}, nil, 12 * time.Second, []shot{
		{"locks-deadlock", []string{"4", "Enter"}, regexp.MustCompile(`alice`), []string{"Escape", "1"}},
	}},
	{[]string{"abandoned"}, nil, 12 * time.Second, []shot{
		{"locks-abandoned", []string{"4", "Enter"}, regexp.MustCompile(`estate`), []string{"Escape", "1"}},
	}},
	{[]string{"profile"}, nil, 3 * time.Second, []shot{
		{"profile-form", []string{"p"}, regexp.MustCompile(`looks`), nil},
		{"profile-flame", []string{"Enter"}, regexp.MustCompile(`history +p1`), nil},
		{"profile-groups", []string{"w"}, regexp.MustCompile(`BY PROCESS`), nil},
		// One worker, another one, and what differs.
		{"profile-top", []string{"t"}, regexp.MustCompile(`FUNCTION`), []string{"1", "p", "h", "Enter"}},
		{"profile-worker-0", nil, regexp.MustCompile(`history +p2`), []string{"1", "j", "j", "p", "h", "Enter"}},
		{"profile-worker-2", nil, regexp.MustCompile(`history +p3`), []string{"H", "j", "c"}},
		{"profile-diff", nil, regexp.MustCompile(`▲`), nil},
	}},
	{[]string{"map"}, nil, 16 * time.Second, []shot{
		{"map-tasks", nil, first, nil},
		{"map-failure", []string{"Tab", "G", "Enter"}, regexp.MustCompile(`item 208`), []string{"Escape"}},
		{"map-times", []string{"Tab"}, regexp.MustCompile(`p50`), nil},
	}},
	crashScene("crashes-swallowed", `cannot read`, "python3", "testdata/crashes/py/swallowed.py", "fork"),
	crashScene("crashes-segv-in-map", `SIGSEGV`, "python3", "testdata/crashes/py/segv_in_map.py", "fork"),
	crashScene("crashes-go-deadlock", `deadlock`, "sh", "-c", "go build -o \"$0\" ./testdata/crashes/go && exec \"$0\" deadlock", "/tmp/orders"),
	crashScene("crashes-memory-error", `MemoryError`, "python3", "testdata/crashes/py/memory_error.py"),
	crashScene("crashes-grandchild", `exit 3`, "python3", "testdata/crashes/py/grandchild.py", "fork"),
}

// crashScene takes the card of the only crash of a program of testdata/crashes.
func crashScene(name, shows string, program ...string) scene {
	return scene{nil, program, 5 * time.Second, []shot{{name, []string{"5", "Enter"}, regexp.MustCompile(shows), nil}}}
}

// first is on the screen that comes first.
var first = regexp.MustCompile(`NAME|ITEM`)

// file is the name of the picture's file.
func (t shot) file(s size) string { return t.name + "-" + s.String() + ".svg" }

// how tells how the picture was made.
func (t shot) how(c *scene, s size) string {
	keys := ""
	if len(t.keys) > 0 {
		keys = ", after pressing " + strings.Join(t.keys, " ")
	}
	return fmt.Sprintf("%s, in a terminal of %s%s. Made by: go run ./docs/pictures", strings.Join(append([]string{"muster"}, c.arguments()...), " "), s, keys)
}

// arguments are those of muster.
func (c *scene) arguments() []string {
	if c.program != nil {
		return append([]string{"run", "--"}, c.program...)
	}
	return append([]string{"demo"}, c.demos...)
}
