package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// samples are all repetitions of each figure of each case, in the order in
// which they were measured.
type samples struct {
	cases   []string // in order of their first appearance
	figures map[string]map[string][]float64
}

// read reads JSON objects. "case" names the case; every number in an object,
// also within lists and objects, is a repetition of the figure that its key names.
func read(r io.Reader) (samples, error) {
	s := samples{figures: map[string]map[string][]float64{}}
	for dec := json.NewDecoder(r); ; {
		var object map[string]any
		if err := dec.Decode(&object); errors.Is(err, io.EOF) {
			return s, nil
		} else if err != nil {
			return s, err
		}
		name, ok := object["case"].(string)
		if !ok {
			return s, fmt.Errorf("an object has no case: %v", object)
		}
		if s.figures[name] == nil {
			s.cases = append(s.cases, name)
			s.figures[name] = map[string][]float64{}
		}
		s.add(name, "", object)
	}
}

func (s samples) add(name, figure string, value any) {
	switch v := value.(type) {
	case float64:
		s.figures[name][figure] = append(s.figures[name][figure], v)
	case []any:
		for _, x := range v {
			s.add(name, figure, x)
		}
	case map[string]any:
		for k, x := range v {
			s.add(name, k, x)
		}
	}
}

// of returns all repetitions of a figure, nil if it was not measured.
func (s samples) of(name, figure string) []float64 { return s.figures[name][figure] }

// median returns the middle value, 0 of none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	mid := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[mid]
	}
	return (sorted[mid-1] + sorted[mid]) / 2
}

// sum adds figures of one case, repetition by repetition. A figure that was
// measured in none of them counts as 0; nil if none was measured.
func (s samples) sum(name string, figures ...string) []float64 {
	var total []float64
	for _, f := range figures {
		values := s.of(name, f)
		for len(total) < len(values) {
			total = append(total, 0)
		}
		for i, v := range values {
			total[i] += v
		}
	}
	return total
}

// ratio divides repetition by repetition, so that what slowed the machine for
// a while slows both sides. Where the two have unequal numbers, the medians
// are divided.
func ratio(over, under []float64) []float64 {
	if len(over) == 0 || len(under) == 0 || slices.Contains(under, 0) {
		return nil
	}
	if len(over) != len(under) {
		return []float64{median(over) / median(under)}
	}
	ratios := make([]float64, len(over))
	for i := range over {
		ratios[i] = over[i] / under[i]
	}
	return ratios
}
