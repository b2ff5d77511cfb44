package task

// lastWords are the last lines of an output, within a bound.
type lastWords struct{ text []byte }

// maxWords is how many bytes of last words are kept at least, if there are as
// many; at the most it is twice as many.
const maxWords = 16 << 10

// add adds a line.
func (w *lastWords) add(line []byte) {
	line = line[:min(len(line), maxWords)]
	if len(w.text)+len(line) >= 2*maxWords {
		w.text = append(w.text[:0], w.text[len(w.text)-min(len(w.text), maxWords):]...)
	}
	w.text = append(append(w.text, line...), '\n')
}

// take returns what is kept, to be the caller's.
func (w *lastWords) take() []byte {
	text := w.text
	w.text = nil
	return text
}
