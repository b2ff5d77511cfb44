package output

// Next returns how many lines the whole session has printed so far: the number
// that its next line will get in a merged source.
func (s *Store) Next() uint64 { return s.merge.end() }
