package session

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
	"example.com/muster/profiling/locks/graph"
)

// Frame is one step of a session's state on its way to the screens that are
// attached to it: all of it, or what differs from the frame before. It is
// muster's own affair and may change with each version; gob lets older and
// newer ones understand each other as far as they have the same fields.
type Frame struct {
	Full bool
	// Version is the session's when the frame was built.
	Version uint64
	// Output is the version of the output.
	Output uint64
	// Snapshot is the new state, but its pools have no slots.
	Snapshot procs.Snapshot
	// Sizes are the numbers of slots of the pools, Slots those that differ.
	Sizes []int
	Slots []SlotChange
	// Crashes are the reports that are new or have changed, CrashRows all
	// kinds of them; nil if nothing of both is new. A report that no row names
	// is kept no more.
	Crashes   []*crash.Report
	CrashRows []crash.Row
	// Locks is the view of them, if it is another one than before.
	Locks *graph.View
	// Profiles are all captures, if one of them is another than before.
	Profiles []*Profiled
	// Tasks is how far a map is; nil if that has not changed.
	Tasks *TasksFrame
	// End is set in the last frame of a session that ends in good order.
	End *End
}

// SlotChange is a slot that differs, by its place in the snapshot.
type SlotChange struct {
	Pool, Slot int
	New        procs.Slot
	// KeepsGone says that New.Gone has only what comes behind the list of before, of which
	// the first GoneFront and the last GoneBack are dropped.
	KeepsGone           bool
	GoneFront, GoneBack int
}

// End is how a session ended.
type End struct{ Code int }

// frameOf returns what leads from one snapshot to another; a nil old one makes
// it full.
func frameOf(old, snap *procs.Snapshot) Frame {
	f := Frame{Full: old == nil, Snapshot: *snap}
	f.Snapshot.Pools = make([]procs.Pool, len(snap.Pools))
	for i := range snap.Pools {
		p := &snap.Pools[i]
		f.Snapshot.Pools[i] = *p
		f.Snapshot.Pools[i].Slots = nil
		f.Sizes = append(f.Sizes, len(p.Slots))
		before := slotsOf(old, i, p.Name)
		for j := range p.Slots {
			// Lists and exits that have not changed are the same ones, so that
			// this is quick.
			if j >= len(before) {
				f.Slots = append(f.Slots, SlotChange{Pool: i, Slot: j, New: p.Slots[j]})
			} else if !reflect.DeepEqual(before[j], p.Slots[j]) {
				c := SlotChange{Pool: i, Slot: j, New: p.Slots[j]}
				c.leaveOut(before[j].Gone)
				f.Slots = append(f.Slots, c)
			}
		}
	}
	return f
}

// slotsOf returns the slots of pool number i, if it is that one.
func slotsOf(snap *procs.Snapshot, i int, name string) []procs.Slot {
	if snap == nil || i >= len(snap.Pools) || snap.Pools[i].Name != name {
		return nil
	}
	return snap.Pools[i].Slots
}

// Apply returns the snapshot that the frame makes of the one before, which is
// left as it is and may be nil for a full frame.
func (f *Frame) Apply(old *procs.Snapshot) (*procs.Snapshot, error) {
	snap := f.Snapshot
	if f.Full {
		old = nil
	}
	if len(f.Sizes) != len(snap.Pools) {
		return nil, errors.New("the frame is damaged")
	}
	for i := range snap.Pools {
		p := &snap.Pools[i]
		if f.Sizes[i] < 0 || f.Sizes[i] > maxSlots {
			return nil, errors.New("the frame is damaged")
		}
		p.Slots = make([]procs.Slot, f.Sizes[i])
		copy(p.Slots, slotsOf(old, i, p.Name))
	}
	for _, c := range f.Slots {
		if c.Pool < 0 || c.Pool >= len(snap.Pools) || c.Slot < 0 || c.Slot >= len(snap.Pools[c.Pool].Slots) {
			return nil, errors.New("the frame is damaged")
		}
		slot := &snap.Pools[c.Pool].Slots[c.Slot]
		if c.KeepsGone {
			gone, ok := c.gone(slot.Gone)
			if !ok {
				return nil, errors.New("the frame is damaged")
			}
			c.New.Gone = gone
		}
		*slot = c.New
	}
	return &snap, nil
}

