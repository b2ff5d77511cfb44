package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
	"example.com/muster/procs/tree"
	"example.com/muster/profiling"
	"example.com/muster/profiling/peek"
	"example.com/muster/profiling/permits"
	"example.com/muster/session"
)

// subjects are the processes that a question is about: those of a session, or
// any others and what descends from them.
type subjects struct {
	client   *session.Client // nil: without a session
	patterns []string        // which of the session's; none: all
	exact    []string        // the names of those that are below a slot's
	roots    []int
	coverage []profiling.Coverage // what of the roots may not be looked at
	names    sync.Map             // procs.PIDRef to the name that it had when it was first seen
}

// findSubjects reads the arguments of a question. Numbers are pids. Names are
// patterns of the session that is named, or of the one that runs if it knows
// them all; else they are names of programs.
func (a *app) findSubjects(ctx context.Context, sessionName string, args []string) (*subjects, error) {
	pids := slices.DeleteFunc(slices.Clone(args), func(s string) bool { _, err := strconv.Atoi(s); return err != nil })
	switch {
	case sessionName != "" && len(pids) > 0:
		return nil, usage("", "cannot ask both session %s and pid %s: name the one or the other", sessionName, pids[0])
	case len(args) == 0 || sessionName != "" || len(pids) == 0 && slices.ContainsFunc(args, belowSlot):
		client, err := session.Dial(sessionName)
		if err != nil {
			return nil, a.noAnswer(orPIDs(err))
		}
		s := &subjects{client: client, patterns: args}
		return s, a.noAnswer(s.known(ctx, args))
	case len(pids) == 0:
		if client, err := session.Dial(""); err == nil {
			s := &subjects{client: client, patterns: args}
			if s.known(ctx, args) == nil {
				return s, nil
			}
			client.Close()
		}
	}
	roots, err := a.findRoots(args)
	if err != nil {
		return nil, a.noAnswer(err)
	}
	return a.permitted(roots)
}

// orPIDs tells whoever has no session what else there is to ask.
func orPIDs(err error) error {
	if errors.Is(err, session.ErrNoSession) {
		return hinted(err, "to look at processes without a session, name them: a pid, or a program's name")
	}
	return err
}

// known returns an error if a pattern names nothing in the session.
func (s *subjects) known(ctx context.Context, patterns []string) error {
	if len(patterns) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, psPatience)
	defer cancel()
	ps, err := s.client.PS(ctx)
	if err != nil {
		return err
	}
	var ids []procs.ID
	for _, pool := range ps.Pools {
		for _, p := range pool.Processes {
			ids = append(ids, procs.ID{Pool: pool.Name, Slot: p.Slot})
		}
	}
	for _, pattern := range patterns {
		ok, err := matchesAny(pattern, ids)
		if err != nil {
			return err
		}
		if ok {
			continue
		}
		family := familyOf(ps.Pools, pattern)
		if len(family) == 0 && belowSlot(pattern) && s.inLocks(ctx, pattern) {
			family = []string{pattern}
		}
		if len(family) == 0 {
			return fmt.Errorf("cannot look at %s: there is no such process in session %q%s", pattern, s.client.Name(), thereAre(ps.Pools))
		}
		s.exact = append(s.exact, family...)
	}
	return nil
}

// belowSlot reports whether a name is that of a process that a slot's has started.
func belowSlot(name string) bool { return strings.Count(name, "/") >= 2 }

// familyOf returns the name of a process that a slot's has started, be it one that has
// ended, with those of what it has started; none if there is no such process.
func familyOf(pools []session.PoolJSON, name string) (family []string) {
	for i := range pools {
		for j := range pools[i].Processes {
			p := &pools[i].Processes[j]
			in := map[int]bool{}              // pids
			for _, d := range p.Descendants { // parents stand before their children
				own := p.Name + "/" + d.Label
				if in[d.PID] = own == name || in[d.PPID]; in[d.PID] {
					family = append(family, own)
				}
			}
		}
	}
	return family
}

// inLocks reports whether the session still tells of a process for the sake of a lock, as
// of one that has left it locked.
func (s *subjects) inLocks(ctx context.Context, name string) bool {
	l, err := s.client.Locks(ctx)
	return err == nil && slices.ContainsFunc(l.Locks, func(k session.LockJSON) bool {
		return slices.ContainsFunc(k.Waiters, func(w session.WaiterJSON) bool { return w.Process == name }) ||
			slices.ContainsFunc(k.Holders, func(h session.HolderJSON) bool { return h.Process == name })
	})
}

