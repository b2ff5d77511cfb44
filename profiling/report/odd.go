package report

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"

	"example.com/muster/profiling"
)

// RuleOdd is the rule by which [Report.Odd] finds a process that differs from
// its like. A process is odd in a function if
//
//   - it spends a larger share of its time there than each of its like, and its
//     share is further above the nearest of them than theirs are apart;
//   - that is at least 5 points above what the others spend there, all together;
//   - and chance alone would make such a difference, in any function of any
//     process that was compared, less than once in a thousand profiles: the test
//     of two proportions, on the numbers of looks at both, with Bonferroni's
//     correction for the number of comparisons.
//
// Its like are the processes of its pool whose names differ from its own in
// numbers only: the workers of a pool are compared with each other, and not with
// their parent. Of a function and what it calls, the innermost one is told that
// has most of the difference.
const RuleOdd = "odd-one-out"

// Thresholds of RuleOdd.
const (
	oddPoints = 0.05  // of share
	oddChance = 0.001 // of a false finding in a profile
	oddLooks  = 30    // at a process, or it is not compared
	oddMost   = 0.8   // of a difference is most of it
	maxOdd    = 64    // candidates of a process that are compared with each other
)

// Labels that tell processes apart, as profiling/capture writes them.
const (
	labelPool = "pool"
	labelPID  = "pid"
)

// Finding is a process that spends more of its time in a function than its like.
type Finding struct {
	Process string // as it is called; with its pid if others are called so too
	Frame   Frame
	Share   float64 // of the process's time, 0 to 1
	Rest    float64 // of the others' time
	// Looks is how often the process was seen in the function, of Of looks;
	// RestLooks and RestOf are the others' counts.
	Looks, Of, RestLooks, RestOf int64
	Others                       int // processes that it was compared with
	Evidence                     profiling.Evidence
	Rule                         string // RuleOdd
}

// String tells the finding in a sentence: "train/3 spends 41 % in loads, the
// others 9 %".
func (f Finding) String() string {
	rest := "the others"
	if f.Others == 1 {
		rest = "the other"
	}
	return fmt.Sprintf("%s spends %.0f %% in %s, %s %.0f %%", clean(f.Process), 100*f.Share, clean(f.Frame.String()), rest, 100*f.Rest)
}

// Odd returns the processes that differ from their like by RuleOdd, the largest
// difference first. It has none of a profile that does not count looks, as a
// heap profile: how much chance there is in it cannot be said. Looks count that
// have the value of the options. Filters narrow down what may be found; shares
// remain those of all looks at a process.
func (r *Report) Odd(o Options) []Finding {
	looks := r.looks()
	if looks < 0 || o.Value < 0 || o.Value >= len(r.values) {
		return nil
	}
	c := crowd{r: r, frames: r.pass(o).frames, byKey: map[string]*member{}}
	c.of = make([]*member, len(r.labels().sets))
	value := o.Value
	o.Value = looks
	c.gather(o, value)
	var findings []Finding
	for _, like := range c.groups() {
		findings = append(findings, c.odd(like)...)
	}
	slices.SortFunc(findings, func(a, b Finding) int {
		return cmp.Or(-cmp.Compare(a.Share-a.Rest, b.Share-b.Rest), cmp.Compare(a.Process, b.Process), a.Frame.before(b.Frame))
	})
	return findings
}

// crowd is all processes of a profile.
type crowd struct {
	r      *Report
	frames *frames
	byKey  map[string]*member
	of     []*member // by set of labels; nil without a process
	all    []*member
}

// member is a process.
type member struct {
	name, pid, like string
	looks           int64
	stacks          []counted
	seen            []frameLooks // by frame
}

// counted is a stack that was seen so often.
type counted struct {
	looks  int64
	frames []int32
}

// frameLooks is how often a frame was seen.
type frameLooks struct {
	frame int32
	looks int64
}

// gather finds the processes, and counts the looks at each.
func (c *crowd) gather(o Options, value int) {
	sets := c.r.labels()
	for i, set := range sets.sets {
		c.of[i] = c.member(set)
	}
	every := c.r.pass(Options{Value: o.Value, Label: o.Label, LabelValue: o.LabelValue})
	counts := func(i int) *member {
		if c.r.stacks.values[i*len(c.r.values)+value] == 0 {
			return nil
		}
		return c.of[sets.of[i]]
	}
	every.eachSample(func(i int, looks int64, _ []int32) {
		if m := counts(i); m != nil && looks > 0 {
			m.looks += looks
		}
	})
	c.r.pass(o).eachSample(func(i int, looks int64, stack []int32) {
		if m := counts(i); m != nil && looks > 0 {
			m.stacks = append(m.stacks, counted{looks, slices.Clone(stack)})
		}
	})
	seen, round := make([]int32, len(c.frames.all)), int32(0)
	sum := make([]int64, len(c.frames.all))
	for _, m := range c.all {
		m.count(sum, seen, &round)
	}
}

// member returns the process of a set of labels, nil if it has none.
func (c *crowd) member(set labelSet) *member {
	name, pid, pool := set.all(LabelProcess)[0], set.all(labelPID)[0], set.all(labelPool)[0]
	if name == "" {
		return nil
	}
	key := name
	if pool == "" {
		key += "\x00" + pid // a slot of a pool is one process, whatever runs in it
	}
	m := c.byKey[key]
	if m == nil {
		m = &member{name: name, pid: pid, like: pool + "\x00" + numberless(name)}
		c.byKey[key] = m
		c.all = append(c.all, m)
	}
	return m
}

