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
	all := r.labels()
	bySet := make([]int64, len(all.sets))
	found := make([]bool, len(all.sets))
	p.eachSample(func(i int, v int64, _ []int32) {
		bySet[all.of[i]] += v
		found[all.of[i]] = true
	})
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

// LabelProcess is the label that names a sample's process, as
// profiling/capture writes it.
const LabelProcess = "process"

// labelledTree is the call tree of the samples with one value of a label.
type labelledTree struct {
	label string
	root  *Node
}

// treesBy returns a call tree for each value of a label, ordered by value; only
// one, without a label, if no sample has it.
func (r *Report) treesBy(key string, o Options) []labelledTree {
	p, all := r.pass(o), r.labels()
	value := make([]string, len(all.sets))
	for i, set := range all.sets {
		value[i] = set.all(key)[0]
	}
	known := map[string]*growing{}
	p.eachSample(func(i int, v int64, stack []int32) {
		of := value[all.of[i]]
		if known[of] == nil && len(known) >= maxTrees {
			of = "others"
		}
		if known[of] == nil {
			known[of] = newGrowing(0)
		}
		known[of].add(v, stack)
	})
	if len(known) == 0 {
		known[""] = newGrowing(0)
	}
	trees := make([]labelledTree, 0, len(known))
	for of, g := range known {
		trees = append(trees, labelledTree{of, g.tree(p.frames.all)})
	}
	slices.SortFunc(trees, func(a, b labelledTree) int { return cmp.Compare(a.label, b.label) })
	return trees
}
