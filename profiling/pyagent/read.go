package pyagent

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

const (
	// maxLine bounds a report; agents write at most 16,000 bytes, of an exception.
	maxLine = 16 << 10
	// maxRead bounds what one call of Read takes in, in bytes.
	maxRead = 4 << 20
	// turnOver is how much is left in the file until a new one takes its place.
	turnOver = 1 << 20
)

// source is the file that agents append to, read from where the last call
// stopped. Agents open it by its name for each report, so that it can be
// replaced by an empty one when it has grown: whoever had it open then still
// finishes a line in the old one, which is therefore read once more.
type source struct {
	file, next *os.File      // next is nil, or has taken file's place
	since      time.Time     // when next did
	patience   time.Duration // how long whoever had file open then may take to write
	at         int64         // how much of file has been read
	pending    []byte        // the beginning of a line whose end has not been read
	skipping   bool          // the line is too long: its rest is passed over
}

// turnPatience is the usual patience: agents open the file for one write.
const turnPatience = 100 * time.Millisecond

// open makes the file.
func (s *source) open(name string) (err error) {
	s.patience = turnPatience
	s.file, err = os.OpenFile(name, os.O_RDONLY|os.O_CREATE|os.O_EXCL, 0o600)
	return err
}

func (s *source) close() {
	for _, f := range []*os.File{s.file, s.next} {
		if f != nil {
			_ = f.Close() // it was only read
		}
	}
	s.file, s.next = nil, nil
}

// Read returns what has been reported since the last call, in the order in
// which it was written; at most 4 MiB of it, and the rest next time. Lines that
// no agent has written are left out. [os.ErrClosed] follows Remove.
func (a *Agent) Read() ([]Report, error) {
	a.reading.Lock()
	defer a.reading.Unlock()
	err := a.pull()
	reports := a.unread
	a.unread = nil
	return reports, err
}

// Other returns a second reader, which gets all that Read gets from now on.
func (a *Agent) Other() *Other {
	a.reading.Lock()
	defer a.reading.Unlock()
	o := &Other{agent: a}
	a.others = append(a.others, o)
	return o
}

// Other is one more reader of what agents report.
type Other struct {
	agent  *Agent
	unread []Report
}

// Read is [Agent.Read] for this reader.
func (o *Other) Read() ([]Report, error) {
	o.agent.reading.Lock()
	defer o.agent.reading.Unlock()
	err := o.agent.pull()
	reports := o.unread
	o.unread = nil
	return reports, err
}

// Bell returns a channel that gets a value soon after something was reported. It
// holds one value at most, and is for one reader. nil means that nobody will
// ring, so that Read is to be called now and then.
func (a *Agent) Bell() <-chan struct{} {
	a.reading.Lock()
	defer a.reading.Unlock()
	if a.bell == nil && a.source.file != nil {
		if b, err := newBell(a.reports()); err == nil {
			a.bell = b
		}
	}
	if a.bell == nil {
		return nil
	}
	return a.bell.rung
}

// maxUnread bounds what waits for a reader that does not come: the oldest is lost.
const maxUnread = 1 << 16

// pull hands what has come to all readers. The caller holds reading.
func (a *Agent) pull() error {
	reports, err := a.read()
	a.unread = waiting(a.unread, reports)
	for _, o := range a.others {
		o.unread = waiting(o.unread, reports)
	}
	return err
}

func waiting(list, more []Report) []Report {
	list = append(list, more...)
	return list[max(0, len(list)-maxUnread):]
}

// read takes in what has come. The caller holds reading.
func (a *Agent) read() ([]Report, error) {
	if a.source.file == nil {
		return nil, fmt.Errorf("cannot read the reports of the Python agent: %w", os.ErrClosed)
	}
	var reports []Report
	more, err := a.source.read(func(line []byte) {
		if r, err := parse(line); err == nil {
			reports = append(reports, r)
		}
	})
	if more && a.bell != nil {
		a.bell.again()
	}
	if err == nil {
		err = a.turn()
	}
	if err != nil {
		return reports, fmt.Errorf("cannot read the reports of the Python agent: %w", err)
	}
	return reports, nil
}

// read hands out the whole lines that have come. There may be more if that was
// much.
func (s *source) read(take func([]byte)) (more bool, err error) {
	buf := make([]byte, 64<<10)
	for budget := maxRead; budget > 0; {
		n, err := s.file.ReadAt(buf, s.at)
		s.at += int64(n)
		budget -= n
		s.cut(buf[:n], take)
		if errors.Is(err, io.EOF) {
			if s.next == nil || time.Since(s.since) < s.patience {
				return false, nil
			}
			s.follow()
			continue
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// cut cuts what was read into lines.
func (s *source) cut(p []byte, take func([]byte)) {
	for {
		line, rest, whole := bytes.Cut(p, []byte{'\n'})
		if !s.skipping {
			s.pending = append(s.pending, line[:min(len(line), maxLine+1)]...)
		}
		if len(s.pending) > maxLine {
			s.pending, s.skipping = s.pending[:0], true
		}
		if !whole {
			return
		}
		if !s.skipping {
			take(s.pending)
		}
		s.pending, s.skipping = s.pending[:0], false
		p = rest
	}
}

// turn sees to it that what agents append to does not grow without bound, and
// that the bell hears it.
func (a *Agent) turn() error {
	turned, err := a.source.turn(a.reports())
	if turned {
		err = errors.Join(err, a.hear())
	}
	return err
}

// hear has the bell hear a file that is new.
func (a *Agent) hear() error {
	if a.bell == nil {
		return nil
	}
	time.AfterFunc(a.source.patience+time.Millisecond, a.bell.again) // also what was written before it heard
	return a.bell.hear(a.reports())
}

// turn puts a new file in the place of one that has grown.
func (s *source) turn(name string) (turned bool, err error) {
	if s.at < turnOver || s.next != nil {
		return false, nil
	}
	f, err := os.CreateTemp(filepath.Dir(name), "reports-*")
	if err != nil {
		return false, err
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return false, errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	s.next, s.since = f, time.Now()
	return true, nil
}

// anew has a new file follow the one that is read, which has been removed.
func (s *source) anew(name string) error {
	f, err := os.OpenFile(name, os.O_RDONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if s.next != nil {
		s.follow()
	}
	s.next, s.since = f, time.Now()
	return nil
}

// follow goes on in the file that has taken the place of the one that has been
// read to its end.
func (s *source) follow() {
	_ = s.file.Close() // it was only read
	s.file, s.next, s.at = s.next, nil, 0
	s.pending, s.skipping = s.pending[:0], false
}
