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
		}
		for _, q := range l.order {
			if q.PID == t.at.pid || t.at.pid == 0 && q.parent == p.PID {
				o.Holders = append(o.Holders, q.holder("it is the child"))
			}
		}
		if t.at.pid == 0 { // one that is not looked at may end as well
			o.Complete = len(o.Holders) == len(procfs.Children(p.PID, p.count, nil))
		}
		return o
	})
}
