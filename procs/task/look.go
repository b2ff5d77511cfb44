package task

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/task/plan"
)

// FailedItem is an item that has failed for good, and why. It is immutable.
type FailedItem struct {
	Seq  uint64
	Item string // for a person
	// Command is what was run for it; "" for functions and persistent workers.
	Command string
	Failure
	Verdict plan.Verdict
	Worker  int // from 0
	PID     int
	Tries   int
	Began   time.Time
	Took    time.Duration
	// Exit is how its process ended, if it had one of its own, or its worker's, if that
	// was lost.
	Exit *procs.Exit
	// Stdout and Stderr are the ends of what it printed, where that was kept; of a
	// worker that was lost, Stderr is the end of all that it printed.
	Stdout, Stderr []byte
}

// Result is what came of an item, for a look at it. It is immutable.
type Result struct {
	Seq     uint64
	Item    string
	Verdict plan.Verdict
	Worker  int
	Tries   int
	At      time.Time // when it was done
	Took    time.Duration
	// Preview is the begin of its value, or the end of what it printed.
	Preview []byte
	Message string // why it failed
}

// Bounds of what is kept for looks.
const (
	maxFailedItems = 1000
	maxFailedBytes = 8 << 20
	failedOutput   = 16 << 10 // of each stream
	maxResults     = 200
	resultsAtOnce  = 50 // between two observations
	previewBytes   = 2 << 10
)

// looks keeps what a person looks at while the map runs.
type looks struct {
	failed      []*FailedItem // oldest first; shared with readers, so it is only appended to
	failedBytes int
	results     []Result // likewise, and cut off at the front
	left        int      // results that may be kept until the next observation
}

// delivered notes an item that has come to its end.
func (l *looks) delivered(t *Task) {
	if t.Verdict.Failure() {
		l.fail(t)
	}
	if l.left == 0 && !t.Verdict.Failure() {
		return
	}
	l.left = max(0, l.left-1)
	out := &t.Item.Out
	r := Result{
		Seq: t.Item.Seq, Item: shorten(t.Item), Verdict: t.Verdict, Worker: t.Worker, Tries: t.Tries, At: t.Began.Add(t.Took), Took: t.Took,
	}
	switch {
	case t.Verdict.Failure():
		r.Message = FailureOf(t).Message
	case out.Exit == nil:
		r.Preview = bytes.Clone(out.Value[:min(len(out.Value), previewBytes)])
	default:
		r.Preview = endOf(&out.Stdout, previewBytes)
	}
	if len(l.results) >= 2*maxResults {
		l.results = slices.Clone(l.results[maxResults:])
	}
	l.results = append(l.results, r)
}

func (l *looks) fail(t *Task) {
	if len(l.failed) >= maxFailedItems || l.failedBytes > maxFailedBytes {
		return
	}
	out := &t.Item.Out
	f := &FailedItem{
		Seq: t.Item.Seq, Item: shorten(t.Item), Command: out.Command, Failure: FailureOf(t), Verdict: t.Verdict, Worker: t.Worker, PID: out.PID,
		Tries: t.Tries, Began: t.Began, Took: t.Took, Exit: out.Exit, Stdout: endOf(&out.Stdout, failedOutput), Stderr: endOf(&out.Stderr, failedOutput),
	}
	if t.Verdict == plan.Lost {
		f.Exit, f.Stderr = out.WorkerExit, out.LastWords
	}
	l.failedBytes += f.size()
	l.failed = append(l.failed, f)
}

func (f *FailedItem) size() int {
	return len(f.Item) + len(f.Command) + len(f.Message) + len(f.Traceback) + len(f.Stdout) + len(f.Stderr) + 200
}

// withdraw forgets items that are tried again. Readers have the list of before.
func (l *looks) withdraw(seqs map[uint64]bool) {
	var kept []*FailedItem
	for _, f := range l.failed {
		if seqs[f.Seq] {
			l.failedBytes -= f.size()
		} else {
			kept = append(kept, f)
		}
	}
	l.failed = kept
}

// recent returns the newest results, oldest first.
func (l *looks) recent() []Result { return slices.Clip(l.results[max(0, len(l.results)-maxResults):]) }

// endOf is the end of an output.
func endOf(out *Printed, most int) []byte {
	if out.File == nil {
		return bytes.Clone(out.Bytes[max(0, len(out.Bytes)-most):])
	}
	b := make([]byte, min(out.Size, int64(most)))
	n, err := out.File.ReadAt(b, out.Size-int64(len(b)))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil // the record says why
	}
	return b[:n]
}

// Begin returns the begin of what was printed, at most so many bytes.
func (p *Printed) Begin(most int) []byte {
	if p.File == nil {
		return p.Bytes[:min(len(p.Bytes), most)]
	}
	b := make([]byte, min(p.Size, int64(most)))
	n, err := p.File.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil // the record says why
	}
	return b[:n]
}

// Look has [Map.Progress] be of now.
func (m *Map) Look() { m.do(func() { m.observe(m.now, false) }) }
