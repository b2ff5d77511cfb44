package session

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"example.com/muster/procs"
)

// Rerun runs the program of the slot of a crash again, alone: in a pool of its
// own, in a terminal, with the same command, directory and environment. It
// returns the new slot. Where that of an earlier rerun has ended, it is used
// again.
func (s *Session) Rerun(ctx context.Context, crash int) (procs.ID, error) {
	r := s.crashes.find(crash)
	switch {
	case r == nil:
		return procs.ID{}, noSuch{fmt.Errorf("cannot run c%d again: there is no such crash, or it is kept no more", crash)}
	case len(r.Spec.Argv) == 0:
		return procs.ID{}, fmt.Errorf("cannot run %s again: its command is not known", r.ID())
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	specs := s.sup.Specs()
	spec := alone(r.Spec, r.Run.ID)
	if _, slot := s.sup.Slot(r.Run.ID); slot != nil && slot.Port != 0 {
		spec.Env = append(spec.Env, "MUSTER_PORT="+strconv.Itoa(slot.Port))
	}
	for n := 1; ; n++ {
		id := procs.ID{Pool: rerunName(r.Run.ID.Pool, n)}
		spec.Name = id.Pool
		i := slices.IndexFunc(specs, func(other procs.Spec) bool { return other.Name == spec.Name })
		if i < 0 {
			return id, s.sup.Do(ctx, procs.Apply{Pools: append(specs, spec)})
		}
		same := specs[i].RerunOf == spec.RerunOf && procs.Diff(specs[i:i+1], []procs.Spec{spec}) == nil
		if _, slot := s.sup.Slot(id); same && slot != nil && slot.State.Settled() {
			return id, s.sup.Do(ctx, procs.Start{IDs: []procs.ID{id}})
		}
	}
}

// alone is a spec for one slot that is run again to be looked at: nothing
// restarts it, waits for it or probes it.
func alone(spec procs.Spec, id procs.ID) procs.Spec {
	again := procs.Spec{
		Argv: spec.Argv, Size: 1, Env: slices.Clone(spec.Env), Dir: spec.Dir, Output: procs.OutputPTY, NoUnbuffer: spec.NoUnbuffer,
		Stop: spec.Stop, Pprof: spec.Pprof, RerunOf: id,
	}
	if spec.RerunOf.Pool != "" { // a rerun that has crashed
		again.RerunOf = spec.RerunOf
	}
	return again.WithDefaults()
}

// rerunName names the pool of the n-th rerun that is kept apart.
func rerunName(pool string, n int) string {
	suffix := "-rerun"
	if n > 1 {
		suffix += "-" + strconv.Itoa(n)
	}
	for len(pool)+len(suffix) > 0 && !procs.GoodPoolName(pool+suffix) && pool != "" {
		pool = pool[:len(pool)-1] // it is too long
	}
	return pool + suffix
}
