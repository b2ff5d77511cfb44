package session

import (
	"bytes"
	"slices"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/procs/sample"
)

// maxLastLine bounds the text of a row's last line; a screen shows less.
const maxLastLine = 1024

// Snapshot returns the state of all pools. It is built when something has
// moved since the last one, and shared between all who ask.
func (s *Session) Snapshot() *procs.Snapshot {
	s.snapMu.Lock()
	defer s.snapMu.Unlock()
	key := s.Version()
	if old := s.snap.Load(); old != nil && s.snapKey == key {
		return old
	}
	s.snapKey = key
	next := s.build()
	s.snap.Store(next)
	return next
}

func (s *Session) build() *procs.Snapshot {
	snap := &procs.Snapshot{
		Session: s.cfg.Name, At: time.Now(), StartedAt: s.started, Host: s.sampler.Host(),
		Pools: s.sup.Pools(), Ended: s.sup.Idle(), Stopping: s.sup.Stopping(),
		Notices: s.notices.copy(), Crashes: s.crashes.count(), LogDir: s.cfg.LogDir,
	}
	if old := s.snap.Load(); old != nil {
		snap.Version = old.Version + 1
	}
	told := s.toldEnds(snap.At)
	for i := range snap.Pools {
		for j := range snap.Pools[i].Slots {
			slot := &snap.Pools[i].Slots[j]
			s.measure(slot)
			if told.concerns(slot) {
				slot.Descendants = s.withTold(slot, told)
			}
			s.markDebugged(slot)
			s.markSent(slot)
		}
	}
	return snap
}

// current is the snapshot with the descendants of this moment: since they were measured
// some have ended, and others have begun, at which one look is taken.
func (s *Session) current() *procs.Snapshot {
	s.cfg.Tree.Refresh(false)
	snap := *s.Snapshot()
	snap.Pools = slices.Clone(snap.Pools)
	for i := range snap.Pools {
		p := &snap.Pools[i]
		p.Slots = slices.Clone(p.Slots)
		for j := range p.Slots {
			if slot := &p.Slots[j]; slot.State.Live() {
				slot.Descendants = withUsage(s.cfg.Tree.Descendants(slot.ID), slot.Descendants)
				sample.Glance(slot.Descendants)
			}
		}
	}
	return &snap
}

// measure adds to a slot what the sampler and the output know of it.
func (s *Session) measure(slot *procs.Slot) {
	v, ok := s.sampler.Slot(slot.ID)
	slot.CPUTime = v.CPUTime // which never falls
	slot.PIDs = s.pidsOf(slot.ID)
	if slot.Output == procs.OutputByWriter {
		slot.Gone = s.cfg.Tree.Gone(slot.ID)
	}
	if ok {
		slot.ForksPerSecond, slot.ForksExact = v.ForksPerSecond, v.ForksExact
	}
	left := slot.State == procs.Stopping && slot.PID == 0 // its run has ended, but not all that is ended with it
	switch {
	case ok && v.Sample.Run == slot.N && slot.State.Live():
		slot.Sample, slot.Kernel, slot.Debugged = v.Sample, v.Kernel, v.Debugged
		slot.Descendants = v.Descendants
		if v.TreeVersion < s.cfg.Tree.NamedAt() {
			slot.Descendants = withUsage(s.cfg.Tree.Descendants(slot.ID), v.Descendants)
		}
	case left && !ok:
		slot.Sample, slot.Descendants = v.Sample, withUsage(s.cfg.Tree.Descendants(slot.ID), v.Descendants)
	case slot.State.Live() && s.cfg.Tree.NamedAt() > 0: // nothing was measured yet, but they have names
		slot.Descendants = s.cfg.Tree.Descendants(slot.ID)
	}
	out := s.cfg.Store.Slot(slot.ID)
	slot.Lines, slot.OutputBytes = out.Next(), out.Bytes()
	slot.LastLine = out.Last()
	if slot.LastLine.Seq < slot.FirstLine {
		slot.LastLine = procs.Line{} // the last words of another run tell nothing of the one that lives
	}
	slot.FullScreen = slot.State.Live() && out.FullScreen()
	if text, drawn := output.OffScreen(&slot.LastLine); drawn {
		slot.LastLine.Text = bytes.TrimSpace(text)
	}
	if len(slot.LastLine.Text) > maxLastLine {
		text := lastState(slot.LastLine.Text)
		slot.LastLine.Text = text[:min(len(text), maxLastLine)]
	}
}

// markSent says of those who have ended by a signal that muster was asked to send that it did.
func (s *Session) markSent(slot *procs.Slot) {
	if e := s.sentBy(slot.Run, slot.PIDRef, slot.LastExit); e != nil {
		slot.LastExit = e
	}
	for i := range slot.Descendants {
		d := &slot.Descendants[i]
		if e := s.sentBy(slot.Run, d.PIDRef, d.Exit); e != nil {
			slot.Descendants = slices.Clone(slot.Descendants)
			slot.Descendants[i].Exit = e
		}
	}
}

// sentBy returns an end with who has sent its signal; nil if nobody is known to have.
func (s *Session) sentBy(run procs.Run, ref procs.PIDRef, e *procs.Exit) *procs.Exit {
	if e == nil || e.Signal == 0 || e.Asked || e.By != "" {
		return nil
	}
	for _, sent := range s.sent.to(run, ref, e.RunStartedAt, e.At) {
		if sent.Signal == e.Signal {
			by := *e
			by.By = sent.By
			return &by
		}
	}
	return nil
}

// markDebugged marks the processes in which a person's pdb talks.
func (s *Session) markDebugged(slot *procs.Slot) {
	inside := s.inside.Load()
	if inside == nil {
		return
	}
	for _, ref := range *inside {
		if slot.State.Live() && slot.PIDRef == ref {
			slot.Debugged = true
		}
		if i := slices.IndexFunc(slot.Descendants, func(d procs.Descendant) bool { return d.PIDRef == ref && d.Exit == nil }); i >= 0 {
			slot.Descendants = slices.Clone(slot.Descendants)
			slot.Descendants[i].Debugged = true
		}
	}
}

// debugged reports whether a debugger is attached to a process of a slot now.
func (s *Session) debugged(id procs.ID) bool {
	if s.cfg.Tree.Traced(id) {
		return true
	}
	_, slot := s.sup.Slot(id)
	inside := s.inside.Load()
	return slot != nil && inside != nil && slices.ContainsFunc(*inside, func(ref procs.PIDRef) bool {
		return ref == slot.PIDRef || slices.ContainsFunc(s.cfg.Tree.Descendants(id), func(d procs.Descendant) bool { return d.PIDRef == ref && d.Exit == nil })
	})
}

// withUsage returns descendants, as the tree has them now, with what was measured of
// them a moment ago.
func withUsage(list, before []procs.Descendant) []procs.Descendant {
	known := make(map[procs.PIDRef]*procs.Descendant, len(before))
	for i := range before {
		known[before[i].PIDRef] = &before[i]
	}
	list = slices.Clone(list)
	for i := range list {
		if d := known[list[i].PIDRef]; d != nil && d.Exit == nil && list[i].Exit == nil {
			list[i].Usage, list[i].State, list[i].Debugged = d.Usage, d.State, d.Debugged
		}
	}
	return list
}

// lastState returns what shows of a line that was written over and over, as a
// progress bar is: what follows the last carriage return that is followed by
// anything.
func lastState(line []byte) []byte {
	line = bytes.TrimRight(line, "\r")
	return line[bytes.LastIndexByte(line, '\r')+1:]
}
