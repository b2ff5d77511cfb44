package procs

import "time"

// Event is something that happened, in the order in which it did. Output is
// not among the events; it is read with a [Query].
type Event struct {
	Seq  uint64
	At   time.Time
	Type EventType
	ID   ID
	// Label names the descendant of the slot's process that it happened to; ""
	// for the slot itself.
	Label string
	PID   int
	Text  string
	// Kind is equal for crashes of a slot that are of one kind; "" for other events.
	Kind string
	// After is how many lines the whole session had printed when it happened:
	// the place of the event among the merged output.
	After uint64
}

// Process names what it happened to: "pool/slot" or "pool/slot/label".
func (e *Event) Process() string {
	if e.Label == "" {
		return e.ID.String()
	}
	return e.ID.String() + "/" + e.Label
}

// EventType is the word for an event in JSON.
type EventType string

// The types of event that this package's readers see.
const (
	EventState EventType = "state"
	EventExit  EventType = "exit"
	EventCrash EventType = "crash"
	EventGap   EventType = "gap"
	// EventNotice is a warning of muster's own. It goes to standard error, not
	// among the JSON events.
	EventNotice EventType = "notice"
)
