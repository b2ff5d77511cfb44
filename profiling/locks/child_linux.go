package locks

import (
	"fmt"

	"example.com/muster/procs/procfs"
	"example.com/muster/profiling/locks/graph"
)

// child adds a wait for a child to end, be it a certain one or any. It ends no
// sooner than one of the child's threads can go on.
func (l *looker) child(p *process, t *thread) {
	id := graph.ID(fmt.Sprintf("child:%d", t.at.pid))
	if t.at.pid == 0 {
		id = graph.ID(fmt.Sprintf("child:of %d", p.PID))
	}
	l.wait(t, id, false, func() graph.Object {
		o := graph.Object{Kind: graph.Child, Name: fmt.Sprintf("the end of %d", t.at.pid), Any: true, Complete: true}
		if t.at.pid == 0 {
			o.Name = "the end of a child"
			o.Holders, o.Complete = l.childrenOf(p)
			return o
		}
		if q := l.byPID(t.at.pid); q != nil {
			o.Holders = append(o.Holders, q.holder("it is the child"))
		}
		return o
	})
}

// childrenOf returns who is looked at of the children of a process; all says that
// these are all that it has, as one that is not looked at may end as well.
func (l *looker) childrenOf(p *process) (holders []graph.Holder, all bool) {
	for _, q := range l.order {
		if q.parent == p.PID {
			holders = append(holders, q.holder("it is the child"))
		}
	}
	return holders, len(holders) == len(procfs.Children(p.PID, p.count, nil))
}

// joinsByServer reports whether a thread waits in Process.join for one that Python's
// fork server has started.
func joinsByServer(stack []string) bool {
	for inFile(stack, "/selectors.py:", "/multiprocessing/connection.py:") {
		stack = stack[1:]
	}
	return inPython(stack, "/multiprocessing/popen_forkserver.py", "poll")
}

// childOfServer makes of a wait at the pipe into which Python's fork server writes how
// a child has ended (Lib/multiprocessing/forkserver.py) one for the end of its children:
// the server itself does nothing before that. Which of them it is, is not known here; so
// the wait may end as long as any of them can go on.
func (l *looker) childOfServer(w *graph.Wait) {
	ends := l.out.Objects[l.out.objects[w.For]]
	if !ends.Complete || len(ends.Holders) != 1 {
		return
	}
	server := l.of[ends.Holders[0].PIDRef]
	if server == nil || server.PIDRef == w.PIDRef {
		return
	}
	children, all := l.childrenOf(server)
	if len(children) == 0 {
		return
	}
	id := graph.ID(fmt.Sprintf("child:of server %d", server.PID))
	l.object(id, func() graph.Object {
		return graph.Object{Kind: graph.Child, Name: "the end of a child", Any: true, Complete: all, Holders: children}
	})
	w.For, w.ForWork = id, false
}
