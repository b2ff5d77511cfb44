package task

import (
	"errors"
	"io"

	"example.com/muster/procs/task/plan"
)

// Sinks tells several.
type Sinks []Sink

// Tell implements [Sink].
func (s Sinks) Tell(tasks []*Task) error {
	for _, sink := range s {
		if err := sink.Tell(tasks); err != nil {
			return err
		}
	}
	return nil
}

// Flush implements [Sink].
func (s Sinks) Flush() error {
	for _, sink := range s {
		if err := sink.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// Close implements [Sink].
func (s Sinks) Close() error {
	var all error
	for _, sink := range s {
		all = errors.Join(all, sink.Close())
	}
	return all
}

// Printer writes what commands printed, item by item, and the results of
// functions, a line each.
type Printer struct {
	Stdout, Stderr io.Writer
	// Tag, if set, returns what stands before each line of an item's output, or its value.
	Tag func(*Item) string
	// Values says that results are values; else outputs.
	Values bool
	// Raw says that values are no JSON, and are written with their length.
	Raw bool
	// Before is called before something is written, and After when it has been: a
	// progress line goes out of the way. Either may be nil.
	Before, After func()

	buf []byte
}

// Tell implements [Sink].
func (p *Printer) Tell(tasks []*Task) error {
	for _, t := range tasks {
		out := &t.Item.Out
		if p.Values {
			if t.Verdict == plan.OK {
				if p.Tag != nil {
					p.buf = append(append(p.buf, p.Tag(t.Item)...), '\t')
				}
				p.buf = append(append(p.buf, out.Value...), '\n')
			}
			if len(p.buf) < printBuffer {
				continue
			}
			if err := p.Flush(); err != nil {
				return err
			}
			continue
		}
		if err := p.output(p.Stdout, t.Item, &out.Stdout); err != nil {
			return err
		}
		if err := p.output(p.Stderr, t.Item, &out.Stderr); err != nil {
			return err
		}
	}
	return nil
}

const printBuffer = 64 << 10

// output writes one stream of an item's.
func (p *Printer) output(w io.Writer, it *Item, out *Printed) error {
	if out.Size == 0 {
		return nil
	}
	tag := ""
	if p.Tag != nil {
		tag = p.Tag(it) + "\t"
	}
	if out.File == nil && w == p.Stdout && tag == "" { // many small ones become one write
		p.buf = append(p.buf, out.Bytes...)
		if len(p.buf) > printBuffer {
			return p.Flush()
		}
		return nil
	}
	if err := p.Flush(); err != nil {
		return err
	}
	p.step(p.Before)
	defer p.step(p.After)
	r := readerOf(out)
	if tag == "" {
		_, err := io.Copy(w, r)
		return err
	}
	return tagged(w, r, tag)
}

// readerOf reads all of an output.
func readerOf(out *Printed) io.Reader {
	if out.File != nil {
		return io.NewSectionReader(out.File, 0, out.Size)
	}
	return &byteReader{out.Bytes}
}

type byteReader struct{ rest []byte }

func (r *byteReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// tagged copies with a tag before each line.
func tagged(w io.Writer, r io.Reader, tag string) error {
	var c lineCutter
	var out []byte
	add := func(line []byte) { out = append(append(append(out, tag...), line...), '\n') }
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Read(buf)
		c.cut(buf[:n], add)
		if errors.Is(err, io.EOF) {
			c.end(add)
		}
		if _, err := w.Write(out); err != nil {
			return err
		}
		out = out[:0]
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

func (p *Printer) step(f func()) {
	if f != nil {
		f()
	}
}

// Flush implements [Sink].
func (p *Printer) Flush() error {
	if len(p.buf) == 0 {
		return nil
	}
	p.step(p.Before)
	defer p.step(p.After)
	_, err := p.Stdout.Write(p.buf)
	p.buf = p.buf[:0]
	return err
}

// Close implements [Sink].
func (p *Printer) Close() error { return p.Flush() }

// Observer is a sink that calls a function for each task.
type Observer func(t *Task)

// Tell implements [Sink].
func (o Observer) Tell(tasks []*Task) error {
	for _, t := range tasks {
		o(t)
	}
	return nil
}

// Flush implements [Sink].
func (o Observer) Flush() error { return nil }

// Close implements [Sink].
func (o Observer) Close() error { return nil }
