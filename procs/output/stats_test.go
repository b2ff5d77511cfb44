package output

// Stats is what a store holds and what it had to let go of.
type Stats struct {
	RingBytes    int64 // memory of all rings
	LogBytes     int64 // of all log and index files
	LostBytes    int64 // printed, and not written to the log because it could not be
	LostLines    int64
	RemovedBytes int64 // written, and removed to keep the log within its limit
	RemovedLines int64
}

// Stats returns the present numbers.
func (s *Store) Stats() Stats {
	return Stats{
		RingBytes: s.ringBytes.Load(), LogBytes: s.disk.used.Load(),
		LostBytes: s.disk.lostBytes.Load(), LostLines: s.disk.lostLines.Load(),
		RemovedBytes: s.disk.removedBytes.Load(), RemovedLines: s.disk.removedLines.Load(),
	}
}
