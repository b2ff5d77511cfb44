package output

import (
	"errors"
	"io/fs"
	"os"
	"sort"
)

// volume is a segment of a log that is open for reading: the text, and the
// index that says whose it is and when it came. It is not safe for concurrent
// use.
type volume struct {
	log, idx *os.File // idx is nil if there is no index
	bytes    int64    // of the text, as far as it may be read
	records  int64    // of the index, likewise

	cached   []byte // records of the index ...
	cachedAt int64  // ... from this one on
}

// cachedRecords is how many records are read at a time.
const cachedRecords = 64

// openVolume opens the segment whose files are named path and an ending. A
// text without index is as good as one whose index is empty.
func openVolume(path string) (*volume, error) {
	log, err := os.Open(path + ".log")
	if err != nil {
		return nil, err
	}
	idx, err := os.Open(path + ".idx")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		_ = log.Close() // only read
		return nil, err
	}
	return &volume{log: log, idx: idx}, nil
}

func (v *volume) close() {
	_ = v.log.Close() // only read
	if v.idx != nil {
		_ = v.idx.Close()
	}
}

// measure learns from the files themselves how far they are written. What is
// less than a record at the end of the index does not count.
func (v *volume) measure() error {
	if v.idx != nil { // first: there is text for every record, but not the other way round
		info, err := v.idx.Stat()
		if err != nil {
			return err
		}
		v.grow(info.Size() / recordBytes)
	}
	info, err := v.log.Stat()
	if err != nil {
		return err
	}
	v.bytes = info.Size()
	return nil
}

// grow says that the index has so many records now.
func (v *volume) grow(records int64) {
	v.records = records
	if n := int64(len(v.cached) / recordBytes); n < cachedRecords && v.cachedAt+n < records {
		v.cached = v.cached[:0] // it ended where the index did
	}
}

// record reads record i of the index.
func (v *volume) record(i int64) (record, bool) {
	if i < 0 || i >= v.records {
		return record{}, false
	}
	n := int64(len(v.cached) / recordBytes)
	if i < v.cachedAt || i >= v.cachedAt+n {
		v.cachedAt = i - i%cachedRecords // good for whoever goes backward, too
		n = min(cachedRecords, v.records-v.cachedAt)
		if cap(v.cached) < cachedRecords*recordBytes {
			v.cached = make([]byte, 0, cachedRecords*recordBytes)
		}
		v.cached = v.cached[:n*recordBytes]
		if _, err := v.idx.ReadAt(v.cached, v.cachedAt*recordBytes); err != nil {
			v.cached = v.cached[:0]
			return record{}, false
		}
	}
	return parseRecord(v.cached[(i-v.cachedAt)*recordBytes:]), true
}

// search returns the first record for which f holds, as [sort.Search] does. A
// record that cannot be read counts as one for which it holds.
func (v *volume) search(f func(record) bool) int64 {
	return int64(sort.Search(int(v.records), func(i int) bool {
		r, ok := v.record(int64(i))
		return !ok || f(r)
	}))
}
