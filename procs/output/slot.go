package output

import (
	"bytes"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"example.com/muster/procs"
)

// Slot takes what one slot's processes print. Its methods may be called
// concurrently and never fail.
type Slot struct {
	store *Store
	id    procs.ID
	index uint32   // in Store.slots
	log   *slotLog // nil if the session has no directory

	// writing is held by whoever adds output, so that the log, the ring and
	// the merged order agree.
	writing sync.Mutex
	scratch []byte // for withoutCR
	losses  uint64 // of the log, when hole was set
	screen  screen // of its terminal

	// mu guards what readers see. To change it, one also holds writing.
	mu      sync.Mutex
	ring    ring
	writers writers

	bytes atomic.Uint64 // that have been written
	kept  atomic.Uint64 // ring.oldest()
	hole  atomic.Uint64 // up to where, in the merged order, lines are that are not in the log
	open  atomic.Bool   // there is an unterminated line

	fullScreen atomic.Bool // screen.on, for readers
	drawings   atomic.Pointer[drawings]
}

// Write takes what one read of a stream gave. pid is the process that wrote
// it, or 0 where that is not known. The bytes are copied as far as they are
// kept. After the store has been closed it does nothing.
func (s *Slot) Write(stream procs.Stream, pid int, p []byte) {
	w := writer{stream: stream, pid: int32(pid)}
	for len(p) > 0 {
		p = s.write(w, p)
		s.store.moved()
		if r := s.store.held.Load(); r != nil && s.hole.Load() > r.at.Load() {
			r.wait(s)
		}
	}
}

// heldBytes is how much is taken at a time where a printer may have to be waited for:
// no more lines than half of a ring of the usual size.
const heldBytes = 8 << 10

// write takes some of what one read gave, mostly all of it, and returns the rest.
func (s *Slot) write(w writer, p []byte) (rest []byte) {
	now := s.store.now()
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.losses > 0 && len(p) > heldBytes && s.store.held.Load() != nil {
		p, rest = p[:heldBytes], p[heldBytes:]
	}
	if !s.store.closing.Load() {
		s.feed(w, now, p)
		if w.stream != procs.Muster {
			s.bytes.Add(uint64(len(p)))
		}
	}
	s.secure()
	return rest
}

// secure sees to it that a reader finds in the files what the ring lets go of next,
// and notes where there is something that it cannot find there.
func (s *Slot) secure() {
	if s.log == nil {
		return
	}
	s.log.fileBefore(s.ring.next, s.ring.maxLines/2)
	if n := s.log.losses.Load(); n != s.losses {
		s.losses = n
		s.hole.Store(s.store.merge.end())
	}
}

// held returns how many lines the ring holds.
func (s *Slot) held() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ring.next - s.ring.oldest()
}

// EndWriter says that a writer of the slot has ended: what it left without a
// newline becomes a line, of the time at which it last grew. With a pid below 0
// this holds for all writers of the stream.
func (s *Slot) EndWriter(stream procs.Stream, pid int) { s.endWriters(int(stream), pid) }

// EndProcess says that a process has ended: EndWriter for all its streams. It
// does nothing for those of whom the output mode cannot tell.
func (s *Slot) EndProcess(pid int) {
	if pid > 0 {
		s.endWriters(-1, pid)
	}
}

// EndRun says that everything which wrote to the slot has ended.
func (s *Slot) EndRun() {
	s.endWriters(-1, -1)
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.screen.on { // whoever comes next has a new terminal
		s.turn(false, max(s.ring.next, 1)-1)
	}
	s.screen = screen{}
}

// FullScreen reports whether the slot's terminal shows the alternate screen: what is
// printed meanwhile is no lines.
func (s *Slot) FullScreen() bool { return s.fullScreen.Load() }

// turn notes that the program has changed the screen of its terminal in line seq.
func (s *Slot) turn(on bool, seq uint64) {
	list := s.drawn().turned(on, seq)
	s.drawings.Store(&list)
	s.fullScreen.Store(on)
}

// drawn returns which lines were begun on the alternate screen.
func (s *Slot) drawn() drawings {
	if list := s.drawings.Load(); list != nil {
		return *list
	}
	return nil
}

func (s *Slot) endWriters(stream, pid int) {
	s.writing.Lock()
	ended := false
	for _, l := range s.writers.of(stream, pid) {
		ended = ended || l.pending()
		s.forget(l, l.at, unterminated)
	}
	s.writing.Unlock()
	if ended {
		s.store.moved()
	}
}

// Unfinished reports whether a process has a line that has not ended.
func (s *Slot) Unfinished(pid int) bool {
	if !s.open.Load() {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.writers.all, func(l *line) bool { return int(l.pid) == pid && len(l.rest) > 0 })
}

// Note adds muster's own words as lines of stream [procs.Muster].
func (s *Slot) Note(text string) {
	s.Write(procs.Muster, 0, append([]byte(text), '\n'))
}

// Next returns the number that the next line will get: how many have come.
func (s *Slot) Next() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ring.next
}

// Bytes returns how many bytes its processes have printed.
func (s *Slot) Bytes() uint64 { return s.bytes.Load() }

// Last returns the newest line: the unterminated one that has grown last, unless
// a line came later; the zero Line if nothing was printed. What its writer left without a
// newline comes behind lines that are newer.
func (s *Slot) Last() procs.Line {
	s.mu.Lock()
	defer s.mu.Unlock()
	open := s.writers.newest()
	sp, ok := s.ring.newest()
	for back := uint64(2); ok && back <= lastOf && back <= s.ring.next-s.ring.oldest(); back++ {
		older := s.ring.look(s.ring.next-back, s.ring.next-back+1, 0, maxLine+1)
		if older.at <= sp.at {
			break
		}
		sp = older
	}
	switch {
	case open != nil && (!ok || open.at >= sp.at):
		return s.partial(open)
	case !ok:
		return procs.Line{}
	}
	sp.id, sp.own, sp.drawn = s.id, sp.seq, s.drawn()
	return sp.line(sp.seq, bytes.Clone(sp.text[:len(sp.text)-1]))
}

