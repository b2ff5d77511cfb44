package profile

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/profiling/capture"
	"example.com/muster/profiling/report"
	"example.com/muster/session"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
	"example.com/muster/ui/theme"
)

// form is what is asked before a capture: whom, what, for how long. Enter at
// once means the processor time of a pool for ten seconds.
type form struct {
	at    int
	rows  []choice
	whom  []string // targets; "" for all
	kinds []capture.Kind
	// functions are those whose lines can be timed; none where no capture tells of any.
	functions []string
}

// choice is a row of the form.
type choice struct {
	name    string
	options []string
	told    []string // what each option means; nil if it is plain
	at      int
}

// The rows.
const (
	rowWhom = iota
	rowKind
	rowFor
	rowRate
	rowFunction // of the kind lines only
)

// kindsTold say what a kind tells, in a few words.
var kindsTold = []struct {
	kind capture.Kind
	told string
}{
	{capture.CPU, "where processor time goes"},
	{capture.Wall, "where time goes, running or waiting"},
	{capture.Heap, "what memory of Go programs lives now"},
	{capture.Allocs, "what Go programs allocate meanwhile"},
	{capture.Goroutine, "where each goroutine is now"},
	{capture.Mutex, "who holds locks of Go programs while others wait"},
	{capture.Block, "where goroutines wait"},
	{capture.ThreadCreate, "what made the threads of Go programs"},
	{capture.Trace, "an execution trace of Go programs, for go tool trace"},
	{capture.Deterministic, "each call of Python programs, as cProfile counts: slows them down"},
}

var (
	lengths = []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute}
	rates   = []int{19, 49, 99, 199, 499, 999}
)

// maxOffers bounds how many targets the form offers.
const maxOffers = 200

// withAll is what follows the name of a process.
const withAll = ", with all that it starts"

// linesTold says what the kind lines tells.
const linesTold = "each line of a Python function, counted and timed: slows it down"

// newForm offers the processes of a snapshot, the one that is selected first, and
// functions whose lines can be timed.
func newForm(snap *procs.Snapshot, selected string, functions []string) *form {
	f := &form{functions: functions}
	whom := choice{name: "whom"}
	offer := func(target, text string) {
		for _, t := range f.whom {
			if t == target {
				return
			}
		}
		f.whom, whom.options = append(f.whom, target), append(whom.options, text)
	}
	pool, _, _ := strings.Cut(selected, "/")
	if selected != "" && selected != pool {
		offer(selected, plain(selected)+withAll)
		if slot := strings.SplitN(selected, "/", 3); len(slot) == 3 {
			offer(slot[0]+"/"+slot[1], plain(slot[0]+"/"+slot[1])+withAll)
		}
	}
	for _, p := range snap.Pools {
		if p.Name == pool {
			whom.at = len(f.whom)
			offer(p.Name, poolText(&p))
		}
	}
	offer("", "all pools")
	if pool == "" && len(snap.Pools) == 1 {
		f.whom, whom.options = nil, nil
		offer(snap.Pools[0].Name, poolText(&snap.Pools[0]))
	}
	for i := range snap.Pools {
		offer(snap.Pools[i].Name, poolText(&snap.Pools[i]))
	}
	for i := range snap.Pools {
		for j := range snap.Pools[i].Slots {
			if len(f.whom) < maxOffers {
				name := snap.Pools[i].Slots[j].ID.String()
				offer(name, plain(name)+withAll)
			}
		}
	}
	kind := choice{name: "what"}
	for _, k := range kindsTold {
		f.kinds = append(f.kinds, k.kind)
		kind.options, kind.told = append(kind.options, string(k.kind)), append(kind.told, k.told)
	}
	if len(functions) > 0 {
		f.kinds = append(f.kinds, capture.Lines)
		kind.options, kind.told = append(kind.options, string(capture.Lines)), append(kind.told, linesTold)
	}
	long := choice{name: "for"}
	for i, d := range lengths {
		long.options = append(long.options, seconds(d))
		if d == session.DefaultProfileDuration {
			long.at = i
		}
	}
	rate := choice{name: "looks"}
	for i, r := range rates {
		rate.options = append(rate.options, strconv.Itoa(r)+" a second")
		if r == session.DefaultProfileRate {
			rate.at = i
		}
	}
	f.rows = []choice{whom, kind, long, rate, {name: "of"}}
	for _, name := range functions {
		f.rows[rowFunction].options = append(f.rows[rowFunction].options, plain(name))
	}
	return f
}

// kind is the one that is chosen.
func (f *form) kind() capture.Kind { return f.kinds[f.rows[rowKind].at] }

// shown are the rows that say something about the kind.
func (f *form) shown() []choice {
	if f.kind() == capture.Lines {
		return f.rows
	}
	return f.rows[:rowFunction]
}

func poolText(p *procs.Pool) string {
	return "pool " + plain(p.Name) + ": " + draw.Plural(len(p.Slots), "process", "processes") + ", with all that they start"
}

// request is what the form asks for.
func (f *form) request() session.ProfileRequest {
	r := session.ProfileRequest{
		Kind: f.kind(), Duration: lengths[f.rows[rowFor].at], Rate: rates[f.rows[rowRate].at],
	}
	if t := f.whom[f.rows[rowWhom].at]; t != "" {
		r.Targets = []string{t}
	}
	if r.Kind == capture.Lines {
		r.Functions = []string{f.functions[f.rows[rowFunction].at]}
	}
	return r
}

// move goes to another row, change to another option of it.
func (f *form) move(n int) { f.at = max(0, min(f.at+n, len(f.shown())-1)) }

