package output

import (
	"encoding/binary"

	"example.com/muster/procs"
)

// recordBytes is the size of one record of a sidecar index.
//
// Beside each log file NAME.log lies NAME.idx: records of 40 bytes, all
// numbers little-endian, in the order of the log. A record describes a run,
// consecutive lines of one writer that were printed in the same millisecond:
//
//	offset size
//	 0     8    number of the first line, counted per slot from 0
//	 8     8    offset of its first byte in NAME.log
//	16     8    when it was read, Unix nanoseconds
//	24     4    how many lines; may be 0, see flag 8
//	28     4    how many bytes in NAME.log
//	32     4    pid of the writer, 0 where the output mode cannot tell
//	36     1    stream: 0 stdout, 1 stderr, 2 terminal, 3 muster's own words
//	37     1    flags
//	38     2    holes between line numbers in this file so far, modulo 2^16
//
// Flags, added up:
//
//	1  the byte before the run is a newline that nobody printed: it keeps an
//	   unfinished line of another writer apart
//	2  the run is one line without a newline; the same writer's next run goes
//	   on with it
//	4  the newline at the end of the run was not printed: the line was left
//	   unfinished when its writer ended
//	8  the run is no line but what a line showed before a carriage return; the
//	   line itself follows in the same writer's next run
//	16 no run: the lines before this number that no record tells of could not be
//	   written. It is the last record; the next one is written over it.
//	64 the first record of a file: somebody has removed the lines before it that
//	   are in no file
//
// Line numbers grow from record to record. A hole between them is lines that
// could not be written. Where the disk is full, there is still room for a record
// that tells of those at the end (logfile.go).
const recordBytes = 40

// The flags of a record.
const (
	flagApart = 1 << iota
	flagCut
	flagUnterminated
	flagStates
	flagLost
	flagRemoved // in memory only, see shelfReader.hole
	flagAnew
)

// record is one entry of the index.
type record struct {
	first  uint64
	offset int64
	at     int64
	lines  uint32
	bytes  uint32
	writer
	flags uint8
	holes uint16
}

func (r *record) end() uint64 { return r.first + uint64(r.lines) }

func appendRecord(b []byte, r record) []byte {
	b = binary.LittleEndian.AppendUint64(b, r.first)
	b = binary.LittleEndian.AppendUint64(b, uint64(r.offset))
	b = binary.LittleEndian.AppendUint64(b, uint64(r.at))
	b = binary.LittleEndian.AppendUint32(b, r.lines)
	b = binary.LittleEndian.AppendUint32(b, r.bytes)
	b = binary.LittleEndian.AppendUint32(b, uint32(r.pid))
	return binary.LittleEndian.AppendUint16(append(b, byte(r.stream), r.flags), r.holes)
}

// parseRecord reads the record in b, which is recordBytes long.
func parseRecord(b []byte) record {
	return record{
		first:  binary.LittleEndian.Uint64(b),
		offset: int64(binary.LittleEndian.Uint64(b[8:])),
		at:     int64(binary.LittleEndian.Uint64(b[16:])),
		lines:  binary.LittleEndian.Uint32(b[24:]),
		bytes:  binary.LittleEndian.Uint32(b[28:]),
		writer: writer{stream: procs.Stream(b[36]), pid: int32(binary.LittleEndian.Uint32(b[32:]))},
		flags:  b[37],
		holes:  binary.LittleEndian.Uint16(b[38:]),
	}
}

// maxRunBytes bounds a record's run: one write's bytes, and what joined it.
const maxRunBytes = 1 << 20

// joins reports whether n more bytes of whole lines can join the run of r.
func (r *record) joins(p *piece, n int) bool {
	const ms = 1e6
	return r.writer == p.writer && r.at/ms == p.at/ms && r.flags&^flagApart == 0 &&
		p.end == whole && int(r.bytes)+n <= maxRunBytes
}

// sane reports whether the record can be true of a log file of the given size.
// A run has at least a byte for each line, but for one line that was cut.
func (r *record) sane(size int64) bool {
	return r.offset >= 0 && r.bytes <= 2*maxRunBytes && r.offset <= size && int64(r.bytes) <= size-r.offset &&
		r.lines <= r.bytes && r.end() >= r.first
}

// flagsOf returns the flags for how a piece ends.
func flagsOf(e ending) uint8 {
	return [...]uint8{whole: 0, cut: flagCut, unterminated: flagUnterminated, states: flagStates}[e]
}
