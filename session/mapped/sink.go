package mapped

import (
	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/procs/task"
)

// Output is a [task.Sink] that keeps what is printed for items where the screens
// look for it: each in the slot of its worker.
type Output struct {
	Store *output.Store
	// Lines says that lines come as they are printed, by [Output.Line].
	Lines bool
}

// maxShown is how much of what an item printed is shown, in bytes of each stream;
// all of it is in the results.
const maxShown = 256 << 10

// Tell implements [task.Sink].
func (o Output) Tell(tasks []*task.Task) error {
	for _, t := range tasks {
		if o.Lines {
			break
		}
		if t.Worker < 0 || t.Item.Out.Stdout.Size+t.Item.Out.Stderr.Size == 0 {
			continue
		}
		slot := o.Store.Slot(idOf(t.Worker))
		for stream, out := range []*task.Printed{&t.Item.Out.Stdout, &t.Item.Out.Stderr} {
			if b := out.Begin(maxShown); len(b) > 0 {
				slot.Write(procs.Stream(stream), t.Item.Out.PID, b)
				slot.EndWriter(procs.Stream(stream), t.Item.Out.PID)
			}
		}
	}
	return nil
}

// Line takes a line that an item's process has printed.
func (o Output) Line(l task.PrintedLine) {
	o.Store.Slot(idOf(l.Worker)).Write(l.Stream, l.PID, append(append([]byte(nil), l.Text...), '\n'))
}

// Printed takes a line that a worker has printed besides its answers.
func (o Output) Printed(worker int, line []byte) {
	o.Store.Slot(idOf(worker)).Write(procs.Stderr, 0, append(append([]byte(nil), line...), '\n'))
}

// Flush implements [task.Sink].
func (o Output) Flush() error { return nil }

// Close implements [task.Sink].
func (o Output) Close() error { return nil }
