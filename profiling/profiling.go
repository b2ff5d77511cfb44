// Package profiling is the vocabulary of explanations: how muster knows what
// it says, and what it could not look at. The packages below it explain; this
// one only gives their findings a common form.
package profiling

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
