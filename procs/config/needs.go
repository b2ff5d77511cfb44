package config

import (
	"slices"
	"strings"

	"example.com/muster/procs"
)

// dependsOn reads a mapping of pool to condition, or a list of pools that must
// have been started.
func (r *reader) dependsOn(n *node, d *draft) {
	add := func(pool *node, on procs.Condition) {
		d.needs = append(d.needs, need{procs.Dependency{Pool: pool.text, On: on}, pool.at})
	}
	switch n.kind {
	case mapping:
		for _, f := range n.fields {
			on := procs.OnStarted
			oneOf(r, f.value, &on, procs.OnStarted, procs.OnReady, procs.OnCompleted, procs.OnSucceeded)
			add(f.key, on)
		}
	case list:
		seen := map[string]bool{}
		for _, item := range n.items {
			name, ok := r.word(item)
			if !ok {
				continue
			}
			if seen[name] {
				r.fault(item.at, "%s is here twice", clip(name))
				continue
			}
			seen[name] = true
			add(&node{text: name, at: item.at}, procs.OnStarted)
		}
	default:
		r.wrong(n, "a mapping of pool to condition, or a list of pools")
	}
}

// others are the names without one.
func others(names []string, one string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == one })
}

// checkNeeds tells of dependencies that can never be met.
func (r *reader) checkNeeds(drafts []*draft) {
	byName := map[string]*draft{}
	names := make([]string, len(drafts))
	for i, d := range drafts {
		byName[d.spec.Name], names[i] = d, d.spec.Name
	}
	for _, d := range drafts {
		for _, n := range d.needs {
			on := byName[n.Pool]
			switch {
			case on == nil:
				r.fault(n.at, "there is no pool %q%s", clip(n.Pool), didYouMean(n.Pool, others(names, d.spec.Name)))
			case on == d:
				r.fault(n.at, "%s cannot wait for itself", n.Pool)
			case on.spec.Restart.When == procs.RestartAlways && (n.On == procs.OnCompleted || n.On == procs.OnSucceeded):
				r.fault(n.at, "%s is restarted always, so that it never ends for good and %s would never start", n.Pool, d.spec.Name)
			case on.spec.Disabled && !d.spec.Disabled:
				r.fault(n.at, "%s is disabled, so that %s would never start; disable %s too, or enable %s", n.Pool, d.spec.Name, d.spec.Name, n.Pool)
			}
		}
	}
	r.checkCycles(drafts, byName)
}

// checkCycles tells of pools that wait for one another, each cycle once.
func (r *reader) checkCycles(drafts []*draft, byName map[string]*draft) {
	const (
		under = 1 // on the path that is being walked
		done  = 2
	)
	state := map[*draft]int{}
	var path []*draft
	var walk func(d *draft)
	walk = func(d *draft) {
		state[d] = under
		path = append(path, d)
		for _, n := range d.needs {
			next := byName[n.Pool]
			if next == nil || next == d {
				continue
			}
			switch state[next] {
			case 0:
				walk(next)
			case under:
				r.fault(n.at, "these pools wait for one another: %s", cycle(path, next))
			}
		}
		path = path[:len(path)-1]
		state[d] = done
	}
	for _, d := range drafts {
		if state[d] == 0 {
			walk(d)
		}
	}
}

// cycle spells out the cycle that the end of a path closes: "a -> b -> a".
func cycle(path []*draft, start *draft) string {
	var names []string
	for _, d := range path {
		if d == start || len(names) > 0 {
			names = append(names, d.spec.Name)
		}
	}
	return strings.Join(append(names, start.spec.Name), " -> ")
}
