package procs

import "time"

// Stream is where a line came from.
type Stream uint8

// The streams.
const (
	Stdout   Stream = iota // also both streams of a PTY, and of a socket that cannot tell them apart
	Stderr                 // standard error
	Terminal               // a PTY
	Muster                 // muster's own words within the output: a run boundary, a notice
)

// String is the word for the stream in JSON.
func (s Stream) String() string {
	return [...]string{"stdout", "stderr", "pty", "muster"}[s&3]
}

// Line is one line of output. Text holds the bytes as they were printed,
// without the newline: any bytes at all, so sanitise before showing them.
type Line struct {
	// Seq counts the lines of the source that was asked, from 0.
	Seq    uint64
	ID     ID
	At     time.Time
	Stream Stream
	PID    int // who wrote it; 0 where the mode cannot tell
	Text   []byte
	// Cut: the printed line was longer and goes on in the next Line.
	Cut bool
	// Entered: in it the program has gone to the alternate screen of its terminal, as
	// full-screen programs do; FullScreen: it has begun there. What is printed there is a
	// picture, of which the text has the strokes.
	Entered, FullScreen bool
	// Partial: no newline has come yet; the text may still grow. Only the
	// newest lines of a source can be partial, one of each writer.
	Partial bool
}

// Source selects output: everything (the zero value), a pool, a slot, or one
// writer of a slot.
type Source struct {
	Pool string // "" for all pools
	Slot int    // meaningful if OneSlot
	// OneSlot selects a single slot; lines are then counted per slot, else
	// over the whole session in order of arrival.
	OneSlot bool
	// PID selects one writer; 0 for all.
	PID int
}

// SlotSource selects the output of one slot.
func SlotSource(id ID) Source { return Source{Pool: id.Pool, Slot: id.Slot, OneSlot: true} }

// Query asks for a window of output.
type Query struct {
	Source Source
	// From is the sequence number to start at. Reading backward, it is one
	// past the newest line wanted; [NewestLine] means the end.
	From     uint64
	Backward bool
	// Max is how many lines to return at the most.
	Max int
	// Match is a regular expression (RE2, "" matches all) that a line's text,
	// with escape sequences removed, must match; Not inverts it.
	Match string
	Not   bool
	// ScanLimit is how many lines to look at, at the most; 0 is Max.
	ScanLimit int
	// PassLimit is how many lines of others to pass over, at about the most; 0 is [MaxPassed],
	// and so is more.
	PassLimit int
}

// MaxPassed bounds how many lines of others one query passes over.
const MaxPassed = 1 << 20

// NewestLine as Query.From with Backward reads from the end of the output.
const NewestLine = ^uint64(0)

// Page answers a [Query]. Lines are oldest first, also when read backward.
type Page struct {
	Lines []Line
	// Next is the From with which the same query goes on.
	Next uint64
	// Oldest and End bound what is kept: Oldest <= Seq < End.
	Oldest, End uint64
	// Open is how many lines before End are partial. Their numbers are not theirs
	// to keep: whatever line ends next gets the first of them.
	Open int
	// Missed counts the lines that the query asked for and that are gone.
	Missed uint64
}
