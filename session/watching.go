package session

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/watch"
)

// watching restarts pools when the files change that their specs name. It is
// for one goroutine; each watcher has another.
type watching struct {
	session *Session
	pools   map[string]*watchedPool
	wg      sync.WaitGroup
}

// watchedPool is a pool whose files are watched: as its spec says, until stop.
type watchedPool struct {
	dir    string
	policy procs.WatchPolicy
	stop   context.CancelFunc
}

// watchFiles follows the specs, which change when a configuration is applied.
func (s *Session) watchFiles(ctx context.Context) {
	w := &watching{session: s, pools: map[string]*watchedPool{}}
	defer w.wg.Wait()
	for {
		w.follow(ctx)
		select {
		case <-s.applied:
		case <-ctx.Done():
			return
		}
	}
}

// follow starts and ends watchers until they are what the specs ask for.
func (w *watching) follow(ctx context.Context) {
	specs := w.session.sup.Specs()
	for name, p := range w.pools {
		i := slices.IndexFunc(specs, func(s procs.Spec) bool { return s.Name == name })
		if i < 0 || specs[i].Dir != p.dir || !reflect.DeepEqual(specs[i].Watch, p.policy) {
			p.stop()
			delete(w.pools, name)
		}
	}
	for _, spec := range specs {
		if w.pools[spec.Name] == nil && len(spec.Watch.Patterns) > 0 {
			w.begin(ctx, spec)
		}
	}
}

// begin watches the files of a pool.
func (w *watching) begin(ctx context.Context, spec procs.Spec) {
	ctx, stop := context.WithCancel(ctx)
	w.pools[spec.Name] = &watchedPool{dir: spec.Dir, policy: spec.Watch, stop: stop}
	watcher, err := watch.New(spec.Dir, spec.Watch.Patterns)
	if err != nil {
		w.session.Notify(fmt.Sprintf("%s is not restarted when files change: %v", spec.Name, err))
		return
	}
	watcher.Notice = func(text string) { w.session.Notify(spec.Name + ": " + text) }
	w.wg.Go(func() {
		err := watcher.Run(ctx, func(names []string) { w.session.filesChanged(ctx, spec.Name, names) })
		if err != nil {
			w.session.Notify(fmt.Sprintf("%s is not restarted when files change: %v", spec.Name, err))
		}
	})
}

// changeWait bounds how long the supervisor may take to accept a restart.
const changeWait = 10 * time.Second

// filesChanged restarts a pool, and what depends on it where the spec says so.
func (s *Session) filesChanged(ctx context.Context, pool string, names []string) {
	specs := s.sup.Specs()
	i := slices.IndexFunc(specs, func(s procs.Spec) bool { return s.Name == pool })
	if i < 0 || s.sup.Stopping() {
		return
	}
	affected := []string{pool}
	if specs[i].Watch.Dependants {
		affected = dependants(specs, pool)
	}
	commands := restarts(s.sup.Pools(), affected)
	if len(commands) == 0 {
		return // somebody has stopped it, and means it
	}
	s.Notify(fmt.Sprintf("%s restarts: %s changed", pool, few(names)))
	ctx, cancel := context.WithTimeout(ctx, changeWait)
	defer cancel()
	for _, c := range commands {
		if err := s.sup.Do(ctx, c); err != nil && ctx.Err() == nil {
			s.Notify(err.Error())
		}
	}
}

// restarts returns the commands that start pools anew. Where several slots of
// a pool run that is done a few at a time. What is not as it should be (failed,
// backing off, in the middle of the restart before this one) starts at once,
// since the change may well be its cure. What was stopped stays so.
func restarts(pools []procs.Pool, names []string) (commands []procs.Command) {
	var roll procs.Roll
	var restart procs.Restart
	for _, p := range pools {
		if !slices.Contains(names, p.Name) {
			continue
		}
		var run, other []procs.ID
		for i := range p.Slots {
			switch slot := &p.Slots[i]; slot.State {
			case procs.Running:
				run = append(run, slot.ID)
			case procs.Stopped, procs.Stopping:
			default:
				other = append(other, slot.ID)
			}
		}
		if len(run) > 1 && !p.Rolling {
			roll.Pools = append(roll.Pools, p.Name)
		} else {
			other = append(other, run...)
		}
		restart.IDs = append(restart.IDs, other...)
	}
	if len(restart.IDs) > 0 {
		commands = append(commands, restart)
	}
	if len(roll.Pools) > 0 {
		commands = append(commands, roll)
	}
	return commands
}

// dependants returns a pool and all that depend on it, also by way of others.
func dependants(specs []procs.Spec, pool string) []string {
	names := []string{pool}
	for n := 0; n < len(names); n++ {
		for _, s := range specs {
			depends := slices.ContainsFunc(s.DependsOn, func(d procs.Dependency) bool { return d.Pool == names[n] })
			if depends && !slices.Contains(names, s.Name) {
				names = append(names, s.Name)
			}
		}
	}
	return names
}

// few names one thing, and says how many more there are.
func few(names []string) string {
	switch len(names) {
	case 1:
		return names[0]
	case 2:
		return names[0] + " and " + names[1]
	}
	return fmt.Sprintf("%s and %d others", names[0], len(names)-1)
}
