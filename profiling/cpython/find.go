package cpython

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"example.com/muster/internal/pattern"
	"example.com/muster/profiling/peek"
)

// located is where the interpreter of a process is, and what it says it is.
type located struct {
	start, end uint64 // of _PyRuntime
	version    Version
	debug      bool // built with Py_DEBUG
}

// maxImages bounds how many mapped files are searched.
const maxImages = 8

// An opener opens the file of a mapping, nil if it cannot.
type opener func(*peek.Mapping) file

// file is an opened program or library.
type file interface {
	io.ReaderAt
	io.Closer
}

// locate looks for _PyRuntime in the program and in libpython.
func locate(mem peek.Memory, maps []peek.Mapping, open opener) (located, error) {
	ancient := ""
	for _, m := range images(maps) {
		img, err := readImage(mem, m.Start)
		if hopeless(err) {
			return located{}, err
		}
		if err != nil {
			continue
		}
		if s, debug, ok := img.runtime(m, open); ok {
			return located{s.start, s.end, img.version(s, m.File()), debug}, nil
		}
		if _, ok := img.lookup("Py_IsInitialized"); ok {
			ancient = path.Base(m.File())
		}
	}
	if ancient != "" {
		return located{}, fmt.Errorf("%s is %w: it is older than 3.7", ancient, ErrNotCovered)
	}
	return located{}, ErrNotPython
}

// images returns the mappings that may hold an interpreter: the first one of
// the program, which the kernel maps below all else of the file's name, and of
// each libpython.
func images(maps []peek.Mapping) []*peek.Mapping {
	var out []*peek.Mapping
	program := false
	for i := range maps {
		m := &maps[i]
		if m.Offset != 0 || m.File() == "" || m.Inode == 0 || m.Perm.Has(peek.Shared) {
			continue
		}
		base := path.Base(m.File())
		switch {
		case strings.HasPrefix(base, "libpython"):
		case !program && !isLibrary(base):
			program = true
		default:
			continue
		}
		if out = append(out, m); len(out) == maxImages {
			break
		}
	}
	return out
}

// isLibrary tells a shared library from a program by its name.
func isLibrary(base string) bool {
	return strings.HasPrefix(base, "lib") && strings.Contains(base, ".so") || strings.HasPrefix(base, "ld-")
}

// runtime finds _PyRuntime among what the image exports, or else in its file;
// debug says that the build checks reference counts.
func (img *image) runtime(m *peek.Mapping, open opener) (s symbol, debug, ok bool) {
	const onlyDebug = "_Py_NegativeRefcount"
	if s, ok = img.lookup("_PyRuntime"); ok {
		_, debug = img.lookup(onlyDebug)
		return s, debug, true
	}
	f := open(m)
	if f == nil {
		return symbol{}, false, false
	}
	defer func() { _ = f.Close() }() // it was only read
	if s, ok = img.inFile(f, "_PyRuntime", ".PyRuntime"); ok {
		_, debug = img.inFile(f, onlyDebug, "")
	}
	return s, debug, ok
}

// version tells which Python an image is: from 3.11 on it says so itself; the
// table of offsets does from 3.13 on; of older ones there is the text that
// Py_GetVersion keeps in a static buffer, and the name of the file.
func (img *image) version(runtime symbol, name string) Version {
	if s, ok := img.lookup("Py_Version"); ok {
		if hex, err := peek.Uint64(img.mem, s.start); err == nil {
			return hexVersion(hex)
		}
	}
	var head [16]byte
	if img.mem.ReadAt(head[:], runtime.start) == nil && string(head[:8]) == debugCookie {
		return hexVersion(le.Uint64(head[8:]))
	}
	minor := minorOf(path.Base(name))
	for _, seg := range img.segs {
		if !seg.write {
			continue
		}
		if v, ok := img.versionText(seg, minor); ok {
			return v
		}
	}
	return Version{3, minor, -1}
}

var (
	nameMinor   = pattern.Later(`python3\.(\d{1,2})`)
	textVersion = pattern.Later(`^\x003\.(\d{1,2})\.(\d{1,2})(?:\+|(?:a|b|rc)\d{1,2}\+?)? \(`)
)

// minorOf reads the minor version in a name such as libpython3.9.so.1.0; -1 if
// it has none.
func minorOf(name string) int {
	m := nameMinor().FindStringSubmatch(name)
	if m == nil {
		return -1
	}
	n, _ := strconv.Atoi(m[1]) // one or two digits
	return n
}

// maxStatic bounds how much of an image is searched for a version.
const maxStatic = 8 << 20

// versionText searches a segment of static data for a string such as
// "3.9.18 (", of the given minor version unless that is -1.
func (img *image) versionText(seg segment, minor int) (Version, bool) {
	b := make([]byte, min(seg.size, maxStatic))
	if img.mem.ReadAt(b, img.base+seg.start) != nil {
		return Version{}, false
	}
	for {
		i := bytes.Index(b, []byte("\x003."))
		if i < 0 {
			return Version{}, false
		}
		b = b[i:]
		if m := textVersion().FindSubmatch(b[:min(len(b), 20)]); m != nil {
			n, _ := strconv.Atoi(string(m[1]))     // one or two digits
			micro, _ := strconv.Atoi(string(m[2])) // likewise
			if minor < 0 || n == minor {
				return Version{3, n, micro}, true
			}
		}
		b = b[1:]
	}
}
