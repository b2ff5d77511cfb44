package locks

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/ui/keys"
	"example.com/muster/ui/waits"
)

// Bounds of what is read of a source file, which the watched program names.
const (
	maxFile    = 4 << 20 // bytes of a file that is looked into
	maxText    = 500     // bytes of a line that are kept
	around     = 3       // lines before and after the one in question
	maxSources = 64      // places that are kept
)

// place is a line of a source file, as a process names it.
type place struct {
	pid  int
	file string
	line int
}

// source is the lines around a place; none if they could not be read.
type source struct {
	first, line int
	lines       []string
}

// sources are the places that were read, each once.
type sources struct {
	read map[place]source
	busy place // being read; the zero place if none is
}

func newSources() sources { return sources{read: map[place]source{}} }

func placeOf(pid int, f waits.Frame) place { return place{pid, f.File, f.Line} }

// of returns the source of a frame, as far as it has been read.
func (s *sources) of(pid int, f waits.Frame) source { return s.read[placeOf(pid, f)] }

// sourceMsg is the answer to More.
type sourceMsg struct {
	place
	source
}

// More reads the next source that the card in sight has none of yet.
func (s *Screen) More() tea.Cmd {
	l := s.lock()
	if s.board == nil || l == nil || s.sources.busy != (place{}) || s.arrange().cardH == 0 {
		return nil
	}
	a, b := s.sides(s.parties(l))
	for _, side := range []*party{a, b} {
		if side == nil {
			continue
		}
		f, ok := waits.Own(side.Stack)
		at := placeOf(side.PID, f)
		if _, known := s.sources.read[at]; !ok || known || f.File == "" {
			continue
		}
		s.sources.busy = at
		return func() tea.Msg {
			return keys.AnswerMsg{Screen: keys.Locks, Answer: sourceMsg{at, readSource(at)}}
		}
	}
	return nil
}

// Receive takes what More has read.
func (s *Screen) Receive(answer any) tea.Cmd {
	msg, ok := answer.(sourceMsg)
	if !ok {
		return nil
	}
	if len(s.sources.read) >= maxSources {
		clear(s.sources.read)
	}
	s.sources.read[msg.place], s.sources.busy = msg.source, place{}
	return nil
}

// path is where a file that a process names is found: a relative name begins
// where the process stands.
func (p place) path() string {
	if filepath.IsAbs(p.file) {
		return p.file
	}
	return filepath.Join("/proc", strconv.Itoa(p.pid), "cwd", p.file)
}

// readSource reads the lines around a place. A file that is not there, or is
// no file, has none: the card then shows the stack alone.
func readSource(p place) source {
	if p.line <= 0 || p.file == "" || strings.HasPrefix(p.file, "<") {
		return source{}
	}
	f, err := openRegular(p.path())
	if err != nil {
		return source{}
	}
	defer f.Close()
	src := source{first: max(1, p.line-around), line: p.line}
	r := bufio.NewReaderSize(io.LimitReader(f, maxFile), 1<<16)
	for n := 1; n <= p.line+around; n++ {
		text, err := readLine(r)
		if n >= src.first && (err == nil || text != "") {
			src.lines = append(src.lines, text)
		}
		if err != nil {
			break
		}
	}
	if src.first+len(src.lines) <= p.line { // the file is another one by now
		return source{}
	}
	src.lines = dedent(src.lines)
	src.trim()
	return src
}

// trim takes away the empty lines at both ends, but never the one in question.
func (s *source) trim() {
	empty := func(i int) bool { return strings.TrimSpace(s.lines[i]) == "" }
	for s.first < s.line && empty(0) {
		s.first, s.lines = s.first+1, s.lines[1:]
	}
	for last := len(s.lines) - 1; s.first+last > s.line && empty(last); last-- {
		s.lines = s.lines[:last]
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
