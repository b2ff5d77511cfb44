package palette_test

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"example.com/muster/ui/palette"
	"example.com/muster/ui/theme"
	"example.com/muster/ui/uitest"
)

// desk is a box whose items write their text down when they are done.
type desk struct {
	t    *testing.T
	box  *palette.Box
	w, h int
	did  string
}

func newDesk(t *testing.T, w, h int, texts ...string) *desk {
	t.Helper()
	d := &desk{t: t, w: w, h: h}
	var items []palette.Item
	for _, text := range texts {
		text, also, _ := strings.Cut(text, "|")
		items = append(items, palette.Item{Text: text, Also: also, Kind: "kind", Do: func() tea.Cmd { d.did = text; return nil }})
	}
	d.box = palette.New(theme.New(colorprofile.ANSI256, true), items)
	d.box.SetSize(w, h)
	return d
}

// press sends keys, and reports whether the box is closed after them.
func (d *desk) press(names ...string) (closed bool) {
	for _, name := range names {
		do, done := d.box.Edit(uitest.Key(name))
		if do != nil {
			do()
		}
		closed = closed || done
	}
	return closed
}

func (d *desk) typed(text string) *desk {
	d.box.Edit(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text)})
	return d
}

// shown are the items in sight, without their marks.
func (d *desk) shown() []string {
	body := make([]string, d.h)
	frame := d.box.Over(body)
	uitest.Fits(d.t, strings.Join(frame, "\n"), d.w, d.h)
	var items []string
	for _, l := range frame {
		text := strings.Trim(ansi.Strip(l), " │")
		if item, ok := strings.CutSuffix(text, "kind"); ok {
			items = append(items, strings.TrimSpace(strings.TrimPrefix(item, "›")))
		}
	}
	return items
}

func TestTheBestMatchIsFirst(t *testing.T) {
	all := []string{
		"start|start", "restart the pool|restart pool", "sort by the next column|sort", "where all threads are|stacks stacks",
		"list of crashes", "deadlock/0", "train/0", "restart train/0", "stop train/0", "output of train/0", "web/0", "restart web/0",
	}
	for typed, want := range map[string]string{
		"start":      "start",
		"train":      "train/0",
		"rs train":   "restart train/0",
		"web restar": "restart web/0", // the order of words does not matter
		"SOP TRAIN":  "stop train/0",  // nor does case, nor a letter that is missing
		"stacks":     "where all threads are",
		"pool":       "restart the pool",
		"loc":        "deadlock/0", // in one piece is better than at the beginnings of words
	} {
		d := newDesk(t, 80, 24, all...).typed(typed)
		if got := d.shown(); len(got) == 0 || got[0] != want {
			t.Errorf("%q finds %q, want %q first", typed, got, want)
		}
		if !d.press("enter") || d.did != want {
			t.Errorf("%q and Enter does %q, want %q", typed, d.did, want)
		}
	}
}

// Letters here and there are no match: what is found is a piece of the text, the first
// letters of its words, or most of the letters of one.
func TestFarFetchedIsNotFound(t *testing.T) {
	all := []string{
		"the times that he came, and more|zigzag", "restart the pool", "stop train/0", "show only lines that match", "ForkPool-3", "İstanbul/0",
	}
	for typed, want := range map[string]string{
		"theme":   "",
		"stptr":   "",
		"shmatch": "",
		"op":      "stop train/0",
		"hea":     "",
		"zgz":     "the times that he came, and more", // of its further words, too
		"rtp":     "restart the pool",
		"st/0":    "stop train/0",
		"fp3":     "ForkPool-3",
		"TANB":    "İstanbul/0",
		"rstrt":   "restart the pool",
		"rt":      "restart the pool",
		"match":   "show only lines that match",
	} {
		got := newDesk(t, 80, 24, all...).typed(typed).shown()
		slices.SortFunc(got, func(a, b string) int { return cmp.Compare(slices.Index(all, a), slices.Index(all, b)) })
		if strings.Join(got, ", ") != want {
			t.Errorf("%q finds %q, want %q", typed, got, want)
		}
	}
}

