package session

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
	"unique"

	"example.com/muster/procs"
	"example.com/muster/procs/sample"
	"example.com/muster/profiling/locks/graph"
)

// Moment is what one process did when it was measured.
type Moment struct {
	At         time.Time
	Run        int // of its slot
	PID        int
	CPUPercent float64 // since the measurement before; [procs.Unknown] where not known, as the next two
	RSSBytes   int64
	Threads    int
	// Doing is what it did, as far as the threads were looked at or the kernel's letter tells.
	Doing graph.Doing
	// Waited is what it waited for; the zero value if for nothing that is known.
	Waited graph.Waited
}

// MomentsQuestion asks what a process of a slot did lately; the answer is [Moments].
type MomentsQuestion struct {
	ID procs.ID
	// PID is the process; 0 for the slot's own, of all runs.
	PID int
}

func (MomentsQuestion) question() {}

// Moments are what was seen of a process, oldest first: with each measurement one, and
// not more than [sample.DefaultHistory].
type Moments struct {
	List []Moment
	// Own says that they are of the slot's own process: that was asked for, or the other
	// one was never measured.
	Own bool
}

func (Moments) answer() {}

// Bounds of a [Recorder]. One moment takes 40 bytes.
const (
	maxMoments  = 1 << 16                     // in all, of up to a thousand processes that live
	ofLiving    = 100 * sample.DefaultHistory // of these, for processes that live; there is always room for the others' rest
	leastMoment = 60                          // of a process that lives, however many there are
	maxTrails   = 4096
)

// Recorder keeps what processes did lately, those too that have ended. Its zero value
// is empty. Its methods may be called from any goroutine.
type Recorder struct {
	mu     sync.Mutex
	trails map[procs.PIDRef]*trail
	pass   uint64 // counts the calls of Note
	living int    // processes that the last one has told of

	// What follows from the last look at the locks; only Note uses it.
	look    *graph.View
	threads map[graph.Thread]*graph.State
	blocked map[procs.PIDRef]graph.Blocked
}

// trail is what is kept of one process: a ring.
type trail struct {
	id   procs.ID
	pid  int
	own  bool   // it is the slot's own process
	pass uint64 // the last one that has told of it; before the newest: it has ended
	ring []moment
	next int // where the next one goes once the ring is full
}

// moment is a [Moment] in little room.
type moment struct {
	at      int64 // nanoseconds since 1970
	rss     int64
	cpu     float32
	threads int32
	run     int32
	state   unique.Handle[did]
}

// did is what many moments have in common.
type did struct {
	doing  graph.Doing
	waited graph.Waited
}

