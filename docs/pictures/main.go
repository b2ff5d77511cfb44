// Pictures draws the pictures of docs/pictures from what muster really shows:
// it builds the binary, runs its demo, or a program that crashes, in tmux at several sizes, presses keys,
// and writes what is on the screen as SVG; a visit of the demo is recorded as one that moves.
//
//	go run ./docs/pictures [NAME...]
//
// Run it from the root of the repository; it takes about two minutes. NAME
// chooses pictures by the begin of their name, "processes-80x24". It needs tmux.
// Start at shots.go for what is photographed, at recording.go for what moves; tmux.go holds
// the terminal, frame.go reads its escape sequences, svg.go and moving.go draw.
package main

import (
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	log.SetFlags(0)
	if err := draw(os.Args[1:]); err != nil {
		log.Fatalf("pictures: %v", err)
	}
}

func draw(only []string) error {
	dir, err := os.MkdirTemp("", "pictures")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // temporary
	if err := os.Mkdir(filepath.Join(dir, "run"), 0o700); err != nil {
		return err
	}
	binary := filepath.Join(dir, "muster")
	build := exec.Command("go", "build", "-trimpath", "-o", binary, ".") // a panic shows the paths
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("cannot build muster: %w", err)
	}
	var failed error
	for _, s := range sizes {
		for i := range scenes {
			if err := scenes[i].draw(dir, binary, s, only); err != nil {
				failed = errors.Join(failed, fmt.Errorf("cannot draw at %s: %w", s, err))
			}
		}
	}
	if chosen(recording, only) {
		if err := record(dir); err != nil {
			failed = errors.Join(failed, fmt.Errorf("cannot record: %w", err))
		}
	}
	return failed
}

// draw runs the scene once and takes all its pictures of one size.
func (c *scene) draw(dir, binary string, s size, only []string) error {
	wanted := slices.DeleteFunc(slices.Clone(c.shots), func(t shot) bool { return !chosen(t.file(s), only) })
	if len(wanted) == 0 {
		return nil
	}
	t, err := open(dir, s, append([]string{binary, c.arguments()[0], "--session", "demo"}, c.arguments()[1:]...)...)
	if err != nil {
		return err
	}
	defer t.close()
	if err := t.settle(c.warmUp); err != nil {
		return err
	}
	for _, shot := range wanted {
		captured, err := t.take(shot)
		if err != nil {
			return fmt.Errorf("%s: %w", shot.name, err)
		}
		picture := drawSVG(parseFrame(captured), s, shot.how(c, s))
		if err := os.WriteFile(filepath.Join("docs", "pictures", shot.file(s)), []byte(picture), 0o644); err != nil {
			return err
		}
		log.Println(shot.file(s))
	}
	return nil
}

func chosen(name string, only []string) bool {
	return len(only) == 0 || slices.ContainsFunc(only, func(o string) bool { return strings.HasPrefix(name, o) })
}
