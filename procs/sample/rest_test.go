package sample

import (
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
	"example.com/muster/procs/tree"
)

// sleeper is a process that has used so much CPU time.
type sleeper struct {
	used          time.Duration
	waitedFor     time.Duration // of its children
	gone          bool
	clocks, looks int
}

func (s *sleeper) clock() (time.Duration, error) {
	s.clocks++
	if s.gone {
		return 0, errGone
	}
	return s.used, nil
}

func (s *sleeper) look(l *looked) error {
	s.looks++
	l.state = procs.RunSleeping
	l.hasStat, l.stat.ChildTime = true, uint64(s.waitedFor*procfs.TicksPerSecond/time.Second)
	return nil
}

func (s *sleeper) runs() bool                         { return false }
func (s *sleeper) queue() (ran, waited time.Duration) { return 0, 0 }

func (s *sleeper) detail(int, *procs.Usage) detailed { return detailed{} }
func (s *sleeper) close()                            {}

// Of many processes those that sleep for long are looked at and read half as often, and
// what one uses then is spread over the time since.
func TestManySleepersRest(t *testing.T) {
	const passes = 100
	for _, many := range []int{manyProcesses, manyProcesses + 1} {
		p := newPass(nil, nil)
		all := make([]*sleeper, many)
		for i := range all {
			all[i] = &sleeper{}
			p.order = append(p.order, &entry{Process: tree.Process{Seq: uint64(i)}, slot: &slot{}, probe: all[i], usage: unknown})
		}
		pass := func() {
			p.count++
			for _, e := range p.order {
				if !p.rests(e) {
					p.look(e)
				}
			}
		}
		for range passes {
			pass()
		}
		want, read := passes, passes/lookEvery
		if many > manyProcesses {
			want, read = restAfter+(passes-restAfter)/2, read/2
		}
		for i, s := range all[:2] {
			if s.clocks < want || s.clocks > want+1 {
				t.Errorf("of %d processes, number %d was looked at %d times in %d passes, not %d", many, i, s.clocks, passes, want)
			}
			if s.looks < read {
				t.Errorf("of %d processes, the memory of number %d was read %d times in %d passes", many, i, s.looks, passes)
			}
		}
		all[0].used = time.Hour
		pass()
		pass()
		if e := p.order[0]; e.slot.cpu != time.Hour || e.still > 1 {
			t.Errorf("of %d processes: one that wakes up has used %v and rests since %d looks", many, e.slot.cpu, e.still)
		}
	}
}

// What one of many has used that rested, and ended meanwhile, counts once: the time that
// its parent is told of it is the one that was seen before, in whichever pass it ends, and
// so it is when the run itself has ended that had waited for it.
func TestWhoEndsWhileItRestsCountsOnce(t *testing.T) {
	const used = 10 * time.Second
	for name, runEnds := range map[string]bool{"its parent goes on": false, "the run ends too": true} {
		for pass := range 2 {
			p := newPass(tree.New(tree.Options{}), nil)
			s := &slot{}
			add := func(probe *sleeper) *entry {
				e := &entry{Process: tree.Process{Seq: uint64(len(p.order)), PIDRef: procs.PIDRef{PID: len(p.order) + 1}}, slot: s, probe: probe, usage: unknown}
				p.order, s.entries = append(p.order, e), append(s.entries, e)
				return e
			}
			parent, child := &sleeper{}, &sleeper{used: used}
			s.root = add(parent)
			s.root.Root = true
			add(child)
			for range manyProcesses {
				add(&sleeper{})
			}
			round := func() {
				p.count++
				p.before, p.at = p.at, time.Now()
				parent.used++
				p.round()
				p.learnEnds(s)
			}
			for range 2*restAfter + pass {
				round()
			}
			child.gone, parent.waitedFor = true, used
			if parent.gone = runEnds; runEnds {
				s.endTime = used + parent.used
			}
			for range 2 * owedFor {
				round()
			}
			if more := s.cpu - used; more < 0 || more > time.Millisecond {
				t.Errorf("%s: %v of CPU time, not %v", name, s.cpu, used)
			}
		}
	}
}
