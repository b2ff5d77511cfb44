package keys

// Binding is one row of the table: some keys, what they mean and where.
type Binding struct {
	// Name is what the user's configuration calls it; rows on several screens
	// may share one, and the keys with it.
	Name string
	// Keys as bubbletea names them; the first is the one that help shows.
	Keys []string
	Verb Verb
	N    int // Intent.N
	// On lists the screens where the binding holds; none means everywhere.
	On []Screen
	// Section groups the bindings of the help overlay.
	Section Section
	// Label is the short word in the line of hints, Help the words in the overlay. Alone
	// are those for where the row above is not in sight, if Help goes on from that.
	Label, Help, Alone string
}

// Text says what the binding does where it stands alone.
func (b *Binding) Text() string {
	if b.Alone != "" {
		return b.Alone
	}
	return b.Help
}

// Section is a heading of the help overlay.
type Section string

// The sections, in the order in which help shows them.
const (
	Moving    Section = "move"
	Acting    Section = "processes"
	Reading   Section = "output"
	Waiting   Section = "locks"
	Ended     Section = "crashes"
	Profiling Section = "profile"
	Mapping   Section = "tasks"
	InSession Section = "muster"
)

// Sections lists all sections in order.
func Sections() []Section {
	return []Section{Acting, Reading, Moving, Waiting, Ended, Profiling, Mapping, InSession}
}

// Short lists of screens for the table below.
var (
	onProcesses = []Screen{Processes}
	onOutput    = []Screen{Output}
	onLines     = []Screen{Processes, Output}
	onLocks     = []Screen{Locks}
	onCrashes   = []Screen{Crashes}
	onProfile   = []Screen{Profile}
	onTasks     = []Screen{Tasks}
	onText      = []Screen{Processes, Output, Locks, Crashes, Profile, Tasks}
)

