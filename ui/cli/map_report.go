package cli

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/term"

	"example.com/muster/procs"
	"example.com/muster/procs/spawn"
	"example.com/muster/procs/task"
	"example.com/muster/session"
	"example.com/muster/ui/draw"
)

// mapReport tells a person how a map goes: results on standard output, failures
// and a line of progress on standard error.
type mapReport struct {
	app      *app
	flags    *mapFlags
	terminal bool // standard error is one: the progress is drawn over itself
	bar      bool
	values   bool // results are values, not outputs
	json     *mapEvents
	advised  map[string]bool
	screen   *mapScreen  // nil: all is printed as it comes
	live     *mapSession // nil: nobody looks on
	// shellHint is for a command that is not found; "": there is no such hint.
	shellHint string

	mu    sync.Mutex
	drawn bool // a progress line stands
	told  int  // failures that were told one by one
	kinds map[string]bool
}

func newMapReport(a *app, f *mapFlags) *mapReport {
	r := &mapReport{app: a, flags: f, terminal: term.IsTerminal(a.stderr.Fd()) && !f.plain, kinds: map[string]bool{}, advised: map[string]bool{}}
	r.bar = f.bar || r.terminal && !f.json
	r.values = f.py != "" || f.worker != ""
	return r
}

// printer writes results to standard output, for a person or a pipe.
func (r *mapReport) printer() task.Sink {
	p := &task.Printer{Stdout: r.app.stdout, Stderr: r.app.stderr, Values: r.values, Before: r.clear}
	if r.flags.tag {
		p.Tag = itemText
	}
	return p
}

func itemText(it *task.Item) string { return strings.Join(it.Parts(), " ") }

// maxTold is how many failures are told one by one.
const maxTold = 20

// maxItemTold is how much of an item is told with its failure, in cells: the
// reason follows it.
const maxItemTold = 120

// tell tells of a failure.
func (r *mapReport) tell(t *task.Task) {
	if !t.Verdict.Failure() {
		return
	}
	f := task.FailureOf(t)
	r.mu.Lock()
	r.told++
	told, first := r.told, !r.kinds[f.Kind]
	if len(r.kinds) < 1000 {
		r.kinds[f.Kind] = true
	}
	r.mu.Unlock()
	tries := ""
	if t.Tries > 1 {
		tries = fmt.Sprintf(" after %d tries", t.Tries)
	}
	switch {
	case told <= maxTold || first && told <= 10*maxTold:
		item := draw.TruncateMiddle(draw.Plain([]byte(itemText(t.Item)), 0), maxItemTold)
		r.notice(fmt.Sprintf("item %d (%s) failed%s: %s", t.Item.Seq, item, tries, f.Message))
		if first && f.Traceback != "" {
			r.write(f.Traceback)
		}
	case told == maxTold+1:
		r.notice("more failures of the same kinds are not told one by one")
	}
}

// maxNotice bounds a line of muster's own, in cells.
const maxNotice = 400

// notice prints a line of muster's own.
func (r *mapReport) notice(text string) {
	r.write("muster: " + draw.Plain([]byte(strings.ReplaceAll(text, "\n", " ")), maxNotice) + "\n")
}

func (r *mapReport) write(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clearLocked()
	_, _ = io.WriteString(r.app.stderr, text) // whoever closed it does not want to know
}

// line prints a line of an item's output as it comes.
func (r *mapReport) line(l task.PrintedLine) {
	if r.live != nil {
		r.live.output().Line(l)
	}
	var b bytes.Buffer
	if r.flags.tag {
		b.WriteString(itemText(l.Item))
		b.WriteByte('\t')
	}
	b.Write(l.Text)
	b.WriteByte('\n')
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clearLocked()
	w := r.app.stdout
	if l.Stream == procs.Stderr {
		w = r.app.stderr
	}
	_, _ = w.Write(b.Bytes()) // a reader that has gone does not want it
}

// clear takes the progress line away before something else is written.
func (r *mapReport) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clearLocked()
}

func (r *mapReport) clearLocked() {
	if r.drawn {
		_, _ = io.WriteString(r.app.stderr, "\r\x1b[K")
		r.drawn = false
	}
}

// How often the progress is told: on a terminal, where it replaces itself, and
// elsewhere.
const (
	drawEvery = 100 * time.Millisecond
	lineEvery = time.Second
)

// begin tells the progress until the returned function is called.
func (r *mapReport) begin(m *task.Map) (end func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		every := lineEvery
		if r.bar && r.terminal {
			every = drawEvery
		}
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				r.step(m.Progress())
			case <-quit:
				return
			}
		}
	}()
	return func() {
		close(quit)
		<-done
		r.clear()
	}
}

