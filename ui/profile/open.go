package profile

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/profiling/capture"
	"example.com/muster/profiling/report"
	"example.com/muster/session"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
	"example.com/muster/ui/source"
)

// ask is a question to the capture that is open: its answer is all that the
// views show.
type ask struct {
	seq, base    int    // the capture, and the one that it is compared with; 0 for none
	value        string // what is counted; "" for what the profile is about
	label, equal string // only samples with this label; "" for all
	focus        string // only stacks with a frame that matches
	by           string // the label of the groups
}

// narrowed reports whether it leaves out some of the capture.
func (a ask) narrowed() bool { return a.label != "" || a.focus != "" }

// what tells to what it is narrowed.
func (a ask) what() string {
	text := ""
	if a.label != "" {
		text = a.label + " " + plain(a.equal)
	}
	if a.focus != "" {
		if text != "" {
			text += ", "
		}
		text += "with " + plain(a.focus)
	}
	return text
}

// answer is what the views show. It does not change.
type answer struct {
	ask    ask
	err    error
	value  report.Value
	values []report.Value
	tree   *report.Node
	table  report.Table
	lines  map[string]int // of each function, the line in which most was spent
	labels []string
	groups []group
	odd    []report.Finding
	diff   *report.Difference // with the tree; nil unless two are compared
	pid    int                // of one of its processes, 0 if unknown
	limits []string           // what was left out of the profile
}

// opened is the capture that is shown.
type opened struct {
	want    int // its number, 0 if none is
	ask     ask
	err     error // why it cannot be read
	answer  *answer
	reports map[int]*report.Report // those that were read: the open one, and what it is compared with
	busy    bool
}

// Answers of what is looked up outside the event loop.
type (
	readMsg struct {
		seq    int
		report *report.Report
		err    error
	}
	startedMsg struct {
		c   *session.Profiled
		err error
	}
)

// openUp shows another capture.
func (s *Screen) openUp(seq int) {
	if s.opened.want == seq && s.opened.ask.base == 0 && s.opened.err == nil {
		return
	}
	by := s.opened.ask.by
	value := s.opened.ask.value
	s.opened.want, s.opened.err, s.opened.answer = seq, nil, nil
	s.opened.ask = ask{seq: seq, by: by, value: value}
	s.flame.reset()
	s.top = table{byCum: s.top.byCum}
	s.text, s.groups = listing{}, groups{}
}

// askFor asks another question to the same capture.
func (s *Screen) askFor(change func(*ask)) {
	change(&s.opened.ask)
	s.opened.err = nil
}

// patience is how long a profile may take to come from another process.
const patience = time.Minute

// More reads and works out what the view in front has not got yet.
func (s *Screen) More() tea.Cmd {
	o := &s.opened
	if o.want == 0 || o.busy || o.err != nil || s.session == nil {
		return nil
	}
	for _, seq := range []int{o.ask.base, o.want} {
		if seq != 0 && o.reports[seq] == nil {
			o.busy = true
			return s.read(seq)
		}
	}
	if o.answer == nil || o.answer.ask != o.ask {
		o.busy = true
		question, r, base := o.ask, o.reports[o.want], o.reports[o.ask.base]
		return func() tea.Msg { return keys.AnswerMsg{Screen: keys.Profile, Answer: work(question, r, base)} }
	}
	return s.moreText()
}

// read fetches a capture's profile.
func (s *Screen) read(seq int) tea.Cmd {
	from := s.session
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		r, err := port.Profile(ctx, from, seq)
		return keys.AnswerMsg{Screen: keys.Profile, Answer: readMsg{seq, r, err}}
	}
}

// moreText reads the source file that the view in front wants.
func (s *Screen) moreText() tea.Cmd {
	if s.view != viewSource || s.text.file == "" {
		return nil
	}
	at, ok := s.files.Next(s.text.place(s.opened.answer.pid))
	if !ok {
		return nil
	}
	return func() tea.Msg {
		return keys.AnswerMsg{Screen: keys.Profile, Answer: source.ReadFile(at)}
	}
}

// Receive takes what was looked up.
func (s *Screen) Receive(got any) tea.Cmd {
	o := &s.opened
	switch got := got.(type) {
	case readMsg:
		o.busy = false
		if got.err != nil {
			if got.seq == o.want || got.seq == o.ask.base {
				o.err = got.err
			}
			return nil
		}
		if o.reports == nil || len(o.reports) > 2 {
			o.reports = map[int]*report.Report{}
		}
		o.reports[got.seq] = got.report
	case *answer:
		o.busy = false
		if got.ask == o.ask {
			s.shown(got)
		}
	case source.File:
		s.files.Keep(got)
	case startedMsg:
		return s.started(got)
	}
	return nil
}

// shown puts an answer into the views.
func (s *Screen) shown(a *answer) {
	s.opened.answer = a
	if a.err != nil {
		return
	}
	s.flame.set(a.tree)
	s.top.set(a)
	s.groups.keep(len(a.groups))
	s.text.values = nil
}

// work answers a question. It is for any goroutine.
func work(q ask, r, base *report.Report) *answer {
	a := &answer{ask: q, values: r.Values(), labels: r.Labels(), tree: &report.Node{}, limits: r.Limits()}
	o := report.Options{Value: r.Default(), Label: q.label, LabelValue: q.equal}
	for i, v := range a.values {
		if v.Name == q.value {
			o.Value = i
		}
	}
	if o.Value < 0 {
		return a
	}
	a.value = a.values[o.Value]
	if q.focus != "" {
		re, err := regexp.Compile("(?i)" + q.focus)
		if err != nil {
			a.err = fmt.Errorf("%q is no regular expression: %w", q.focus, err)
			return a
		}
		o.Focus = re
	}
	a.lines = hottest(r, o)
	if pids := r.Groups(capture.LabelPID, report.Options{Value: o.Value}); len(pids) > 0 {
		a.pid, _ = strconv.Atoi(pids[0].Label) // 0 if it has none
	}
	if base != nil {
		a.compare(base, r, o)
		return a
	}
	a.tree, a.table = r.Tree(o), r.Top(o)
	a.groupBy(r, o)
	return a
}

// compare answers what differs between two captures.
func (a *answer) compare(base, r *report.Report, o report.Options) {
	d, err := report.Diff(base, r, report.DiffOptions{Options: o, Normalize: true})
	if err != nil {
		a.err = errors.New("cannot compare the two: " + err.Error())
		return
	}
	a.diff, a.tree, a.value, a.limits = d, d.Tree, d.Value, d.Limits
}

// hottest returns of each function the line in which most was spent.
func hottest(r *report.Report, o report.Options) map[string]int {
	o.By = report.ByLine
	lines, most := map[string]int{}, map[string]int64{}
	for _, row := range r.Top(o).Rows {
		if row.Cum > most[row.Frame.Function] && row.Frame.Line > 0 {
			most[row.Frame.Function], lines[row.Frame.Function] = row.Cum, row.Frame.Line
		}
	}
	return lines
}

// nextValue counts something else.
func (s *Screen) nextValue() {
	a := s.opened.answer
	if a == nil || len(a.values) < 2 {
		return
	}
	i := slices.Index(a.values, a.value)
	s.askFor(func(q *ask) { q.value = a.values[(i+1)%len(a.values)].Name })
}
