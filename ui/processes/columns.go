package processes

import (
	"slices"

	"example.com/muster/ui/draw"
)

// columnID is what a column shows.
type columnID int

const (
	colName columnID = iota
	colPID
	colState
	colCPU
	colSpark
	colMem
	colThreads
	colWaits
	colFDs
	colRead
	colWrite
	colSwitches
	colForks
	colUp
	colRestarts
	colLast
)

// column is a column as it is shown: its width is fixed, so that it does not
// jump when a number changes.
type column struct {
	id    columnID
	title string
	width int
	right bool // numbers stand at the right
}

// columns lists all of them as they stand from left to right.
var columns = []column{
	{colName, "NAME", 12, false},
	{colPID, "PID", 7, true},
	{colState, "STATE", 11, false},
	{colCPU, "CPU", draw.PercentWidth, true},
	{colSpark, "last 30s", 8 + sparkMargin, false},
	{colMem, "MEM", draw.BytesWidth, true},
	{colThreads, "THR", 4, true},
	{colWaits, "WAITS FOR", 25, false}, // "deadlock bob.lock <- 4202"
	{colFDs, "FDS", 4, true},
	{colRead, "READ/s", draw.BytesWidth, true},
	{colWrite, "WRITE/s", draw.BytesWidth, true},
	{colSwitches, "CTXSW/s", 7, true},
	{colForks, "FORK/s", 6, true},
	{colUp, "UP", draw.DurationWidth, true},
	{colRestarts, "RST", 3, true},
	{colLast, "LAST LINE", 10, false},
}

// wish is a column that wants a place, and how wide the table must be left for
// the last line (if it is shown) for the column to be worth it.
type wish struct {
	id   columnID
	last int
}

// wanted is the order in which columns get their place.
var wanted = []wish{
	{colName, 0},
	{colState, 0},
	{colCPU, 0},
	{colMem, 0},
	{colPID, 0},
	{colLast, 0},
	{colSpark, 8},
	{colUp, 9},
	{colRestarts, 14},
	{colWaits, 12},
	{colThreads, 14},
	{colFDs, 28},
	{colRead, 32},
	{colWrite, 32},
	{colForks, 36},
	{colSwitches, 36},
}

const (
	cursorWidth = 2 // "› " before each row
	gap         = 1 // between two columns
	minName     = 10
	maxName     = 28
	workerName  = 18               // of a pool's worker below its slot: "├ ForkPoolWorker-1"
	wideState   = 14               // "✗ SIGSEGV core"
	wideWaits   = 32               // "deadlock /tmp/bank/bob.lock <- 4202"
	sparkMargin = 1                // keeps the sparkline off the number beside it
	wideSpark   = 15 + sparkMargin // two seconds a cell
	lateLast    = 24               // what must be left beside everything else for the last line, with a pane beside
)

// wishes is wanted for a table in which somebody waits for something, or has
// done so: without that the column would only stand empty. Beside a pane with
// the output it is worth more than the figures.
func wishes(waits, lastLine bool) []wish {
	at := slices.IndexFunc(wanted, func(c wish) bool { return c.id == colWaits })
	switch {
	case !waits:
		return slices.Delete(slices.Clone(wanted), at, at+1)
	case lastLine:
		return wanted
	}
	return slices.Insert(slices.Delete(slices.Clone(wanted), at, at+1), 5, wanted[at])
}

// choose returns the columns for a table of width w, whose longest name takes
// name cells. lastLine says whether the last line is worth more than the
// columns of figures; else it gets a place only if all of those have theirs. Columns that are off have none.
func choose(w, name int, waits, lastLine bool, off hidden) []column {
	lastLine = lastLine && !off.has(colLast)
	widths := map[columnID]int{colName: max(minName, min(name, max(w/5, min(w/4, workerName)), maxName))}
	used := cursorWidth - gap
	for _, c := range wishes(waits, lastLine) {
		width, ok := widths[c.id]
		if !ok {
			width = columns[c.id].width
		}
		if off.has(c.id) || c.id == colLast && !lastLine {
			continue
		}
		reserve := 0
		if lastLine && c.id != colLast && c.last > 0 {
			reserve = c.last - widths[colLast]
		}
		if used+gap+width+reserve > w {
			continue
		}
		widths[c.id] = width
		used += gap + width
	}
	grow(widths, w-used, lastLine, off)
	var chosen []column
	for _, c := range columns {
		if width, ok := widths[c.id]; ok {
			c.width = width
			chosen = append(chosen, c)
		}
	}
	return chosen
}

// grow gives away the cells that are left.
func grow(widths map[columnID]int, spare int, lastLine bool, off hidden) {
	take := func(id columnID, to, keep int) {
		if have, ok := widths[id]; ok && to > have && spare-(to-have) >= keep {
			spare -= to - have
			widths[id] = to
		}
	}
	keep := 0
	if lastLine {
		keep = 14
	}
	take(colState, wideState, keep)
	take(colWaits, wideWaits, keep+10)
	take(colSpark, wideSpark, keep)
	if !lastLine && !off.has(colLast) && spare > gap+lateLast {
		widths[colLast] = spare - gap
		return
	}
	if _, ok := widths[colLast]; ok {
		widths[colLast] += spare
		return
	}
	if have := widths[colName]; spare > 0 {
		widths[colName] = min(have+spare, maxName)
	}
}
