package waits

import (
	"strconv"
	"strings"
	"time"

	"example.com/muster/internal/pattern"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/ui/draw"
)

// kindWords are how a kind is called: in the table, in a sentence, and in a
// column that has no room.
type kindWords struct{ table, noun, short string }

var kinds = map[graph.Kind]kindWords{
	graph.MPLock:         {"mp.Lock", "Lock", "lock"},
	graph.MPRLock:        {"mp.RLock", "RLock", "rlock"},
	graph.MPSemaphore:    {"mp.Semaphore", "Semaphore", "sem"},
	graph.MPCondition:    {"mp.Condition", "Condition", "cond"},
	graph.Semaphore:      {"semaphore", "semaphore", "sem"},
	graph.PthreadMutex:   {"mutex", "mutex", "mutex"},
	graph.PthreadRWLock:  {"rwlock", "read-write lock", "rwlock"},
	graph.PthreadCond:    {"condition", "condition variable", "cond"},
	graph.PthreadBarrier: {"barrier", "barrier", "barrier"},
	graph.Flock:          {"flock", "flock", "flock"},
	graph.POSIX:          {"fcntl", "fcntl lock", "fcntl"},
	graph.OFD:            {"OFD lock", "OFD lock", "ofd"},
	graph.SysVSem:        {"SysV sem", "System V semaphore", "sem"},
	graph.Pipe:           {"pipe", "pipe", "pipe"},
	graph.Socket:         {"socket", "socket", "socket"},
	graph.EventFD:        {"eventfd", "eventfd", "eventfd"},
	graph.GIL:            {"GIL", "GIL", "gil"},
	graph.ThreadLock:     {"thread lock", "threading lock", "lock"},
	graph.Go:             {"Go", "Go wait", "go"},
	graph.Futex:          {"futex", "futex", "futex"},
	graph.Child:          {"child", "child", "child"},
}

func wordsOf(k graph.Kind) kindWords {
	if w, ok := kinds[k]; ok {
		return w
	}
	return kindWords{plain(string(k)), plain(string(k)), plain(string(k))}
}

// KindWidth is the most cells that [Kind] takes of a kind that is known.
const KindWidth = 12

// ShortKindWidth is the most cells that [ShortKind] takes of a kind that is known.
const ShortKindWidth = 7

// Kind is the word for the table.
func Kind(k graph.Kind) string { return wordsOf(k).table }

// ShortKind is the word for a table without room.
func ShortKind(k graph.Kind) string { return wordsOf(k).short }

// madeAt is where something was made, which stands at the end of its name.
func madeAt(name string) (place string, ok bool) {
	i := strings.LastIndex(name, madeAtWords)
	if i < 0 || i > 0 && name[i-1] != ' ' || len(name) == i+len(madeAtWords) {
		return "", false
	}
	return name[i+len(madeAtWords):], true
}

const madeAtWords = "made at "

// Place is a lock's name without what its kind says already: "worker.py:7",
// "/tmp/a.lock", "4711".
func Place(o *graph.Object) string {
	name, noun := plain(o.Name), wordsOf(o.Kind).noun
	if name == "" {
		return numberOf(o.ID)
	}
	if place, ok := madeAt(name); ok {
		return place
	}
	if len(name) > len(noun) && strings.EqualFold(name[:len(noun)], noun) && name[len(noun)] == ' ' {
		return strings.TrimPrefix(name[len(noun)+1:], "on ")
	}
	return name
}

// Short is a lock's [Place], behind what was made there if its kind does not say that
// already: "Barrier worker.py:7".
func Short(o *graph.Object) string {
	made, _, ok := strings.Cut(plain(o.Name), " "+madeAtWords)
	if !ok || strings.Contains(made, " ") || strings.EqualFold(made, wordsOf(o.Kind).noun) {
		return Place(o)
	}
	return made + " " + Place(o)
}

