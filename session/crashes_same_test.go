package session

import (
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
)

// TestSameMessage: what an agent tells and what has been printed is one message,
// however each has been cut, and whatever a terminal makes of it; others are not.
func TestSameMessage(t *testing.T) {
	long := strings.Repeat("0123456789", 500)
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"no such picture", "no such picture", true},
		{"", "", true},
		{"", "x", false},
		{"no such picture", "no such picture: a.jpg", false},
		{"no such picture", "no such picture\nand then it went on", true},
		{"", "\nbye", true},
		{"red\u202e\r\nsecond\tthird", "red\nsecond third", true},
		{long[:1000], long[:4096], true},
		{long[:1000], "x" + long[:999], false},
		{long[:800], long[:810], false},
	} {
		if sameMessage(tt.a, tt.b) != tt.same || sameMessage(tt.b, tt.a) != tt.same {
			t.Errorf("%.40q and %.40q: not %v", tt.a, tt.b, tt.same)
		}
	}
}

// What was left without a newline became a line when its process ended; in the last words it
// stands where it was printed.
func TestTheTailIsInTheOrderOfTime(t *testing.T) {
	at := func(seconds int, text string) procs.Line {
		return procs.Line{At: noon.Add(time.Duration(seconds) * time.Second), Text: []byte(text)}
	}
	var lines []procs.Line
	for i := range crash.TailLines {
		lines = append(lines, at(i, "line"))
	}
	lines = append(lines, at(crash.TailLines+1, "newest"), at(crash.TailLines, "progress 50%"), at(crash.TailLines, strings.Repeat("x", tailText+1)))
	tail := tailOf(lines)
	n := len(tail)
	if n != crash.TailLines || string(tail[n-1].Text) != "newest" || string(tail[n-3].Text) != "progress 50%" || len(tail[n-2].Text) != tailText {
		t.Errorf("%d lines, of which the last is %q, after %q", n, tail[n-1].Text, tail[n-3].Text)
	}
	if string(lines[len(lines)-2].Text) != "progress 50%" {
		t.Error("the lines themselves are in another order")
	}
}