// thereAre lists some processes for an error's sake, by the names that may be used.
func thereAre(pools []session.PoolJSON) string {
	const most = 8
	var names []string
	for i := range pools {
		for j := range pools[i].Processes {
			p := &pools[i].Processes[j]
			names = append(names, p.Name)
			for _, d := range p.Descendants {
				if d.Exit == nil {
					names = append(names, p.Name+"/"+d.Label)
				}
			}
		}
	}
	switch {
	case len(names) == 0:
		return ""
	case len(names) > most:
		return fmt.Sprintf("; there are %s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return "; there are " + strings.Join(names, ", ")
}

// chosen reports whether the patterns name a process, by the name that JSON
// has for it: "pool/0" or "pool/0/worker-1".
func (s *subjects) chosen(process string) bool {
	if len(s.patterns) == 0 || slices.Contains(s.exact, process) {
		return true
	}
	parts := strings.SplitN(process, "/", 3)
	if len(parts) < 2 {
		return false
	}
	id, err := procs.ParseID(parts[0] + "/" + parts[1])
	return err == nil && among(s.patterns)(id)
}

// findRoots turns pids and names of programs into pids.
func (a *app) findRoots(args []string) ([]int, error) {
	var roots []int
	for _, arg := range args {
		if pid, err := strconv.Atoi(arg); err == nil {
			if _, err := procfs.ReadStat(pid); err != nil && runtime.GOOS == "linux" {
				return nil, fmt.Errorf("cannot look at pid %d: there is no such process", pid)
			}
			roots = append(roots, pid)
			continue
		}
		named := own(func(pid int) bool { return procfs.Named(pid, arg) })
		if len(named) == 0 {
			return nil, hinted(fmt.Errorf("cannot look at %q: no process of yours has that name", arg), "a name is a program's, as in ps -e, or a pool or process of a session; a number is a pid")
		}
		roots = append(roots, named...)
	}
	return roots, nil
}

// own returns the processes of this user that are so, but not muster itself;
// root has them all.
func own(is func(pid int) bool) (pids []int) {
	for _, pid := range procfs.Processes() {
		id, err := procfs.ReadIdentity(pid)
		if err == nil && pid != os.Getpid() && (os.Geteuid() == 0 || id.UID == os.Geteuid()) && is(pid) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// permitted asks whether the roots may be looked at. If none may, that is an
// error; if some may not, the coverage says so.
func (a *app) permitted(roots []int) (*subjects, error) {
	s := &subjects{}
	var first error
	for _, pid := range roots {
		err := permits.Look(pid)
		if err == nil {
			s.roots = append(s.roots, pid)
			continue
		}
		if first == nil {
			first = err
		}
		s.coverage = append(s.coverage, profiling.Coverage{Source: "permission", Note: strings.TrimPrefix(err.Error(), "cannot look at ")})
	}
	if len(s.roots) > 0 || first == nil {
		return s, nil
	}
	if refused, ok := errors.AsType[*permits.Refusal](first); ok {
		return nil, a.noAnswer(hinted(first, refused.Permit))
	}
	if errors.Is(first, peek.ErrGone) {
		first = fmt.Errorf("cannot look at %s: it has ended", lookedAt(first))
	}
	return nil, a.noAnswer(first)
}

// lookedAt is the process that an error is about.
func lookedAt(err error) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "cannot look at "), ":")
	return name
}

// family returns the roots and what descends from them, but not muster itself.
func (s *subjects) family() []procs.PIDRef {
	refs := slices.DeleteFunc(tree.Family(s.roots), func(ref procs.PIDRef) bool { return ref.PID == os.Getpid() })
	for _, ref := range refs {
		if _, ok := s.names.Load(ref); !ok {
			s.names.Store(ref, procfs.Comm(ref.PID))
		}
	}
	return refs
}

// name names a process that no session runs, be it one that has just ended.
func (s *subjects) name(ref procs.PIDRef) session.Who {
	comm := procfs.Comm(ref.PID)
	if was, ok := s.names.Load(ref); ok && comm == "" {
		comm, _ = was.(string)
	}
	return session.Who{Name: session.Stranger(ref.PID, comm)}
}

func (s *subjects) close() {
	if s.client != nil {
		s.client.Close()
	}
}
