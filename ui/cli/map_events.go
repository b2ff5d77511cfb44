package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"example.com/muster/procs/task"
	"example.com/muster/session"
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

// mapProgressJSON is a progress or the end in JSON. Durations are seconds; what
// is not known is null.
type mapProgressJSON struct {
	Type       string           `json:"type"`
	At         session.Time     `json:"at"`
	Seconds    float64          `json:"seconds"`
	OK         uint64           `json:"ok"`
	Failed     uint64           `json:"failed"`
	Skipped    uint64           `json:"skipped"`
	Resumed    uint64           `json:"resumed"`
	Running    int              `json:"running"`
	Retried    uint64           `json:"retried"`
	Unfinished uint64           `json:"unfinished"`
	Deaths     uint64           `json:"deaths"`
	Total      *uint64          `json:"total"`
	Rate       float64          `json:"per_second"`
	ETA        *float64         `json:"eta_seconds"`
	P50        float64          `json:"p50_seconds"`
	P95        float64          `json:"p95_seconds"`
	P99        float64          `json:"p99_seconds"`
	Workers    []mapWorkerJSON  `json:"workers"`
	Failures   []mapFailureJSON `json:"failures"`
}

type mapWorkerJSON struct {
	Worker int     `json:"worker"`
	PID    *int    `json:"pid"`
	Seq    *uint64 `json:"seq"`
	Item   string  `json:"item"`
	Age    float64 `json:"age_seconds"`
	Done   int     `json:"done"`
}

type mapFailureJSON struct {
	Type    string `json:"type"`
	Count   uint64 `json:"count"`
	Message string `json:"message"`
	Seq     uint64 `json:"seq"`
	Item    string `json:"item"`
}

func progressJSON(kind string, p *task.Progress) mapProgressJSON {
	j := mapProgressJSON{
		Type: kind, At: session.Time(time.Now()), Seconds: p.At.Sub(p.Started).Seconds(), OK: p.OK, Failed: p.Failed, Skipped: p.Skipped, Resumed: p.Resumed,
		Running: p.Running, Retried: p.Retried, Unfinished: p.Unfinished, Deaths: p.Deaths, Rate: p.Rate,
		P50: p.P50.Seconds(), P95: p.P95.Seconds(), P99: p.P99.Seconds(), Workers: []mapWorkerJSON{}, Failures: []mapFailureJSON{},
	}
	if p.TotalKnown {
		j.Total = &p.Total
	}
	if p.ETA > 0 {
		eta := p.ETA.Seconds()
		j.ETA = &eta
	}
	for _, w := range p.Workers {
		wj := mapWorkerJSON{Worker: w.Worker, Item: w.Item, Age: w.Age.Seconds(), Done: w.Done, PID: pidOrNull(w.PID)}
		if w.Seq > 0 {
			wj.Seq = &w.Seq
		}
		j.Workers = append(j.Workers, wj)
	}
	for _, f := range p.Failures {
		j.Failures = append(j.Failures, mapFailureJSON{f.Kind, f.Count, f.Message, f.Seq, f.Item})
	}
	return j
}

// writeMapReport writes what a map came to as one document, whole or not at all.
func writeMapReport(name string, p *task.Progress) error {
	b, err := json.MarshalIndent(progressJSON("report", p), "", "  ")
	if err == nil {
		err = replace(name, append(b, '\n'))
	}
	if err != nil {
		return fmt.Errorf("cannot write the report: %w", err)
	}
	return nil
}

func pidOrNull(pid int) *int {
	if pid == 0 {
		return nil
	}
	return &pid
}

// adviceJSON is an advice as an event.
type adviceJSON struct {
	Type string `json:"type"`
	Rule string `json:"rule"`
	Text string `json:"text"`
}
