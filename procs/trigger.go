package procs

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Trigger says when a profile of a pool is to be kept, with the seconds before.
// The zero value never does.
type Trigger struct {
	When TriggerWhen
	// Over is what must be exceeded: a percentage of one core for
	// [WhenCPU], bytes for [WhenRSS], seconds for [WhenBlocked].
	Over float64
	// For is for how long, for [WhenCPU] and [WhenRSS].
	For time.Duration
}

// TriggerWhen is what a trigger looks at, in each process of a pool.
type TriggerWhen string

// What there is to look at.
const (
	WhenCPU     TriggerWhen = "cpu"     // its CPU
	WhenRSS     TriggerWhen = "rss"     // its resident memory
	WhenBlocked TriggerWhen = "blocked" // how long a thread has waited for a lock
	WhenExit    TriggerWhen = "exit"    // its end, unless that was asked for
)

// triggerForms are what [ParseTrigger] reads, for an error's sake.
const triggerForms = "cpu>90% for 5s, rss>1GiB, blocked>2s and exit"

var triggerForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(cpu|rss|blocked)\s*>\s*([0-9]+(?:\.[0-9]+)?)\s*(%|[kKMGT]i?B|B|ns|us|µs|ms|s|m|h)\s*(?:for\s+(\S+))?$`)
})

// units of memory, in bytes.
var units = map[string]float64{
	"B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KiB": 1 << 10, "kiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
}

// ParseTrigger reads a trigger: "cpu>90% for 5s", "rss>1GiB", "blocked>2s", "exit".
func ParseTrigger(text string) (t Trigger, err error) {
	bad := func(why string) (Trigger, error) {
		return Trigger{}, fmt.Errorf("%q%s; the forms are %s", text, why, triggerForms)
	}
	trimmed := strings.TrimSpace(text)
	if trimmed == string(WhenExit) {
		return Trigger{When: WhenExit}, nil
	}
	m := triggerForm().FindStringSubmatch(trimmed)
	if m == nil {
		return bad(" tells no moment to keep a profile at")
	}
	t.When = TriggerWhen(m[1])
	if t.Over, err = strconv.ParseFloat(m[2], 64); err != nil {
		return bad(" has no number after >")
	}
	if t.Over <= 0 {
		return bad(" is always so")
	}
	unit := m[3]
	switch t.When {
	case WhenCPU:
		if unit != "%" {
			return bad(" compares the CPU with what is no percentage")
		}
	case WhenRSS:
		if t.Over *= units[unit]; units[unit] == 0 {
			return bad(" compares memory with what is no number of bytes")
		}
	case WhenBlocked:
		d, err := time.ParseDuration(m[2] + unit)
		if err != nil {
			return bad(" compares a wait with what is no duration")
		}
		if t.Over = d.Seconds(); m[4] != "" {
			return bad(" has a duration already")
		}
	}
	if m[4] != "" {
		if t.For, err = time.ParseDuration(m[4]); err != nil || t.For <= 0 {
			return bad(" has no duration after for")
		}
	}
	return t, nil
}

// String writes a trigger as ParseTrigger reads it.
func (t Trigger) String() string {
	var text string
	switch t.When {
	case WhenCPU:
		text = "cpu>" + strconv.FormatFloat(t.Over, 'f', -1, 64) + "%"
	case WhenRSS:
		text = "rss>" + bytesText(t.Over)
	case WhenBlocked:
		return "blocked>" + time.Duration(t.Over*float64(time.Second)).String()
	default:
		return string(t.When)
	}
	if t.For > 0 {
		text += " for " + t.For.String()
	}
	return text
}

// bytesText writes bytes in the largest unit in which they are a whole number.
func bytesText(n float64) string {
	for _, unit := range []string{"TiB", "GiB", "MiB", "KiB"} {
		if v := n / units[unit]; v >= 1 && v == float64(int64(v)) {
			return strconv.FormatFloat(v, 'f', -1, 64) + unit
		}
	}
	return strconv.FormatFloat(n, 'f', -1, 64) + "B"
}
