package task

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs/spawn"
	"example.com/muster/procs/task/plan"
)

// interactive is a map at which a test looks, as a person would.
type interactive struct {
	*Map
	t       *testing.T
	ended   chan error
	guard   *spawn.Guard
	results string
	joblog  string
	dir     string
}

// interact runs a command over items; "{dir}" in it is a directory of the test's.
func interact(t *testing.T, o plan.Options, command string, items ...string) *interactive {
	t.Helper()
	dir := t.TempDir()
	m := &interactive{t: t, ended: make(chan error, 1), results: filepath.Join(dir, "r.jsonl"), joblog: filepath.Join(dir, "log"), dir: dir}
	results, _, err := OpenResults(m.results, Afresh, ResultOptions{})
	if err != nil {
		t.Fatal(err)
	}
	log, _, err := OpenJobLog(m.joblog, Afresh, func(task *Task) string { return task.Item.Text })
	if err != nil {
		t.Fatal(err)
	}
	if m.guard, err = spawn.StartGuard(spawn.GuardOptions{}); err != nil {
		t.Fatal(err)
	}
	l := List(items)
	m.Map = New(Config{
		Plan: o, Source: NewProduct(NewGroup(false, &l)), Sink: Sinks{results, log}, Identity: []string{"test"}, Interactive: true,
		Work: &Command{
			Guard: m.guard, Environ: os.Environ(), Grace: time.Second,
			Template: ParseTemplate([]string{strings.ReplaceAll(command, "{dir}", dir)}, TemplateOptions{Shell: "/bin/sh"}),
		},
	})
	ctx, cancel := context.WithTimeout(context.Background(), atMost)
	go func() { m.ended <- m.Run(ctx) }() // ends with Finish, or ctx
	t.Cleanup(func() {
		cancel()
		if err := m.guard.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return m
}

// until waits until the progress is so.
func (m *interactive) until(what string, is func(*Progress) bool) *Progress {
	m.t.Helper()
	for deadline := time.Now().Add(atMost); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if p := m.Progress(); is(p) {
			return p
		}
	}
	m.t.Fatalf("%s has not come: %+v", what, m.Progress())
	return nil
}

// leave finishes the map, and returns the lines of its results and of its log.
func (m *interactive) leave() (results, log []string) {
	m.t.Helper()
	m.Finish()
	if err := <-m.ended; err != nil {
		m.t.Error(err)
	}
	return m.lines(m.results), m.lines(m.joblog)[1:]
}

func (m *interactive) lines(name string) []string {
	m.t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		m.t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
}

func over(p *Progress) bool { return p.Ended }

// TestRetryByHand: what failed is tried again when all is done, and each item's
// result is there once.
func TestRetryByHand(t *testing.T) {
	m := interact(t, plan.Options{Workers: 2}, `test {} = good || test -e "{dir}/repaired" || { echo no {} >&2; exit 3; }`, "good", "bad", "worse")
	p := m.until("the end", over)
	if p.Failed != 2 || p.Again != 2 || len(p.FailedItems) != 2 || p.Failures[0].Count != 2 {
		t.Fatalf("%d have failed, %d can be tried again: %+v", p.Failed, p.Again, p.FailedItems)
	}
	if f := p.FailedItems[0]; !strings.HasPrefix(string(f.Stderr), "no ") || f.Exit.Code != 3 || f.Tries != 1 {
		t.Errorf("the first failure is told as %+v, stderr %q", f, f.Stderr)
	}
	if got := strings.Join(m.lines(m.results), "\n"); strings.Count(got, `"ok":false`) != 2 {
		t.Errorf("while the person looks the results are\n%s", got)
	}
	if n := m.Retry(2); n != 1 { // and fails again
		t.Errorf("%d items are tried again", n)
	}
	m.until("the second end", func(p *Progress) bool { return p.Ended && p.Again == 2 && p.Retried == 1 })
	if err := os.WriteFile(filepath.Join(m.dir, "repaired"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if n := m.Retry(); n != 2 {
		t.Errorf("%d items are tried again", n)
	}
	p = m.until("the third end", func(p *Progress) bool { return p.Ended && p.OK == 3 })
	if p.Failed != 0 || len(p.Failures) != 0 || len(p.FailedItems) != 0 || p.Again != 0 {
		t.Errorf("failures stay: %+v", p)
	}
	if n := m.Retry(); n != 0 {
		t.Errorf("%d items are tried again, and none has failed", n)
	}
	results, log := m.leave()
	if len(results) != 3 || len(log) != 3 {
		t.Errorf("there are %d results and %d lines in the log:\n%s\n%s", len(results), len(log), strings.Join(results, "\n"), strings.Join(log, "\n"))
	}
	for _, line := range results {
		if !strings.Contains(line, `"ok":true`) {
			t.Errorf("a result is %s", line)
		}
		if strings.Contains(line, "bad") && !strings.Contains(line, `"tries":3`) {
			t.Errorf("bad was tried three times: %s", line)
		}
	}
}

// TestTheEstimateOverARetry: two workers are on items of a second each; three items fail at once, are tried
// again after two seconds, and fail at once again. What was withdrawn is no rate, and its going back no
// infinite one.
func TestTheEstimateOverARetry(t *testing.T) {
	begin := time.Now()
	w, total := newWatch(begin), uint64(26)
	for tick := 1; tick <= 60; tick++ {
		now := begin.Add(time.Duration(tick) * observeEvery)
		g := Progress{Counts: plan.Counts{OK: uint64(2 * (tick / 10)), Failed: 3}, Total: total, TotalKnown: true}
		if tick == 20 {
			for range 3 {
				w.undone(begin.Add(observeEvery))
			}
		}
		if retried := tick >= 20 && tick < 25; retried {
			g.Failed = 0
		}
		w.rates(now, &g)
		left := float64(total - g.Done())
		if tick >= 10 && g.Rate > 5 {
			t.Errorf("at %d it goes at %.1f items a second", tick, g.Rate)
		}
		if tick >= 20 && tick < 25 && (g.Rate < 1.5 || g.Rate > 2.1) {
			t.Errorf("at %d, without what was withdrawn, it goes at %.1f items a second", tick, g.Rate)
		}
		if least := seconds(left / 5.1); tick >= 10 && (g.ETALow < least || g.ETA < g.ETALow || g.ETAHigh < g.ETA || g.ETAHigh > seconds(left)) {
			t.Errorf("at %d the estimate is %v (%v to %v)", tick, g.ETA, g.ETALow, g.ETAHigh)
		}
	}
}

// TestTheEstimateOverAPause: ten items end in a second; after ten seconds the map is paused for a minute, in which
// the three that run come to their end. Nothing is said of when it will be over until it goes on, and then what
// is so.
func TestTheEstimateOverAPause(t *testing.T) {
	begin := time.Now()
	w, done := newWatch(begin), uint64(0)
	const paused, resumed = 100, 700
	for tick := 1; tick <= 800; tick++ {
		if tick < paused+3 || tick >= resumed {
			done++
		}
		g := Progress{Counts: plan.Counts{OK: done}, Total: 1000, TotalKnown: true, Paused: tick >= paused && tick < resumed}
		w.rates(begin.Add(time.Duration(tick)*observeEvery), &g)
		switch rest := seconds(float64(1000-done) / 10); {
		case g.Paused && (g.Rate != 0 || g.ETA != 0 || g.ETALow != 0 || g.ETAHigh != 0):
			t.Fatalf("at %d, paused, it goes at %.1f a second and is over in %v", tick, g.Rate, g.ETA)
		case !g.Paused && g.ETA != 0 && (g.ETA-rest).Abs() > rest/20, tick > resumed && g.ETA == 0, g.ETAHigh > rest+rest/10:
			t.Fatalf("at %d the estimate is %v (%v to %v) at %.1f a second, and it takes %v", tick, g.ETA, g.ETALow, g.ETAHigh, g.Rate, rest)
		}
	}
	g := Progress{Counts: plan.Counts{OK: done}, Paused: true, Ended: true}
	if w.rates(begin.Add(80*time.Second), &g); g.Rate == 0 {
		t.Error("a map that was paused and is over has no rate")
	}
}

// TestARetryIsNoLeapToTheEnd: while what has failed is tried again, no estimate is next to nothing.
func TestARetryIsNoLeapToTheEnd(t *testing.T) {
	items := []string{"bad1", "bad2", "bad3", "bad4", "bad5", "bad6"}
	for i := range 12 {
		items = append(items, strconv.Itoa(i))
	}
	m := interact(t, plan.Options{Workers: 2}, `case {} in bad*) test -e "{dir}/again" && sleep 0.5; exit 4;; esac; sleep 0.3`, items...)
	m.until("the failures, and some others", func(p *Progress) bool { return p.Again == 6 && p.OK >= 8 })
	if err := os.WriteFile(filepath.Join(m.dir, "again"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if n := m.Retry(); n != 6 {
		t.Errorf("%d items are tried again", n)
	}
	m.until("the end", func(p *Progress) bool {
		if p.ETA > 0 && p.ETALow < 10*time.Millisecond {
			t.Fatalf("the estimate is %v (%v to %v) at %v/s, with %d of %d done", p.ETA, p.ETALow, p.ETAHigh, p.Rate, p.Done(), p.Total)
		}
		return p.Ended
	})
	m.leave()
}

// TestRetryKeepsWhatWasThere: only this run's own records of failures are taken back.
func TestRetryKeepsWhatWasThere(t *testing.T) {
	name := filepath.Join(t.TempDir(), "r.jsonl")
	record := func(r *Results, seq uint64, v plan.Verdict) {
		it := &Item{Seq: seq, Text: "x"}
		if v != plan.OK {
			it.Out.Failure = &Failure{Kind: "k", Message: "m"}
		}
		if err := r.Tell([]*Task{{Item: it, Verdict: v}}); err != nil {
			t.Fatal(err)
		}
	}
	r, _, err := OpenResults(name, Afresh, ResultOptions{})
	if err != nil {
		t.Fatal(err)
	}
	record(r, 1, plan.Failed)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	link := name + ".link"
	if err := os.Symlink(name, link); err != nil {
		t.Fatal(err)
	}
	if r, _, err = OpenResults(link, ResumeAll, ResultOptions{}); err != nil {
		t.Fatal(err)
	}
	for seq := range uint64(3) {
		record(r, seq+1, plan.Failed)
	}
	if err := r.Withdraw(map[uint64]bool{1: true, 3: true}); err != nil {
		t.Fatal(err)
	}
	record(r, 3, plan.OK)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(string(b)) {
		_, rest, _ := strings.Cut(line, `"ok":`)
		got = append(got, rest[:strings.Index(rest, `,"item"`)])
	}
	if want := `false,"seq":1 false,"seq":2 true,"seq":3`; strings.Join(got, " ") != want {
		t.Errorf("the file holds %q, want %s", got, want)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is no more: %v", err)
	}
}

// TestFreeze: while all stands still no item is begun, and none takes too long.
func TestFreeze(t *testing.T) {
	const limit = 2 * time.Second
	m := interact(t, plan.Options{Workers: 2, Timeout: plan.Timeout{Fixed: limit}}, `while ! test -e "{dir}/{}"; do sleep 0.02; done`, "long", "short", "last")
	end := func(items ...string) {
		for _, item := range items {
			if err := os.WriteFile(filepath.Join(m.dir, item), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	m.until("two that run", func(p *Progress) bool { return p.Running == 2 })
	m.Freeze(true)
	frozen := time.Now()
	end("short")
	m.until("the short one's end", func(p *Progress) bool { return p.Running == 1 })
	p := m.until("more time than an item has", func(p *Progress) bool { return p.At.Sub(frozen) > limit })
	if p.Failed > 0 || p.Running != 1 || p.Waiting != 1 {
		t.Errorf("while it stood still: %+v", p.Counts)
	}
	m.Freeze(false)
	end("long", "last")
	p = m.until("the end", func(p *Progress) bool { return p.Ended })
	if p.OK != 3 {
		t.Errorf("in the end: %+v", p.Counts)
	}
	m.leave()
}

// TestSkipTheRightOne: a person who is too late skips nothing.
func TestSkipTheRightOne(t *testing.T) {
	m := interact(t, plan.Options{Workers: 1}, `test {} != long || sleep 60`, "long", "short")
	m.until("the long one", func(p *Progress) bool { return len(p.Workers) == 1 && p.Workers[0].Seq == 1 })
	if m.Skip(0, 2) {
		t.Error("an item is skipped that no worker is on")
	}
	if !m.Skip(0, 1) {
		t.Error("the item that a worker is on is not skipped")
	}
	m.until("the end", func(p *Progress) bool { return p.Ended && p.OK == 1 && p.Skipped == 1 })
	if results, _ := m.leave(); len(results) != 1 {
		t.Errorf("the results are %q", results)
	}
}

// TestLastWords: of a worker that is lost it is kept how it ended, and what it said last.
func TestLastWords(t *testing.T) {
	guard, err := spawn.StartGuard(spawn.GuardOptions{})
	if err != nil {
		t.Fatal(err)
	}
	argv, environ := played("json")
	l := List{"well", "last words"}
	printed := func(int, []byte) {}
	m := New(Config{
		Plan: plan.Options{Workers: 1}, Source: NewProduct(NewGroup(false, &l)), Sink: Sinks{}, Interactive: true,
		Work: &Persistent{Guard: guard, Argv: argv, Environ: environ, Printed: printed},
	})
	ended := make(chan error, 1)
	go func() { ended <- m.Run(t.Context()) }() // ends with Finish
	i := &interactive{Map: m, t: t}
	p := i.until("the end", over)
	m.Finish()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := guard.Close(context.Background()); err != nil {
		t.Error(err)
	}
	if len(p.FailedItems) != 1 || p.FailedItems[0].Exit == nil {
		t.Fatalf("the failures are %+v", p.FailedItems)
	}
	if f := p.FailedItems[0]; f.Verdict != plan.Lost || f.Exit.Code != 7 || string(f.Stderr) != "so long\n" || f.PID == 0 {
		t.Errorf("%v, exit %+v, pid %d, last words %q", f.Verdict, f.Exit, f.PID, f.Stderr)
	}
}

// TestLastWordsAreBounded: the last of them are kept.
func TestLastWordsAreBounded(t *testing.T) {
	var w lastWords
	for i := range 100_000 {
		w.add(fmt.Appendf(nil, "line %d", i))
	}
	w.add(bytes.Repeat([]byte("x"), 10*maxWords))
	got := w.take()
	if len(got) > 2*maxWords+1 || !bytes.Contains(got, []byte("line 99999\n")) || bytes.Contains(got, []byte("line 90000\n")) {
		t.Errorf("%d bytes are kept: %.30q", len(got), got)
	}
}
