package headless

import (
	"context"
	"fmt"
	"time"

	"example.com/muster/procs"
	"example.com/muster/ui/draw"
)

// kinds hold back crashes of a kind that has been told often enough: a pool whose initializer fails
// starts workers for ever, each of which ends by the same exception. How many were held back is
// told from time to time, ever more seldom, and at the end.
type kinds map[kindKey]*kind

// kindKey names the crashes of one kind in a slot.
type kindKey struct {
	id   procs.ID
	kind string
}

type kind struct {
	told  int         // one by one
	held  int         // since the last word on it
	since time.Time   // the first of those
	last  procs.Event // the last of those
	every time.Duration
	due   time.Time // the next word on it, if any are held
	seen  time.Time // the last of all
}

const (
	// oneByOne is how many crashes of a kind are told each for itself.
	oneByOne = 3
	// summedFirst is how long later ones are held back at first, which doubles up to
	// summedMost: a kind that was not seen for that long is a new one.
	summedFirst = 2 * time.Second
	summedMost  = 30 * time.Second
	// maxKinds is how many kinds there are before old ones are forgotten.
	maxKinds = 1000
)

// holds takes note of an event, and reports whether it is one to be held back.
func (k kinds) holds(e procs.Event, now time.Time) bool {
	if e.Type != procs.EventCrash {
		return false
	}
	key := kindKey{e.ID, e.Kind}
	if e.Kind == "" {
		key.kind = e.Text
	}
	of := k[key]
	if of == nil || of.held == 0 && now.Sub(of.seen) > summedMost {
		k.forget(now)
		of = &kind{every: summedFirst}
		k[key] = of
	}
	of.seen = now
	if of.told < oneByOne {
		of.told++
		return false
	}
	if of.held == 0 {
		of.since = now
		if of.due.Before(now.Add(summedFirst)) {
			of.due = now.Add(of.every)
		}
	}
	of.held++
	of.last = e
	return true
}

// forget makes room where there are very many kinds.
func (k kinds) forget(now time.Time) {
	if len(k) < maxKinds {
		return
	}
	for key, of := range k {
		if of.held == 0 && now.Sub(of.seen) > summedFirst {
			delete(k, key)
		}
	}
}

// held is a word on crashes that were held back.
type held struct {
	event procs.Event // the last of them
	count int
	span  time.Duration
}

// due removes and returns what is to be told now; with all, whatever is held.
func (k kinds) due(now time.Time, all bool) (words []held) {
	for _, of := range k {
		if of.held == 0 || !all && of.due.After(now) {
			continue
		}
		words = append(words, held{of.last, of.held, now.Sub(of.since)})
		of.every = min(2*of.every, summedMost)
		of.held, of.due = 0, now.Add(of.every)
	}
	return words
}

// wait returns a context that is done when the next is due, if not before.
func (k kinds) wait(ctx context.Context) (context.Context, context.CancelFunc) {
	var next time.Time
	for _, of := range k {
		if of.held > 0 && (next.IsZero() || of.due.Before(next)) {
			next = of.due
		}
	}
	if next.IsZero() {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, next)
}

// String is "p/0: ValueError: bad width: 40 more of this kind in 2s".
func (h held) String() string {
	text := draw.Plain([]byte(h.event.Text), maxWords)
	return fmt.Sprintf("%s: %s: %s more of this kind in %s", draw.Plain([]byte(h.event.ID.String()), maxWords), text, draw.Count(h.count), draw.Duration(h.span))
}
