package peek

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// MaxMaps bounds how many mappings of a process are looked at.
const MaxMaps = 1 << 16

// Mapping is one line of /proc/PID/maps, see proc(5).
type Mapping struct {
	Start, End uint64 // End is the first address behind it
	Offset     uint64 // in the file, in bytes
	Perm       Perm
	// Dev and Inode name the file: "major:minor" in hexadecimal, as the
	// kernel writes it, and "00:00", 0 for anonymous memory. Shared anonymous
	// memory has an inode, of "/dev/zero (deleted)".
	Dev   string
	Inode uint64
	// Path is the file's, "[heap]" and the like, or "". It is what the
	// process chose: any bytes but a newline.
	Path string
}

// Perm is what a mapping permits.
type Perm uint8

// The letters of a mapping's permissions.
const (
	Read Perm = 1 << iota
	Write
	Exec
	Shared
)

// Has reports whether all of the given are permitted.
func (p Perm) Has(q Perm) bool { return p&q == q }

// Size is the mapping's length in bytes.
func (m *Mapping) Size() uint64 { return m.End - m.Start }

// File is the mapped file's path without " (deleted)"; "" for what is no file.
func (m *Mapping) File() string {
	if !strings.HasPrefix(m.Path, "/") {
		return ""
	}
	return strings.TrimSuffix(m.Path, " (deleted)")
}

// Find returns the mapping that an address lies in, nil if none. The mappings
// are in order of address, as [Process.Maps] returns them.
func Find(maps []Mapping, addr uint64) *Mapping {
	i, _ := slices.BinarySearchFunc(maps, addr, func(m Mapping, addr uint64) int {
		if m.End <= addr {
			return -1
		}
		return 1
	})
	if i < len(maps) && maps[i].Start <= addr {
		return &maps[i]
	}
	return nil
}

// Put returns the mappings with one more, in whose place no other is any longer.
func Put(maps []Mapping, m Mapping) []Mapping {
	out := make([]Mapping, 0, len(maps)+2)
	for _, old := range maps {
		if old.End <= m.Start || old.Start >= m.End {
			out = append(out, old)
			continue
		}
		if before := old; old.Start < m.Start {
			before.End = m.Start
			out = append(out, before)
		}
		if after := old; old.End > m.End {
			after.Offset += m.End - old.Start
			after.Start = m.End
			out = append(out, after)
		}
	}
	i, _ := slices.BinarySearchFunc(out, m.Start, func(o Mapping, start uint64) int { return cmp.Compare(o.Start, start) })
	return slices.Insert(out, i, m)
}

// ParseMaps reads the content of /proc/PID/maps.
func ParseMaps(r io.Reader) ([]Mapping, error) {
	var maps []Mapping
	last := uint64(0)
	in := bufio.NewReaderSize(r, 16<<10)
	for len(maps) < MaxMaps {
		line, err := in.ReadSlice('\n')
		if len(line) > 0 {
			m, ok := parseMapping(bytes.TrimSuffix(line, []byte{'\n'}))
			if !ok || m.Start < last {
				return nil, fmt.Errorf("unexpected line %q", line)
			}
			last = m.End
			maps = append(maps, m)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return maps, nil
}

// parseMapping reads a line such as
//
//	7f1c4a200000-7f1c4a228000 r-xp 00026000 08:01 131090   /usr/lib/libc.so.6
func parseMapping(line []byte) (m Mapping, ok bool) {
	var fields [5][]byte
	for i := range fields {
		fields[i], line, _ = bytes.Cut(line, []byte{' '})
	}
	from, to, ok := bytes.Cut(fields[0], []byte{'-'})
	if !ok || len(fields[1]) != 4 {
		return m, false
	}
	var errs [4]error
	m.Start, errs[0] = strconv.ParseUint(string(from), 16, 64)
	m.End, errs[1] = strconv.ParseUint(string(to), 16, 64)
	m.Offset, errs[2] = strconv.ParseUint(string(fields[2]), 16, 64)
	m.Inode, errs[3] = strconv.ParseUint(string(fields[4]), 10, 64)
	for _, err := range errs {
		if err != nil {
			return m, false
		}
	}
	for i, letter := range []byte("rwxs") {
		if fields[1][i] == letter {
			m.Perm |= 1 << i
		}
	}
	m.Dev = string(fields[3])
	m.Path = string(bytes.TrimLeft(line, " "))
	return m, m.End > m.Start
}
