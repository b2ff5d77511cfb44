package spawn

import "bytes"

// queries finds what a program asks of its terminal in its output, and gives
// the answers of a plain one, so that no program waits for an answer that
// never comes. See XTerm Control Sequences (ctlseqs) for the forms.
type queries struct {
	// held is the beginning of a sequence that the last chunk ended in.
	held []byte
}

// knownQueries and what is answered: DA1 (a VT100 with video option), DSR 5
// (all is well), DSR 6 (the cursor's place), OSC 10 and 11 (light on dark).
var knownQueries = []struct{ query, answer string }{
	{"\x1b[c", "\x1b[?1;2c"},
	{"\x1b[0c", "\x1b[?1;2c"},
	{"\x1b[5n", "\x1b[0n"},
	{"\x1b[6n", "\x1b[1;1R"},
	{"\x1b]10;?\x07", "\x1b]10;rgb:ffff/ffff/ffff\x07"},
	{"\x1b]10;?\x1b\\", "\x1b]10;rgb:ffff/ffff/ffff\x1b\\"},
	{"\x1b]11;?\x07", "\x1b]11;rgb:0000/0000/0000\x07"},
	{"\x1b]11;?\x1b\\", "\x1b]11;rgb:0000/0000/0000\x1b\\"},
}

// scan returns the answers to the queries that end in p.
func (q *queries) scan(p []byte) (answers []byte) {
	if len(q.held) > 0 {
		p = append(q.held, p...)
		q.held = nil
	}
	for {
		i := bytes.IndexByte(p, 0x1b)
		if i < 0 {
			return answers
		}
		p = p[i:]
		answer, size := match(p)
		switch {
		case size < 0:
			q.held = bytes.Clone(p)
			return answers
		case size > 0:
			answers = append(answers, answer...)
			p = p[size:]
		default:
			p = p[1:]
		}
	}
}

// match returns the answer to the query that p begins with and the query's
// size: 0 if it begins with none, -1 if it may with more bytes.
func match(p []byte) (answer string, size int) {
	for _, k := range knownQueries {
		if len(p) >= len(k.query) && string(p[:len(k.query)]) == k.query {
			return k.answer, len(k.query)
		}
		if len(p) < len(k.query) && k.query[:len(p)] == string(p) {
			size = -1
		}
	}
	return "", size
}
