package remote

import (
	"context"
	"errors"
	"sync"

	"example.com/muster/procs"
	"example.com/muster/session"
)

// maxSamples bounds the measurements that are kept of a slot, as the session
// itself does.
const maxSamples = 600

// histories are the measurements of the slots that somebody has asked for: the
// session is asked once, and what follows comes with the frames.
type histories struct {
	mu   sync.Mutex
	kept map[procs.ID][]procs.Sample
}

// Samples returns the last n measurements of a slot, oldest first; none if the
// session does not answer at once.
func (s *Session) Samples(id procs.ID, n int) []procs.Sample {
	if all, ok := s.histories.last(id, n); ok {
		return all
	}
	if s.pages.mute() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), quick)
	defer cancel()
	all, err := s.client.Samples(ctx, id, maxSamples)
	var refusal *session.Refusal
	if err != nil {
		if !errors.As(err, &refusal) {
			s.pages.noteSilence()
		}
		return nil
	}
	s.histories.begin(id, all, s.Snapshot)
	all, _ = s.histories.last(id, n)
	return all
}

func (h *histories) last(id procs.ID, n int) (samples []procs.Sample, known bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	all, known := h.kept[id]
	all = all[max(0, len(all)-n):]
	return all[:len(all):len(all)], known
}

// begin takes in what the session has of a slot, and what a frame may have
// brought meanwhile. What the session does not know is not kept.
func (h *histories) begin(id procs.ID, all []procs.Sample, now func() *procs.Snapshot) {
	if len(all) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.kept == nil {
		h.kept = map[procs.ID][]procs.Sample{}
	}
	h.kept[id] = all
	for _, p := range now().Pools {
		if p.Name == id.Pool && id.Slot < len(p.Slots) {
			h.add(&p.Slots[id.Slot])
		}
	}
}

// follow takes in the measurements of a frame. With a full one something may
// have been missed, so that everything is asked for again.
func (h *histories) follow(f *session.Frame) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if f.Full {
		clear(h.kept)
	}
	for i := range f.Slots {
		h.add(&f.Slots[i].New)
	}
}

// add adds a slot's newest measurement; the caller holds mu.
func (h *histories) add(s *procs.Slot) {
	all, ok := h.kept[s.ID]
	if !ok || len(all) > 0 && !s.Sample.At.After(all[len(all)-1].At) {
		return
	}
	if len(all) >= 2*maxSamples {
		all = append([]procs.Sample(nil), all[maxSamples:]...) // others may still read the old ones
	}
	h.kept[s.ID] = append(all, s.Sample)
}
