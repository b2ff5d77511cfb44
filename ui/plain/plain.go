// Package plain says what happens in a session in sentences, one a line, for
// who cannot or will not read a screen: a screen reader, a braille line, a log. It is pure.
//
// [Event] is for what happens, [Stands] for how a process is when somebody begins to listen,
// [Alarms] for deadlocks and abandoned locks.
package plain

import (
	"strconv"
	"strings"

	"example.com/muster/procs"
	"example.com/muster/ui/draw"
)

// maxSentence bounds a sentence, in cells.
const maxSentence = 500

// Event says what happened in a sentence, "" where another event says the same.
func Event(e procs.Event) string {
	text := ""
	switch e.Type {
	case procs.EventState:
		text = state(e)
	case procs.EventExit:
		text = ended(e)
	case procs.EventCrash:
		text = crashed(e)
	}
	if text == "" {
		return ""
	}
	return safe(text)
}

// Stands says how a slot is.
func Stands(slot *procs.Slot) string {
	text := string(slot.State)
	if slot.Reason != "" {
		text += ": " + slot.Reason
	}
	name := slot.ID.String()
	switch {
	case slot.State == procs.Stopped && slot.N == 0:
		return safe(name + " has not been started")
	case slot.State == procs.Starting && slot.Reason == "":
		return safe(name + " is starting")
	case slot.State == procs.Exited && slot.LastExit != nil:
		return Event(procs.Event{Type: procs.EventExit, ID: slot.ID, PID: slot.PID, Text: slot.LastExit.String()})
	case slot.State == procs.Exited:
		return safe(name + " has ended")
	}
	return Event(procs.Event{Type: procs.EventState, ID: slot.ID, PID: slot.PID, Text: text})
}

// state says what a slot has become. How one has ended its exit says.
func state(e procs.Event) string {
	name := e.Process()
	word, reason, because := strings.Cut(e.Text, ": ")
	if because {
		because := ": " + reason
		switch procs.State(word) {
		case procs.Running:
			return name + " is running" + pid(e.PID) + because // "not ready: ..."
		case procs.Starting:
			return name + " " + reason // "waits for db: ready"
		case procs.Stopping:
			return name + " is being stopped" + because
		case procs.Failed:
			return name + " has failed" + because
		case procs.BackingOff:
			return name + " will be started again"
		case procs.Exited:
			return ""
		}
		return name + " is " + e.Text // "not ready: tcp :80: connection refused"
	}
	switch procs.State(word) {
	case procs.Starting, procs.Exited:
		return ""
	case procs.Running:
		return name + " is running" + pid(e.PID)
	case procs.Stopping:
		return name + " is being stopped"
	case procs.Failed:
		return name + " has failed"
	case procs.BackingOff:
		return name + " will be started again"
	}
	return name + " is " + word // stopped, ready, not ready
}

// ended says how a run has ended, by the words of [procs.Exit].
func ended(e procs.Event) string {
	name := e.Process()
	signal, _, _ := strings.Cut(e.Text, " ")
	switch code, exit := strings.CutPrefix(e.Text, "exit "); {
	case exit:
		return name + " has ended with code " + code
	case signal == "SIGKILL":
		return name + " was killed by " + e.Text
	case strings.HasPrefix(signal, "SIG"):
		return name + " was ended by " + e.Text
	case e.PID == 0:
		return "" // it has not begun, which its state says
	case strings.HasPrefix(e.Text, "ended"):
		return name + " has " + e.Text
	}
	return name + " has ended: " + e.Text // of a program that did not answer its liveness probe
}

// crashed is the headline of a crash, unless its end has said as much.
func crashed(e procs.Event) string {
	if e.PID == 0 || strings.HasPrefix(e.Text, "exit ") && !strings.Contains(e.Text, ":") {
		return ""
	}
	return "crash in " + e.Process() + pid(e.PID) + ": " + e.Text
}

func pid(n int) string {
	if n == 0 {
		return ""
	}
	return ", pid " + strconv.Itoa(n)
}

// safe is a sentence that may be printed: names and words come from programs.
func safe(text string) string { return draw.Plain([]byte(text), maxSentence) }

// Idle tells which of the first slots of a pool do not run and will not unless somebody
// asks, though the pool is to have that many: "web/0 is stopped", "" if there are none.
// ids are those that can be started now.
func Idle(slots []procs.Slot, size int) (text string, ids []procs.ID) {
	var told []string
	for i := range slots {
		slot := &slots[i]
		if slot.ID.Slot >= size || slot.N == 0 || !slot.State.Settled() && slot.State != procs.Stopping {
			continue
		}
		if slot.State.Settled() {
			ids = append(ids, slot.ID)
		}
		if slot.State == procs.Exited {
			told = append(told, slot.ID.String()+" has ended")
		} else {
			told = append(told, state(procs.Event{ID: slot.ID, Text: string(slot.State)}))
		}
	}
	switch more := len(told) - maxIdle; {
	case more == 1:
		told = append(told[:maxIdle], "and 1 more does not run")
	case more > 1:
		told = append(told[:maxIdle], "and "+draw.Count(more)+" more do not run")
	}
	return safe(strings.Join(told, ", ")), ids
}

// maxIdle is how many of those are named.
const maxIdle = 3