// leaveOut leaves out what is known from before of those that have ended: of the longest lists
// the oldest go when others come, and what somebody was called may be known late.
func (c *SlotChange) leaveOut(before []procs.Gone) {
	list := c.New.Gone
	if len(list) == 0 {
		c.KeepsGone = len(before) == 0
		return
	}
	known := 0
	for i := range before {
		if before[i] != list[0] {
			continue
		}
		n := 0
		for n < len(list) && i+n < len(before) && list[n] == before[i+n] {
			n++
		}
		if n > known {
			known, c.GoneFront = n, i
		}
		if i+n == len(before) {
			break
		}
	}
	if known > 0 {
		c.KeepsGone, c.GoneBack, c.New.Gone = true, len(before)-c.GoneFront-known, list[known:]
	}
}

// gone puts the list of those that have ended together again; ok is false if there were
// not so many before.
func (c *SlotChange) gone(before []procs.Gone) (list []procs.Gone, ok bool) {
	n := len(before)
	if c.GoneFront < 0 || c.GoneBack < 0 || c.GoneFront > n || c.GoneBack > n-c.GoneFront {
		return nil, false
	}
	list = before[c.GoneFront : n-c.GoneBack]
	if len(c.New.Gone) > 0 {
		list = slices.Concat(list, c.New.Gone) // not behind it: others have the list of before
	}
	return list, true
}

// Bounds of what a frame can claim.
const (
	maxSlots = 1 << 20
	maxFrame = 256 << 20 // bytes
)

// encode makes the bytes of a frame: their number, then a gob of its own.
func (f *Frame) encode() []byte {
	var b bytes.Buffer
	b.Write(make([]byte, 4))
	_ = gob.NewEncoder(&b).Encode(f) // it holds nothing that cannot be encoded, as a test asserts
	binary.BigEndian.PutUint32(b.Bytes(), uint32(b.Len()-4))
	return b.Bytes()
}

// ReadFrame reads the next frame of a stream.
func ReadFrame(r io.Reader) (*Frame, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > maxFrame {
		return nil, fmt.Errorf("a frame of %d bytes is too large", n)
	}
	f := new(Frame)
	body := io.LimitReader(r, int64(n))
	if err := gob.NewDecoder(body).Decode(f); err != nil {
		return nil, err
	}
	_, err := io.Copy(io.Discard, body) // what a newer version may have added
	return f, err
}

// hub makes the frames, each once for all who watch. Its goroutine runs while
// there is somebody. Who is too slow for a frame gets all of the state next.
type hub struct {
	session answering

	mu       sync.Mutex
	watchers int
	stop     context.CancelFunc
	seq      uint64          // of the newest frame
	output   uint64          // its version then
	version  uint64          // of the session when that was built
	snap     *procs.Snapshot // what it leads to
	locks    *graph.View     // the one in it
	crashes  []*crash.Report // those in it
	rows     []crash.Row
	profiles []*Profiled   // those in it
	tasks    *Tasks        // those in it
	delta    []byte        // the newest frame
	full     []byte        // the same state for who has nothing; nil if nobody has asked
	moved    chan struct{} // closed at the next frame
}

// How often it is looked whether the session has moved: fast while it does
// again and again, as with output; at a process's begin or end soon after.
const (
	busyLook  = time.Second / 15
	quietLook = time.Second / 5
	stirGap   = time.Second / 30
)

// join lets somebody watch until leave is called.
func (h *hub) join(wg *sync.WaitGroup) (leave func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.watchers++
	if h.watchers == 1 {
		ctx, cancel := context.WithCancel(context.Background())
		h.stop = cancel
		h.step()
		wg.Go(func() { h.run(ctx) }) // ends when the last one leaves
	}
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.watchers--; h.watchers == 0 {
			h.stop()
		}
	}
}

// run makes frames until ctx is done.
func (h *hub) run(ctx context.Context) {
	still := 0
	for ctx.Err() == nil {
		h.mu.Lock()
		moved := h.step()
		h.mu.Unlock()
		wait := quietLook
		if still++; moved {
			if still <= 3 {
				wait = busyLook
			}
			still = 0
		}
		last := h.session.ring().newest()
		select {
		case <-time.After(stirGap):
		case <-ctx.Done():
		}
		look, cancel := context.WithTimeout(ctx, wait-stirGap)
		h.session.ring().wait(look, last)
		cancel()
	}
}

// step makes a frame if the session has moved; the caller holds mu.
func (h *hub) step() bool {
	version := h.session.Version()
	if h.snap != nil && version == h.version {
		return false
	}
	output := h.session.Store().Version() // before the snapshot: what is printed later makes another frame
	found := h.session.Found()            // likewise: the snapshot counts these crashes at least
	snap := h.session.Snapshot()
	f := frameOf(h.snap, snap)
	f.Version, f.Output = version, output
	f.crashed(found.Crashes, found.CrashRows, h.crashes, h.rows)
	h.crashes, h.rows = found.Crashes, found.CrashRows
	if found.Locks != h.locks {
		f.Locks, h.locks = found.Locks, found.Locks
	}
	if !slices.Equal(found.Profiles, h.profiles) {
		f.Profiles, h.profiles = found.Profiles, found.Profiles
	}
	f.Tasks, h.tasks = tasksFrame(found.Tasks, h.tasks), found.Tasks
	h.seq++
	h.version, h.output, h.snap, h.delta, h.full = version, output, snap, f.encode(), nil
	if h.moved != nil {
		close(h.moved)
	}
	h.moved = make(chan struct{})
	return true
}

