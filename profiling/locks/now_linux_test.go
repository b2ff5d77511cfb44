package locks_test

import (
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/corpus"
	"example.com/muster/profiling/locks"
)

// TestNow: an answer is of now from the first one on, and not of the last look
// that happens to have been made: it tells new processes, whose lock it is, what
// is found only after a while, and what is told only when it was seen twice.
func TestNow(t *testing.T) {
	c := openCorpus(t)
	plays := map[string][]string{}
	for _, args := range corpus.Words("filelock flock; mutex normal shared; abba flock; pipe abba; dead normal") {
		plays[strings.Join(args, " ")] = append([]string{c.program(t, args[0])}, args[1:]...)
	}
	if len(c.pythons) > 0 {
		plays["mp_lock.py"] = []string{c.pythons[len(c.pythons)-1].Path, c.path("py", "mp_lock.py"), "fork"}
	}
	for name, argv := range plays {
		t.Run(name, func(t *testing.T) {
			p := c.start(t, argv, false)
			defer p.end(t)
			said := p.await(t, &watched{w: locks.New(locks.Options{})})
			w := watch(p.tree, nil)
			defer w.stop()
			began := time.Now()
			v := w.w.Now(t.Context())
			took := time.Since(began)
			if diff := said.diff(v); len(diff) > 0 && took < time.Second { // a busy machine may need more, and is told so
				t.Errorf("after %v the answer differs from the truth:\n%s\n%s%s", took, lines(diff), said, shown(v))
			}
			if v.At.Before(began) {
				t.Errorf("the answer is %v old", began.Sub(v.At))
			}
			began = time.Now()
			if v = w.w.Now(t.Context()); time.Since(began) < time.Second && len(said.diff(v)) > 0 {
				t.Errorf("the next answer differs from the truth:\n%s", lines(said.diff(v)))
			}
		})
	}
}
