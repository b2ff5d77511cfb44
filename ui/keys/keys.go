// Package keys turns keys into intents. A screen never sees a key, only an
// [Intent]; the mouse, the palette and tests take the same way.
//
// Start at the table in bindings.go: it is the only place that says which key
// means what on which screen, and help and palette are made from it. A [Map] is
// the table with the keys that the user has chosen instead. What a screen
// wants from the root in return is in ask.go.
package keys

// Screen is the number of a screen, as typed by the user.
type Screen uint8

// The screens, by the key that opens them.
const (
	Processes Screen = 1 + iota
	Output
	Timeline
	Locks
	Crashes
	Profile
	Tasks
)

// Screens lists all screens in the order of their keys.
func Screens() []Screen {
	return []Screen{Processes, Output, Timeline, Locks, Crashes, Profile, Tasks}
}

// String returns the screen's name as the frame shows it: "processes".
func (s Screen) String() string {
	names := [...]string{"", "processes", "output", "timeline", "locks", "crashes", "profile", "tasks"}
	if int(s) >= len(names) {
		return ""
	}
	return names[s]
}

// Verb is what a user wants to be done.
type Verb uint8

// The verbs. Those up to Palette are the root's; a screen sees the others.
const (
	None    Verb = iota
	GoTo         // open screen number Intent.N
	Help         // show or hide all keys
	Quit         // end the session, or leave once it has ended
	Abort        // as Quit; the second one kills at once
	Redraw       // write the whole screen anew
	Reload       // read the configuration anew: show what that changes, then ask
	Stacks       // show where all threads are
	Capture      // profile the selected process, its pool or all: asks how
	Type         // type into the terminal of the selected slot
	Suspend      // stop everything and give the shell back
	Palette      // find anything that can be done by its name

	Back     // close what is open: an overlay, a filter, a zoom; then the screen
	Up       // one line towards the top
	Down     // one line towards the bottom
	HalfUp   // half a page up
	HalfDown // half a page down
	PageUp   // a page up
	PageDown // a page down
	Top      // the first line
	Bottom   // the last line
	Left     // fold, or scroll to the left
	Right    // unfold, or scroll to the right
	Pane     // move the focus to the other pane
	Open     // open what is selected
	Fold     // fold or unfold the tree at the selected row
	Zoom     // give the pane the whole body, or take it back
	Sort     // sort by the next column
	Columns  // choose which columns are shown

	Search   // look for Intent.Text; see there
	Next     // the next match
	Previous // the match before
	Filter   // show only what matches Intent.Text
	Follow   // stay at the end as lines come, or stop doing so
	Wrap     // wrap long lines, or cut them
	Times    // show or hide when each line came
	Mark     // set or remove a mark at the current line
	NextMark // go to the next mark
	Moment   // show what the writer of the line did when it was printed, and back
	Copy     // copy what is selected to the terminal's clipboard

	Start       // start the selected slot
	Stop        // stop it
	Kill        // kill it at once
	Restart     // restart it
	RestartPool // restart its whole pool
	ScaleUp     // one slot more in its pool
	ScaleDown   // one slot fewer

	Hold  // keep more from being begun, or let it
	Row   // go to the row of the selected process
	Edit  // open the selected source line in an editor
	Save  // write what is selected to a file
	Debug // open the debugger for the selected process

	Look    // go to view number Intent.N of the screen
	Value   // count something else
	Compare // show what differs from another one
	Export  // write it in another format
	Serve   // show it in a browser

	Click // the cell at Intent.X, Y was clicked
	Wheel // the wheel moved by Intent.N lines over the cell at X, Y
)

// Intent is a verb and what it needs to know. The zero value is no intent.
type Intent struct {
	Verb Verb
	// N is the number of the screen for GoTo, and the number of lines for
	// Wheel, negative towards the top.
	N int
	// X and Y are the cell of a Click or Wheel, from 0,0 at the top left of
	// the screen's body.
	X, Y int
	// Text is what to look for. The root owns the prompt: it sends a Search
	// or Filter at each change of the text, so that a screen can answer while
	// the user types, and a last one with Done set. Escape gives it up: it
	// sends the empty text, with Done. The empty text ends the search or the filter.
	Text string
	Done bool
}

// Moves reports whether the intent only moves within what is shown.
func (in Intent) Moves() bool { return in.Verb >= Up && in.Verb <= Bottom }
