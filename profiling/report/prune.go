package report

import (
	"regexp"
	"strings"
)

// prune leaves out the frames that a profile itself wants left out: what matches
// drop and not keep, and all that it calls, of each stack, but not before a
// frame that stays (google/pprof, profile/prune.go). Expressions that are none
// drop nothing.
func (r *Report) prune(drop, keep string) {
	dropped, err := regexp.Compile("^(" + drop + ")$")
	if drop == "" || err != nil {
		return
	}
	kept := regexp.MustCompile("$.^") // matches nothing
	if keep != "" {
		if kept, err = regexp.Compile("^(" + keep + ")$"); err != nil {
			return
		}
	}
	functions := make([]bool, len(r.functions))
	for i := range r.functions {
		name := simplified(r.names[r.functions[i].name])
		functions[i] = r.functions[i].name != 0 && dropped.MatchString(name) && !kept.MatchString(name)
	}
	whole, beneath := make([]bool, len(r.places)), make([]bool, len(r.places))
	for i := range r.places {
		at := &r.places[i]
		for j := at.to - 1; j >= at.from; j-- {
			if fn := r.lines[j].function; fn < 0 || !functions[fn] {
				continue
			}
			beneath[i] = true
			if j == at.to-1 {
				whole[i] = true
			} else {
				at.from = j + 1
			}
			break
		}
	}
	r.stacks.trim(whole, beneath)
}

// trim cuts each stack at the first place from the root, after one that stays,
// that goes as a whole, or with all beneath it.
func (s *stacks) trim(whole, beneath []bool) {
	to, from := 0, 0
	for i, end := range s.ends {
		stack := s.places[from:end]
		from = end
		stays, first := false, 0
		for k := len(stack) - 1; k >= 0; k-- {
			at := stack[k]
			if !beneath[at] {
				stays = true
				continue
			}
			if stays {
				first = k
				if whole[at] {
					first++
				}
				break
			}
		}
		to += copy(s.places[to:], stack[first:])
		s.ends[i] = to
	}
	s.places = s.places[:to]
}

// simplified is a C++ function's name without its arguments.
func simplified(name string) string {
	name = strings.TrimPrefix(name, ".") // of the ABI of 64-bit PowerPC
	for at := 0; ; {
		i := strings.IndexByte(name[at:], '(')
		if i < 0 {
			return name
		}
		i += at
		const anonymous, operator = "(anonymous namespace)", "operator()"
		switch {
		case strings.HasPrefix(name[i:], anonymous):
			at = i + len(anonymous)
		case strings.HasSuffix(name[:i], "operator") && strings.HasPrefix(name[i:], "()"):
			at = i + len("()")
		default:
			return name[:i]
		}
	}
}
