package config

import (
	"fmt"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

// reader is the reading of one file. It collects what is wrong and goes on, so
// that all of it can be told at once.
type reader struct {
	path   string
	dir    string // of the file, absolute
	src    string
	lines  []string
	faults []Fault
	told   map[string]int // by path of a file of variables: which fault is of it

	read  func(name string) ([]byte, error)
	vars  variables
	shell string
}

func newReader(path string, src []byte, dir string, o Options) *reader {
	r := &reader{path: path, dir: dir, told: map[string]int{}, read: o.Read, vars: variables{environ: environment(o.Environ)}}
	r.shell = r.vars.environ["SHELL"]
	if r.shell == "" {
		r.shell = "sh"
	}
	text := strings.TrimPrefix(string(src), "\ufeff") // the mark that some editors put first
	r.src = strings.ReplaceAll(text, "\r\n", "\n")
	r.lines = strings.Split(r.src, "\n")
	return r
}

// isText reports whether the file is text at all; what else it may be cannot be
// told line by line.
func (r *reader) isText() bool {
	if utf8.ValidString(r.src) && !strings.ContainsRune(r.src, 0) {
		return true
	}
	if strings.HasPrefix(r.src, "\xff\xfe") || strings.HasPrefix(r.src, "\xfe\xff") {
		r.fault(place{}, "the file is UTF-16; save it as UTF-8")
		return false
	}
	for i, line := range r.lines {
		for k, c := range line {
			_, size := utf8.DecodeRuneInString(line[k:])
			column := utf8.RuneCountInString(line[:k]) + 1
			if c == utf8.RuneError && size == 1 {
				r.fault(place{line: i + 1, column: column}, "the file is not UTF-8: byte 0x%02x", line[k])
				return false
			}
			if c == 0 {
				r.fault(place{line: i + 1, column: column}, "the file is not text: it holds a NUL byte")
				return false
			}
		}
	}
	return true
}

// fault records that something is wrong at a place.
func (r *reader) fault(at place, format string, args ...any) {
	r.faults = append(r.faults, r.found(at, format, args...))
}

// found is what is wrong at a place.
func (r *reader) found(at place, format string, args ...any) Fault {
	f := Fault{Line: at.line, Column: at.column, What: fit(fmt.Sprintf(format, args...)), Width: at.width}
	if at.line > 0 && at.line <= len(r.lines) {
		f.Source = r.lines[at.line-1]
	}
	return f
}

// fit makes words that may hold a part of the file fit for a line of a terminal.
func fit(s string) string {
	return strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return unicode.ReplacementChar
		}
		return c
	}, s)
}

// err is everything that has been found wrong, or nil.
func (r *reader) err() error {
	if len(r.faults) == 0 {
		return nil
	}
	return &Error{Path: r.path, Faults: sortFaults(r.faults)}
}

// within is the place of a part of a value, if the file spells it so.
func (r *reader) within(n *node, part string) place {
	for line := n.at.line; line <= n.at.line+n.lines && line <= len(r.lines); line++ {
		text, skip := r.lines[line-1], 0
		if line == n.at.line {
			skip = byteOffset(text, n.at.column-1)
		}
		if i := strings.Index(text[skip:], part); i >= 0 && part != "" {
			return place{line, utf8.RuneCountInString(text[:skip+i]) + 1, utf8.RuneCountInString(part)}
		}
	}
	return n.at
}

// byteOffset is where the n-th character of a string begins.
func byteOffset(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

// beside is a path relative to the file's directory, made absolute.
func (r *reader) beside(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(r.dir, path)
}

// inShell is the command that has the user's shell run a string.
func (r *reader) inShell(command string) []string { return []string{r.shell, "-c", command} }

// environment makes a map of "KEY=VALUE" entries; the last of a key counts, as
// it does for getenv in most shells.
func environment(environ []string) map[string]string {
	m := make(map[string]string, len(environ))
	for _, kv := range environ {
		if k, v, ok := strings.Cut(kv, "="); ok {
			m[k] = v
		}
	}
	return m
}
