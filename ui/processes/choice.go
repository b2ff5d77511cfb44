package processes

import (
	"slices"
	"strings"
)

// choice is a column that can be left out, by the name that files have for it.
type choice struct {
	id    columnID
	name  string
	about string
}

// choices are all columns but that of the names, from left to right.
var choices = []choice{
	{colPID, "pid", "the number of the process"},
	{colState, "state", "running, ready, failed, how it ended"},
	{colCPU, "cpu", "100% is one core; of a slot with all below it"},
	{colSpark, "history", "CPU of the last 30 seconds"},
	{colMem, "mem", "resident memory, shared pages in each; of a slot likewise"},
	{colThreads, "threads", "how many threads it has; of a slot likewise"},
	{colWaits, "waits", "what it waits for, once anybody does"},
	{colFDs, "fds", "open files"},
	{colRead, "read", "bytes read from disks a second"},
	{colWrite, "write", "bytes written to disks a second"},
	{colSwitches, "switches", "context switches a second"},
	{colForks, "forks", "processes started a second"},
	{colUp, "up", "how long it has been running"},
	{colRestarts, "restarts", "restarts by itself since its last start by hand"},
	{colLast, "last_line", "what it printed last"},
}

// ColumnNames are the names of the columns that can be left out.
func ColumnNames() []string {
	names := make([]string, len(choices))
	for i, c := range choices {
		names[i] = c.name
	}
	return names
}

// hidden are the columns that are left out.
type hidden uint32

func (h hidden) has(id columnID) bool { return h&(1<<id) != 0 }

// Hidden names the columns that are left out, in their order: "fds,up".
func (s *Screen) Hidden() string {
	var names []string
	for _, c := range choices {
		if s.hidden.has(c.id) {
			names = append(names, c.name)
		}
	}
	return strings.Join(names, ",")
}

// Hide leaves columns out, as Hidden has named them before; what is no name says nothing.
func (s *Screen) Hide(names string) { s.hide(strings.Split(names, ","), true) }

// ShowColumns shows the columns of some names only, and that of the processes' own names.
func (s *Screen) ShowColumns(names []string) { s.hide(names, false) }

// hide leaves out the columns that are named, or all others.
func (s *Screen) hide(names []string, named bool) {
	s.hidden = 0
	for _, c := range choices {
		if slices.Contains(names, c.name) == named {
			s.hidden |= 1 << c.id
		}
	}
}
