package session

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sort"
	"time"

	"example.com/muster/procs"
)

// The stream of events holds lines of output and what happens to processes in
// one order, with one number for each, so that a reader that comes again says
// "after N" and goes on. Neither is stored with that number; it follows from
// where they stand: line m of the session (from 0) and event k (from 1) come as
//
//	line m:   1 + m + how many events have After <= m
//	event k:  k + its After
//
// These never change for what lies before the horizon that [eventRing.horizon]
// tells: an event that is added later has an After of at least that.

// place is how far a reader has come: the number of the next line, and of the
// last event that it has had.
type place struct {
	line  uint64
	event uint64
}

// seq is the number of what the reader had last.
func (p place) seq() uint64 { return p.line + p.event }

const (
	// eventLines is how many lines are read at a time.
	eventLines = 500
	// maxBatch is how many events are looked at together.
	maxBatch = 1000
	// eventRest is how long a reader that has caught up rests at least, so
	// that lines which come one by one are not sent one by one.
	eventRest = 20 * time.Millisecond
)

// streamPatience is how long one write to a client may take. One that does
// not read for that long is cut off; it has cost one batch of memory.
var streamPatience = 10 * time.Second

// eventTypes are the types that can be asked for.
var eventTypes = []string{
	"output", string(procs.EventState), string(procs.EventExit), string(procs.EventCrash), string(procs.EventNotice), string(procs.EventGap),
}

