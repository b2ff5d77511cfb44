package goroutines

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/google/pprof/profile"
)

// Contention is what a mutex or block profile tells of one source line. In a
// mutex profile it is the line that let go of a lock for which others had
// waited; in a block profile it is the line that waited.
type Contention struct {
	File     string
	Line     int
	Function string
	Count    int64
	Delay    time.Duration // summed over all that waited, since the profile began
}

// ParseContention reads a mutex or block profile, the longest delay first. One
// that is empty gives nothing: most programs do not turn these profiles on
// (runtime.SetMutexProfileFraction, runtime.SetBlockProfileRate).
func ParseContention(data []byte) (list []Contention, err error) {
	defer func() {
		if r := recover(); r != nil { // the profile is the program's own invention
			list, err = nil, fmt.Errorf("cannot read the profile: %v", r)
		}
	}()
	data, err = unpacked(data)
	if err != nil {
		return nil, fmt.Errorf("cannot read the profile: %w", err)
	}
	p, err := profile.ParseUncompressed(data)
	if err != nil {
		return nil, fmt.Errorf("cannot read the profile: %w", err)
	}
	if err := p.CheckValid(); err != nil {
		return nil, fmt.Errorf("cannot read the profile: %w", err)
	}
	count := slices.IndexFunc(p.SampleType, func(t *profile.ValueType) bool { return t.Type == "contentions" })
	delay := slices.IndexFunc(p.SampleType, func(t *profile.ValueType) bool { return t.Type == "delay" && t.Unit == "nanoseconds" })
	if count < 0 || delay < 0 {
		return nil, errors.New("cannot read the profile: it is none of contention")
	}
	return byLine(p, count, delay), nil
}

// byLine sums up by the line of the program that is nearest to the lock.
func byLine(p *profile.Profile, count, delay int) []Contention {
	type key struct {
		file string
		line int64
	}
	index := map[key]int{}
	var list []Contention
	for _, s := range p.Sample {
		l, ok := own(s)
		if !ok {
			continue
		}
		k := key{l.Function.Filename, l.Line}
		n, known := index[k]
		if !known {
			n = len(list)
			index[k] = n
			list = append(list, Contention{File: k.file, Line: int(k.line), Function: l.Function.Name})
		}
		list[n].Count += s.Value[count]
		list[n].Delay += time.Duration(s.Value[delay])
	}
	slices.SortStableFunc(list, func(a, b Contention) int { return cmp.Compare(b.Delay, a.Delay) })
	return list
}

// own is the innermost line that is not the library's, or the innermost of all.
func own(s *profile.Sample) (first profile.Line, ok bool) {
	for _, loc := range s.Location {
		for _, l := range loc.Line { // inlined calls come innermost first
			switch {
			case l.Function == nil:
			case !library(l.Function.Name):
				return l, true
			case !ok:
				first, ok = l, true
			}
		}
	}
	return first, ok
}

// unpacked decompresses a profile, up to the bound of all answers.
func unpacked(data []byte) ([]byte, error) {
	if !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		return data, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return bounded(z)
}

// bounded reads all, or fails where there is more than one may answer.
func bounded(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxAnswer+1))
	if err == nil && len(b) > MaxAnswer {
		err = fmt.Errorf("it is larger than %d MiB", MaxAnswer>>20)
	}
	return b, err
}
