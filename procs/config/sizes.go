package config

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"example.com/muster/procs"
)

// Size is how many processes a pool is to have.
type Size struct {
	Pool string // "all" for every pool that is not named
	N    int
}

// ParseSizes reads "web=2,worker=1", as -m has it.
func ParseSizes(s string) ([]Size, error) {
	var sizes []Size
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, number, ok := strings.Cut(part, "=")
		n, err := strconv.Atoi(number)
		if !ok || name == "" || err != nil {
			return nil, fmt.Errorf("cannot read %q: it is not POOL=N, as in web=2,worker=1", part)
		}
		if n < 0 || n > maxReplicas {
			return nil, fmt.Errorf("cannot run %d of %s: a pool has 0 to %d processes", n, name, maxReplicas)
		}
		sizes = append(sizes, Size{name, n})
	}
	return sizes, nil
}

// resize gives pools the sizes that were asked for; the last one of a name
// counts, and a name comes before "all".
func resize(specs []procs.Spec, sizes []Size) ([]procs.Spec, error) {
	for _, s := range sizes {
		if s.Pool == "all" {
			for i := range specs {
				specs[i].Size = s.N
			}
		}
	}
	for _, s := range sizes {
		i := index(specs, s.Pool)
		switch {
		case i >= 0:
			specs[i].Size = s.N
		case s.Pool != "all":
			return nil, fmt.Errorf("cannot run %d of %q: there is no such pool%s", s.N, s.Pool, among(s.Pool, specs))
		}
	}
	return specs, nil
}

// choose takes the pools that patterns name, and what they depend on. A pool
// that is named is not disabled any more, nor is what it needs.
func choose(specs []procs.Spec, patterns []string) ([]procs.Spec, error) {
	if len(patterns) == 0 {
		return specs, nil
	}
	taken := make([]bool, len(specs))
	var take func(i int)
	take = func(i int) {
		if taken[i] {
			return
		}
		taken[i] = true
		specs[i].Disabled = false
		for _, d := range specs[i].DependsOn {
			take(index(specs, d.Pool))
		}
	}
	for _, pattern := range patterns {
		found := false
		for i, s := range specs {
			ok, err := path.Match(pattern, s.Name)
			if err != nil {
				return nil, fmt.Errorf("cannot start %q: it is no pattern", pattern)
			}
			if ok || s.Name == pattern {
				found = true
				take(i)
			}
		}
		if !found {
			return nil, fmt.Errorf("cannot start %q: there is no such pool%s", pattern, among(pattern, specs))
		}
	}
	var out []procs.Spec
	for i, s := range specs {
		if taken[i] {
			out = append(out, s)
		}
	}
	return out, nil
}

func index(specs []procs.Spec, name string) int {
	for i := range specs {
		if specs[i].Name == name {
			return i
		}
	}
	return -1
}

// among names the pool that may be meant, or the few that there are.
func among(name string, specs []procs.Spec) string {
	names := make([]string, len(specs))
	for i, s := range specs {
		names[i] = s.Name
	}
	if near := didYouMean(name, names); near != "" {
		return near
	}
	if len(names) > 12 {
		return ""
	}
	return "; there are " + listed(names)
}

// Levels are the names of the pools in the order of their start: those of a
// level need none of their own level, and only such as come before. Those that
// are disabled are left out.
func Levels(specs []procs.Spec) [][]string {
	level := map[string]int{}
	var depth func(i int) int
	depth = func(i int) int {
		s := specs[i]
		if n, ok := level[s.Name]; ok {
			return n
		}
		n := 0
		for _, d := range s.DependsOn {
			if k := index(specs, d.Pool); k >= 0 {
				n = max(n, depth(k)+1)
			}
		}
		level[s.Name] = n
		return n
	}
	var levels [][]string
	for i, s := range specs {
		if s.Disabled {
			continue
		}
		n := depth(i)
		for len(levels) <= n {
			levels = append(levels, nil)
		}
		levels[n] = append(levels[n], s.Name)
	}
	return levels
}
