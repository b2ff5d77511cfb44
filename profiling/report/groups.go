package report

import (
	"cmp"
	"slices"
)

// Group is what was spent under one value of a label.
type Group struct {
	Label string // the value; "" for samples without the label
	Value int64
	Share float64 // of the total, as in Table
}

// Groups returns what was spent by value of a label, largest first. A sample
// with several values counts in each.
func (r *Report) Groups(key string, o Options) []Group {
	p := r.pass(o)
	if p.value < 0 || p.value >= len(r.values) {
		return nil
	}
	all := r.labels()
	bySet := make([]int64, len(all.sets))
	found := make([]bool, len(all.sets))
	for i := range r.stacks.ends {
		v, set := r.stacks.values[i*len(r.values)+p.value], all.of[i]
		if v == 0 || p.chosen != nil && !p.chosen[set] {
			continue
		}
		if _, kept := p.stack(i); kept {
			bySet[set] += v
			found[set] = true
		}
	}
	sums := map[string]int64{}
	for i, set := range all.sets {
		if found[i] {
			for _, value := range set.all(key) {
				sums[value] += bySet[i]
			}
		}
	}
	total := p.total()
	groups := make([]Group, 0, len(sums))
	for value, sum := range sums {
		groups = append(groups, Group{value, sum, share(sum, total)})
	}
	slices.SortFunc(groups, func(a, b Group) int {
		return cmp.Or(-cmp.Compare(magnitude(a.Value), magnitude(b.Value)), cmp.Compare(a.Label, b.Label))
	})
	return groups
}

// all returns the values of a label, one that is "" if there is none.
func (s labelSet) all(key string) []string {
	var values []string
	for _, l := range s {
		if l.key == key {
			values = append(values, l.values...)
		}
	}
	if len(values) == 0 {
		return []string{""}
	}
	slices.Sort(values)
	return slices.Compact(values)
}

// Labels returns the labels that samples have, in order.
func (r *Report) Labels() []string {
	var keys []string
	for _, set := range r.labels().sets {
		for _, l := range set {
			keys = append(keys, l.key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
