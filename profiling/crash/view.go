package crash

import (
	"bytes"
	"strings"
	"time"

	"example.com/muster/procs"
)

// maxLine bounds what is looked at of one line, in bytes.
const maxLine = 2 * MaxMessage

// view is what one writer printed on one stream, as whole lines.
type view struct {
	lines []procs.Line
	// at holds the index in lines of each whole line's first piece.
	at []int32
	// more holds the indices of the further pieces of a line that was cut.
	more map[int][]int32
	// prefix is what stands before each line and is not the program's.
	prefix int
	// taken lines have been read behind a prefix.
	taken map[int]bool
	// mixedAt is the line where words broke off because others of their kind
	// began in them, -1 if none did. What follows it may be of either, so of
	// the words that begin there only their first line is believed.
	mixedAt int
}

// writer is who printed a line, as far as the line tells.
type writer struct {
	id     procs.ID
	pid    int
	stream procs.Stream
}

// writers takes lines apart by who printed them, in the order of their first
// lines. muster's own words in the output are left out.
func writers(lines []procs.Line) []*view {
	var all []*view
	by := map[writer]*view{}
	var last *view
	var lastWriter writer
	for i := range lines {
		l := &lines[i]
		if l.Stream == procs.Muster {
			continue
		}
		w := writer{l.ID, l.PID, l.Stream}
		if last == nil || w != lastWriter {
			if by[w] == nil {
				by[w] = &view{lines: lines, more: map[int][]int32{}, taken: map[int]bool{}, mixedAt: -1}
				all = append(all, by[w])
			}
			last, lastWriter = by[w], w
		}
		last.add(int32(i))
	}
	return all
}

// add appends a piece: to the last line if that was cut, else as a new one.
func (v *view) add(i int32) {
	n := len(v.at) - 1
	if n >= 0 {
		prev := v.at[n]
		if m := v.more[n]; len(m) > 0 {
			prev = m[len(m)-1]
		}
		if v.lines[prev].Cut {
			v.more[n] = append(v.more[n], i)
			return
		}
	}
	v.at = append(v.at, i)
}

func (v *view) len() int { return len(v.at) }

// line is the first piece of a line, for its number, time and writer.
func (v *view) line(i int) *procs.Line { return &v.lines[v.at[i]] }

// raw is the first piece of a line as it was printed; behind a prefix also
// without that and without escapes, which colour it.
func (v *view) raw(i int) []byte {
	t := v.line(i).Text
	if v.prefix > 0 {
		t = stripEscapes(t)
	}
	return t[min(v.prefix, len(t)):]
}

// text is a line without prefix, terminal escapes and CR, bounded to
// [maxLine] bytes. Behind the last line every text is "".
func (v *view) text(i int) string {
	if i >= v.len() {
		return ""
	}
	b := v.raw(i)
	for _, m := range v.more[i] {
		if len(b) >= maxLine {
			break
		}
		b = append(b[:len(b):len(b)], v.lines[m].Text...)
	}
	b = b[:min(len(b), maxLine)]
	return string(bytes.TrimRight(stripEscapes(b), "\r"))
}

// partial reports whether a line may still grow.
func (v *view) partial(i int) bool {
	if m := v.more[i]; len(m) > 0 {
		return v.lines[m[len(m)-1]].Partial
	}
	return v.line(i).Partial
}

// atOnce reports whether two lines came so shortly after each other that one
// call may have written both. It is how the further lines of a message are
// told from what is printed later, and an inference only.
func (v *view) atOnce(i, j int) bool {
	d := v.line(j).At.Sub(v.line(i).At)
	return d >= 0 && d <= 10*time.Millisecond
}

// bound fills in who wrote some words and where they stand.
func (v *view) bound(w *Words, from, to int) {
	w.PID = v.line(from).PID
	w.From = v.line(from).Seq
	last := v.at[to-1]
	if m := v.more[to-1]; len(m) > 0 {
		last = m[len(m)-1]
	}
	w.To = v.lines[last].Seq + 1
}

// maxBehind bounds how many lines are looked at behind a prefix, and how far
// apart two of them may be.
const maxBehind, maxGap = 1 << 16, 256

// behindPrefix returns the lines from i on that carry the same prefix as this
// one, without it: "web-1  | ", "[worker-3] ". It returns nil if nothing that
// is known begins behind it, or if the next line does not carry it too.
func (v *view) behindPrefix(i int) *view {
	first := stripEscapes(v.raw(i))
	n := prefixLen(first)
	if n == 0 || v.prefix > 0 {
		return nil
	}
	shape := shapeOf(first[:n])
	sub := &view{lines: v.lines, more: map[int][]int32{}, taken: map[int]bool{}, mixedAt: -1, prefix: n}
	for j, lastSeen := i, i; j < v.len() && j-lastSeen <= maxGap && sub.len() < maxBehind; j++ {
		raw := stripEscapes(v.raw(j))
		// Trailing blanks of an empty line are often trimmed.
		if len(raw) < n {
			raw = append(raw[:len(raw):len(raw)], "  "[:min(2, n-len(raw))]...)
		}
		if len(raw) < n || shapeOf(raw[:n]) != shape || v.taken[j] {
			continue
		}
		lastSeen = j
		sub.add(v.at[j])
		v.taken[j] = true
	}
	return sub
}

// prefixLen says how long the prefix of a line is behind which something may
// begin, 0 if it has none.
func prefixLen(line []byte) int {
	head := line[:min(len(line), maxPrefix)]
	for _, end := range []string{"| ", "] ", ": "} {
		n := bytes.Index(head, []byte(end))
		if n < 0 {
			continue
		}
		n += len(end)
		// The drawing of an exception group is no prefix.
		if strings.Trim(string(head[:n]), " |+-") != "" && Begins(line[n:]) {
			return n
		}
	}
	return 0
}

// shapeOf is a prefix with all digits alike, for those that tell the time.
func shapeOf(prefix []byte) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '0'
		}
		return r
	}, string(prefix))
}

// atOnceOrShortlyAfter reports whether a line came within a second of another:
// nothing that stands above a traceback is older.
func (v *view) atOnceOrShortlyAfter(i, j int) bool {
	d := v.line(j).At.Sub(v.line(i).At)
	return d >= 0 && d <= time.Second
}
