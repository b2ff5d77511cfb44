package crashcorpus_test

import (
	"testing"

	"example.com/muster/internal/corpus"
)

// TestCrashCorpusAsUser runs the corpus once more as the user that
// MUSTER_TEST_USER names, who has no rights over anybody else: the answers must
// be the same.
func TestCrashCorpusAsUser(t *testing.T) {
	who := corpus.User(t)
	if who == nil {
		return
	}
	c := openCrashCorpus(t)
	for _, p := range c.plays(t) {
		p.argv(t) // builds it, which that user may not be able to
	}
	corpus.Other{
		Test: "TestCrashCorpus", Dir: c.dir, Env: "MUSTER_CRASH_CORPUS", Become: crashSources + "/../become.sh", Timeout: "30m",
	}.As(t, who)
}
