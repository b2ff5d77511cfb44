package output

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/ui/port"
)

// ring is a session that has lost its first lines. They came a second apart, from noon on,
// or so many of them at a time.
type ring struct {
	port.Session
	oldest, end uint64
	batch       uint64
	asked       int
	err         error
}

func (r *ring) Output(q procs.Query) (procs.Page, error) {
	r.asked++
	page := procs.Page{Oldest: r.oldest, End: r.end}
	if from := max(q.From, r.oldest); !q.Backward && from < r.end {
		page.Lines = []procs.Line{{Seq: from, At: noon.Add(time.Duration(from/max(1, r.batch)) * time.Second)}}
	}
	return page, r.err
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// The first line at a time or after it is found with few questions; what is not there is said.
func TestSeek(t *testing.T) {
	for _, c := range []struct {
		oldest, end uint64
		after       time.Duration
		want        string
	}{
		{0, 1_000_000, 0, "0 false false"},
		{0, 1_000_000, -time.Hour, "0 false false"},
		{0, 1_000_000, 4711 * time.Second, "4711 false false"},
		{0, 1_000_000, 4711*time.Second - 1, "4711 false false"},
		{0, 1_000_000, 4711*time.Second + 1, "4712 false false"},
		{0, 1_000_000, 2_000_000 * time.Second, "1000000 true false"},
		{500, 1_000_000, 100 * time.Second, "500 false true"},
		{500, 1_000_000, 600 * time.Second, "600 false false"},
		{0, 0, 0, "0 true false"},
	} {
		r := &ring{oldest: c.oldest, end: c.end}
		got := seek{at: noon.Add(c.after)}.find(r)
		if text := fmt.Sprint(got.seq, got.none, got.gone); text != c.want || got.err != nil || r.asked > 25 {
			t.Errorf("%+v: %s after %d questions, %v", c, text, r.asked, got.err)
		}
	}
	for _, c := range []struct {
		oldest, end, batch uint64
		after              time.Duration
		want               string
	}{
		{0, 1_000_000, 1, 0, "0 false false"},
		{0, 1_000_000, 1, -time.Hour, "0 false false"},
		{0, 1_000_000, 1, 4711 * time.Second, "4711 false false"},
		{0, 1_000_000, 1, 4711*time.Second - 1, "4710 false false"},
		{0, 1_000_000, 70, 4711 * time.Second, "329839 false false"},
		{0, 1_000_000, 1, 2_000_000 * time.Second, "999999 false false"},
		{500, 1_000_000, 1, 100 * time.Second, "500 false true"},
		{500, 1_000_000, 1, 600 * time.Second, "600 false false"},
		{0, 0, 1, 0, "0 true false"},
	} {
		r := &ring{oldest: c.oldest, end: c.end, batch: c.batch}
		got := seek{at: noon.Add(c.after), last: true}.find(r)
		if text := fmt.Sprint(got.seq, got.none, got.gone); text != c.want || got.err != nil || r.asked > 25 {
			t.Errorf("the last of %+v: %s after %d questions, %v", c, text, r.asked, got.err)
		}
	}
	broken := errors.New("the disk is gone")
	if got := (seek{at: noon}).find(&ring{end: 5, err: broken}); got.err != broken {
		t.Errorf("the error is %v", got.err)
	}
}
