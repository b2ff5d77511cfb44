package output

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// TestScout: several hands find what one finds, whatever the lines are like and
// wherever a block ends.
func TestScout(t *testing.T) {
	const seed = 7
	rng := rand.New(rand.NewPCG(seed, seed))
	lengths := []struct {
		name string
		of   func() int
	}{
		{"short lines", func() int { return rng.IntN(200) }},
		{"lines as long as they get", func() int { return maxLine - rng.IntN(3) }},
		{"lines of many blocks", func() int { return rng.IntN(3 * blockBytes) }},
		{"empty lines", func() int { return 0 }},
		{"blocks that end with a line", func() int { return 1023 }},
	}
	for _, tt := range lengths {
		t.Run(tt.name, func(t *testing.T) {
			var text []byte
			var starts []int
			for len(text) < 12*blockBytes {
				starts = append(starts, len(text))
				text = append(append(text, bytes.Repeat([]byte{'.'}, tt.of())...), '\n')
			}
			for range 20 {
				marked := bytes.Clone(text)
				for range rng.IntN(3) { // none at all is one of the cases
					copy(marked[starts[rng.IntN(len(starts))]:], "needle")
				}
				scouted(t, marked, starts)
			}
		})
	}
}

// scouted compares what a scout and a single sifter say of a text.
func scouted(t *testing.T, text []byte, starts []int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "p-0.001")
	if err := os.WriteFile(path+".log", text, 0o600); err != nil {
		t.Fatal(err)
	}
	vol, err := openVolume(path)
	if err != nil {
		t.Fatal(err)
	}
	defer vol.close()
	f := newSifter("needle")
	s := &scout{vol: vol, sifter: f}
	from, until := starts[len(starts)/50], len(text)-2*blockBytes
	clear, stopped := s.sift(int64(from), int64(until))
	at := int(clear)
	if at != 0 && text[at-1] != '\n' {
		t.Fatalf("%d is no start of a line", at)
	}
	hit := newSifter("needle").first(text[from:])
	switch {
	case hit >= 0 && at > from+hit:
		t.Fatalf("from %d: clear up to %d, although the line at %d matches", from, at, from+hit)
	case !stopped && at < until:
		t.Fatalf("it ends at %d, before %d, and has not stopped", at, until)
	case stopped && from+hit != at && bytes.IndexByte(text[at:min(len(text), at+blockBytes)], '\n') >= 0 && !longAhead(text[at:]):
		t.Fatalf("from %d: stopped at %d, where nothing is; the hit is at %d", from, at, from+hit)
	}
}

// longAhead reports whether there is a line in the next two blocks that is
// longer than lines are: a hand that comes upon it cannot tell.
func longAhead(text []byte) bool {
	text = text[:min(len(text), 2*blockBytes)]
	for len(text) > 0 {
		n := bytes.IndexByte(text, '\n')
		if n < 0 {
			n = len(text)
		}
		if n > maxLine {
			return true
		}
		text = text[min(n+1, len(text)):]
	}
	return false
}
