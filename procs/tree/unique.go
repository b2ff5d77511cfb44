package tree

import (
	"strconv"
	"strings"

	"example.com/muster/procs"
)

// maxNames bounds how many different labels a slot counts apart: a program
// may exec under a new name each time.
const maxNames = 1024

// names hands out the numbers that make labels unique within a slot. Of a
// label that muster invents a number is never used twice, so that it always
// means the same process; names that processes have given themselves are
// numbered anew in each run, and titles among those that have them now.
type names struct {
	count map[string]int // of those that were invented
	own   map[string]int // of those that processes have given themselves, in this run; a hint
	title map[string]int // of those that are titles: all numbers below are taken; a hint
	used  map[usedLabel]uint64
}

// usedLabel is a label that a process has that lives or is kept, with the run
// that it was started in. The value is its seq.
type usedLabel struct {
	run   int
	label string
}

func newNames() names {
	return names{count: map[string]int{}, own: map[string]int{}, title: map[string]int{}, used: map[usedLabel]uint64{}}
}

// begin begins a run.
func (n *names) begin() {
	clear(n.own)
	clear(n.title)
}

// made returns the label that is made of what a process runs.
func (n *names) made(role procs.Role, p, parent Program, run int, seq uint64) string {
	label, numbered := labelOf(role, p, parent)
	if titleOf(p.Argv) != "" {
		return n.titled(label, run, seq)
	}
	return n.unique(label, numbered, run, seq)
}

// unique returns label for a process, with a number where it needs one. A name that ends
// like a number always gets a further one, so that it cannot pass for the
// label of another.
func (n *names) unique(label string, numbered bool, run int, seq uint64) string {
	if _, known := n.count[label]; !known && len(n.count) >= maxNames {
		label = "process"
	}
	for {
		n.count[label]++
		l := label
		if k := n.count[label]; k > 1 || numbered || endsLikeNumber(label) {
			l = numberedLabel(label, k)
		}
		if n.take(run, l, seq) {
			return l
		}
	}
}

// called returns the label of a process that has given itself a name: the
// name, with a number if another one of its run has it.
func (n *names) called(name string, run int, seq uint64) string {
	if _, known := n.own[name]; !known && len(n.own) >= maxNames {
		clear(n.own)
	}
	for {
		n.own[name]++
		l := name
		if k := n.own[name]; k > 1 {
			l = numberedLabel(name, k)
		}
		if n.take(run, l, seq) {
			return l
		}
	}
}

// titled returns the label of a process that has written its title: that, with the
// lowest number that is free. Titles come and go, and who keeps his keeps his number.
func (n *names) titled(title string, run int, seq uint64) string {
	if _, known := n.title[title]; !known && len(n.title) >= maxNames {
		clear(n.title)
	}
	for k := max(1, n.title[title]); ; k++ {
		l := title
		if k > 1 {
			l = numberedLabel(title, k)
		}
		if n.take(run, l, seq) {
			n.title[title] = k + 1
			return l
		}
	}
}

func numberedLabel(label string, k int) string { return label + "-" + strconv.Itoa(k) }

// take gives a label to a process, unless another one has it.
func (n *names) take(run int, label string, seq uint64) bool {
	key := usedLabel{run, label}
	if by, taken := n.used[key]; taken && by != seq {
		return false
	}
	n.used[key] = seq
	return true
}

// free takes a label from a process.
func (n *names) free(run int, label string, seq uint64) {
	if key := (usedLabel{run, label}); n.used[key] == seq {
		delete(n.used, key)
		n.vacant(label, 1)
		if i := strings.LastIndexByte(label, '-'); i > 0 {
			if k, err := strconv.Atoi(label[i+1:]); err == nil {
				n.vacant(label[:i], k)
			}
		}
	}
}

// vacant notes that a number of a title is free again.
func (n *names) vacant(title string, k int) {
	if next, known := n.title[title]; known && k < next {
		n.title[title] = k
	}
}