func (srv *Server) serveEvents(w http.ResponseWriter, r *http.Request) {
	p := parameters{values: r.URL.Query(), known: map[string]bool{}}
	after, follow, partial, types := p.number("after", 0, 1<<63), p.flag("follow"), p.flag("partial"), p.words("type", eventTypes...)
	if err := p.err(); err != nil {
		fail(w, http.StatusBadRequest, err, "")
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	ctx, cancel := srv.untilClosed(r.Context())
	defer cancel()
	s := eventStream{session: srv.session, out: http.NewResponseController(w), w: w, scratch: make([]byte, 0, 32<<10), types: types, partial: partial}
	_ = s.out.SetReadDeadline(time.Time{}) // the question has been read; the stream goes on
	s.begin(after)
	for s.send() {
		switch {
		case s.more:
		case !follow:
			return
		case ctx.Err() != nil: // what came last has been sent
			return
		default:
			s.wait(ctx, s.standing())
		}
	}
}

// eventStream is one reader of the events.
type eventStream struct {
	session answering
	w       http.ResponseWriter
	out     *http.ResponseController
	types   []string // none: all
	at      place
	events  []procs.Event // those that come next
	more    bool          // there is more than was sent
	version uint64        // of the output when it was last looked at
	scratch []byte
	failed  bool

	partial bool              // also lines that have not ended, once they have stood for a while
	stands  map[opened]string // those that were sent, as far as they went
}

// opened names whose line it is that has not ended.
type opened struct {
	id     procs.ID
	stream procs.Stream
	pid    int
}

// StandFor is how long a line that has not ended stands before it is told all the
// same: it may be a prompt.
const StandFor = 100 * time.Millisecond

// begin goes to the place after a number.
func (s *eventStream) begin(after uint64) {
	var gone uint64
	s.at, gone = s.session.ring().placeAfter(after)
	if gone > 0 {
		s.gap(gone, "things that happened are no longer kept; see the log")
	}
}

// send sends what there is up to some bound, and reports whether the client
// still reads.
func (s *eventStream) send() bool {
	s.version = s.session.Store().Version()
	events, missed, horizon, more := s.session.ring().horizon(s.at.event)
	if missed > 0 {
		// Their places are gone with them: go on after the last of them.
		before := s.at.seq()
		s.at, _ = s.session.ring().placeAfter(before)
		s.gap(s.at.seq()-before, "things that happened are no longer kept; see the log")
		s.more = true
		return s.flush()
	}
	s.events, s.more = events, more
	page, _ := s.session.Store().Query(procs.Query{From: s.at.line, Max: eventLines}) // only a bad pattern is an error
	s.eventsUpTo(s.at.line)
	for i := range page.Lines {
		l := &page.Lines[i]
		if l.Partial || l.Seq >= horizon {
			break
		}
		s.linesGone(l.Seq)
		s.line(l)
	}
	if s.at.line < min(page.Next, horizon) { // what remains of the window is gone
		s.linesGone(min(page.Next, horizon))
	}
	s.eventsUpTo(s.at.line)
	s.more = s.more || s.at.line < horizon
	return s.flush()
}

// eventsUpTo sends the events that stand before a line.
func (s *eventStream) eventsUpTo(line uint64) {
	for len(s.events) > 0 && s.events[0].After <= line {
		e := s.events[0]
		s.events = s.events[1:]
		s.at.event = e.Seq
		j := EventJSON{Seq: s.at.event + e.After, At: Time(e.At), Type: string(e.Type), Process: valid(e.Process()), Text: valid(e.Text)}
		if e.ID == (procs.ID{}) {
			j.Process = ""
		}
		if e.PID != 0 {
			j.PID = &e.PID
		}
		s.put(j)
	}
}

// linesGone tells that the lines before number to cannot be had, with the
// events that came among them.
func (s *eventStream) linesGone(to uint64) {
	for s.at.line < to {
		until := to
		if len(s.events) > 0 {
			until = min(to, s.events[0].After)
		}
		if n := until - s.at.line; n > 0 {
			s.at.line = until
			s.gap(n, "lines are no longer kept")
		}
		s.eventsUpTo(s.at.line)
	}
}

func (s *eventStream) line(l *procs.Line) {
	s.eventsUpTo(l.Seq)
	s.at.line = l.Seq + 1
	j := EventJSON{Seq: s.at.seq(), At: Time(l.At), Type: "output", Process: l.ID.String(), Stream: l.Stream.String(), Cut: l.Cut}
	if l.PID != 0 {
		j.PID = &l.PID
	}
	j.Text, j.Raw = Text(l.Text)
	s.put(j)
	s.eventsUpTo(s.at.line)
}

func (s *eventStream) gap(n uint64, what string) {
	s.put(EventJSON{Seq: s.at.seq(), At: Time(time.Now()), Type: string(procs.EventGap), Text: fmt.Sprintf("%d %s", n, what)})
}

// put adds one event to what is sent next; a gap is told whatever was asked for.
func (s *eventStream) put(e EventJSON) {
	if len(s.types) > 0 && e.Type != string(procs.EventGap) && !slices.Contains(s.types, e.Type) {
		return
	}
	b, err := json.Marshal(e)
	if err != nil {
		return // cannot happen: the type holds strings and numbers only
	}
	s.scratch = append(append(s.scratch, b...), '\n')
	if len(s.scratch) > 256<<10 {
		s.flush()
	}
}

// flush sends what was put, and reports whether the client took it.
func (s *eventStream) flush() bool {
	if s.failed {
		return false
	}
	_ = s.out.SetWriteDeadline(time.Now().Add(streamPatience)) // our own connections have deadlines
	_, err := s.w.Write(s.scratch)
	if err == nil {
		err = s.out.Flush()
	}
	s.scratch = s.scratch[:0]
	s.failed = err != nil
	return !s.failed
}

// standing sends the lines that stand and were not sent so, and reports whether there
// are others that may come to stand. It is called when all before them has been sent.
func (s *eventStream) standing() (growing bool) {
	if !s.partial {
		return false
	}
	store := s.session.Store()
	chunks, growing := store.Standing(time.Now(), StandFor)
	if s.at.line != store.Next() { // whole lines before them are still to be sent
		return true
	}
	stands := make(map[opened]string, len(chunks))
	for _, c := range chunks {
		who, text := opened{c.ID, c.Stream, c.PID}, string(bytes.TrimSuffix(c.Text, []byte{'\n'}))
		if stands[who] = text; s.stands[who] == text || text == "" {
			continue
		}
		j := EventJSON{Seq: s.at.seq(), At: Time(c.At), Type: "output", Process: c.ID.String(), Stream: c.Stream.String(), Partial: true}
		if c.PID != 0 {
			j.PID = &c.PID
		}
		j.Text, j.Raw = Text([]byte(text))
		s.put(j)
	}
	s.stands = stands
	s.flush()
	return growing
}

// wait returns when something has happened or was printed, or ctx is done; and soon where
// a line grows that may come to stand.
func (s *eventStream) wait(ctx context.Context, growing bool) {
	either, cancel := context.WithCancel(ctx)
	defer cancel()
	if growing {
		defer time.AfterFunc(StandFor/2, cancel).Stop()
	}
	printed := make(chan struct{})
	go func() { // ends with either
		defer close(printed)
		s.session.Store().Wait(either, s.version)
		cancel()
	}()
	s.session.ring().wait(either, s.at.event)
	cancel()
	<-printed
	select {
	case <-time.After(eventRest):
	case <-ctx.Done():
	}
}

// horizon returns the events after number seq, how many of those are gone, and
// up to which line what is returned is final: no event that is added from now
// on stands before that.
func (r *eventRing) horizon(seq uint64) (events []procs.Event, missed, line uint64, more bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.next != nil {
		line = r.next()
	}
	events, missed = r.afterLocked(seq)
	if len(events) > maxBatch {
		// What stands before the last of these is known, and no more.
		events = events[:maxBatch]
		line = min(line, events[maxBatch-1].After)
		more = true
	}
	return events, missed, line, more
}

// placeAfter returns the place of a reader that has had everything up to a
// number of the stream, and how much of what it has not had is gone with the
// events that are no longer kept.
func (r *eventRing) placeAfter(seq uint64) (p place, gone uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	first := r.last - uint64(len(r.events)) // one before the first that is kept
	if dropped := first + r.dropped; first > 0 && seq < dropped {
		return place{line: r.dropped, event: first}, dropped - seq
	}
	n := sort.Search(len(r.events), func(i int) bool { return r.events[i].Seq+r.events[i].After > seq })
	p.event = first + uint64(n)
	p.line = seq - min(seq, p.event)
	if r.next != nil {
		p.line = min(p.line, r.next()) // a number that is still to come
	}
	return p, 0
}