// Note adds what has just been measured. view says what the threads wait for.
func (r *Recorder) Note(runs []procs.Run, measured func(procs.ID) (sample.View, bool), view *graph.View) {
	if look := view.Look(); look != r.look {
		r.look, r.threads, r.blocked = look, indexThreads(look.Threads), look.Blocked(0)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.trails == nil {
		r.trails = map[procs.PIDRef]*trail{}
	}
	limit := min(sample.DefaultHistory, max(leastMoment, ofLiving/max(1, r.living)))
	r.pass, r.living = r.pass+1, 0
	for _, run := range runs {
		v, ok := measured(run.ID)
		if !ok || v.Sample.Run != run.N {
			continue
		}
		now := v.Sample.At.UnixNano()
		r.put(run, run.PIDRef, now, &v.Sample.Own, v.Kernel, limit)
		for i := range v.Descendants {
			if d := &v.Descendants[i]; d.Exit == nil {
				r.put(run, d.PIDRef, now, &d.Usage, d.State, limit)
			}
		}
	}
	r.shed()
}

// put adds a moment of a process; the caller holds mu.
func (r *Recorder) put(run procs.Run, ref procs.PIDRef, at int64, u *procs.Usage, k procs.RunState, limit int) {
	t := r.trails[ref]
	if t == nil {
		t = &trail{id: run.ID, pid: ref.PID, own: ref == run.PIDRef}
		r.trails[ref] = t
	}
	if t.pass != r.pass {
		t.pass = r.pass
		r.living++
	}
	last := t.last()
	if last != nil && last.at == at { // the same measurement
		return
	}
	d := did{doing: doingOf(ref, k, r.threads)}
	if b, ok := r.blocked[ref]; ok {
		d.waited = b.Waited()
	}
	m := moment{at: at, rss: u.RSSBytes, cpu: float32(u.CPUPercent), threads: int32(u.Threads), run: int32(run.N)}
	if last != nil && last.state.Value() == d { // most do what they did before, and a handle costs a look into a map of all
		m.state = last.state
	} else {
		m.state = unique.Make(d)
	}
	t.put(m, limit)
}

// last is the newest moment, nil if there is none.
func (t *trail) last() *moment {
	n := len(t.ring)
	if n == 0 {
		return nil
	}
	return &t.ring[(t.next+n-1)%n]
}

// put adds a moment; the oldest makes room for it once there are as many as the limit.
func (t *trail) put(m moment, limit int) {
	if n := len(t.ring); n > limit || n < limit && t.next != 0 { // the limit has moved
		t.ring, t.next = slices.Clone(t.inOrder()[max(0, n-limit):]), 0
	}
	if len(t.ring) < limit {
		t.ring = append(t.ring, m)
		return
	}
	t.ring[t.next] = m
	t.next = (t.next + 1) % limit
}

func (t *trail) inOrder() []moment { return slices.Concat(t.ring[t.next:], t.ring[:t.next]) }

// shed forgets those that have ended the longest ago if there are too many, or too much of
// them is kept; mu is held.
func (r *Recorder) shed() {
	if len(r.trails) == r.living { // as mostly: nobody has ended
		return
	}
	living, ended := 0, 0 // moments
	for _, t := range r.trails {
		if t.pass == r.pass {
			living += len(t.ring)
		} else {
			ended += len(t.ring)
		}
	}
	room := max(maxMoments-living, maxMoments-ofLiving)
	if ended <= room && len(r.trails) <= maxTrails {
		return
	}
	past := make([]procs.PIDRef, 0, len(r.trails))
	for ref, t := range r.trails {
		if t.pass != r.pass {
			past = append(past, ref)
		}
	}
	slices.SortFunc(past, func(a, b procs.PIDRef) int { return cmp.Compare(r.trails[a].pass, r.trails[b].pass) })
	for _, ref := range past { // to less than there is room for, so that not each pass has to
		if ended <= room*3/4 && len(r.trails) <= maxTrails*3/4 {
			break
		}
		ended -= len(r.trails[ref].ring)
		delete(r.trails, ref)
	}
}

// Moments answers a question. Where the process was never measured, as one that lived for less
// than a look, the answer is of the slot's own.
func (r *Recorder) Moments(q MomentsQuestion) Moments {
	r.mu.Lock()
	defer r.mu.Unlock()
	if list := r.list(func(t *trail) bool { return q.PID != 0 && t.id == q.ID && t.pid == q.PID }); len(list) > 0 {
		return Moments{List: list}
	}
	return Moments{List: r.list(func(t *trail) bool { return t.own && t.id == q.ID }), Own: true}
}

// list is what some trails hold, oldest first; mu is held.
func (r *Recorder) list(of func(*trail) bool) []Moment {
	var list []Moment
	for _, t := range r.trails {
		if !of(t) {
			continue
		}
		for _, m := range t.inOrder() {
			d := m.state.Value()
			list = append(list, Moment{
				At: time.Unix(0, m.at), Run: int(m.run), PID: t.pid, CPUPercent: float64(m.cpu), RSSBytes: m.rss, Threads: int(m.threads),
				Doing: d.doing, Waited: d.waited,
			})
		}
	}
	slices.SortStableFunc(list, func(a, b Moment) int { return a.At.Compare(b.At) })
	return list[max(0, len(list)-sample.DefaultHistory):]
}

// sampled is told of each pass over the processes.
func (s *Session) sampled() {
	s.moments.Note(s.sup.Runs(), s.sampler.Slot, s.Locks())
	s.stir()
}

// serveMoments answers a [MomentsQuestion].
func (srv *Server) serveMoments(w http.ResponseWriter, r *http.Request) {
	p := parameters{values: r.URL.Query(), known: map[string]bool{}}
	id, pid := p.id("process"), p.number("pid", 0, 1<<31-1)
	if err := p.err(); err != nil {
		fail(w, http.StatusBadRequest, err, "")
		return
	}
	told, err := srv.session.Ask(r.Context(), MomentsQuestion{ID: id, PID: int(pid)})
	m, ok := told.(Moments)
	if err == nil && !ok {
		err = fmt.Errorf("cannot tell what %s did", id)
	}
	if err != nil {
		fail(w, statusOf(err, http.StatusConflict), err, "")
		return
	}
	answerGob(w, m)
}
