package session

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/muster/procs"
)

// saying collects notices.
type saying struct {
	mu    sync.Mutex
	words []string
}

func (s *saying) say(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.words = append(s.words, text)
}

func (s *saying) said() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.words)
}

// A flood of crashes of one kind runs the command once a second at the most,
// and a command that hangs is ended; adding a crash never waits.
func TestHooksAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s saying
		var mu sync.Mutex
		running, most, runs := 0, 0, 0
		var got []string
		h := &hooks{notify: s.say, wake: make(chan struct{}, hooksAtOnce), argv: []string{"mail"}, run: func(ctx context.Context, _ []string, _ string, b []byte) (procs.Exit, string, error) {
			var c CrashJSON
			if err := json.Unmarshal(b, &c); err != nil {
				t.Error(err)
			}
			mu.Lock()
			running++
			runs++
			most = max(most, running)
			got = append(got, c.Headline)
			mu.Unlock()
			defer func() { mu.Lock(); running--; mu.Unlock() }()
			if strings.HasPrefix(c.Headline, "hang") {
				<-ctx.Done()
				return procs.Exit{}, "", context.Cause(ctx)
			}
			if c.Headline == "fail" {
				return procs.Exit{Code: 7}, "no mail today", nil
			}
			return procs.Exit{}, "", nil
		}}
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { h.work(ctx) })
		begin := time.Now()
		for i := range 50 {
			h.add(ended("p", 0, fmt.Sprint("hang ", i%5), 0))
			h.add(ended("p", 0, "flood", 0))
		}
		h.add(ended("p", 0, "flood", 1.5))
		h.add(ended("p", 0, "fail", 0))
		if d := time.Since(begin); d != 0 {
			t.Errorf("adding waited for %v", d)
		}
		time.Sleep(10 * hookTime)
		cancel()
		wg.Wait()
		if most != hooksAtOnce || runs != 5+2+1 {
			t.Errorf("%d at once, %d runs: %v", most, runs, got)
		}
		words := strings.Join(s.said(), "\n")
		for _, want := range []string{"it did not end within 30s", "exit 7: no mail today", "did not run for 94 crashes"} {
			if !strings.Contains(words, want) {
				t.Errorf("%q is not in %q", want, words)
			}
		}
	})
}

// At the end of a session the commands that wait are still run, but for a while only.
func TestHooksAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s saying
		h := &hooks{notify: s.say, wake: make(chan struct{}, hooksAtOnce), argv: []string{"mail"}, run: func(ctx context.Context, _ []string, _ string, b []byte) (procs.Exit, string, error) {
			<-ctx.Done()
			return procs.Exit{}, "", context.Cause(ctx)
		}}
		h.add(ended("p", 0, "hang", 0))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		begin := time.Now()
		h.work(ctx)
		if d := time.Since(begin); d != hookFinishing || !strings.Contains(strings.Join(s.said(), ""), ": ended with muster, before it was done") {
			t.Errorf("after %v: %q", d, s.said())
		}
	})
}
