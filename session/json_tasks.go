package session

import (
	"time"

	"example.com/muster/procs/task"
)

type (
	// TasksJSON is how far a map is: what GET /v1/tasks answers, `muster map --json`
	// prints every second and at the end, and --report writes. What is not known is
	// null.
	TasksJSON struct {
		Type       string             `json:"type"` // progress, end or report
		At         Time               `json:"at"`
		Seconds    float64            `json:"seconds"`
		OK         uint64             `json:"ok"`
		Failed     uint64             `json:"failed"`
		Skipped    uint64             `json:"skipped"`
		Resumed    uint64             `json:"resumed"`
		Running    int                `json:"running"`
		Retried    uint64             `json:"retried"`
		Unfinished uint64             `json:"unfinished"`
		Deaths     uint64             `json:"deaths"`
		Total      *uint64            `json:"total"`
		Rate       float64            `json:"per_second"`
		ETA        *float64           `json:"eta_seconds"`
		P50        float64            `json:"p50_seconds"`
		P95        float64            `json:"p95_seconds"`
		P99        float64            `json:"p99_seconds"`
		Size       int                `json:"size"` // how many may work
		Paused     bool               `json:"paused"`
		Stopped    bool               `json:"stopped"`
		Ended      bool               `json:"ended"`
		Workers    []TaskWorkerJSON   `json:"workers"`
		Failures   []TaskFailuresJSON `json:"failures"`
	}
	// TaskWorkerJSON is what one worker does.
	TaskWorkerJSON struct {
		Worker int     `json:"worker"`
		PID    *int    `json:"pid"`
		Seq    *uint64 `json:"seq"`
		Item   string  `json:"item"`
		Age    float64 `json:"age_seconds"`
		Done   int     `json:"done"`
	}
	// TaskFailuresJSON is the failures of one kind; message, seq and item are of the
	// first.
	TaskFailuresJSON struct {
		Type    string `json:"type"`
		Count   uint64 `json:"count"`
		Message string `json:"message"`
		Seq     uint64 `json:"seq"`
		Item    string `json:"item"`
	}
)

// TasksOf writes a progress; kind is its type.
func TasksOf(kind string, p *task.Progress) TasksJSON {
	j := TasksJSON{
		Type: kind, At: Time(time.Now()), Seconds: p.At.Sub(p.Started).Seconds(), OK: p.OK, Failed: p.Failed, Skipped: p.Skipped, Resumed: p.Resumed,
		Running: p.Running, Retried: p.Retried, Unfinished: p.Unfinished, Deaths: p.Deaths, Rate: p.Rate,
		P50: p.P50.Seconds(), P95: p.P95.Seconds(), P99: p.P99.Seconds(), Workers: []TaskWorkerJSON{}, Failures: []TaskFailuresJSON{},
		Size: p.Size, Paused: p.Paused, Stopped: p.Stopped, Ended: p.Ended,
	}
	if p.TotalKnown {
		j.Total = &p.Total
	}
	if p.ETA > 0 {
		eta := p.ETA.Seconds()
		j.ETA = &eta
	}
	for _, w := range p.Workers {
		wj := TaskWorkerJSON{Worker: w.Worker, Item: valid(w.Item), Age: w.Age.Seconds(), Done: w.Done}
		if w.PID > 0 {
			wj.PID = &w.PID
		}
		if w.Seq > 0 {
			wj.Seq = &w.Seq
		}
		j.Workers = append(j.Workers, wj)
	}
	for _, f := range p.Failures {
		j.Failures = append(j.Failures, TaskFailuresJSON{valid(f.Kind), f.Count, valid(f.Message), f.Seq, valid(f.Item)})
	}
	return j
}