// numberOf is what an ID has behind its kind.
func numberOf(id graph.ID) string {
	_, number, ok := strings.Cut(string(id), ":")
	if !ok {
		number = string(id)
	}
	return plain(number)
}

// sourcePlace tells "worker.py:7" from other names.
var sourcePlace = pattern.Later(`^[^ ]+\.\w+:\d+$`)

// Thing names a lock in a sentence, without its article: "Lock made at
// worker.py:7", "flock on /tmp/a.lock", "pipe 4711".
func Thing(o *graph.Object) string {
	name, noun := plain(o.Name), wordsOf(o.Kind).noun
	_, saysWhere := madeAt(name)
	switch {
	case name == "" && o.Kind == graph.GIL:
		return noun
	case name == "":
		return strings.TrimSpace(noun + " " + numberOf(o.ID))
	case o.Kind == graph.Child, o.Kind == graph.Go, o.Kind == graph.Futex, strings.HasPrefix(name, "any of "), strings.Contains(name, " awaited at "): // a name that needs no noun
		return name
	case strings.Contains(strings.ToLower(name), strings.ToLower(noun)), saysWhere:
		return name
	case sourcePlace().MatchString(name):
		return noun + " made at " + name
	case strings.HasPrefix(name, "/") && o.Kind != graph.Socket && o.Kind != graph.Pipe:
		return noun + " on " + name
	}
	return noun + " " + name
}

// The is a lock's name with its article, if it takes one.
func The(o *graph.Object) string {
	thing := Thing(o)
	if strings.HasPrefix(thing, "the ") || strings.HasPrefix(thing, "any of ") {
		return thing
	}
	return "the " + thing
}

var doings = map[graph.Doing]string{
	graph.OnCPU:    "computing",
	graph.Runnable: "waiting for a CPU",
	graph.InLock:   "waiting for a lock",
	graph.InGIL:    "waiting for the GIL",
	graph.InIO:     "waiting for the disk",
	graph.InPipe:   "waiting for a pipe",
	graph.InSocket: "waiting for a socket",
	graph.InTTY:    "waiting for the terminal",
	graph.Sleeping: "sleeping",
	graph.InChild:  "waiting for a child to end",
	graph.Stopped:  "stopped (SIGSTOP)",
	graph.Zombie:   "dead",
	graph.Idle:     "waiting for work",
}

// Doing is what a thread does: "sleeping". It is empty where that is not known.
func Doing(d graph.Doing) string { return doings[d] }

// doingWhere is what a thread does and where: "sleeping in worker.py:5".
func doingWhere(d graph.Doing, stack []string) string {
	f, ok := Own(stack)
	text := Doing(d)
	if Joins(d, stack) {
		text = "waiting for a thread to end"
	}
	switch {
	case !ok:
		return text
	case text == "":
		return "in " + f.Where()
	default:
		return text + " in " + f.Where()
	}
}

// Spell writes a duration in a sentence: "350 ms", "12 s", "3 min 12 s", "1 h 2
// min". It has no more digits than can be read while it grows.
func Spell(d time.Duration) string {
	d = max(0, d)
	switch {
	case d < time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	case d < time.Minute:
		return strconv.Itoa(int(d/time.Second)) + " s"
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + " min " + strconv.Itoa(int(d/time.Second)%60) + " s"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + " h " + strconv.Itoa(int(d/time.Minute)%60) + " min"
	}
	return draw.Plural(int(d/(24*time.Hour)), "day")
}

// fill is how full a pipe is, in a word where there is one for it.
func fill(o *graph.Object) string {
	state := plain(o.State)
	var have, room int
	if a, rest, ok := strings.Cut(state, " of "); ok {
		b, _, _ := strings.Cut(rest, " ")
		have, _ = strconv.Atoi(a)
		room, _ = strconv.Atoi(b)
		switch {
		case a == "0":
			return "empty"
		case room > 0 && have >= room:
			return "full"
		}
	}
	return state
}
