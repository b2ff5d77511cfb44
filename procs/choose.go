package procs

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

// Choose returns the slots that patterns name, each once, in the order of the
// pools: "api" is a pool, "api/1" one slot, and both may hold the wildcards of
// path.Match ("api/*", "w*", "*"). A pattern that names nothing is an error. No
// pattern at all names every slot.
func Choose(pools []Pool, patterns []string) ([]ID, error) {
	var ids []ID
	used := make([]bool, len(patterns))
	for _, p := range pools {
		for i := range p.Slots {
			id := p.Slots[i].ID
			chosen := len(patterns) == 0
			for k, pattern := range patterns {
				ok, err := id.Matches(pattern)
				if err != nil {
					return nil, err
				}
				used[k] = used[k] || ok
				chosen = chosen || ok
			}
			if chosen {
				ids = append(ids, id)
			}
		}
	}
	for k, ok := range used {
		if !ok {
			return nil, fmt.Errorf("%s: there is no such process%s", patterns[k], among(pools))
		}
	}
	return ids, nil
}

// Matches reports whether a pattern of [Choose] names the slot.
func (id ID) Matches(pattern string) (bool, error) {
	if pattern == id.Pool || pattern == id.String() { // whatever its name is made of
		return true, nil
	}
	pool, slot, one := strings.Cut(pattern, "/")
	ok, err := path.Match(pool, id.Pool)
	if err == nil && ok && one {
		ok, err = path.Match(slot, strconv.Itoa(id.Slot))
	}
	if err != nil {
		return false, fmt.Errorf("%s: it is no pattern: %w", pattern, err)
	}
	return ok, nil
}

// among lists the pools for an error's sake.
func among(pools []Pool) string {
	if len(pools) == 0 || len(pools) > 12 {
		return ""
	}
	if len(pools) == 1 {
		return "; there is only the pool " + pools[0].Name
	}
	names := make([]string, len(pools))
	for i, p := range pools {
		names[i] = p.Name
	}
	return "; there are the pools " + strings.Join(names, ", ")
}
