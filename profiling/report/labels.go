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
		for _, v := range values {
			set = set.with(key, v)
		}
	}
	for key, values := range s.NumLabel {
		for i, v := range values {
			text := strconv.FormatInt(v, 10)
			if units := s.NumUnit[key]; i < len(units) && units[i] != "" {
				text += " " + units[i]
			}
			set = set.with(key, text)
		}
	}
	set.sort()
	return set
}

// with adds a value to a label.
func (s labelSet) with(key, value string) labelSet {
	for i := range s {
		if s[i].key == key {
			s[i].values = append(s[i].values, value)
			return s
		}
	}
	return append(s, label{key, []string{value}})
}

func (s labelSet) sort() {
	for _, l := range s {
		slices.Sort(l.values)
	}
	slices.SortFunc(s, func(a, b label) int { return strings.Compare(a.key, b.key) })
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

// having says of each set whether the label has the value in it.
func (l *labels) having(key, value string) []bool {
	chosen := make([]bool, len(l.sets))
	for i, set := range l.sets {
		for _, own := range set {
			chosen[i] = chosen[i] || own.key == key && slices.Contains(own.values, value)
		}
	}
	return chosen
}
