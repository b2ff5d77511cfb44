package native

import (
	"bytes"

	"example.com/muster/profiling/peek"
)

// pprofNames are functions of every program that has net/http/pprof in it, which
// registers one when it is imported, or muster's agent, which answers likewise.
var pprofNames = [][]byte{[]byte("\x00net/http/pprof.Index\x00"), []byte("\x00example.com/muster/profiling/agent.serve\x00")}

// maxGoNames bounds how much of a program's names are looked through, in bytes.
const maxGoNames = 64 << 20

// GoProgram tells whether a process runs a Go program, whose threads wait in a
// futex when they have nothing to do, and whether there is net/http/pprof or
// muster's agent in it. A program that is no ELF file for this kind of processor is none.
func GoProgram(p peek.Process) (is, pprof bool, err error) {
	f, size, err := openProgram(p)
	if err != nil {
		return false, false, err
	}
	defer func() { _ = f.Close() }() // it was only read
	im, err := parse(f, size)
	if err != nil {
		return false, false, nil
	}
	for _, name := range []string{".gopclntab", ".data.rel.ro.gopclntab", ".go.buildinfo"} {
		if _, ok := im.sections[name]; ok {
			is = true
		}
	}
	// A table of a version that is not known may have anything in it.
	return is, is && (im.gopcln == nil || im.gopcln.hasName(pprofNames...)), nil
}

// hasName looks for any of some functions among the names.
func (g *gopclntab) hasName(names ...[]byte) bool {
	if g.units <= g.names {
		return false
	}
	longest := 0
	for _, name := range names {
		longest = max(longest, len(name))
	}
	buf := make([]byte, 64<<10)
	end := min(g.units, g.names+maxGoNames)
	for at := g.names; at < end; at += uint64(len(buf) - longest) {
		n := min(uint64(len(buf)), end-at)
		if g.im.ReadAt(buf[:n], at) != nil {
			return false
		}
		for _, name := range names {
			if bytes.Contains(buf[:n], name) {
				return true
			}
		}
	}
	return false
}