func TestWhatDoesNotMatchIsNotThere(t *testing.T) {
	d := newDesk(t, 80, 24, "start", "stop", "train/0").typed("xyz")
	if got := d.shown(); len(got) != 0 {
		t.Errorf("%q is shown", got)
	}
	frame := strings.Join(d.box.Over(make([]string, 24)), "\n")
	if !strings.Contains(ansi.Strip(frame), "nothing is called so") || !strings.Contains(ansi.Strip(frame), "0 of 3") {
		t.Errorf("the box does not say so:\n%s", frame)
	}
	if d.press("enter") || d.did != "" {
		t.Errorf("Enter on nothing closes the box, or does %q", d.did)
	}
	if d.press("ctrl+u"); len(d.shown()) != 3 {
		t.Errorf("without a text %q is shown", d.shown())
	}
}

func TestKeysMoveAndGiveUp(t *testing.T) {
	d := newDesk(t, 40, 9, "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9")
	if got := d.shown(); len(got) != 6 {
		t.Fatalf("%d items fit into 9 lines: %q", len(got), got)
	}
	for keys, want := range map[string]string{
		"down down enter":                   "a2",
		"down down up enter":                "a1",
		"up enter":                          "a0", // there is none before the first
		"pgdown enter":                      "a5",
		"pgdown pgdown pgdown enter":        "a9",
		"a 7 enter":                         "a7",
		"a 7 backspace down enter":          "a1",
		"ctrl+n ctrl+n ctrl+p tab enter":    "a2",
		"pgdown pgdown pgdown pgup enter":   "a4",
		"down down 9 enter":                 "a9", // another text selects the best again
		"down down down down down up enter": "a4",
	} {
		d := newDesk(t, 40, 9, "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9")
		if !d.press(strings.Fields(keys)...) || d.did != want {
			t.Errorf("%s does %q, want %q", keys, d.did, want)
		}
		d.shown()
	}
	for _, key := range []string{"esc", "ctrl+c", "backspace"} {
		d := newDesk(t, 40, 9, "a0")
		if !d.press(key) || d.did != "" {
			t.Errorf("%s does not close the box, or does %q", key, d.did)
		}
	}
}

// However low the box is, what Enter would do is in sight; it is the one line of the last.
func TestWhatEnterDoesIsInSight(t *testing.T) {
	for h := 1; h <= 5; h++ {
		d := newDesk(t, 20, h, "first", "second", "third")
		for _, want := range []string{"first", "second"} {
			frame := ansi.Strip(strings.Join(d.box.Over(make([]string, h)), "\n"))
			uitest.Fits(t, frame, 20, h)
			if !strings.Contains(frame, "› "+want) {
				t.Errorf("%d lines do not show %q:\n%s", h, want, frame)
			}
			d.press("down")
		}
	}
	d := newDesk(t, 20, 2, "first", "second", "third").typed("sec")
	if frame := ansi.Strip(strings.Join(d.box.Over(make([]string, 2)), "\n")); !strings.Contains(frame, ": sec") || !strings.Contains(frame, "› second") {
		t.Errorf("what is typed is not shown, or not what it finds:\n%s", frame)
	}
	for y, l := range d.box.Over(make([]string, 2)) {
		if !strings.Contains(ansi.Strip(l), "second") {
			continue
		}
		if do, closed := d.box.Click(4, y); do == nil || !closed {
			t.Error("a click on it does nothing")
		}
	}
}

