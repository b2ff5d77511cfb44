package report

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/google/pprof/profile"
)

// Bounds of files.
const (
	maxFile   = 512 << 20 // bytes, unpacked
	maxFrames = 1 << 29   // of all stacks together, inlined ones too
	maxParts  = 1 << 25   // samples, functions, names...: of each
	maxSets   = 1 << 22   // of labels that differ
	maxTypes  = 256       // kinds of values
	maxLegacy = 8 << 20   // bytes of a file in one of the formats before pprof's
)

// Unreadable says why a file could not be read.
type Unreadable struct {
	Why  string // "it is cut off"
	Hint string // what could be done, "" if nothing
}

func (u *Unreadable) Error() string { return u.Why }

func unreadable(hint, why string, args ...any) error {
	return &Unreadable{fmt.Sprintf(why, args...), hint}
}

// Read makes a report of a profile in pprof's format, packed by gzip or not, or
// in one of the older formats that google/pprof reads. What is no such profile,
// or is too large, is an *Unreadable; errors of the reader are returned as they
// are.
func Read(from io.Reader) (*Report, error) {
	data, err := unpacked(from, maxFile)
	if err != nil {
		return nil, err
	}
	r, err := decode(data)
	if errors.Is(err, errOther) {
		if p := legacy(data); p != nil {
			return New(p), nil
		}
		return nil, noProfile(data)
	}
	return r, err
}

// Parse reads as Read does, and returns the profile itself.
func Parse(from io.Reader) (*profile.Profile, error) {
	data, err := unpacked(from, maxFile)
	if err != nil {
		return nil, err
	}
	switch _, err := decode(data); { // which bounds it
	case errors.Is(err, errOther):
		if p := legacy(data); p != nil {
			return p, nil
		}
		return nil, noProfile(data)
	case err != nil:
		return nil, err
	}
	p, err := profile.ParseUncompressed(data)
	if err == nil {
		err = p.CheckValid()
	}
	if err != nil {
		return nil, unreadable("", "it is damaged: %v", err)
	}
	return p, nil
}

// unpacked reads all there is, and unpacks it, if that is no more than limit
// bytes.
func unpacked(from io.Reader, limit int) ([]byte, error) {
	size := 0
	if sized, ok := from.(interface{ Len() int }); ok {
		size = sized.Len()
	}
	data, err := readAll(from, size, limit)
	if err != nil {
		return nil, err
	}
	for range 2 { // some programs pack twice
		if !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
			break
		}
		packed, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, badGzip(err)
		}
		if data, err = readAll(packed, 5*len(data), limit); err != nil {
			return nil, badGzip(err)
		}
	}
	if len(data) == 0 {
		return nil, unreadable("a program that was killed leaves an empty profile", "it is empty")
	}
	return data, nil
}

// readAll reads no more than limit bytes; it expects size.
func readAll(from io.Reader, size, limit int) ([]byte, error) {
	b := bytes.NewBuffer(make([]byte, 0, min(size, limit)+bytes.MinRead))
	n, err := b.ReadFrom(io.LimitReader(from, int64(limit)+1))
	if n > int64(limit) {
		return nil, unreadable("take a shorter profile, or one of fewer processes", "it has more than %d MiB once unpacked, and muster reads no more", limit>>20)
	}
	return b.Bytes(), err
}

// badGzip says what is wrong with packed data.
func badGzip(err error) error {
	if u, ok := errors.AsType[*Unreadable](err); ok {
		return u
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return unreadable("take it again: a program that ended meanwhile leaves half of one", "it is cut off: its end is missing")
	}
	return unreadable("", "it is damaged: %v", err)
}

// errOther says that data are no protocol buffer of a profile.
var errOther = errors.New("no profile")

// legacy reads the formats before pprof's, nil if it is none of them.
func legacy(data []byte) *profile.Profile {
	if len(data) > maxLegacy {
		return nil
	}
	p, err := profile.ParseData(data)
	if err != nil || len(p.SampleType) == 0 {
		return nil
	}
	return p
}

// others are what is taken for a profile, by how it begins.
var others = []struct{ begin, is, hint string }{
	{"PERFILE2", "a recording of perf", "perf_to_profile makes a profile of it"},
	{"go 1.", "an execution trace of Go", "go tool trace reads it"},
	{"\x7fELF", "a program", ""},
	{"{", "JSON", "speedscope.app reads speedscope's"},
	{"<svg", "a picture", "a browser shows it"},
	{"<?xml", "a picture or other XML", "a browser shows it"},
	{"<", "HTML", ""},
	{"PK\x03\x04", "a zip archive", ""},
}

// noProfile says what a file is that is no profile.
func noProfile(data []byte) error {
	for _, o := range others {
		if bytes.HasPrefix(data, []byte(o.begin)) {
			return unreadable(o.hint, "it is no profile in pprof's format, but %s", o.is)
		}
	}
	return unreadable("go tool pprof, perf_to_profile and muster profile write profiles", "it is no profile in pprof's format")
}
