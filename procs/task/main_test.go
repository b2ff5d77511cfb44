package task

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.com/muster/procs/spawn"
	"example.com/muster/procs/task/plan"
)

// playWorker in the environment has the test binary play a persistent worker.
const playWorker = "MUSTER_TASK_PLAY"

func TestMain(m *testing.M) {
	if spawn.IsGuard(os.Args) {
		os.Exit(spawn.GuardMain())
	}
	if role := os.Getenv(playWorker); role != "" {
		workers[role]()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// workers are the persistent workers of these tests.
var workers = map[string]func(){
	"json": func() {
		for in := bufio.NewScanner(os.Stdin); in.Scan(); {
			var q struct {
				ID   int
				Item string
			}
			if err := json.Unmarshal(in.Bytes(), &q); err != nil {
				fmt.Println("what is this?", in.Text())
			}
			playItem(q.Item)
			switch q.Item {
			case "junk":
				fmt.Println("this is no answer")
				fmt.Println(`{"id": 999, "result": 1}`)
			case "fails":
				fmt.Printf(`{"id":%d,"error":{"type":"Bad","message":"no good"}}`+"\n", q.ID)
				continue
			case "fails in words":
				fmt.Printf(`{"id":%d,"error":"no good"}`+"\n", q.ID)
				continue
			case "endless":
				fmt.Printf(`{"id":%d,"result":"%s`, q.ID, strings.Repeat("x", 3<<20))
				hang()
			case "half":
				fmt.Printf(`{"id":%d,"resu`, q.ID)
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			}
			fmt.Printf(`{"id":%d,"result":%q}`+"\n", q.ID, q.Item)
			if q.Item == "after" {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			}
		}
	},
	"bytes": func() {
		in, head := bufio.NewReader(os.Stdin), make([]byte, 4)
		for {
			if _, err := io.ReadFull(in, head); err != nil {
				return
			}
			item := make([]byte, binary.BigEndian.Uint32(head))
			_, _ = io.ReadFull(in, item)
			playItem(string(item))
			status := byte(0)
			switch string(item) {
			case "fails":
				status = 1
			case "junk":
				fmt.Print("this is no frame")
			}
			out := binary.BigEndian.AppendUint32(nil, uint32(1+len(item)))
			out = append(append(out, status), item...)
			if string(item) == "half" {
				_, _ = os.Stdout.Write(out[:6])
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			}
			_, _ = os.Stdout.Write(out)
		}
	},
	"ends": func() { fmt.Fprintln(os.Stderr, "no licence"); os.Exit(3) },
	"closes": func() {
		_ = os.Stdout.Close()
		_, _ = io.Copy(io.Discard, os.Stdin)
	},
}

// hang waits for a signal that nobody sends; select {} would be a deadlock to the runtime.
func hang() {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGUSR1)
	<-told
}

func playItem(item string) {
	switch item {
	case "dies":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "hangs":
		hang()
	case "last words":
		fmt.Fprintln(os.Stderr, "so long")
		os.Exit(7)
	case "once": // dies of it the first time
		if f, err := os.OpenFile(os.Getenv("ONCE"), os.O_CREATE|os.O_EXCL, 0o600); err == nil {
			_ = f.Close()
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
	}
}

// played is a worker's command and environment.
func played(role string, env ...string) (argv, environ []string) {
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return []string{exe}, append(append(os.Environ(), playWorker+"="+role), env...)
}

// outcome is what a test's map came to.
type outcome struct {
	err      error
	order    []string          // items as they were told
	values   map[string]string // of those that succeeded; what commands printed
	failures map[string]string // messages of those that did not
	verdicts map[string]plan.Verdict
	tries    map[string]int
	traces   map[string]string
	progress *Progress

	mu      sync.Mutex
	printed []string
}

func (o *outcome) print(worker int, line []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.printed = append(o.printed, string(line))
}

func (o *outcome) line(text string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Contains(o.printed, text)
}

// Tell implements [Sink].
func (o *outcome) Tell(tasks []*Task) error {
	for _, t := range tasks {
		name := strings.Join(t.Item.Parts(), " ")
		o.order = append(o.order, name)
		o.verdicts[name], o.tries[name] = t.Verdict, t.Tries
		if t.Verdict == plan.OK {
			o.values[name] = string(t.Item.Out.Value) + string(t.Item.Out.Stdout.Bytes)
			if f := t.Item.Out.Stdout.File; f != nil {
				b := make([]byte, t.Item.Out.Stdout.Size)
				_, _ = f.ReadAt(b, 0)
				o.values[name] = string(b)
			}
			continue
		}
		f := FailureOf(t)
		o.failures[name], o.traces[name] = f.Message, f.Traceback
	}
	return nil
}

func (o *outcome) Flush() error { return nil }
func (o *outcome) Close() error { return nil }

// atMost bounds a map of a test.
const atMost = 2 * time.Minute

// mapOver runs a map over items; work is given the guard and where its workers
// print.
func mapOver(t *testing.T, options plan.Options, work func(g *spawn.Guard, o *outcome) Work, items ...string) *outcome {
	t.Helper()
	l := List(items)
	return mapFrom(t, options, work, NewProduct(NewGroup(false, &l)))
}

func mapFrom(t *testing.T, options plan.Options, work func(g *spawn.Guard, o *outcome) Work, source Source) *outcome {
	t.Helper()
	g, err := spawn.StartGuard(spawn.GuardOptions{})
	if err != nil {
		t.Fatal(err)
	}
	o := &outcome{
		values: map[string]string{}, failures: map[string]string{}, verdicts: map[string]plan.Verdict{}, tries: map[string]int{}, traces: map[string]string{},
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), atMost, context.DeadlineExceeded)
	defer cancel()
	if options.Backoff == 0 {
		options.Backoff = time.Millisecond
	}
	w := work(g, o)
	if py, ok := w.(*Python); ok {
		options.Recycles = py.Recycles()
	}
	m := New(Config{Plan: options, Source: source, Work: w, Sink: o, Identity: []string{"test"}})
	o.err = m.Run(ctx)
	o.progress = m.Progress()
	if ctx.Err() != nil {
		t.Errorf("the map has not ended after %v: %+v", atMost, o.progress)
	}
	if err := g.Close(context.Background()); err != nil {
		t.Error(err)
	}
	return o
}

func (o *outcome) want(t *testing.T, values, failures map[string]string) {
	t.Helper()
	if o.err != nil {
		t.Errorf("the map ended with %v", o.err)
	}
	for item, want := range values {
		if got, ok := o.values[item]; !ok || got != want {
			t.Errorf("%s: %.200q, want %.200q (%s)", item, got, want, o.failures[item])
		}
	}
	for item, want := range failures {
		if got := o.failures[item]; !strings.Contains(got, want) || got == "" {
			t.Errorf("%s failed with %.300q, want %q", item, got, want)
		}
	}
	if n := len(values) + len(failures); len(o.order) != n {
		t.Errorf("%d items were told, want %d: %q", len(o.order), n, o.order)
	}
}
