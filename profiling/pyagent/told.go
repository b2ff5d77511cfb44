package pyagent

import "example.com/muster/internal/bounded"

// Bounds of what [Known] keeps of exceptions; the oldest goes first.
const (
	maxTold    = 1 << 12
	maxFetched = 1 << 14
)

// Told is an exception that an agent has told, with what has become known of it since.
type Told struct {
	Exception
	// Alike is how many more of its kind the process has had at least, and not
	// told one by one. It stands with the first of the kind.
	Alike uint64
	// Fetched says whether somebody has asked for the result that the exception
	// is, by get(), result(), exception(), a loop or an error_callback. nil where
	// there is no result, or where it is not known.
	Fetched *bool
	// Dropped: the result is gone, so that nobody will ever ask for it.
	Dropped bool
	// Lost: the result has never come to who may have asked, and will not; Why as in
	// [Fetched]. Fetched is nil then.
	Lost bool
	Why  string
}

// told is a ring of exceptions, numbered from 0 in the order in which they were read.
type told struct {
	ring  []Exception // at their number modulo maxTold
	count uint64
	alike bounded.Map[ExceptionID, uint64] // how many more of the kind there were, by its first

	results bounded.Map[Call, Fetched]
	mute    bounded.Map[int, struct{}] // owners that have told of so many results that they tell no more
}

func (t *told) add(e Exception) {
	if len(t.ring) < maxTold {
		t.ring = append(t.ring, e)
	} else {
		t.ring[t.count%maxTold] = e
	}
	t.count++
}

// addFetched notes what has become of a result.
func (t *told) addFetched(f Fetched) {
	if f.More {
		t.mute.Put(f.Owner, struct{}{}, maxImages)
		return
	}
	if before, ok := t.results.Get(f.Call); ok && !before.Dropped {
		return
	}
	t.results.Put(f.Call, f, maxFetched)
}

// Exceptions returns those that are numbered from since on, in the order in which
// they were read, the number to ask from the next time, and how many before were
// dropped because too much has been told since. The first number is 0.
func (k *Known) Exceptions(since uint64) (all []Told, next, missed uint64) {
	t := &k.told
	first := t.count - uint64(len(t.ring))
	if since < first {
		since, missed = first, first-since
	}
	for n := since; n < t.count; n++ {
		all = append(all, k.tell(t.ring[n%maxTold]))
	}
	return all, t.count, missed
}

// Exception returns what is known of an exception by now.
func (k *Known) Exception(id ExceptionID) (Told, bool) {
	for _, e := range k.told.ring {
		if e.ID == id {
			return k.tell(e), true
		}
	}
	return Told{}, false
}

// tell adds to an exception what became known after it.
func (k *Known) tell(e Exception) Told {
	t := Told{Exception: e}
	t.Alike, _ = k.told.alike.Get(e.ID)
	if e.Unasked {
		t.Fetched, t.Dropped = new(bool), true
		return t
	}
	if e.Call.Owner == 0 {
		return t
	}
	became, known := k.told.result(e.Call)
	fetched := known && !became.Dropped
	switch _, mute := k.told.mute.Get(e.Call.Owner); {
	case became.Lost:
		t.Lost, t.Why = true, became.Why
	case known:
		t.Fetched, t.Dropped = &fetched, !fetched
	case mute || !k.speaks(e.Call.Owner):
	default:
		t.Fetched = &fetched
	}
	return t
}

// result returns what has become of the result of a call, of which a part failed.
func (t *told) result(c Call) (became Fetched, known bool) {
	if became, known = t.results.Get(c); known {
		return became, true
	}
	c.Index = WholeCall
	return t.results.Get(c)
}

// speaks reports whether the process has an agent that would tell what it fetches.
func (k *Known) speaks(pid int) bool {
	im, ok := k.images.Get(pid)
	return ok && im.process.StartTime != 0
}
