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
	// settled is what the session answers once it may be photographed.
	settled []answer
	varying varying
	shots   []shot
}

// answer is what a question to the session must bring forth.
type answer struct {
	question string
	says     *regexp.Regexp
}

// shot is one picture.
type shot struct {
	name  string
	keys  []string       // that lead there from the processes screen, as tmux names them
	shows *regexp.Regexp // text by which the screen is known to have come
	back  []string       // keys that lead back
}

var scenes = []scene{
	{nil, nil, []answer{
		{"ps", regexp.MustCompile(`(?s)crash/0 .* failed .*crash/1 .* failed .*orders/0 .* running `)},
		{"locks", regexp.MustCompile(`(?ms)^deadlock: .*^abandoned: `)},
	}, varying{prints: "LAST LINE", masks: []mask{
		whole("what chatty prints", `^ (?:(?:INFO |DEBUG|WARN |ERROR) .*|uploading .*)?$`),
		{name: "choices", what: regexp.MustCompile(`\b\d+ of \d+ │`)},
		{name: "child", what: regexp.MustCompile(`\bchild-(\d+)\b`)},
		{name: "what a child does", what: regexp.MustCompile(`[├└] (?:child|teller)\S* .*?([·●◐] (?:sleeping|on cpu|runnable|running|waiting))`), measured: true},
		{name: "blocked for long", what: regexp.MustCompile(`(\d+) blocked`)},
		{name: "teller waits", what: regexp.MustCompile(`\bflock /tmp/till(?: <- \d+)?`), absent: true},
	}}, []shot{
		{"processes", []string{"j", "j"}, regexp.MustCompile(`(?s)› chatty.*child`), nil},
		{"output", []string{"Enter", "g"}, regexp.MustCompile(`item 1 `), nil},
		{"palette", []string{":", "o", "r", "d"}, regexp.MustCompile(`: ord`), []string{"Escape", "1"}},
		{"crashes", []string{"5"}, regexp.MustCompile(`exit|panic|signal`), []string{"1"}},
	}},
	{[]string{"contention"}, nil, []answer{{"locks --json", regexp.MustCompile(`"waits":2\d`)}}, varying{masks: []mask{
		{name: "teller", what: regexp.MustCompile(`\bteller(?:-[234])?`)},
		{name: "blocked for long", what: regexp.MustCompile(` \d blocked`), absent: true},
		sinceStart,
	}}, []shot{
		{"locks-contention", []string{"4", "Enter"}, regexp.MustCompile(`3 processes wait for`), []string{"Escape", "1"}},
	}},
	{[]string{"deadlock"}, nil, []answer{{"locks", regexp.MustCompile(`(?m)^/tmp/alice .* deadlock .* \d\ds `)}}, varying{masks: []mask{sinceStart}}, []shot{
		{"locks-deadlock", []string{"4", "Enter"}, regexp.MustCompile(`alice`), []string{"Escape", "1"}},
	}},
	{[]string{"abandoned"}, nil, []answer{{"locks", regexp.MustCompile(`(?m)/tmp/estate .* abandoned +2 +\d\ds `)}}, varying{masks: []mask{sinceStart}}, []shot{
		{"locks-abandoned", []string{"4", "Enter"}, regexp.MustCompile(`estate`), []string{"Escape", "1"}},
	}},
	{[]string{"profile"}, nil, []answer{{"ps", regexp.MustCompile(`(?s)profile/0 .* picture .*profile/1 .* picture .*profile/2 .* picture .*profile/3 .* picture `)}}, varying{
		flame: true, functions: "FLAT", masks: []mask{
			{name: "worker", what: regexp.MustCompile(`^[› ]+(profile/[0-3]) .*[█·%…]`)},
			{name: "looks", what: regexp.MustCompile(`\b([\d,]+) (?:of ([\d,]+) looks|samples)\b|, ([\d,]+) of ([\d,]+) at the others`)},
			{name: "cut for it", what: regexp.MustCompile(`^ +(\S+…) +cpu \d`)},
			{name: "of the selected", what: regexp.MustCompile(`\bcpu (\d+(?:\.\d+)?% +\d\S*s(?:, itself \S+)?) *$`)},
			{name: "change", what: regexp.MustCompile(`([-+]\d+\.\d) points`)},
		},
	}, []shot{
		{"help", []string{"?"}, regexp.MustCompile(`kill at once`), []string{"?"}},
		{"profile-form", []string{"p"}, regexp.MustCompile(`looks`), nil},
		{"profile-flame", []string{"Enter"}, regexp.MustCompile(`history +p1`), nil},
		{"profile-groups", []string{"w"}, regexp.MustCompile(`BY PROCESS`), nil},
		// One worker, another one, and what differs.
		{"profile-top", []string{"t"}, regexp.MustCompile(`FUNCTION`), []string{"1", "p", "h", "Enter"}},
		{"profile-worker-0", nil, regexp.MustCompile(`history +p2`), []string{"1", "j", "j", "p", "h", "Enter"}},
		{"profile-worker-2", nil, regexp.MustCompile(`history +p3`), []string{"H", "j", "c"}},
		{"profile-diff", nil, regexp.MustCompile(`▲`), nil},
	}},
	// At moments when no item fails for a while.
	{[]string{"map"}, nil, nil, varying{masks: []mask{
		whole("result", `[✓✗] +\S+ +(?:album|…).*$`),
		{name: "worker", what: regexp.MustCompile(`\bof map/([0-3])\b`)},
		{name: "item", what: regexp.MustCompile(`\balbum/(\d{4})\.jpg`)},
		{name: "progress", what: regexp.MustCompile(`\b([\d,]+) of 1,200|\b(\d+) (?:done|to do)\b`)},
		{name: "ended", what: regexp.MustCompile(`ETA (\S+(?: \(.*?\))?)`)},
	}}, []shot{
		{"map-tasks", nil, regexp.MustCompile(`(?:38[5-9]|39\d|4[0-2]\d) of 1,200|\b(?:38[5-9]|39\d|4[0-2]\d) done`), nil},
		{"map-failure", []string{"Tab", "G", "Enter"}, regexp.MustCompile(`(?s)4[4-8]\d of 1,200.*item 208|item 208.*\b4[4-8]\d done`), []string{"Escape"}},
		{"map-times", []string{"Tab"}, regexp.MustCompile(`(?s)p50`), nil},
	}},
	crashScene("crashes-swallowed", `nobody has asked`, "python3", "testdata/crashes/py/swallowed.py", "fork"),
	crashScene("crashes-segv-in-map", `SIGSEGV`, "python3", "testdata/crashes/py/segv_in_map.py", "fork"),
	crashScene("crashes-go-deadlock", `deadlock`, "./orders", "deadlock"),
	crashScene("crashes-memory-error", `MemoryError`, "python3", "testdata/crashes/py/memory_error.py"),
	crashScene("crashes-grandchild", `exit 3`, "python3", "testdata/crashes/py/grandchild.py", "fork"),
}

