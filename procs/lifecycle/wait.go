package lifecycle

import (
	"fmt"
	"strings"

	"example.com/muster/procs"
)

// Verdict says how a dependency, or all those of a pool, stand.
type Verdict struct {
	// Met: what is waited for is so. Blocked: it cannot become so unless
	// somebody does something about it. Neither: it may come.
	Met, Blocked bool
	// Why is what a row of the waiting pool says; "" if it is met.
	Why string
}

// Peer is a slot of a pool that others depend on.
type Peer struct {
	procs.Slot
	// Soon says that the slot has a settled state and will leave it by itself.
	Soon bool
}

// Wait judges everything that a pool depends on: all of it must be met, and
// what blocks is told first.
func Wait(deps []procs.Dependency, judge func(procs.Dependency) Verdict) Verdict {
	var waiting []string
	for _, d := range deps {
		v := judge(d)
		switch {
		case v.Blocked:
			return Verdict{Blocked: true, Why: waitsFor + name(d) + ", but " + v.Why}
		case v.Met:
		case v.Why == "":
			waiting = append(waiting, name(d))
		default:
			waiting = append(waiting, name(d)+", "+v.Why)
		}
	}
	if len(waiting) == 0 {
		return Verdict{Met: true}
	}
	return Verdict{Why: waitsFor + strings.Join(waiting, "; ")}
}

// waitsFor begins the reason of every slot that is held or blocked.
const waitsFor = "waits for "

// NotReady begins the reason of a running slot whose readiness probe says no.
const NotReady = "not ready: "

// NotAlive begins the reason of a slot whose liveness probe says no: while it
// runs, while it is ended for that, and until it is started again.
const NotAlive = "live: "

func name(d procs.Dependency) string { return d.Pool + ": " + string(d.On) }

// Judge says whether a condition holds for all slots of a pool. spec is nil if
// there is no such pool.
func Judge(on procs.Condition, spec *procs.Spec, slots []Peer) Verdict {
	if spec == nil {
		return Verdict{Blocked: true, Why: "there is no such pool"}
	}
	ends := on == procs.OnCompleted || on == procs.OnSucceeded
	if ends && spec.Restart.When == procs.RestartAlways && len(slots) > 0 && (on == procs.OnSucceeded || spec.Restart.Max == 0) {
		return Verdict{Blocked: true, Why: spec.Name + " is started again whenever it ends"}
	}
	all := Verdict{Met: true}
	for i := range slots {
		v := judgeSlot(on, spec, &slots[i])
		switch {
		case v.Blocked:
			return v
		case !v.Met && all.Met:
			all = v
			if len(slots) > 1 {
				all.Why = named(slots[i].ID, v.Why)
			}
		}
	}
	return all
}

// named says of which slot something is said.
func named(id procs.ID, why string) string {
	if what, ok := strings.CutPrefix(why, which); ok {
		return id.String() + " " + what
	}
	if why == "" || strings.HasPrefix(why, id.String()) {
		return why
	}
	return id.String() + ": " + why
}

// which begins what is said of a pool that waits itself.
const which = "which "

var met = Verdict{Met: true}

func judgeSlot(on procs.Condition, spec *procs.Spec, p *Peer) Verdict {
	if holds(on, p) {
		return met
	}
	if p.Soon {
		return Verdict{}
	}
	switch p.State {
	case procs.Failed:
		return blockedBy(p)
	case procs.Stopped:
		if spec.Disabled {
			return Verdict{Blocked: true, Why: spec.Name + " is disabled"}
		}
		return Verdict{Blocked: true, Why: p.ID.String() + " is stopped"}
	case procs.Exited:
		return Verdict{Blocked: true, Why: fmt.Sprintf("%s ended: %s", p.ID, p.Reason)}
	case procs.BackingOff:
		return Verdict{Why: fmt.Sprintf("%s is started again after %s", p.ID, p.Reason)}
	case procs.Stopping:
		return Verdict{Why: p.ID.String() + " is stopping"}
	case procs.Starting:
		if waits, ok := strings.CutPrefix(p.Reason, waitsFor); ok {
			first, _, _ := strings.Cut(waits, ",")
			return Verdict{Why: which + waitsFor + first}
		}
		return Verdict{}
	}
	why, _ := strings.CutPrefix(p.Reason, NotReady)
	if on != procs.OnReady {
		why = ""
	}
	return Verdict{Why: why}
}

// holds reports whether the condition is so for one slot. A program without a
// readiness probe was ready while it ran, and that may have been so short that
// only its good end was seen.
func holds(on procs.Condition, p *Peer) bool {
	ended := p.State == procs.Exited
	ok := p.LastExit != nil && p.LastExit.OK()
	switch on {
	case procs.OnStarted:
		return p.State == procs.Running || p.State == procs.BackingOff && (p.LastExit == nil || p.LastExit.StartError == "") || ended
	case procs.OnReady:
		return p.State == procs.Running && p.Ready || ended && ok && !p.Probed
	case procs.OnCompleted:
		return ended || p.State == procs.Failed && p.LastExit != nil && p.LastExit.StartError == "" && !strings.HasPrefix(p.Reason, waitsFor)
	case procs.OnSucceeded:
		return ended && ok
	}
	return false
}

// blockedBy names the root of the evil: what failed by itself, not the pools
// between that wait for it.
func blockedBy(p *Peer) Verdict {
	if strings.HasPrefix(p.Reason, waitsFor) {
		if _, root, ok := strings.Cut(p.Reason, ", but "); ok {
			return Verdict{Blocked: true, Why: root}
		}
	}
	return Verdict{Blocked: true, Why: fmt.Sprintf("%s failed: %s", p.ID, p.Reason)}
}
