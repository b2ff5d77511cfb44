package plan

import (
	"fmt"
	"strconv"
	"strings"
)

// Halt says when the whole is stopped early. The zero value never stops it.
type Halt struct {
	// Now ends what runs, else that is waited for.
	Now bool
	// Of says what is counted.
	Of HaltOf
	// N of them stop the plan, or Percent of all items. A percentage counts
	// against all of the input, so it waits until the input has been read.
	N       uint64
	Percent float64
}

// HaltOf says what [Halt] counts.
type HaltOf uint8

// What is counted.
const (
	HaltNever   HaltOf = iota
	HaltFail           // items that failed for good
	HaltSuccess        // items that succeeded
	HaltDone           // both
)

// ParseHalt reads "never", or "now" or "soon", a comma, and one of "fail=N",
// "success=N" and "done=N", where N may be a percentage.
func ParseHalt(s string) (Halt, error) {
	if s == "never" || s == "" {
		return Halt{}, nil
	}
	wrong := fmt.Errorf("%q is not never, or now or soon with fail=N, success=N or done=N, such as soon,fail=3 or now,fail=10%%", s)
	when, what, _ := strings.Cut(s, ",")
	var h Halt
	switch when {
	case "now":
		h.Now = true
	case "soon":
	default:
		return Halt{}, wrong
	}
	of, value, _ := strings.Cut(what, "=")
	switch of {
	case "fail":
		h.Of = HaltFail
	case "success":
		h.Of = HaltSuccess
	case "done":
		h.Of = HaltDone
	default:
		return Halt{}, wrong
	}
	if percent, ok := strings.CutSuffix(value, "%"); ok {
		f, err := strconv.ParseFloat(percent, 64)
		if err != nil || !(f > 0 && f <= 100) {
			return Halt{}, wrong
		}
		h.Percent = f
		return h, nil
	}
	n, err := strconv.ParseUint(value, 10, 63)
	if err != nil || n == 0 {
		return Halt{}, wrong
	}
	h.N = n
	return h, nil
}

// reached reports whether the counts are such that the plan has to stop.
func (h Halt) reached(c *Counts, total uint64, known bool) bool {
	var n uint64
	switch h.Of {
	case HaltNever:
		return false
	case HaltFail:
		n = c.Failed
	case HaltSuccess:
		n = c.OK
	case HaltDone:
		n = c.Done()
	}
	if h.Percent > 0 {
		return known && n > 0 && float64(n)*100 >= h.Percent*float64(total)
	}
	return n >= h.N
}

func (p *Plan[T]) judgeHalt() {
	total, known := p.Total()
	if !p.stopped && p.opt.Halt.reached(&p.counts, total, known) {
		p.Stop(p.opt.Halt.Now)
	}
}

// ParseTimeout reads a duration ("5s", or "5" for seconds), or a percentage of
// the median ("300%").
func ParseTimeout(s string) (Timeout, error) {
	if percent, ok := strings.CutSuffix(s, "%"); ok {
		n, err := strconv.Atoi(percent)
		if err != nil || n <= 0 {
			return Timeout{}, fmt.Errorf("%q is no percentage of the median, such as 300%%", s)
		}
		return Timeout{Percent: n}, nil
	}
	d, err := ParseSeconds(s)
	if err != nil || d <= 0 {
		return Timeout{}, fmt.Errorf("%q is no duration, such as 5s, and no percentage of the median, such as 300%%", s)
	}
	return Timeout{Fixed: d}, nil
}
