package procs

import (
	"fmt"
	"reflect"
	"strings"
)

// Change is what a reload does to one pool.
type Change struct {
	Pool string
	Kind ChangeKind
	// What names the keys that differ, as muster.yaml spells them.
	What []string
	// From and To are the sizes, where they differ; 0 for a pool that is not.
	From, To int
}

// ChangeKind says what happens to a pool.
type ChangeKind string

// The kinds of change. A pool that does not differ is none.
const (
	Added    ChangeKind = "added"    // it is started
	Removed  ChangeKind = "removed"  // it is stopped and forgotten
	Scaled   ChangeKind = "scaled"   // slots come or go, the others stay
	Adjusted ChangeKind = "adjusted" // policies change, no process is restarted
	Replaced ChangeKind = "replaced" // its slots are restarted, a few at a time
	Disabled ChangeKind = "disabled" // it is stopped, and stays
	Enabled  ChangeKind = "enabled"  // it was disabled, and is started
)

// Sign is the change as one character: + added, - removed, ~ anything else.
func (c Change) Sign() string {
	switch c.Kind {
	case Added:
		return "+"
	case Removed:
		return "-"
	}
	return "~"
}

// String is the change in one line: "api: restarts 2 processes (command, env)".
func (c Change) String() string {
	what := ""
	if len(c.What) > 0 {
		what = " (" + strings.Join(c.What, ", ") + ")"
	}
	switch c.Kind {
	case Added:
		if len(c.What) > 0 {
			return c.Pool + ": is new and disabled"
		}
		return fmt.Sprintf("%s: starts %s", c.Pool, processes(c.To))
	case Removed:
		return fmt.Sprintf("%s: stops %s and is gone", c.Pool, processes(c.From))
	case Scaled:
		return fmt.Sprintf("%s: from %d to %s%s", c.Pool, c.From, processes(c.To), what)
	case Disabled:
		return fmt.Sprintf("%s: stops %s%s", c.Pool, processes(c.From), what)
	case Enabled:
		return fmt.Sprintf("%s: starts %s%s", c.Pool, processes(c.To), what)
	case Adjusted:
		return fmt.Sprintf("%s: takes over %s", c.Pool, strings.Join(c.What, ", "))
	}
	if c.From != c.To {
		return fmt.Sprintf("%s: restarts, from %d to %s%s", c.Pool, c.From, processes(c.To), what)
	}
	return fmt.Sprintf("%s: restarts %s%s", c.Pool, processes(c.To), what)
}

func processes(n int) string {
	if n == 1 {
		return "1 process"
	}
	return fmt.Sprintf("%d processes", n)
}

// Diff says what makes pools of the old specs those of the new ones, in the
// order of the new ones, what is removed last. Both have their defaults.
func Diff(before, after []Spec) []Change {
	old := make(map[string]Spec, len(before))
	for _, s := range before {
		old[s.Name] = s
	}
	var changes []Change
	kept := make(map[string]bool, len(after))
	for _, s := range after {
		kept[s.Name] = true
		was, ok := old[s.Name]
		if !ok {
			changes = append(changes, added(s))
		} else if c := difference(was, s); c.Kind != "" {
			changes = append(changes, c)
		}
	}
	for _, s := range before {
		if !kept[s.Name] {
			changes = append(changes, Change{Pool: s.Name, Kind: Removed, From: s.Size})
		}
	}
	return changes
}

func added(s Spec) Change {
	c := Change{Pool: s.Name, Kind: Added, To: s.Size}
	if s.Disabled {
		c.What = []string{"disabled"}
	}
	return c
}

// keys are the fields of a Spec with their names in muster.yaml. Those that a
// running process has taken up need a restart.
var keys = []struct {
	name    string
	restart bool
	field   func(*Spec) any
}{
	{"command", true, func(s *Spec) any { return s.Argv }},
	{"env", true, func(s *Spec) any { return s.Env }},
	{"cwd", true, func(s *Spec) any { return s.Dir }},
	{"output", true, func(s *Spec) any { return s.Output }},
	{"pprof", true, func(s *Spec) any { return s.Pprof }},
	{"replicas", false, func(s *Spec) any { return s.Size }},
	{"restart", false, func(s *Spec) any { return s.Restart }},
	{"stop", false, func(s *Spec) any { return s.Stop }},
	{"disabled", false, func(s *Spec) any { return s.Disabled }},
	{"update", false, func(s *Spec) any { return s.MaxUnavailable }},
	{"ready", false, func(s *Spec) any { return s.Ready }},
	{"live", false, func(s *Spec) any { return s.Live }},
	{"depends_on", false, func(s *Spec) any { return s.DependsOn }},
	{"watch", false, func(s *Spec) any { return s.Watch }},
	{"on_crash", false, func(s *Spec) any { return s.OnCrash }},
	{"profile_when", false, func(s *Spec) any { return s.ProfileWhen }},
	{"fail_fast", false, func(s *Spec) any { return s.FailFast }},
}

// Restarts reports whether a process that was started under one spec must be
// restarted for another.
func Restarts(was, is Spec) bool {
	for _, k := range keys {
		if k.restart && !same(k.field(&was), k.field(&is)) {
			return true
		}
	}
	return false
}

// difference compares a pool with itself; the Kind is "" if nothing differs.
func difference(was, is Spec) Change {
	c := Change{Pool: is.Name, From: was.Size, To: is.Size}
	for _, k := range keys {
		if same(k.field(&was), k.field(&is)) {
			continue
		}
		switch {
		case c.Kind == Disabled: // of what does not run nothing else is to be told
		case k.name == "disabled" && is.Disabled:
			c.Kind = Disabled
		case k.name == "disabled":
			c.Kind = Enabled
		case c.Kind == Enabled: // what is started takes up everything
		case k.restart:
			c.Kind = Replaced
		case c.Kind == Replaced: // likewise
		case k.name == "replicas":
			c.Kind = Scaled
		case c.Kind == "":
			c.Kind = Adjusted
		}
		if k.name != "replicas" {
			c.What = append(c.What, k.name)
		}
	}
	return c
}

// same compares two values of a field; an empty list is as good as none.
func same(a, b any) bool {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	if x.Kind() == reflect.Slice && x.Len() == 0 && y.Len() == 0 {
		return true
	}
	return reflect.DeepEqual(a, b)
}
