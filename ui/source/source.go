// Package source reads the lines of a source file around a place that a
// watched program names, for the cards that show them. It reads outside the
// event loop: [Cache.Next] says what is still to be read, [Read] reads it.
package source

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Bounds of what is read of a file.
const (
	maxFile   = 4 << 20 // bytes of a file that is looked into
	maxText   = 500     // bytes of a line that are kept
	around    = 3       // lines before and after the one in question
	maxPlaces = 64      // places that a cache keeps
)

// Place is a line of a source file, as a process names it.
type Place struct {
	PID  int
	Dir  string // where the process stood, if it has ended; else ""
	File string
	Line int
}

// Lines are the lines around a place; none if they could not be read.
type Lines struct {
	First, Line int // the numbers of the first of them, and of the one in question
	Text        []string
}

// Found is the answer to what [Cache.Next] wants to be read.
type Found struct {
	Place
	Lines
}

// Cache keeps what has been read, each place once. The zero value is ready.
type Cache struct {
	read map[Place]Lines
	busy Place // being read; the zero place if none is
}

// Of returns the lines around a place, as far as they have been read.
func (c *Cache) Of(p Place) Lines { return c.read[p] }

// Next returns the first of some places that is to be read now: none while
// another one is.
func (c *Cache) Next(places ...Place) (Place, bool) {
	if c.busy != (Place{}) {
		return Place{}, false
	}
	for _, p := range places {
		if _, known := c.read[p]; !known && p.File != "" {
			c.busy = p
			return p, true
		}
	}
	return Place{}, false
}

// Keep takes what was read.
func (c *Cache) Keep(f Found) {
	if c.read == nil || len(c.read) >= maxPlaces {
		c.read = map[Place]Lines{}
	}
	c.read[f.Place], c.busy = f.Lines, Place{}
}

// Path is where the file is found: a relative name begins where the process
// stands, or stood.
func (p Place) Path() string {
	switch {
	case filepath.IsAbs(p.File):
		return p.File
	case p.Dir != "":
		return filepath.Join(p.Dir, p.File)
	}
	return filepath.Join("/proc", strconv.Itoa(p.PID), "cwd", p.File)
}

// Read reads the lines around a place. A file that is not there, or is no
// file, has none.
func Read(p Place) Lines {
	if p.Line <= 0 || p.File == "" || strings.HasPrefix(p.File, "<") {
		return Lines{}
	}
	f, err := openRegular(p.Path())
	if err != nil {
		return Lines{}
	}
	defer f.Close()
	l := Lines{First: max(1, p.Line-around), Line: p.Line}
	r := bufio.NewReaderSize(io.LimitReader(f, maxFile), 1<<16)
	for n := 1; n <= p.Line+around; n++ {
		text, err := readLine(r)
		if n >= l.First && (err == nil || text != "") {
			l.Text = append(l.Text, text)
		}
		if err != nil {
			break
		}
	}
	if l.First+len(l.Text) <= p.Line { // the file is another one by now
		return Lines{}
	}
	l.Text = dedent(l.Text)
	l.trim()
	return l
}

// trim takes away the empty lines at both ends, but never the one in question.
func (l *Lines) trim() {
	empty := func(i int) bool { return strings.TrimSpace(l.Text[i]) == "" }
	for l.First < l.Line && empty(0) {
		l.First, l.Text = l.First+1, l.Text[1:]
	}
	for last := len(l.Text) - 1; l.First+last > l.Line && empty(last); last-- {
		l.Text = l.Text[:last]
	}
}

// openRegular opens a file that is one: no pipe that never answers, no device.
func openRegular(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("cannot read " + path + ": not a regular file")
	}
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// readLine reads one line, of which it keeps the begin.
func readLine(r *bufio.Reader) (string, error) {
	var kept []byte
	for {
		part, more, err := r.ReadLine()
		if err != nil {
			return string(kept), err
		}
		kept = append(kept, part[:min(len(part), maxText-len(kept))]...)
		if !more {
			return string(kept), nil
		}
	}
}

// dedent takes away the white space that all lines begin with.
func dedent(lines []string) []string {
	common := -1
	for i, l := range lines {
		lines[i] = strings.ReplaceAll(l, "\t", "    ")
		if body := strings.TrimLeft(lines[i], " "); body != "" {
			if n := len(lines[i]) - len(body); common < 0 || n < common {
				common = n
			}
		}
	}
	for i, l := range lines {
		lines[i] = l[min(len(l), max(0, common)):]
	}
	return lines
}

// File is a whole source file, or why there is none.
type File struct {
	Place
	Lines []string
	Err   error
}

// Files keeps the source files that were read last, each read once. The zero
// value is ready.
type Files struct {
	read map[Place]*File
	busy Place // being read; the zero place if none is
}

// maxFiles is how many files are kept.
const maxFiles = 8

// Of returns a file; nil if it has not been read yet.
func (c *Files) Of(p Place) *File { return c.read[p] }

// Next returns a place if its file is to be read now: not while another one is.
func (c *Files) Next(p Place) (Place, bool) {
	if c.busy != (Place{}) || c.read[p] != nil || p.File == "" {
		return Place{}, false
	}
	c.busy = p
	return p, true
}

// Keep takes what was read.
func (c *Files) Keep(f File) {
	if c.read == nil || len(c.read) >= maxFiles {
		c.read = map[Place]*File{}
	}
	c.read[f.Place], c.busy = &f, Place{}
}

// ReadFile reads all lines of the file of a place, of which it keeps as much as
// [Read] would.
func ReadFile(p Place) File {
	if strings.HasPrefix(p.File, "<") {
		return File{Place: p, Err: errors.New("cannot read " + p.File + ": it is no file")}
	}
	f, err := openRegular(p.Path())
	if err != nil {
		return File{Place: p, Err: err}
	}
	defer f.Close()
	file := File{Place: p}
	r := bufio.NewReaderSize(io.LimitReader(f, maxFile), 1<<16)
	for {
		text, err := readLine(r)
		if err != nil && text == "" {
			return file
		}
		file.Lines = append(file.Lines, strings.ReplaceAll(text, "\t", "    "))
		if err != nil {
			return file
		}
	}
}
