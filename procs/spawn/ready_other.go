//go:build !linux

package spawn

// together: each source is waited for by itself.
const together = false

// newReaders returns a reader for each source.
func newReaders(sources []*source) (readers []*reader, err error) {
	for _, s := range sources {
		r, err := newReader(s.file, s)
		if err != nil {
			return readers, err
		}
		readers = append(readers, r)
	}
	return readers, nil
}

// collect adds the one source to the queue.
func (r *reader) collect(int) { r.add(r.sources[0]) }
