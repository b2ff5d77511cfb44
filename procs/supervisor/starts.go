package supervisor

import "sync"

// startsAtOnce bounds how many starts are in progress: each has descriptors in
// the guard's table, which the kernel copies for every process that it starts.
const startsAtOnce = 16

// starts carries out starts, so many at once. Its goroutines go on with the next
// start as long as there is one: a new goroutine for each would spend as much on
// growing its stack as on the start.
type starts struct {
	mu      sync.Mutex
	waiting []func()
	busy    int // goroutines
}

// add has a start carried out, in its turn. The goroutines belong to the group;
// each ends with its start, which lasts as long as the kernel takes for exec.
func (s *starts) add(group *sync.WaitGroup, start func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy == startsAtOnce {
		s.waiting = append(s.waiting, start)
		return
	}
	s.busy++
	group.Go(func() {
		for ; start != nil; start = s.next() {
			start()
		}
	})
}

// next returns the start whose turn it is; nil if none waits.
func (s *starts) next() (start func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) == 0 {
		s.busy--
		return nil
	}
	start, s.waiting[0] = s.waiting[0], nil
	s.waiting = s.waiting[1:]
	return start
}
