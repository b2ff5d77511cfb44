package task

import (
	"crypto/sha256"
	"encoding/binary"
	"os"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/task/plan"
)

// Item is one thing to be worked on.
type Item struct {
	// Seq counts the items of the input, from 1; those that an earlier run has
	// done are counted too.
	Seq uint64
	// Text is the item as it was read: any bytes at all. Of several lists it is
	// the first list's.
	Text string
	// Args are the item's parts where it has several: one of each list, or the
	// columns of a line. nil if Text is all.
	Args []string
	// Key names the item in results and logs.
	Key plan.Key
	// Out is how it went; set by the worker that was on it.
	Out Outcome
}

// Parts returns the item's parts, one at least.
func (it *Item) Parts() []string {
	if it.Args == nil {
		return []string{it.Text}
	}
	return it.Args
}

// Outcome is what came of an item.
type Outcome struct {
	// At is when it began, Took how long it lasted.
	At   time.Time
	Took time.Duration
	// Value is the result of a function or of a persistent worker: JSON, or bytes
	// of a worker that speaks bytes.
	Value []byte
	// Failure says why there is no result; nil if there is one.
	Failure *Failure
	// Exit is how a command's process ended; nil where none ran for the item alone.
	Exit *procs.Exit
	PID  int
	// Command is what was run, as the job log has it.
	Command string
	// Stdout and Stderr are what it printed, where that was kept; Unseen says that it
	// was not.
	Stdout, Stderr Printed
	Unseen         bool
	// WorkerExit is how the process of a persistent worker ended while it was on the
	// item, and LastWords are the last lines that it printed besides its answers.
	WorkerExit *procs.Exit
	LastWords  []byte
}

// Failure is why an item has no result.
type Failure struct {
	// Kind names the sort of failure, by which failures are grouped: an
	// exception's type, "exit 3", "SIGSEGV", "timeout".
	Kind string
	// Message says what is wrong in one line.
	Message string
	// Traceback is an exception's, as Python prints it; "" if there is none.
	Traceback string
	// Lacks says what there was too little of, "" if that was not it.
	Lacks procs.Lack
}

// Printed is what a command printed on one stream: small amounts in memory,
// others in a file without a name.
type Printed struct {
	Bytes []byte
	File  *os.File // nil if Bytes are all
	Size  int64
}

// Release closes the file, if there is one.
func (p *Printed) Release() {
	if p.File != nil {
		_ = p.File.Close() // it has been read, or nobody wants it
		p.File = nil
	}
}

// keyer makes the keys of one command's items.
type keyer struct {
	seed [sha256.Size]byte
	buf  []byte
}

// newKeyer: the command is part of each key, so that the results of another
// command are not taken for those of this one.
func newKeyer(command []string) *keyer {
	k := &keyer{}
	for _, word := range command {
		k.buf = appendPart(k.buf, word)
	}
	k.seed = sha256.Sum256(k.buf)
	return k
}

// appendPart appends a string so that no two lists of strings look alike.
func appendPart(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func (k *keyer) key(it *Item) (key plan.Key) {
	k.buf = append(k.buf[:0], k.seed[:]...)
	if it.Args == nil {
		k.buf = appendPart(k.buf, it.Text)
	}
	for _, part := range it.Args {
		k.buf = appendPart(k.buf, part)
	}
	sum := sha256.Sum256(k.buf)
	copy(key[:], sum[:])
	return key
}

// FailureOf says why a task failed.
func FailureOf(t *plan.Task[*Item]) Failure {
	var f Failure
	if t.Item.Out.Failure != nil {
		f = *t.Item.Out.Failure
	}
	switch {
	case t.Verdict == plan.TimedOut:
		return Failure{Kind: "timeout", Message: "took too long: ended after " + t.Took.Round(time.Millisecond).String()}
	case f.Kind == "":
		return Failure{Kind: t.Verdict.String(), Message: "nothing is known of it"}
	}
	return f
}
