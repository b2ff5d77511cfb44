// Package demo holds the built-in pools of `muster demo`: one for each thing
// that muster can show. Their workers are real programs that the binary plays
// itself when it is re-executed with [WorkerCommand], so that a demo needs
// neither Python nor a compiler.
package demo

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/muster/procs"
)

// WorkerCommand is the first argument by which the binary knows that it is to
// play a worker; the second names the kind.
const WorkerCommand = "demo-worker"

// kind is one pool of the demo.
type kind struct {
	name  string
	about string
	size  int
	work  func(worker)
	shape func(*procs.Spec) // nil if the defaults will do
}

// kinds are listed in the order in which the screen shows them.
var kinds = []kind{
	{"cpu", "computes rows of the Mandelbrot set as fast as it can", 2, workCPU, nil},
	{"chatty", "prints coloured progress and log lines, some of them to stderr", 1, workChatty, nil},
	{"flood", "prints 200,000 lines in a burst, every few seconds", 1, workFlood, nil},
	{"memory", "grows to 200 MiB, lets go and begins again", 1, workMemory, nil},
	{"family", "a parent whose children come and go", 1, workFamily, nil},
	{"crash", "panics, touches memory that is not its own, loses a grandchild, and the same over and over", 4, workCrash, func(s *procs.Spec) {
		s.Restart = procs.RestartPolicy{When: procs.RestartOnFailure, Max: 4, Backoff: time.Second}
	}},
	{"web", "a service that is not ready at first, nor always later", 1, workWeb, shapeWeb},
	{"orders", "starts once web is ready", 1, workOrders, shapeOrders},
	{"contention", "four workers that want the same file's lock", 1, workContention, nil},
	{"deadlock", "two workers, each of which has the lock that the other wants", 1, workDeadlock, nil},
	{"abandoned", "two workers that wait for a lock whose holder has died", 1, workAbandoned, nil},
	{"profile", "four workers that load, resize and save pictures, of which one does so otherwise: its profile tells how", 4, workProfile, nil},
	{"prompt", "asks for a name, a password, commands, and shows a pager: type into it", 1, workPrompt, shapePrompt},
	{"sleep", "does nothing at all", 2, workSleep, nil},
	{"stubborn", "ignores SIGTERM, so that it must be killed", 1, workStubborn, func(s *procs.Spec) {
		s.Stop.Grace = 2 * time.Second
	}},
}

// Names returns the kinds, each with a word on what it does.
func Names() (names, about []string) {
	for _, k := range kinds {
		names, about = append(names, k.name), append(about, k.about)
	}
	return names, about
}

// Pools returns the pools of the named kinds, or of all when none is named.
// executable is the path of this binary.
func Pools(executable string, names ...string) ([]procs.Spec, error) {
	var specs []procs.Spec
	for _, name := range names {
		if !slices.ContainsFunc(kinds, func(k kind) bool { return k.name == name }) {
			all, _ := Names()
			return nil, fmt.Errorf("cannot show %q: the demos are %s and %s", name, strings.Join(all, ", "), MapName)
		}
	}
	names = withNeeded(names)
	for _, k := range kinds {
		if len(names) > 0 && !slices.Contains(names, k.name) {
			continue
		}
		spec := procs.Spec{Name: k.name, Argv: []string{executable, WorkerCommand, k.name}, Size: k.size}
		if k.shape != nil {
			k.shape(&spec)
		}
		specs = append(specs, spec.WithDefaults())
	}
	return specs, nil
}

// withNeeded adds the kinds that those named depend on.
func withNeeded(names []string) []string {
	names = slices.Clone(names)
	for i := 0; i < len(names); i++ {
		for _, k := range kinds {
			if k.name != names[i] || k.shape == nil {
				continue
			}
			var spec procs.Spec
			k.shape(&spec)
			for _, d := range spec.DependsOn {
				if !slices.Contains(names, d.Pool) {
					names = append(names, d.Pool)
				}
			}
		}
	}
	return names
}
