package output_test

import (
	"math/rand"
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/uitest"
)

// wanderer presses keys at random on a screen of mixed lines, wrapped, whose rows are numbered.
type wanderer struct {
	*desk
	rnd     *rand.Rand
	session *uitest.Session
	signs   []string
	w       int    // of the text
	seen    [2]int // the first row and the last one that were in sight
	found   bool   // something, by a search
	did     []string
}

// newWanderer begins at the end of the text; every other one's is filtered, so that it comes from a sieve.
func newWanderer(t *testing.T, seed int64, w, h int) *wanderer {
	s, signs := mixed(seed, w, h, h+20)
	d := wrapped(t, s, w, h)
	if seed%2 == 1 {
		d.typed(keys.Filter, "<")
	}
	return &wanderer{desk: d, rnd: rand.New(rand.NewSource(seed)), session: s, signs: signs, w: w}
}

// shown returns the numbers of the first and the last row in sight, or of those that were so before, if
// there are only rules now; between them none may lack.
func (r *wanderer) shown() (first, last int) {
	r.t.Helper()
	first, last = -1, -1
	for _, row := range rows(r.frame()) {
		_, sign, ok := strings.Cut(row, "<")
		if !ok || strings.HasPrefix(row, "─") {
			continue
		}
		n, err := strconv.Atoi(sign[:5])
		if err != nil || last >= 0 && n != last+1 {
			r.fatalf("row %d is followed by %q", last, row)
		}
		if last = n; first < 0 {
			first = n
		}
	}
	if first >= 0 {
		r.seen = [2]int{first, last}
	}
	return r.seen[0], r.seen[1]
}

func (r *wanderer) fatalf(format string, args ...any) {
	r.t.Helper()
	r.t.Logf("the screen shows\n%s", ansi.Strip(r.frame()))
	r.t.Fatalf("after %s: "+format, append([]any{strings.Join(r.did, " ")}, args...)...)
}

// key presses one, and notes that.
func (r *wanderer) key(name string) string {
	r.t.Helper()
	r.did = append(r.did, name)
	return r.press(name)
}

// one of some names, at random.
func (r *wanderer) one(of ...string) string { return of[r.rnd.Intn(len(of))] }

// step does one of what people do.
func (r *wanderer) step() {
	r.t.Helper()
	switch r.rnd.Intn(13) {
	case 0, 1, 2:
		r.down(r.one("j", "ctrl+d", "pgdown"))
	case 3, 4, 5:
		r.up(r.one("k", "ctrl+u", "pgup"))
	case 6:
		r.back()
	case 7:
		r.key(r.one("g", "G", "f", "k", "y", "n", "N"))
		if !strings.Contains(r.frame(), "follow") {
			r.key(r.one("m", "y", "y"))
		}
	case 8:
		r.did = append(r.did, "click")
		r.do(keys.Intent{Verb: keys.Click, Y: 1 + r.rnd.Intn(r.h-1)})
	case 9:
		r.find()
	case 10:
		r.news()
	case 11:
		r.anew()
	case 12:
		r.did = append(r.did, "height")
		r.resize(r.w+2, max(3, r.h-4+r.rnd.Intn(9)))
		r.up("k") // the place is another one now
	}
	if _, last := r.shown(); strings.Contains(r.frame(), "follow") && last != len(r.signs)-1 {
		r.fatalf("the end is followed, and the last row is not in sight")
	}
}

// down goes down: nothing is passed over.
func (r *wanderer) down(key string) {
	r.t.Helper()
	_, before := r.shown()
	r.key(key)
	if first, _ := r.shown(); first > before+1 {
		r.fatalf("row %d is passed over", before+1)
	}
}

// up goes up, likewise.
func (r *wanderer) up(key string) {
	r.t.Helper()
	before, _ := r.shown()
	r.key(key)
	if _, last := r.shown(); last < before-1 {
		r.fatalf("row %d is passed over", before-1)
	}
}

// back goes down and up again: one is about where one was.
func (r *wanderer) back() {
	r.t.Helper()
	if strings.Contains(r.key("k"), "follow") {
		return
	}
	before, _ := r.shown()
	r.down("pgdown")
	r.up("pgup")
	if first, _ := r.shown(); first < before-r.h || first > before+r.h {
		r.fatalf("row %d was the first, and now %d is", before, first)
	}
}

// find searches for some row, or ends the search.
func (r *wanderer) find() {
	r.t.Helper()
	if r.found = r.rnd.Intn(2) == 0; !r.found {
		r.did = append(r.did, "given up")
		r.do(keys.Intent{Verb: keys.Search, Done: true})
		return
	}
	sign := r.signs[r.rnd.Intn(len(r.signs))]
	r.did = append(r.did, "/"+sign)
	r.typed(keys.Search, sign)
}

// news has lines arrive: what is held stays.
func (r *wanderer) news() {
	r.t.Helper()
	r.did = append(r.did, "news")
	before, last := r.shown()
	held := !strings.Contains(r.frame(), "follow") && last < len(r.signs)-1
	r.session.Print(sleep, 0, procs.Muster, "news of <")
	r.session.Print(sleep, 0, procs.Stdout, signed(&r.signs, 1+r.rnd.Intn(2*r.h), r.w))
	r.settle()
	if first, _ := r.shown(); held && first != before {
		r.fatalf("row %d was the first, and now %d is", before, first)
	}
}

// anew wraps lines in other ways, and at last as before. Where nothing was found and the end is not in
// sight, what was at the top is so all the time; the screen is as it was in the end.
func (r *wanderer) anew() {
	r.t.Helper()
	r.did = append(r.did, "anew")
	frame, w, h := r.settle(), r.w, r.h
	_, held, _ := strings.Cut(frame, "\n")
	_, top, _ := strings.Cut(rows(frame)[0], "<")
	_, last := r.shown()
	stays := strings.HasPrefix(top, "0") && !r.found && last < len(r.signs)-1
	for range 3 * (1 + r.rnd.Intn(2)) { // as many times as there are kinds of times
		r.resize(20+r.rnd.Intn(2*w), 4+r.rnd.Intn(2*h))
		if text := strings.Join(strings.Fields(strings.Join(rows(r.press("t")), "")), ""); stays && !strings.Contains(text, top[:5]) {
			r.fatalf("%s is out of sight, it was\n%s", top[:5], ansi.Strip(frame))
		}
	}
	r.press("w")
	r.resize(8+r.rnd.Intn(2*w), 2+r.rnd.Intn(2*h))
	r.press("w")
	if _, got, _ := strings.Cut(r.resize(w+2, h), "\n"); got != held {
		r.fatalf("it is not\n%s", ansi.Strip(frame))
	}
}

// Whatever somebody does, no row is passed over, and the place is not lost.
func TestWandering(t *testing.T) {
	for _, size := range []struct{ w, h int }{{19, 4}, {39, 11}, {79, 23}} {
		for seed := range int64(5) {
			r := newWanderer(t, seed, size.w, size.h)
			for range 60 {
				r.step()
			}
		}
	}
}
