package procs

import (
	"slices"
	"strconv"
	"strings"
)

// Vars are what the marks "{slot}", "{slot+N}", "{pool}", "{port}" and
// "{pprof_port}" in a command stand for in one slot.
type Vars struct {
	ID
	Port, PprofPort int

	slotOnly bool // no other mark is one
}

// The marks of ports, which have to be found before they can be put in.
const (
	markPort      = "{port}"
	markPprofPort = "{pprof_port}"
)

// Expand puts the values in the place of the marks. "${slot}" is left to the
// shell that it is meant for.
func (v Vars) Expand(s string) string {
	if !strings.Contains(s, "{") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		mark, value := v.at(s[i:])
		if mark == "" || i > 0 && s[i-1] == '$' {
			b.WriteByte(s[i])
			i++
			continue
		}
		b.WriteString(value)
		i += len(mark)
	}
	return b.String()
}

// Argv returns the command of a pool for one slot; slotOnly is as in [Spec].
func (v Vars) Argv(argv []string, slotOnly bool) []string {
	v.slotOnly = slotOnly
	return v.ExpandAll(argv)
}

// SlotPlus is the mark of a slot's number plus n: "{slot+5000}".
func SlotPlus(n int) string { return markSlotPlus + strconv.Itoa(n) + "}" }

const markSlotPlus = "{slot+"

// slotPlus returns the mark of SlotPlus that s begins with, and its value.
func (v Vars) slotPlus(s string) (mark, value string) {
	rest, ok := strings.CutPrefix(s, markSlotPlus)
	digits, _, closed := strings.Cut(rest, "}")
	n, err := strconv.ParseUint(digits, 10, 31)
	if !ok || !closed || err != nil {
		return "", ""
	}
	return s[:len(markSlotPlus)+len(digits)+1], strconv.FormatUint(n+uint64(v.Slot), 10)
}

// at returns the mark that s begins with, and its value.
func (v Vars) at(s string) (mark, value string) {
	if mark, value = v.slotPlus(s); mark != "" {
		return mark, value
	}
	marks := []struct{ mark, value string }{
		{"{slot}", strconv.Itoa(v.Slot)},
		{"{pool}", v.Pool},
		{markPort, strconv.Itoa(v.Port)},
		{markPprofPort, strconv.Itoa(v.PprofPort)},
	}
	if v.slotOnly {
		marks = marks[:1]
	}
	for _, m := range marks {
		if strings.HasPrefix(s, m.mark) {
			return m.mark, m.value
		}
	}
	return "", ""
}

// ExpandAll expands each string; the result is a new slice.
func (v Vars) ExpandAll(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = v.Expand(s)
	}
	return out
}

// Spec returns the spec as it is for one slot: nothing in it is a mark any more.
func (v Vars) Spec(s Spec) Spec {
	s.Argv, s.Env = v.Argv(s.Argv, s.SlotOnly), v.ExpandAll(s.Env)
	s.Ready, s.Live = v.probe(s.Ready), v.probe(s.Live)
	s.Pprof, s.OnCrash = v.Expand(s.Pprof), v.ExpandAll(s.OnCrash)
	return s
}

func (v Vars) probe(p *Probe) *Probe {
	if p == nil {
		return nil
	}
	q := *p
	q.Exec, q.HTTP, q.TCP = v.ExpandAll(p.Exec), v.Expand(p.HTTP), v.Expand(p.TCP)
	return &q
}

// NamesPorts reports whether a spec has the marks "{port}" and "{pprof_port}".
func (s Spec) NamesPorts() (port, pprof bool) {
	all := slices.Concat([]string{s.Pprof}, s.Env, s.OnCrash)
	if !s.SlotOnly {
		all = append(all, s.Argv...)
	}
	for _, p := range []*Probe{s.Ready, s.Live} {
		if p != nil {
			all = append(append(all, p.HTTP, p.TCP), p.Exec...)
		}
	}
	for _, text := range all {
		port = port || strings.Contains(text, markPort)
		pprof = pprof || strings.Contains(text, markPprofPort)
	}
	return port, pprof
}