// sinceStart is how often something was seen.
var sinceStart = mask{name: "since the start", what: regexp.MustCompile(`\b(\d+ (?:waits?|holders?)), |\b(\d+ (?:waits?|holders?)) so far`)}

// whole masks rows that are what a process prints, colours and all.
func whole(name, row string) mask {
	return mask{name: name, what: regexp.MustCompile(row), measured: true}
}

// crashScene takes the card of the only crash of a program of testdata/crashes.
func crashScene(name, shows string, program ...string) scene {
	said := regexp.MustCompile(`(?s) c1  .*` + shows + `.*Enter its output`)
	return scene{nil, program, []answer{{"crashes", regexp.MustCompile(`ValueError|SIGSEGV|deadlock|MemoryError|exit 3`)}}, varying{masks: []mask{
		{name: "worker", what: regexp.MustCompile(`ForkPoolWorker-([12])\b|orkPoolWorker-([12])\b`)},
	}}, []shot{{name, []string{"5", "Enter"}, said, nil}}}
}

var (
	// first is on the screen that comes first.
	first = regexp.MustCompile(`NAME|ITEM`)
	// fresh is what is on the screen for a moment only: news of a crash, and a crash of this second.
	fresh = regexp.MustCompile(`(?m)^ ✗ .*(?: shows? (?:it|them)|\(\d)\)\s*$|\.\d{3},\s+after it had`)
)

// settle waits until a scene may be photographed.
func (s *setting) settle(t *terminal, c *scene) error {
	if err := t.await(first, nil); err != nil {
		return err
	}
	for _, a := range c.settled {
		var said string
		settled, err := until(func() (bool, error) {
			said = s.ask(append(strings.Fields(a.question), "--session", "demo")...)
			return a.says.MatchString(said), nil
		})
		if err == nil && !settled {
			err = fmt.Errorf("muster %s never says %q, but: %s", a.question, a.says, said)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// lead presses the keys that lead to a shot, and waits until it is there.
func (t *terminal) lead(s shot) error {
	if err := t.press(s.keys...); err != nil {
		return err
	}
	if err := t.await(s.shows, fresh); err != nil {
		return err
	}
	time.Sleep(300 * time.Millisecond) // a frame may be half drawn
	return nil
}

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

// varies is how pictures of this shot may differ.
func (t shot) varies(c *scene) varying {
	v := c.varying
	v.flame = v.flame && (strings.HasPrefix(t.name, "profile-flame") || strings.HasPrefix(t.name, "profile-worker") || t.name == "profile-diff")
	v.delta = t.name == "profile-diff"
	return v
}

// arguments are those of muster.
func (c *scene) arguments() []string {
	if c.program != nil {
		return append([]string{"run", "--"}, c.program...)
	}
	return append([]string{"demo"}, c.demos...)
}