// numberless is a name with "#" for each number.
func numberless(name string) string {
	var b strings.Builder
	digit := false
	for _, ch := range name {
		is := ch >= '0' && ch <= '9'
		switch {
		case !is:
			b.WriteRune(ch)
		case !digit:
			b.WriteByte('#')
		}
		digit = is
	}
	return b.String()
}

// count adds up the looks at each frame. The slices are as long as there are
// frames; sum is 0 everywhere, and so it is left.
func (m *member) count(sum []int64, seen []int32, round *int32) {
	var touched []int32
	for _, s := range m.stacks {
		*round++
		for _, f := range s.frames {
			if seen[f] == *round {
				continue
			}
			seen[f] = *round
			if sum[f] == 0 {
				touched = append(touched, f)
			}
			sum[f] += s.looks
		}
	}
	slices.Sort(touched)
	for _, f := range touched {
		m.seen = append(m.seen, frameLooks{f, sum[f]})
		sum[f] = 0
	}
}

// groups returns the processes that are compared with each other.
func (c *crowd) groups() (groups [][]*member) {
	at := map[string]int{}
	for _, m := range c.all {
		if m.looks < oddLooks {
			continue
		}
		i, known := at[m.like]
		if !known {
			i = len(groups)
			at[m.like] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], m)
	}
	return groups
}

// spread is how a frame's share of time is spread over the processes.
type spread struct {
	looks               int64 // of all
	most, second, least float64
	who                 int // has the most
	members             int // that were seen in it
}

// odd returns the findings of a group.
func (c *crowd) odd(group []*member) (findings []Finding) {
	if len(group) < 2 {
		return nil
	}
	frames, total := map[int32]*spread{}, int64(0)
	for i, m := range group {
		total += m.looks
		for _, f := range m.seen {
			s := frames[f.frame]
			if s == nil {
				s = &spread{least: 1}
				frames[f.frame] = s
			}
			s.add(i, share(f.looks, m.looks), f.looks)
		}
	}
	bound := quantile(oddChance / float64(len(frames)*len(group)))
	for i, m := range group {
		var candidates []candidate
		for _, f := range m.seen {
			s := frames[f.frame]
			own, rest := share(f.looks, m.looks), share(s.looks-f.looks, total-m.looks)
			if s.who != i || !s.apart(len(group)) || own-rest < oddPoints ||
				proportions(float64(f.looks), float64(m.looks), float64(s.looks-f.looks), float64(total-m.looks)) < bound {
				continue
			}
			candidates = append(candidates, candidate{frame: f.frame, excess: own - rest, looks: f.looks, finding: Finding{
				Process: c.called(m), Frame: c.frames.all[f.frame], Share: own, Rest: rest,
				Looks: f.looks, Of: m.looks, RestLooks: s.looks - f.looks, RestOf: total - m.looks,
				Others: len(group) - 1, Evidence: profiling.Sampled, Rule: RuleOdd,
			}})
		}
		for _, k := range m.innermost(candidates) {
			findings = append(findings, k.finding)
		}
	}
	return findings
}

// add adds a process's share.
func (s *spread) add(who int, share float64, looks int64) {
	s.looks += looks
	s.members++
	s.least = min(s.least, share)
	if share > s.most {
		s.most, s.second, s.who = share, s.most, who
	} else {
		s.second = max(s.second, share)
	}
}

// apart says whether the one with the most is further above the next than the
// others are apart.
func (s *spread) apart(members int) bool {
	least := s.least
	if s.members < members {
		least = 0
	}
	if s.members == 1 {
		return s.most > 0
	}
	return s.most > s.second && s.most-s.second >= s.second-least
}

// called is a process's name, with its pid if that is needed to tell it from
// others.
func (c *crowd) called(m *member) string {
	for _, other := range c.all {
		if other != m && other.name == m.name {
			return m.name + " (pid " + m.pid + ")"
		}
	}
	return m.name
}

// candidate is a frame in which a process is odd.
type candidate struct {
	finding Finding
	frame   int32
	excess  float64 // over the others' share
	looks   int64
	depth   float64 // where it is in the stacks
	with    [maxOdd]int64
}

// innermost leaves out what others explain: a function whose excess is mostly
// that of one that it calls, and one that has but a part of its caller's.
func (m *member) innermost(all []candidate) []candidate {
	slices.SortStableFunc(all, func(a, b candidate) int { return -cmp.Compare(a.excess, b.excess) })
	all = all[:min(len(all), maxOdd)]
	index := map[int32]int{}
	for i := range all {
		index[all[i].frame] = i
	}
	for _, s := range m.stacks {
		var in uint64
		for depth, f := range s.frames {
			if i, is := index[f]; is && in&(1<<i) == 0 {
				in |= 1 << i
				all[i].depth += float64(s.looks) * float64(depth)
			}
		}
		for left := in; left != 0; left &= left - 1 {
			i := bits.TrailingZeros64(left)
			for others := in; others != 0; others &= others - 1 {
				all[i].with[bits.TrailingZeros64(others)] += s.looks
			}
		}
	}
	for i := range all {
		all[i].depth /= math.Max(float64(all[i].looks), 1)
	}
	within := func(inner, outer int) bool { // nearly whenever inner is seen, outer is above it
		return inner != outer && 20*all[inner].with[outer] >= 19*all[inner].looks && all[inner].depth > all[outer].depth
	}
	var kept []candidate
	gone := make([]bool, len(all))
	for i := range all {
		for j := range all {
			gone[i] = gone[i] || within(j, i) && all[j].excess >= oddMost*all[i].excess
		}
	}
	for i := range all {
		part := false
		for j := range all {
			part = part || !gone[j] && within(i, j) && all[i].excess < oddMost*all[j].excess
		}
		if !gone[i] && !part {
			kept = append(kept, all[i])
		}
	}
	return kept
}
