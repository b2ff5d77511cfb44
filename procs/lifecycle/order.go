package lifecycle

import (
	"fmt"
	"slices"
	"strings"

	"example.com/muster/procs"
)

// Order returns the names of pools so that each comes after all that it
// depends on, else in the given order. It fails if a name is used twice, a
// pool depends on one that is not there, or on itself by a chain of others.
func Order(specs []procs.Spec) ([]string, error) {
	byName := make(map[string]*procs.Spec, len(specs))
	for i := range specs {
		if byName[specs[i].Name] != nil {
			return nil, fmt.Errorf("there are two pools %s", specs[i].Name)
		}
		byName[specs[i].Name] = &specs[i]
	}
	o := ordering{specs: byName, done: make(map[string]bool, len(specs))}
	for i := range specs {
		if err := o.visit(&specs[i]); err != nil {
			return nil, err
		}
	}
	return o.names, nil
}

// ordering is a walk along the dependencies, depth first.
type ordering struct {
	specs map[string]*procs.Spec
	done  map[string]bool
	path  []string // from the pool that the walk began with
	names []string
}

func (o *ordering) visit(s *procs.Spec) error {
	if o.done[s.Name] {
		return nil
	}
	if i := slices.Index(o.path, s.Name); i >= 0 {
		return fmt.Errorf("%s depends on itself: %s", s.Name, strings.Join(append(o.path[i:], s.Name), " -> "))
	}
	o.path = append(o.path, s.Name)
	for _, d := range s.DependsOn {
		next := o.specs[d.Pool]
		if next == nil {
			return fmt.Errorf("%s depends on %s, and there is no such pool", s.Name, d.Pool)
		}
		if err := o.visit(next); err != nil {
			return err
		}
	}
	o.path = o.path[:len(o.path)-1]
	o.done[s.Name] = true
	o.names = append(o.names, s.Name)
	return nil
}
