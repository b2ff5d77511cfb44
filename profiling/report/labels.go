package report

import (
	"slices"
	"strconv"
	"strings"

	"github.com/google/pprof/profile"
)

// labels are the labels of all samples; samples that are labelled alike share
// a set.
type labels struct {
	sets []labelSet
	of   []int32 // the set of each sample
}

// labelSet has the values of each label, sorted by label.
type labelSet []label

type label struct {
	key    string
	values []string
}

// labelsOf gathers the labels of a profile.
func labelsOf(p *profile.Profile) *labels {
	all := &labels{of: make([]int32, 0, len(p.Sample))}
	known := map[string]int32{}
	var text []byte
	for _, s := range p.Sample {
		set := setOf(s)
		text = set.appendKey(text[:0])
		n, ok := known[string(text)]
		if !ok {
			n = int32(len(all.sets))
			known[string(text)] = n
			all.sets = append(all.sets, set)
		}
		all.of = append(all.of, n)
	}
	return all
}

// setOf returns the labels of a sample. Numbers are labels too, with their
// unit.
func setOf(s *profile.Sample) labelSet {
	var set labelSet
	for key, values := range s.Label {
		set = append(set, label{key, values})
	}
	for key, values := range s.NumLabel {
		texts := make([]string, len(values))
		for i, v := range values {
			texts[i] = strconv.FormatInt(v, 10)
			if units := s.NumUnit[key]; i < len(units) && units[i] != "" {
				texts[i] += " " + units[i]
			}
		}
		set = append(set, label{key, texts})
	}
	slices.SortFunc(set, func(a, b label) int {
		if c := strings.Compare(a.key, b.key); c != 0 {
			return c
		}
		return slices.Compare(a.values, b.values)
	})
	return set
}

// appendKey appends what tells sets apart.
func (s labelSet) appendKey(text []byte) []byte {
	for _, l := range s {
		text = strconv.AppendInt(text, int64(len(l.key)), 10)
		text = append(append(text, ':'), l.key...)
		for _, v := range l.values {
			text = strconv.AppendInt(append(text, '='), int64(len(v)), 10)
			text = append(append(text, ':'), v...)
		}
	}
	return text
}

// with says of each set whether the label has the value in it.
func (l *labels) with(key, value string) []bool {
	chosen := make([]bool, len(l.sets))
	for i, set := range l.sets {
		for _, own := range set {
			chosen[i] = chosen[i] || own.key == key && slices.Contains(own.values, value)
		}
	}
	return chosen
}
