package sample

import (
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/tree"
)

// sleeper is a process that has used so much CPU time.
type sleeper struct {
	used          time.Duration
	clocks, looks int
}

func (s *sleeper) clock() (time.Duration, error) { s.clocks++; return s.used, nil }

func (s *sleeper) look(l *looked) error {
	s.looks++
	l.state = procs.RunSleeping
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