// The box covers a narrow body from side to side, and is as high as what it finds needs: its
// upper border stays where it is, and few hits make no difference.
func TestTheSizeOfTheBox(t *testing.T) {
	var texts []string
	for i := range 40 {
		texts = append(texts, "item "+strings.Repeat("a", i%10)+"|"+strconv.Itoa(i))
	}
	size := func(d *desk) (x, y, w, h int) {
		var lines []string
		for at, l := range d.box.Over(make([]string, d.h)) {
			if l = strings.TrimRight(ansi.Strip(l), " "); l != "" {
				if len(lines) == 0 {
					x, y = ansi.StringWidth(l)-ansi.StringWidth(strings.TrimLeft(l, " ")), at
				}
				lines = append(lines, strings.TrimLeft(l, " "))
			}
		}
		return x, y, ansi.StringWidth(lines[0]), len(lines)
	}
	for _, tt := range []struct {
		w, h   int
		typed  string
		bw, bh int
	}{
		{80, 21, "", 80, 20},
		{80, 21, "39", 80, 9},
		{80, 21, "nothing", 80, 9},
		{80, 21, "aaaaaaaaa", 80, 9},
		{80, 21, "aaaaaaa", 80, 15},
		{64, 21, "39", 64, 9},
		{40, 9, "", 40, 9},
		{40, 9, "39", 40, 9},
		{120, 37, "", 76, 20},
		{120, 37, "39", 76, 9},
		{84, 21, "", 84, 20},
	} {
		d := newDesk(t, tt.w, tt.h, texts...)
		x, y, _, _ := size(d)
		x2, y2, bw, bh := size(d.typed(tt.typed))
		if bw != tt.bw || bh != tt.bh || x != x2 || y != y2 {
			t.Errorf("in %dx%d, with %q: the box is %dx%d at %d,%d (before that at %d,%d), want %dx%d", tt.w, tt.h, tt.typed, bw, bh, x2, y2, x, y, tt.bw, tt.bh)
		}
		if x != (tt.w-tt.bw)/2 {
			t.Errorf("in %dx%d it stands at %d", tt.w, tt.h, x)
		}
	}
}

func TestClicks(t *testing.T) {
	d := newDesk(t, 100, 40, "first", "second", "third")
	frame := d.box.Over(make([]string, 40))
	for y, l := range frame {
		if at := strings.Index(ansi.Strip(l), "second"); at >= 0 {
			do, closed := d.box.Click(50, y)
			if do == nil || !closed {
				t.Fatal("a click on an item does nothing")
			}
			if do(); d.did != "second" {
				t.Errorf("a click on the second item does %q", d.did)
			}
		}
	}
	if do, closed := d.box.Click(50, 8); do != nil || closed {
		t.Error("a click below the last item does something")
	}
	if do, closed := d.box.Click(1, 1); do != nil || !closed {
		t.Error("a click beside the box does not close it")
	}
}

func TestTheBoxFitsAnywhere(t *testing.T) {
	texts := []string{"日本語の名前をもつとても長いプロセスのなまえ/0 そしてもっと長い説明 そしてもっと長い説明 そしてもっと長い説明", "short"}
	for w := 1; w < 130; w += 11 {
		for h := 1; h < 30; h += 5 {
			d := newDesk(t, w, h, texts...)
			body := make([]string, h)
			for i := range body {
				body[i] = ansi.Truncate(strings.Repeat("\x1b[31m日x\x1b[m", w), w, "")
			}
			for _, typed := range []string{"", "も", "長", "s"} {
				d.typed(typed)
				uitest.Fits(t, strings.Join(d.box.Over(body), "\n"), w, h)
			}
		}
	}
}

func BenchmarkFind(b *testing.B) {
	var items []palette.Item
	for i := range 10_000 {
		items = append(items, palette.Item{Text: "restart train/" + strconv.Itoa(i), Also: "process"})
	}
	box := palette.New(theme.New(colorprofile.ANSI256, true), items)
	for b.Loop() {
		box.Edit(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("tr 99")})
		box.Edit(tea.KeyMsg{Type: tea.KeyCtrlU})
	}
}
