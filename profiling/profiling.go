// Package profiling is the vocabulary of explanations: how muster knows what
// it says, and what it could not look at. The packages below it explain; this
// one only gives their findings a common form.
package profiling

import (
	"fmt"
	"slices"
)

// Evidence says how a finding is known.
type Evidence string

// The kinds of evidence, strongest first.
const (
	Exact    Evidence = "exact"    // the kernel or the program itself said so
	Sampled  Evidence = "sampled"  // seen n times in m looks
	Inferred Evidence = "inferred" // by a rule, which is named
)

// Coverage says whether a source could be read. Every list of findings comes
// with the coverage that produced it, so that an empty list can be told from
// one that nobody was permitted to fill.
type Coverage struct {
	Source string `json:"source"`
	OK     bool   `json:"ok"`
	// Note says why not, and what would permit it; or a limit of the source.
	Note string `json:"note"`
}

// NoProcess is the note of a look that found no process: one that came too early, or
// too late.
const NoProcess = "no process lived at the last look"

// gapSources is up to how many sources of a gap are named.
const gapSources = 4

// Gaps returns what could not be read, for people: sources that miss for one
// reason are one row, "threads, futex, pthread and 11 more".
func Gaps(all []Coverage) []Coverage {
	var rows []Coverage
	count := map[string]int{}
	for _, c := range all {
		if c.OK {
			continue
		}
		count[c.Note]++
		i := slices.IndexFunc(rows, func(r Coverage) bool { return r.Note == c.Note })
		switch {
		case i < 0:
			rows = append(rows, c)
		case count[c.Note] <= gapSources:
			rows[i].Source += ", " + c.Source
		}
	}
	for i := range rows {
		if more := count[rows[i].Note] - gapSources; more > 0 {
			rows[i].Source += fmt.Sprintf(" and %d more", more)
		}
	}
	return rows
}

// Count says how many there are of something: "1 process", "2 processes".
func Count[N ~int | ~int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
