package report

import "regexp"

// pass is one way through the samples with what some Options leave of them.
type pass struct {
	r      *Report
	value  int
	frames *frames
	chosen []bool    // by set of labels; nil if all are
	keep   []verdict // of each place; nil if no frame is asked for
	hidden []bool    // of each line, and below them of each place without; nil if none is
	hides  bool      // some place is hidden with all that is in it
	buffer []int32
}

// verdict is what focus and ignore say of a place.
type verdict uint8

const (
	indifferent verdict = iota
	focused
	ignored
)

// pass prepares a way through the samples.
func (r *Report) pass(o Options) *pass {
	p := &pass{r: r, value: o.Value, frames: r.byFunction()}
	if o.By == ByLine {
		p.frames = r.byLine()
	}
	if o.Label != "" {
		p.chosen = r.labels().having(o.Label, o.LabelValue)
	}
	if o.Focus != nil || o.Ignore != nil || o.Hide != nil {
		p.filter(o)
	}
	return p
}

// filter judges each place.
func (p *pass) filter(o Options) {
	r := p.r
	hide, focus, ignore := r.matcher(o.Hide), r.matcher(o.Focus), r.matcher(o.Ignore)
	p.keep = make([]verdict, len(r.places))
	p.hidden = make([]bool, len(r.lines)+len(r.places))
	for i := range r.places {
		at := &r.places[i]
		switch {
		case o.Ignore != nil && ignore.place(at):
			p.keep[i] = ignored
		case o.Focus == nil || focus.place(at):
			p.keep[i] = focused
		}
		if o.Hide == nil || !hide.place(at) {
			continue
		}
		whole, left := hide.object(at), false
		for j := at.from; j < at.to; j++ {
			p.hidden[j] = whole || hide.line(&r.lines[j])
			left = left || !p.hidden[j]
		}
		if !left {
			p.hidden[len(r.lines)+i] = true
			p.hides = true
		}
	}
}

// each calls visit with every sample that counts and has a value: the value,
// and the frames from the root to the leaf, which are valid during the call
// only.
func (p *pass) each(visit func(value int64, stack []int32)) {
	p.eachSample(func(_ int, value int64, stack []int32) { visit(value, stack) })
}

// eachSample is each, with the index of the sample.
func (p *pass) eachSample(visit func(i int, value int64, stack []int32)) {
	r := p.r
	if p.value < 0 || p.value >= len(r.values) {
		return
	}
	for i := range r.stacks.ends {
		v := r.stacks.values[i*len(r.values)+p.value]
		if v == 0 || p.chosen != nil && !p.chosen[r.labels().of[i]] {
			continue
		}
		if stack, kept := p.stack(i); kept {
			visit(i, v, stack)
		}
	}
}

// total is the sum of all values as they are without sign, whatever is in
// focus.
func (p *pass) total() int64 {
	r, sum := p.r, int64(0)
	if p.value < 0 || p.value >= len(r.values) {
		return 0
	}
	for i := range r.stacks.ends {
		if p.chosen == nil || p.chosen[r.labels().of[i]] {
			sum += magnitude(r.stacks.values[i*len(r.values)+p.value])
		}
	}
	return sum
}

func magnitude(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}

// stack returns the frames of a sample, root first, and whether it counts.
func (p *pass) stack(i int) ([]int32, bool) {
	r, places := p.r, p.r.stacks.sample(i)
	if p.keep != nil && !p.keeps(places) {
		return nil, false
	}
	stack := p.buffer[:0]
	for k := len(places) - 1; k >= 0; k-- {
		at := &r.places[places[k]]
		if at.from == at.to {
			if p.hidden == nil || !p.hidden[len(r.lines)+int(places[k])] {
				stack = append(stack, p.frames.bare[places[k]])
			}
			continue
		}
		for j := at.to - 1; j >= at.from; j-- {
			if p.hidden == nil || !p.hidden[j] {
				stack = append(stack, p.frames.of[j])
			}
		}
	}
	p.buffer = stack
	return stack, !p.hides || len(stack) > 0
}

// keeps says whether a stack has a frame in focus and none that is ignored.
func (p *pass) keeps(places []int32) bool {
	found := false
	for _, at := range places {
		switch p.keep[at] {
		case ignored:
			return false
		case focused:
			found = true
		}
	}
	return found
}

// matcher matches an expression with each name once.
type matcher struct {
	r       *Report
	matches []bool // by index of Report.names
}

func (r *Report) matcher(re *regexp.Regexp) *matcher {
	m := &matcher{r: r}
	if re == nil {
		return m
	}
	m.matches = make([]bool, len(r.names))
	for i, name := range r.names {
		m.matches[i] = re.MatchString(name)
	}
	return m
}

func (m *matcher) place(at *place) bool {
	for j := at.from; j < at.to; j++ {
		if m.line(&m.r.lines[j]) {
			return true
		}
	}
	return m.object(at)
}

func (m *matcher) line(l *line) bool {
	if l.function < 0 {
		return false
	}
	fn := &m.r.functions[l.function]
	return m.matches[fn.name] || m.matches[fn.file]
}

// object matches the program or library of a place; one without is matched by
// nothing.
func (m *matcher) object(at *place) bool { return at.object != 0 && m.matches[at.object] }
