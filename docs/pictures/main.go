// Pictures draws the pictures of docs/pictures from what muster really shows:
// it builds the binary, runs its demo, or a program that crashes, in tmux at several sizes, presses keys,
// and writes what is on the screen as SVG; a visit of the demo is recorded as one that moves.
//
//	go run ./docs/pictures [--check | --anew] [NAME...]
//
// Run it from the root of the repository; it takes about eight minutes. NAME
// chooses pictures by the begin of their name, "processes-80x24". It needs tmux, and
// python3 and Go in the usual places.
//
// A picture is written if it differs from the one that is there in more than a
// living program must vary in: process numbers, times, what was measured. So that
// where nothing has changed, nothing changes; --anew writes all of them. --check
// writes none, prints what differs and ends with 1 if anything does.
//
// Start at shots.go for what is photographed, at recording.go for what moves, at mask.go
// for what may vary; stage.go holds where all of it runs, tmux.go the terminal,
// frame.go reads its escape sequences, svg.go and moving.go draw, canvas.go reads
// what was drawn, and compare.go compares.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	log.SetFlags(0)
	var e errand
	flag.BoolVar(&e.check, "check", false, "write nothing, tell what differs")
	flag.BoolVar(&e.anew, "anew", false, "write those as well that differ in nothing but figures")
	flag.Parse()
	e.only, e.dir, e.out = flag.Args(), filepath.Join("docs", "pictures"), os.Stderr
	if err := e.run("-trimpath"); err != nil { // a panic shows the paths
		log.Fatalf("pictures: %v", err)
	}
}

// errand is what pictures are taken for.
type errand struct {
	only        []string // begins of names; none for all
	dir         string   // of the pictures
	check, anew bool
	out         io.Writer
	differ      []string // pictures that are not as they are in dir
}

// run takes pictures. build are flags for go build.
func (e *errand) run(build ...string) (failed error) {
	s, err := set(build...)
	if err != nil {
		return err
	}
	defer func() { failed = errors.Join(failed, s.strike()) }()
	for _, z := range sizes {
		for i := range scenes {
			if err := e.play(s, &scenes[i], z); err != nil {
				failed = errors.Join(failed, fmt.Errorf("cannot draw at %s: %w", z, err))
			}
		}
	}
	if e.wants(recording + ".svg") {
		if err := e.record(s); err != nil {
			failed = errors.Join(failed, fmt.Errorf("cannot record: %w", err))
		}
	}
	if e.check && len(e.differ) > 0 {
		failed = errors.Join(failed, fmt.Errorf("%d pictures are not of today: %s\nhint: go run ./docs/pictures takes them anew",
			len(e.differ), strings.Join(e.differ, " ")))
	}
	return failed
}

func (e *errand) wants(file string) bool {
	return len(e.only) == 0 || slices.ContainsFunc(e.only, func(o string) bool { return strings.HasPrefix(file, o) })
}

// play runs a scene once and takes its pictures of one size.
func (e *errand) play(s *setting, c *scene, z size) error {
	wanted := func(t shot) bool { return e.wants(t.file(z)) }
	last := len(c.shots) // after which no picture is wanted
	for last > 0 && !wanted(c.shots[last-1]) {
		last--
	}
	if last == 0 {
		return nil
	}
	t, err := s.open(z, append([]string{s.binary, c.arguments()[0], "--session", "demo"}, c.arguments()[1:]...)...)
	if err != nil {
		return err
	}
	defer t.close()
	if err := s.settle(t, c); err != nil {
		return err
	}
	for _, shot := range c.shots[:last] {
		if err := t.lead(shot); err != nil {
			return fmt.Errorf("%s: %w", shot.name, err)
		}
		if wanted(shot) {
			take := func() (string, error) {
				captured, err := t.capture()
				return drawSVG(parseFrame(captured), z, shot.how(c, z)), err
			}
			if err := e.keep(shot.file(z), take, shot.varies(c)); err != nil {
				return fmt.Errorf("%s: %w", shot.name, err)
			}
		}
		if err := t.press(shot.back...); err != nil {
			return err
		}
	}
	return nil
}

// passing is how long a picture is taken again and again before it counts as
// another one: a frame may be half drawn, a process may be between two things.
const passing = 15 * time.Second

// keep writes a picture if it is not as it was.
func (e *errand) keep(file string, take func() (string, error), v varying) error {
	path := filepath.Join(e.dir, file)
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	var first string
	var differ []difference // where it comes nearest
	for end := time.Now().Add(passing); ; time.Sleep(300 * time.Millisecond) {
		svg, err := take()
		if err != nil {
			return err
		}
		if first == "" {
			first = svg
		}
		if len(old) == 0 || e.anew {
			break
		}
		found, err := compareSVG(string(old), svg, v)
		if err != nil {
			return err
		}
		if svg == first || len(found) < len(differ) {
			differ = found
		}
		if len(differ) == 0 || time.Now().After(end) {
			break
		}
	}
	return e.finish(path, len(old) > 0 && len(differ) == 0 && !e.anew, differ, first)
}

// finish does with a picture what this errand is for.
func (e *errand) finish(path string, same bool, differ []difference, svg string) error {
	file := filepath.Base(path)
	word := "as it was"
	switch {
	case e.anew:
		word = "anew"
	case !same:
		e.differ = append(e.differ, file)
		word = "differs"
	}
	_, _ = fmt.Fprintf(e.out, "%s: %s\n", file, word)
	if e.check {
		for _, d := range differ {
			_, _ = fmt.Fprintln(e.out, d)
		}
	}
	if e.check || same {
		return nil
	}
	return os.WriteFile(path, []byte(svg), 0o644)
}

// compareSVG compares two pictures as they are in files.
func compareSVG(old, now string, v varying) ([]difference, error) {
	o, err := readSVG(old)
	if err != nil {
		return nil, err
	}
	n, err := readSVG(now)
	if err != nil {
		return nil, err
	}
	return compare(o, n, v), nil
}
