package output

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"example.com/muster/procs"
)

// Archive is the log directory of a session, of one that runs or of one that
// has ended in whatever way, read by another process than the one that writes
// it. It takes what is there: an index that a crash has torn or that is not
// there at all costs the times and writers of its lines, not the lines.
type Archive struct {
	dir     string
	shelves []*shelf
	seen    map[string]bool // names of files on the shelves
}

// shelf is the log of one slot: all its segments, those of earlier sessions
// that kept their log in the same place first.
type shelf struct {
	id    procs.ID
	parts []part
}

// part is one segment, by the name of its files without their endings.
type part struct {
	number int
	path   string
}

// OpenArchive looks for the logs in a directory.
func OpenArchive(dir string) (*Archive, error) {
	a := &Archive{dir: dir, seen: map[string]bool{}}
	if err := a.Look(); err != nil {
		return nil, err
	}
	return a, nil
}

// Look looks for what has come to the directory since the last look.
func (a *Archive) Look() error {
	names, err := readNames(a.dir)
	if err != nil {
		return fmt.Errorf("cannot read the log: %w", err)
	}
	for _, name := range names {
		base, ok := strings.CutSuffix(name, ".log")
		if !ok || a.seen[base] {
			continue
		}
		id, number, ok := parseName(base)
		if !ok {
			continue // not of ours
		}
		a.seen[base] = true
		s := a.shelf(id)
		s.parts = append(s.parts, part{number: number, path: a.dir + string(os.PathSeparator) + base})
		slices.SortFunc(s.parts, func(x, y part) int { return cmp.Compare(x.number, y.number) })
	}
	return nil
}

// readNames lists a directory. It may be large, and its order does not matter.
func readNames(dir string) ([]string, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read
	return f.Readdirnames(-1)
}

// shelf returns the slot's shelf, putting it up if it is new.
func (a *Archive) shelf(id procs.ID) *shelf {
	i, ok := slices.BinarySearchFunc(a.shelves, id, func(s *shelf, id procs.ID) int {
		return cmp.Or(cmp.Compare(s.id.Pool, id.Pool), cmp.Compare(s.id.Slot, id.Slot))
	})
	if !ok {
		a.shelves = slices.Insert(a.shelves, i, &shelf{id: id})
	}
	return a.shelves[i]
}

// Slots returns the slots that have a log, in order of name and number.
func (a *Archive) Slots() []procs.ID {
	ids := make([]procs.ID, len(a.shelves))
	for i, s := range a.shelves {
		ids[i] = s.id
	}
	return ids
}

// parseName takes apart what [baseName] and a number made: "web-0.001".
func parseName(name string) (id procs.ID, number int, ok bool) {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return id, 0, false
	}
	dash := strings.LastIndexByte(name[:dot], '-')
	if dash < 0 {
		return id, 0, false
	}
	number, err1 := strconv.Atoi(name[dot+1:])
	slot, err2 := strconv.Atoi(name[dash+1 : dot])
	pool, ok := unescape(name[:dash])
	if err1 != nil || err2 != nil || number < 0 || slot < 0 || !ok {
		return id, 0, false
	}
	return procs.ID{Pool: pool, Slot: slot}, number, true
}

// unescape undoes the %XX of [baseName].
func unescape(name string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		if name[i] != '%' {
			b.WriteByte(name[i])
			continue
		}
		if len(name)-i < 3 {
			return "", false
		}
		c, err := strconv.ParseUint(name[i+1:i+3], 16, 8)
		if err != nil {
			return "", false
		}
		b.WriteByte(byte(c))
		i += 2
	}
	return b.String(), b.Len() > 0
}
