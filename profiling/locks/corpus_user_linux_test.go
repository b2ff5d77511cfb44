package locks_test

import (
	"testing"

	"example.com/muster/internal/corpus"
)

// TestCorpusAsUser runs the corpus once more as the user that MUSTER_TEST_USER
// names, who has no rights over anybody else: the answers must be the same.
func TestCorpusAsUser(t *testing.T) {
	who := corpus.User(t)
	if who == nil {
		return
	}
	c := &playground{dir: corpus.LayOut(t, sources)}
	c.buildAll(t)
	corpus.Other{Test: "TestCorpus", Dir: c.dir, Env: "MUSTER_CORPUS", Become: sources + "/../become.sh", Timeout: "15m"}.As(t, who)
}