// lastOf bounds how many lines are looked at for the newest.
const lastOf = 16

// feed takes p from a writer, and forgets another if there are too many.
func (s *Slot) feed(w writer, now int64, p []byte) {
	l := s.writers.find(w)
	if l == nil {
		s.mu.Lock()
		l = s.writers.add(w)
		s.mu.Unlock()
	}
	if w.stream == procs.Terminal {
		q, held := withoutCR(s.scratch, p, l.heldCR)
		if len(q) > 0 && &q[0] != &p[0] {
			s.scratch = q
		}
		p, l.heldCR = q, held
		p = s.follow(l, now, p)
	}
	s.join(l, now, p)
	if l.heldCR { // there is nothing else that says when it came
		s.mu.Lock()
		s.writers.touch(l, len(l.rest), now)
		s.mu.Unlock()
	}
	for x := s.writers.excess(l); x != nil; x = s.writers.excess(l) {
		s.forget(x, now, cut)
	}
}

// follow takes p up to where the screen has been changed last, and returns the rest.
func (s *Slot) follow(l *line, now int64, p []byte) (rest []byte) {
	if len(s.screen.held) == 0 && bytes.IndexByte(p, 0x1b) < 0 { // as mostly
		return p
	}
	for from := p; ; {
		n, changed := s.screen.next(from)
		if !changed {
			return p
		}
		from = from[n:]
		s.join(l, now, p[:len(p)-len(from)])
		p = from
		s.turn(s.screen.on, s.ring.next)
	}
}

// join carries out what the splitter makes of p.
func (s *Slot) join(l *line, now int64, p []byte) {
	for len(p) > 0 {
		st := split(l.rest, p)
		s.commit(l, now, st)
		p = p[st.used:]
	}
}

// forget removes a writer. What it has pending becomes a line.
func (s *Slot) forget(l *line, now int64, end ending) {
	if l.heldCR {
		s.join(l, now, []byte{'\r'})
	}
	if len(l.rest) > 0 {
		s.commit(l, now, step{emit: true, pre: l.rest, lines: 1, end: end, drop: len(l.rest)})
	}
	s.mu.Lock()
	s.writers.remove(l)
	s.mu.Unlock()
}

// commit carries out one step of the splitter: log, ring, merged order.
func (s *Slot) commit(l *line, now int64, st step) {
	p := piece{writer: l.writer, at: now, pre: st.pre, body: st.body, lines: st.lines, end: st.end}
	seq, filed := s.ring.next, front{}
	if st.emit && s.log != nil {
		filed = s.log.append(seq, &p)
	}
	s.mu.Lock()
	if st.lines > 0 {
		before := s.ring.bytes
		if filed.lines > 0 {
			s.ring.leap(filed)
			_, p = p.divide(filed)
		}
		s.ring.append(&p)
		s.kept.Store(s.ring.oldest())
		s.store.ringBytes.Add(s.ring.bytes - before)
	}
	before := len(l.rest)
	l.apply(st.drop, st.add)
	if before == 0 || st.lines > 0 {
		l.began = now
	}
	s.writers.touch(l, before, now)
	s.open.Store(s.writers.bytes > 0)
	open := len(l.rest) > 0
	s.mu.Unlock()
	if s.log != nil && (open || s.log.standing.Load()) {
		s.log.grown()
	}
	if st.lines > 0 {
		s.store.merge.append(s.index, seq, st.lines)
	}
	if st.end == states && l.stream == procs.Terminal {
		list := s.drawn().dropped(s.screen.on, seq)
		s.drawings.Store(&list)
	}
}

// partial returns a copy of an unterminated line. Its number is the one that
// the slot's next line gets. It is called with mu held.
func (s *Slot) partial(l *line) procs.Line {
	p := procs.Line{
		Seq: s.ring.next, ID: s.id, At: time.Unix(0, l.at), Stream: l.stream, PID: int(l.pid),
		Text: bytes.Clone(l.rest), Partial: true,
	}
	s.drawn().mark(&p, p.Seq)
	return p
}

// oldest returns the number of the oldest line that is kept, in memory or on
// disk.
func (s *Slot) oldest() uint64 {
	o := s.kept.Load()
	if s.log != nil {
		o = min(o, s.log.first.Load())
	}
	return o
}

// span returns lines from number from on and before to, of one run and at most
// limit bytes, as a copy in dst[:0]; or how many are gone or, with a pid, not
// of that process. The ring has the newest, c reads older ones.
func (s *Slot) span(c *cursor, dst []byte, from, to uint64, pid, limit int) span {
	sp, ok := s.recall(dst, from, to, pid, limit)
	switch {
	case ok:
	case s.log == nil:
		sp = span{kind: gone, seq: from, lines: sp.seq - from}
	default:
		sp = c.span(dst, from, sp.seq, pid, limit)
	}
	sp.id, sp.own, sp.drawn = s.id, sp.seq, s.drawn()
	return sp
}

// recall is span from memory. If the ring does not hold line from any more, it
// returns a span that starts at the first line, up to to, that it holds.
func (s *Slot) recall(dst []byte, from, to uint64, pid, limit int) (span, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.ring.oldest(); from < o {
		return span{seq: min(o, to)}, false
	}
	sp := s.ring.look(from, to, pid, limit)
	sp.text = append(dst[:0], sp.text...)
	return sp, true
}
