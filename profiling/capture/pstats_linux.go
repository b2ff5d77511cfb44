package capture

import (
	"cmp"
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"time"
)

// counted is what pstats keeps of a function, or of its calls by one caller.
type counted struct {
	calls, primitive int64
	own, all         time.Duration
}

func (c *counted) add(calls, own, all int64, again bool) {
	c.calls += calls
	c.own += time.Duration(own)
	if !again {
		c.primitive += calls
		c.all += time.Duration(all)
	}
}

// pstats writes calls as Python's cProfile does, for pstats.Stats to read: a
// marshalled dict of (file, line, name) to (primitive calls, calls, tottime,
// cumtime, callers), where callers is a dict of the same keys to (calls,
// primitive calls, tottime, cumtime): Lib/cProfile.py, Profile.snapshot_stats.
func (t *tale) pstats(calls []call) []byte {
	all := map[taleFunction]*counted{}
	callers := map[taleFunction]map[taleFunction]*counted{}
	var order []taleFunction
	for _, c := range calls {
		f := t.Functions[c.function].key()
		if all[f] == nil {
			all[f], callers[f] = &counted{}, map[taleFunction]*counted{}
			order = append(order, f)
		}
		all[f].add(c.count, c.own, c.all, c.again)
		if c.parent < 0 {
			continue
		}
		by := t.Functions[calls[c.parent].function].key()
		if callers[f][by] == nil {
			callers[f][by] = &counted{}
		}
		callers[f][by].add(c.count, c.own, c.all, c.edgeAgain)
	}
	var m marshal
	m.byte('{')
	for _, f := range order {
		m.function(f)
		c := all[f]
		m.tuple(5)
		m.counts(c.primitive, c.calls, c)
		m.byte('{')
		for _, by := range slices.SortedFunc(maps.Keys(callers[f]), taleFunction.compare) {
			c := callers[f][by]
			m.function(by)
			m.tuple(4)
			m.counts(c.calls, c.primitive, c)
		}
		m.byte('0') // the end of a dict
	}
	m.byte('0')
	return m
}

// key is what pstats tells functions apart by.
func (f taleFunction) key() taleFunction {
	return taleFunction{File: f.File, Line: f.Line, Name: f.Name}
}

func (f taleFunction) compare(g taleFunction) int {
	return cmp.Or(cmp.Compare(f.File, g.File), cmp.Compare(f.Line, g.Line), cmp.Compare(f.Name, g.Name))
}

// marshal is a value as Python/marshal.c writes it, in version 2 of the format.
type marshal []byte

func (m *marshal) byte(b byte) { *m = append(*m, b) }

// tuple begins one of n values.
func (m *marshal) tuple(n int) {
	*m = binary.LittleEndian.AppendUint32(append(*m, '('), uint32(n))
}

func (m *marshal) text(s string) {
	*m = binary.LittleEndian.AppendUint32(append(*m, 'u'), uint32(len(s)))
	*m = append(*m, s...)
}

// number writes an int that is not negative: one that needs more than 31 bits as
// its digits of 15 bits.
func (m *marshal) number(n int64) {
	if n <= math.MaxInt32 {
		*m = binary.LittleEndian.AppendUint32(append(*m, 'i'), uint32(n))
		return
	}
	var digits []byte
	for ; n > 0; n >>= 15 {
		digits = binary.LittleEndian.AppendUint16(digits, uint16(n&0x7fff))
	}
	*m = binary.LittleEndian.AppendUint32(append(*m, 'l'), uint32(len(digits)/2))
	*m = append(*m, digits...)
}

func (m *marshal) seconds(d time.Duration) {
	*m = binary.LittleEndian.AppendUint64(append(*m, 'g'), math.Float64bits(d.Seconds()))
}

func (m *marshal) function(f taleFunction) {
	m.tuple(3)
	m.text(f.File)
	m.number(max(f.Line, 0))
	m.text(f.Name)
}

func (m *marshal) counts(first, second int64, c *counted) {
	m.number(first)
	m.number(second)
	m.seconds(c.own)
	m.seconds(c.all)
}