// table holds every binding. A key may stand in several rows if their screens
// are different; a test asserts that no key means two things on one screen.
var table = []Binding{
	{Name: "down", Keys: []string{"j", "down"}, Verb: Down, Section: Moving, Label: "down", Help: "down"},
	{Name: "up", Keys: []string{"k", "up"}, Verb: Up, Section: Moving, Label: "up", Help: "up"},
	{Name: "top", Keys: []string{"g", "home"}, Verb: Top, Section: Moving, Label: "top", Help: "first"},
	{Name: "bottom", Keys: []string{"G", "end"}, Verb: Bottom, Section: Moving, Label: "bottom", Help: "last"},
	{Name: "half_down", Keys: []string{"ctrl+d"}, Verb: HalfDown, Section: Moving, Label: "half down", Help: "half a page down"},
	{Name: "half_up", Keys: []string{"ctrl+u"}, Verb: HalfUp, Section: Moving, Label: "half up", Help: "half a page up"},
	{Name: "page_down", Keys: []string{"pgdown", "ctrl+f"}, Verb: PageDown, Section: Moving, Label: "page down", Help: "a page down"},
	{Name: "page_up", Keys: []string{"pgup", "ctrl+b"}, Verb: PageUp, Section: Moving, Label: "page up", Help: "a page up"},
	{Name: "pane", Keys: []string{"tab"}, Verb: Pane, Section: Moving, Label: "pane", Help: "to the other pane"},
	{Name: "pane_before", Keys: []string{"shift+tab"}, Verb: Pane, N: -1, Section: Moving, Label: "pane before", Help: "to the pane before"},
	{Name: "open", Keys: []string{"enter"}, Verb: Open, Section: Moving, Label: "open", Help: "open what is selected"},
	{Name: "back", Keys: []string{"esc"}, Verb: Back, Section: Moving, Label: "back", Help: "back"},
	{Name: "zoom", Keys: []string{"z"}, Verb: Zoom, On: onProcesses, Section: Moving, Label: "zoom", Help: "zoom the output pane"},

	{Name: "start", Keys: []string{"s"}, Verb: Start, On: onProcesses, Section: Acting, Label: "start", Help: "start"},
	{Name: "stop", Keys: []string{"x"}, Verb: Stop, On: onProcesses, Section: Acting, Label: "stop", Help: "stop"},
	{Name: "kill", Keys: []string{"X"}, Verb: Kill, On: onProcesses, Section: Acting, Label: "kill", Help: "kill at once"},
	{Name: "restart", Keys: []string{"r"}, Verb: Restart, On: onProcesses, Section: Acting, Label: "restart", Help: "restart"},
	{Name: "restart_pool", Keys: []string{"R"}, Verb: RestartPool, On: onProcesses, Section: Acting, Label: "restart pool", Help: "restart the pool"},
	{Name: "more", Keys: []string{"+", "="}, Verb: ScaleUp, On: onProcesses, Section: Acting, Label: "more", Help: "one more in the pool"},
	{Name: "fewer", Keys: []string{"-", "_"}, Verb: ScaleDown, On: onProcesses, Section: Acting, Label: "fewer", Help: "one fewer in the pool"},
	{Name: "sort", Keys: []string{"o"}, Verb: Sort, On: onProcesses, Section: Acting, Label: "sort", Help: "sort by the next column"},
	{Name: "columns", Keys: []string{"c"}, Verb: Columns, On: onProcesses, Section: Acting, Label: "columns", Help: "choose which columns are shown"},
	{Name: "fold", Keys: []string{" "}, Verb: Fold, On: onProcesses, Section: Acting, Label: "fold", Help: "fold or unfold"},
	{Name: "fold_row", Keys: []string{"left", "h"}, Verb: Left, On: onProcesses, Section: Acting, Label: "fold", Help: "fold"},
	{Name: "unfold_row", Keys: []string{"right", "l"}, Verb: Right, On: onProcesses, Section: Acting, Label: "unfold", Help: "unfold"},
	{Name: "search", Keys: []string{"/"}, Verb: Search, On: onProcesses, Section: Acting, Label: "filter", Help: "show the names that match; search in the pane"},
	{Name: "filter", Keys: []string{"&"}, Verb: Filter, On: onProcesses, Section: Acting, Label: "filter", Help: "show the names that match; in the pane the lines, after ! the others"},
	{Name: "debug", Keys: []string{"d"}, Verb: Debug, On: onProcesses, Section: Acting, Label: "debug", Help: "open its debugger"},

	{Name: "type", Keys: []string{"i"}, Verb: Type, On: onLines, Section: Acting, Label: "type", Help: "type into its terminal; Ctrl-] leaves"},

	{Name: "search", Keys: []string{"/"}, Verb: Search, On: onOutput, Section: Reading, Label: "search", Help: "search (regular expression)"},
	{Name: "next", Keys: []string{"n"}, Verb: Next, On: onLines, Section: Reading, Label: "next", Help: "next match"},
	{Name: "previous", Keys: []string{"N"}, Verb: Previous, On: onLines, Section: Reading, Label: "previous", Help: "match before"},
	{Name: "filter", Keys: []string{"&"}, Verb: Filter, On: onOutput, Section: Reading, Label: "filter", Help: "only the lines that match; after ! the others"},
	{Name: "follow", Keys: []string{"f"}, Verb: Follow, On: onLines, Section: Reading, Label: "follow", Help: "follow the end"},
	{Name: "wrap", Keys: []string{"w"}, Verb: Wrap, On: onLines, Section: Reading, Label: "wrap", Help: "wrap long lines"},
	{Name: "times", Keys: []string{"t"}, Verb: Times, On: onLines, Section: Reading, Label: "times", Help: "show times"},
	{Name: "mark", Keys: []string{"m"}, Verb: Mark, On: onLines, Section: Reading, Label: "mark", Help: "set or remove a mark"},
	{Name: "next_mark", Keys: []string{"'"}, Verb: NextMark, On: onLines, Section: Reading, Label: "next mark", Help: "next mark"},
	{Name: "moment", Keys: []string{"T"}, Verb: Moment, On: onLines, Section: Reading, Label: "moment", Help: "what its process did at the time of the line, and back"},
	{Name: "left", Keys: []string{"left", "h"}, Verb: Left, On: onOutput, Section: Reading, Label: "left", Help: "scroll to the left"},
	{Name: "right", Keys: []string{"right", "l"}, Verb: Right, On: onOutput, Section: Reading, Label: "right", Help: "scroll to the right"},
	{Name: "next_source", Keys: []string{"]"}, Verb: Pane, N: 1, On: onOutput, Section: Reading, Label: "next source", Help: "output of the next pool, slot or writer; so does Tab"},
	{Name: "source_before", Keys: []string{"["}, Verb: Pane, N: -1, On: onOutput, Section: Reading, Label: "source before", Help: "output of the one before", Alone: "output of the pool, slot or writer before"},
	{Name: "copy", Keys: []string{"y"}, Verb: Copy, On: onText, Section: Reading, Label: "copy", Help: "copy to the clipboard"},

	{Name: "search", Keys: []string{"/"}, Verb: Search, On: onLocks, Section: Waiting, Label: "filter", Help: "show the locks that match: name, kind, state, process"},
	{Name: "filter", Keys: []string{"&"}, Verb: Filter, On: onLocks, Section: Waiting, Label: "filter", Help: "the same", Alone: "filter the locks: name, kind, state, process"},
	{Name: "show_idle", Keys: []string{"h", " "}, Verb: Fold, On: onLocks, Section: Waiting, Label: "idle", Help: "show or hide those that only wait for work"},
	{Name: "next", Keys: []string{"n"}, Verb: Next, On: onLocks, Section: Waiting, Label: "next process", Help: "the next process of the chain"},
	{Name: "previous", Keys: []string{"N"}, Verb: Previous, On: onLocks, Section: Waiting, Label: "process before", Help: "the one before", Alone: "the process before in the chain"},
	{Name: "kill", Keys: []string{"X"}, Verb: Kill, On: onLocks, Section: Waiting, Label: "kill", Help: "kill who has it, or the chosen process; asks"},
	{Name: "edit", Keys: []string{"e"}, Verb: Edit, On: onLocks, Section: Waiting, Label: "edit", Help: "open its source line in $EDITOR"},
	{Name: "debug", Keys: []string{"d"}, Verb: Debug, On: onLocks, Section: Waiting, Label: "debug", Help: "open the debugger for that process"},
	{Name: "its_row", Keys: []string{"P"}, Verb: Row, On: onLocks, Section: Waiting, Label: "its row", Help: "go to its row among the processes"},

	{Name: "search", Keys: []string{"/"}, Verb: Search, On: onCrashes, Section: Ended, Label: "filter", Help: "show the crashes that match: name, headline, cause"},
	{Name: "filter", Keys: []string{"&"}, Verb: Filter, On: onCrashes, Section: Ended, Label: "filter", Help: "the same", Alone: "filter the crashes: name, headline, cause"},
	{Name: "next", Keys: []string{"n"}, Verb: Next, On: onCrashes, Section: Ended, Label: "next crash", Help: "the next kind of crash"},
	{Name: "previous", Keys: []string{"N"}, Verb: Previous, On: onCrashes, Section: Ended, Label: "crash before", Help: "the one before", Alone: "the kind of crash before"},
	{Name: "later_one", Keys: []string{"]", "right", "l"}, Verb: Right, On: onCrashes, Section: Ended, Label: "later one", Help: "a later crash of this kind"},
	{Name: "earlier_one", Keys: []string{"[", "left", "h"}, Verb: Left, On: onCrashes, Section: Ended, Label: "earlier one", Help: "an earlier crash of this kind"},
	{Name: "rerun", Keys: []string{"r"}, Verb: Restart, On: onCrashes, Section: Ended, Label: "rerun", Help: "run its program again, alone, in a terminal of its own"},
	{Name: "save", Keys: []string{"W"}, Verb: Save, On: onCrashes, Section: Ended, Label: "save", Help: "write a bundle with all of it, to be sent to somebody"},
	{Name: "edit", Keys: []string{"e"}, Verb: Edit, On: onCrashes, Section: Ended, Label: "edit", Help: "open its source line in $EDITOR"},
	{Name: "debug", Keys: []string{"d"}, Verb: Debug, On: onCrashes, Section: Ended, Label: "debug", Help: "open the debugger, if it lives or left a core"},

	{Name: "left", Keys: []string{"left", "h"}, Verb: Left, On: onProfile, Section: Profiling, Label: "left", Help: "the frame to the left; in the form: change"},
	{Name: "right", Keys: []string{"right", "l"}, Verb: Right, On: onProfile, Section: Profiling, Label: "right", Help: "the frame to the right; in the form: change"},
	{Name: "zoom", Keys: []string{"z"}, Verb: Zoom, On: onProfile, Section: Profiling, Label: "zoom", Help: "zoom to the frame and back; so does Enter"},
	{Name: "flame", Keys: []string{"f"}, Verb: Look, N: 0, On: onProfile, Section: Profiling, Label: "flame", Help: "the flame graph"},
	{Name: "functions", Keys: []string{"t"}, Verb: Look, N: 1, On: onProfile, Section: Profiling, Label: "top", Help: "the table of functions"},
	{Name: "source", Keys: []string{"s"}, Verb: Look, N: 2, On: onProfile, Section: Profiling, Label: "source", Help: "the source, with what each line costs"},
	{Name: "groups", Keys: []string{"w"}, Verb: Look, N: 3, On: onProfile, Section: Profiling, Label: "groups", Help: "by process, state, thread: which worker differs"},
	{Name: "history", Keys: []string{"H"}, Verb: Look, N: 4, On: onProfile, Section: Profiling, Label: "history", Help: "the captures of this session"},
	{Name: "sort", Keys: []string{"o"}, Verb: Sort, On: onProfile, Section: Profiling, Label: "sort", Help: "sort by what a function costs itself, or with what it calls"},
	{Name: "value", Keys: []string{"v"}, Verb: Value, On: onProfile, Section: Profiling, Label: "value", Help: "count something else: samples, cpu, wall"},
	{Name: "compare", Keys: []string{"c"}, Verb: Compare, On: onProfile, Section: Profiling, Label: "compare", Help: "in the history: what differs from the open one"},
	{Name: "search", Keys: []string{"/"}, Verb: Search, On: onProfile, Section: Profiling, Label: "search", Help: "mark the frames that match"},
	{Name: "next", Keys: []string{"n"}, Verb: Next, On: onProfile, Section: Profiling, Label: "next", Help: "the next match, or hot line"},
	{Name: "previous", Keys: []string{"N"}, Verb: Previous, On: onProfile, Section: Profiling, Label: "previous", Help: "the one before", Alone: "the match before, or hot line"},
	{Name: "filter", Keys: []string{"&"}, Verb: Filter, On: onProfile, Section: Profiling, Label: "focus", Help: "only stacks with a frame that matches"},
	{Name: "end_now", Keys: []string{"x"}, Verb: Stop, On: onProfile, Section: Profiling, Label: "end now", Help: "end the capture now, and keep what was taken"},
	{Name: "throw_away", Keys: []string{"X"}, Verb: Kill, On: onProfile, Section: Profiling, Label: "throw away", Help: "end the capture, and throw it away"},
	{Name: "save", Keys: []string{"W"}, Verb: Save, On: onProfile, Section: Profiling, Label: "write", Help: "write it to a file here, as pprof has it"},
	{Name: "export", Keys: []string{"O"}, Verb: Export, On: onProfile, Section: Profiling, Label: "export", Help: "write it in another format: svg, speedscope, ..."},
	{Name: "browser", Keys: []string{"B"}, Verb: Serve, On: onProfile, Section: Profiling, Label: "browser", Help: "pprof's web page of it, on 127.0.0.1"},
	{Name: "edit", Keys: []string{"e"}, Verb: Edit, On: onProfile, Section: Profiling, Label: "edit", Help: "open its source line in $EDITOR"},

	{Name: "retry", Keys: []string{"r"}, Verb: Restart, On: onTasks, Section: Mapping, Label: "retry", Help: "try what failed again: the item of the card, or all of that kind"},
	{Name: "retry_all", Keys: []string{"R"}, Verb: RestartPool, On: onTasks, Section: Mapping, Label: "retry all", Help: "try all again that failed"},
	{Name: "pause", Keys: []string{" "}, Verb: Hold, On: onTasks, Section: Mapping, Label: "pause", Help: "begin no more items, or go on"},
	{Name: "skip", Keys: []string{"x"}, Verb: Stop, On: onTasks, Section: Mapping, Label: "skip", Help: "end the item of that worker, and leave it out"},
	{Name: "more", Keys: []string{"+", "="}, Verb: ScaleUp, On: onTasks, Section: Mapping, Label: "more", Help: "one worker more"},
	{Name: "fewer", Keys: []string{"-", "_"}, Verb: ScaleDown, On: onTasks, Section: Mapping, Label: "fewer", Help: "one worker fewer"},
	{Name: "next_one", Keys: []string{"]", "right", "l"}, Verb: Right, On: onTasks, Section: Mapping, Label: "next one", Help: "in a card: the next item that failed so"},
	{Name: "one_before", Keys: []string{"[", "left", "h"}, Verb: Left, On: onTasks, Section: Mapping, Label: "one before", Help: "the one before", Alone: "in a card: the item before that failed so"},
	{Name: "edit", Keys: []string{"e"}, Verb: Edit, On: onTasks, Section: Mapping, Label: "edit", Help: "open the source line of a failure in $EDITOR"},

	{Name: "processes", Keys: []string{"1"}, Verb: GoTo, N: 1, Section: InSession, Label: "processes", Help: "processes"},
	{Name: "output", Keys: []string{"2"}, Verb: GoTo, N: 2, Section: InSession, Label: "output", Help: "output"},
	{Name: "timeline", Keys: []string{"3"}, Verb: GoTo, N: 3, Section: InSession, Label: "timeline", Help: "timeline"},
	{Name: "locks", Keys: []string{"4"}, Verb: GoTo, N: 4, Section: InSession, Label: "locks", Help: "locks"},
	{Name: "crashes", Keys: []string{"5"}, Verb: GoTo, N: 5, Section: InSession, Label: "crashes", Help: "crashes"},
	{Name: "profile", Keys: []string{"6"}, Verb: GoTo, N: 6, Section: InSession, Label: "profile", Help: "profile"},
	{Name: "tasks", Keys: []string{"7"}, Verb: GoTo, N: 7, Section: InSession, Label: "tasks", Help: "tasks"},
	{Name: "palette", Keys: []string{":"}, Verb: Palette, Section: InSession, Label: "find", Help: "find an action, screen or process by its name"},
	{Name: "help", Keys: []string{"?"}, Verb: Help, Section: InSession, Label: "help", Help: "show or hide this", Alone: "show or hide the help"},
	{Name: "quit", Keys: []string{"q"}, Verb: Quit, Section: InSession, Label: "quit", Help: "quit; asks when something runs"},
	{Name: "abort", Keys: []string{"ctrl+c"}, Verb: Abort, Section: InSession, Label: "quit", Help: "quit; twice: kill at once"},
	{Name: "reload", Keys: []string{"L"}, Verb: Reload, Section: InSession, Label: "reload", Help: "reload the configuration; shows the difference first"},
	{Name: "capture", Keys: []string{"p"}, Verb: Capture, Section: InSession, Label: "profile", Help: "profile the selected process, its pool, or all"},
	{Name: "stacks", Keys: []string{"S"}, Verb: Stacks, Section: InSession, Label: "stacks", Help: "where all threads are"},
	{Name: "redraw", Keys: []string{"ctrl+l"}, Verb: Redraw, Section: InSession, Label: "redraw", Help: "draw the screen anew"},
	{Name: "suspend", Keys: []string{"ctrl+z"}, Verb: Suspend, Section: InSession, Label: "suspend", Help: "pause everything, back to the shell"},
}
