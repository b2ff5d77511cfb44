package cli

import (
	"bytes"
	"encoding/json"
	"sync"

	"example.com/muster/procs/task"
)

// mapEvents prints a map as JSON, one event a line: {"type":"result",...} for each
// item, "progress" every second, "advice" when there is a new one, and "end".
type mapEvents struct {
	report *mapReport
	record *task.Results
	out    bytes.Buffer

	mu sync.Mutex
}

// events is the sink of --json.
func (r *mapReport) events(o task.ResultOptions) task.Sink {
	e := &mapEvents{report: r}
	e.record = task.NewResults(&e.out, o)
	r.json = e
	return e
}

// Tell implements task.Sink: a record of [task.Results] becomes an event.
func (e *mapEvents) Tell(tasks []*task.Task) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.record.Tell(tasks); err != nil {
		return err
	}
	if err := e.record.Flush(); err != nil {
		return err
	}
	var b []byte
	for line := range bytes.Lines(e.out.Bytes()) {
		b = append(append(b, `{"type":"result",`...), line[1:]...)
	}
	e.out.Reset()
	_, err := e.report.app.stdout.Write(b)
	return err
}

// Flush implements task.Sink.
func (e *mapEvents) Flush() error { return nil }

// Close implements task.Sink.
func (e *mapEvents) Close() error { return nil }

// print prints an event.
func (e *mapEvents) print(event any) {
	b, err := json.Marshal(event)
	if err != nil {
		return // there is nothing in it that could not be written
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	_, _ = e.report.app.stdout.Write(append(b, '\n')) // the next result finds out
}

// adviceJSON is an advice as an event.
type adviceJSON struct {
	Type string `json:"type"`
	Rule string `json:"rule"`
	Text string `json:"text"`
}