func (f *form) change(n int) {
	c := &f.rows[f.at]
	c.at = ((c.at+n)%len(c.options) + len(c.options)) % len(c.options)
}

// firstRow is the line of the body in which the first row stands.
const firstRow = 2

func (f *form) render(t *theme.Theme, m *keys.Map, w, h int) []string {
	key := func(v keys.Verb) string { return m.Key(keys.Profile, v) }
	lines := []string{" " + t.Title.Paint("Profile"), ""}
	for i, c := range f.shown() {
		var b strings.Builder
		base, sign := t.Selection, "›"
		if i != f.at {
			base, sign = "", " "
		}
		base.On(&b, " "+sign+" ")
		base.And(t.Dim).On(&b, draw.Pad(c.name, 7))
		text := "‹ " + c.options[c.at] + " ›"
		if c.told != nil {
			text += "  " + c.told[c.at]
		}
		base.On(&b, draw.Pad(text, max(0, w-11)))
		lines = append(lines, b.String())
	}
	lines = append(lines, "")
	for _, l := range draw.Words(key(keys.Open)+" starts. "+key(keys.Left)+" and "+key(keys.Right)+" change the row, "+key(keys.Up)+" and "+key(keys.Down)+" choose it, "+key(keys.Back)+" closes. Nothing is stopped, and who is born meanwhile joins.", max(1, w-3)) {
		lines = append(lines, "   "+t.Dim.Paint(l))
	}
	return lines[:min(len(lines), h)]
}

// Ask opens the form for a process, "pool/slot" or "pool/slot/label", or pool;
// "" is for all. If all of its pool has ended it opens nothing, and returns what says so.
func (s *Screen) Ask(target string) tea.Cmd {
	if s.snap == nil {
		s.snap = &procs.Snapshot{}
	}
	if r := (session.ProfileRequest{Targets: poolOf(target)}); over(s.snap, r.Targets) {
		return keys.Send(keys.SayMsg{Text: "cannot profile " + plain(r.Whom()) + ": no process of it runs", Bad: true})
	}
	s.form, s.export, s.failed = newForm(s.snap, target, s.timeable()), nil, nil
	return nil
}

// poolOf is the pool that the form begins with; none for all.
func poolOf(target string) []string {
	if target == "" {
		return nil
	}
	pool, _, _ := strings.Cut(target, "/")
	return []string{pool}
}

// over reports whether all of some pools has ended, and nothing of it will run unless it
// is asked for; no pools are all of them.
func over(snap *procs.Snapshot, pools []string) bool {
	some := false
	for _, p := range snap.Pools {
		if len(pools) > 0 && !slices.Contains(pools, p.Name) {
			continue
		}
		some = true
		if slices.ContainsFunc(p.Slots, func(slot procs.Slot) bool { return !slot.State.Settled() }) {
			return false
		}
	}
	return some
}

// maxTimeable bounds how many functions the form offers.
const maxTimeable = 100

// timeable are the Python functions of the capture that is open, whose lines can be
// timed: the selected one first, then those in which most was spent.
func (s *Screen) timeable() (names []string) {
	a := s.opened.answer
	if a == nil || a.err != nil {
		return nil
	}
	offer := func(f report.Frame) {
		name := strings.ReplaceAll(f.Function, "<locals>.", "") // as the agent names it
		if strings.HasSuffix(f.File, ".py") && name != "" && !strings.Contains(name, "<") && !slices.Contains(names, name) && len(names) < maxTimeable {
			names = append(names, name)
		}
	}
	if f, ok := s.frame(); ok {
		offer(f)
	}
	for i := range a.table.Rows {
		offer(a.table.Rows[i].Frame)
	}
	return names
}

// start has the form's capture begin.
func (s *Screen) start(r session.ProfileRequest) tea.Cmd {
	from := s.session
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		c, err := port.StartProfile(ctx, from, r)
		return keys.AnswerMsg{Screen: keys.Profile, Answer: startedMsg{c, err}}
	}
}

// started waits for the end of a capture, or says why it did not begin.
func (s *Screen) started(m startedMsg) tea.Cmd {
	if m.err != nil {
		return keys.Send(keys.SayMsg{Text: m.err.Error(), Bad: true})
	}
	s.awaited = m.c.Seq
	return nil
}

// end ends a capture: what was taken is kept, or thrown away.
func (s *Screen) end(discard bool) tea.Cmd {
	list := s.running()
	if len(list) == 0 {
		return keys.Send(keys.SayMsg{Text: "no capture is under way"})
	}
	c := list[len(list)-1]
	if s.view == viewHistory {
		if chosen := s.chosen(); chosen != nil && chosen.State == session.ProfileRunning {
			c = chosen
		}
	}
	from := s.session
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := port.EndProfile(ctx, from, c.Seq, discard); err != nil {
			return keys.SayMsg{Text: err.Error(), Bad: true}
		}
		if discard {
			return keys.SayMsg{Text: "capture " + c.ID() + " was thrown away"}
		}
		return nil
	}
}

// menu is a few things to choose from.
type menu struct {
	title string
	names []string
	told  []string
	at    int
}

func (m *menu) move(n int) { m.at = max(0, min(m.at+n, len(m.names)-1)) }

func (m *menu) render(t *theme.Theme, w, h int) []string {
	lines := []string{" " + t.Title.Paint(m.title), ""}
	for i, name := range m.names {
		base, sign := t.Selection, "›"
		if i != m.at {
			base, sign = "", " "
		}
		lines = append(lines, base.Paint(draw.Pad(" "+sign+" "+draw.Pad(name, 12)+m.told[i], w)))
	}
	return lines[:min(len(lines), h)]
}