// crashed adds to a frame what is new of the crashes since others: of those that are only
// counted the rows alone change.
func (f *Frame) crashed(reports []*crash.Report, rows []crash.Row, before []*crash.Report, rowsBefore []crash.Row) {
	if slices.Equal(reports, before) && slices.EqualFunc(rows, rowsBefore, sameRow) {
		return
	}
	f.CrashRows = rows
	known := make(map[*crash.Report]bool, len(before))
	for _, r := range before {
		known[r] = true
	}
	for _, r := range reports {
		if !known[r] {
			f.Crashes = append(f.Crashes, r)
		}
	}
}

// sameRow reports whether no crash has come to a row of the same reports.
func sameRow(a, b crash.Row) bool { return a.Count == b.Count && a.Last.Equal(b.Last) }

// Reports returns the reports that the frame makes of those before.
func (f *Frame) Reports(before []*crash.Report) []*crash.Report {
	if f.CrashRows == nil {
		if f.Full {
			return nil
		}
		return before
	}
	kept := map[int]*crash.Report{}
	for i := range f.CrashRows {
		for _, seq := range f.CrashRows[i].IDs {
			kept[seq] = nil
		}
	}
	for _, list := range [][]*crash.Report{before, f.Crashes} {
		for _, r := range list {
			if _, ok := kept[r.Seq]; ok {
				kept[r.Seq] = r
			}
		}
	}
	var reports []*crash.Report
	for _, r := range kept {
		if r != nil {
			reports = append(reports, r)
		}
	}
	slices.SortFunc(reports, func(a, b *crash.Report) int { return a.Seq - b.Seq })
	return reports
}

// all returns the newest state as one frame; the caller holds mu.
func (h *hub) all() []byte {
	if h.full == nil {
		f := frameOf(nil, h.snap)
		f.Version, f.Output, f.Locks, f.Profiles = h.version, h.output, h.locks, h.profiles
		f.crashed(h.crashes, h.rows, nil, nil)
		f.Tasks = tasksFrame(h.tasks, nil)
		h.full = f.encode()
	}
	return h.full
}

// after returns the frames that lead on from number seq, 0 for none, waiting
// for one until ctx is done.
func (h *hub) after(ctx context.Context, seq uint64) (frame []byte, now uint64) {
	for {
		h.mu.Lock()
		switch {
		case h.seq == seq+1 && seq > 0:
			defer h.mu.Unlock()
			return h.delta, h.seq
		case h.seq != seq:
			defer h.mu.Unlock()
			return h.all(), h.seq
		}
		moved := h.moved
		h.mu.Unlock()
		select {
		case <-moved:
		case <-ctx.Done():
			return nil, seq
		}
	}
}

// last returns the whole state once more, with how the session ends.
func (h *hub) last(code int) []byte {
	found := h.session.Found()
	f := frameOf(nil, h.session.Snapshot())
	f.Output = h.session.Store().Version()
	f.Version, f.Locks, f.End = h.session.Version(), found.Locks, &End{Code: code}
	f.crashed(found.Crashes, found.CrashRows, nil, nil)
	f.Tasks = tasksFrame(found.Tasks, nil)
	return f.encode()
}

// serveWatch sends frames until the session ends or the client has gone.
func (srv *Server) serveWatch(w http.ResponseWriter, r *http.Request) {
	leave := srv.hub.join(&srv.wg)
	defer leave()
	ctx, cancel := srv.untilClosed(r.Context())
	defer cancel()
	out := http.NewResponseController(w)
	_ = out.SetReadDeadline(time.Time{}) // the question has been read; the stream goes on
	send := func(frame []byte) bool {
		_ = out.SetWriteDeadline(time.Now().Add(streamPatience)) // our own connections have deadlines
		_, err := w.Write(frame)
		return err == nil && out.Flush() == nil
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	var seq uint64
	for ctx.Err() == nil {
		var frame []byte
		if frame, seq = srv.hub.after(ctx, seq); frame != nil && !send(frame) {
			return
		}
	}
	if r.Context().Err() == nil {
		send(srv.hub.last(srv.code))
	}
}