// step tells what is new.
func (r *mapReport) step(p *task.Progress) {
	for _, a := range p.Advice {
		if r.advised[a.Rule] {
			continue
		}
		r.advised[a.Rule] = true
		if r.json != nil {
			r.json.print(adviceJSON{"advice", a.Rule, a.Text})
		} else {
			r.notice("advice: " + a.Text)
		}
	}
	if r.json != nil {
		r.json.print(session.TasksOf("progress", p))
	}
	if r.bar {
		r.draw(p)
	}
}

func (r *mapReport) draw(p *task.Progress) {
	text := progressLine(p)
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.terminal {
		_, _ = io.WriteString(r.app.stderr, text+"\n")
		return
	}
	if width, _, err := term.GetSize(r.app.stderr.Fd()); err == nil && width > 1 {
		text = draw.Truncate(text, width-1)
	}
	_, _ = io.WriteString(r.app.stderr, "\r\x1b[K"+text)
	r.drawn = true
}

// progressLine is how far a map is, in one line.
func progressLine(p *task.Progress) string {
	var b strings.Builder
	done := p.Done()
	if p.TotalKnown {
		percent := uint64(100)
		if p.Total > 0 {
			percent = done * 100 / p.Total
		}
		fmt.Fprintf(&b, "map %d/%d %d%%", done, p.Total, percent)
	} else {
		fmt.Fprintf(&b, "map %d", done)
	}
	if p.Failed > 0 {
		fmt.Fprintf(&b, " | %d failed", p.Failed)
	}
	if p.Resumed > 0 {
		fmt.Fprintf(&b, " | %d done before", p.Resumed)
	}
	fmt.Fprintf(&b, " | %d running", p.Running)
	if p.Paused && !p.Ended {
		b.WriteString(" | paused")
	} else {
		fmt.Fprintf(&b, " | %s/s", draw.Rate(p.Rate))
	}
	switch {
	case p.Ended:
		fmt.Fprintf(&b, " | %s", draw.Took(p.At.Sub(p.Started)))
	case p.ETA > 0:
		fmt.Fprintf(&b, " | ETA %s", draw.Estimate(p.ETA))
		if low, high := draw.Estimate(p.ETALow), draw.Estimate(p.ETAHigh); low != high {
			fmt.Fprintf(&b, " (%s to %s)", low, high)
		}
	}
	return b.String()
}

// end tells what it came to.
func (r *mapReport) end(p *task.Progress, sig procs.Signal, err error) {
	if r.bar {
		r.write(progressLine(p) + "\n")
	}
	if r.json != nil {
		r.json.print(session.TasksOf("end", p))
	}
	switch {
	case sig != 0:
		r.notice(fmt.Sprintf("stopped by %v: %s", sig, doneText(p)))
	case p.Stopped && p.Unfinished > 0:
		r.notice("stopped early: " + doneText(p))
	}
	if p.Failed > 0 {
		r.notice(fmt.Sprintf("%d of %s failed: %s", p.Failed, draw.Plural(p.Done(), "item"), kindsOf(p.Failures)))
		if r.shellHint != "" && slices.ContainsFunc(p.Failures, func(g task.FailureGroup) bool { return g.Kind == spawn.NotFound }) {
			r.write("hint: " + r.shellHint + "\n")
		}
		if lack := lackedByItems(p.Failures); lack != "" && spawn.Lacking(err) == nil { // else the error's hint says so
			r.write("hint: " + moreOf(lack) + "\n")
		}
	}
}

// doneText says how far a map came that was stopped: "94 of 1,200 items done, 3 of them failed".
func doneText(p *task.Progress) string {
	text := draw.Plural(p.Done(), "item")
	if p.TotalKnown && p.Left() > 0 {
		text = draw.Count(p.Done()) + " of " + draw.Plural(p.Total, "item")
	}
	text += " done"
	switch {
	case p.Failed == 1:
		text += ", 1 of them failed"
	case p.Failed > 1:
		text += ", " + draw.Count(p.Failed) + " of them failed"
	}
	return text
}

// kindsOf lists the kinds of failures.
func kindsOf(groups []task.FailureGroup) string {
	var parts []string
	for i, g := range groups {
		if i == 5 {
			parts = append(parts, "...")
			break
		}
		parts = append(parts, fmt.Sprintf("%d x %s", g.Count, g.Kind))
	}
	return strings.Join(parts, ", ")
}
