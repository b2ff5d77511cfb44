package cli

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const tableJobs = `
import os, signal
ready = []
def init(): ready.append(1)
def from_env(): ready.append(os.environ["X"])
def inited(x): return ready
def square(x): return int(x) ** 2
def add(a, b): return a + b
def pid(x): return os.getpid()
def dies(x):
    if x == "die": os.kill(os.getpid(), signal.SIGKILL)
    return x
`

// TestMapTable runs every row of the tables of examples in docs/map.md: what the fourth column
// shows is what the command of the third prints, words apart by one space.
func TestMapTable(t *testing.T) {
	page, err := os.ReadFile("../../docs/map.md")
	if err != nil {
		t.Fatal(err)
	}
	cell := regexp.MustCompile(`^ ` + "`(.*)`" + ` $`)
	rows, run := 0, false
	for line := range strings.Lines(string(page)) {
		line = strings.ReplaceAll(strings.TrimSpace(line), `\|`, "\x00")
		if !strings.HasPrefix(line, "|") {
			run = false // a table has ended
		}
		if strings.HasSuffix(line, "| for example | prints |") {
			run = true
			continue
		}
		if !run || strings.HasPrefix(line, "|---") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if len(cells) != 4 {
			t.Errorf("%d columns: %s", len(cells), line)
			continue
		}
		command, prints := cell.FindStringSubmatch(cells[2]), cell.FindStringSubmatch(cells[3])
		if command == nil || prints == nil {
			t.Errorf("nothing is run for the row %s", line)
			continue
		}
		rows++
		t.Run(fmt.Sprintf("%d %s", rows, strings.TrimSpace(cells[0])), func(t *testing.T) {
			want := strings.ReplaceAll(prints[1], "\x00", "|")
			if got := runRow(t, strings.ReplaceAll(command[1], "\x00", "|")); got != want {
				t.Errorf("%s\nprints %q, want %q", command[1], got, want)
			}
		})
	}
	if rows < 50 {
		t.Errorf("only %d rows were found", rows)
	}
}

// runRow runs a shell's command in a directory with what the table speaks of.
func runRow(t *testing.T, command string) string {
	t.Helper()
	dir := t.TempDir()
	putMuster(t, dir)
	for name, text := range map[string]string{"jobs.py": tableJobs, "items": "a\nb\nc\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", command)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "SHELL=/bin/sh", "TMPDIR="+dir)
	out, err := cmd.Output()
	if ctx.Err() != nil {
		t.Errorf("%s has not ended: %v", command, err)
	}
	return strings.Join(strings.Fields(string(out)), " ")
}

// putMuster makes a program muster in a directory, which the test binary plays.
func putMuster(t *testing.T, dir string) {
	t.Helper()
	exe, err := filepath.Abs(os.Args[0])
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "muster"), []byte("#!/bin/sh\n"+playMuster+"=1 exec '"+exe+"' \"$@\"\n"), 0o700)
	}
	if err != nil {
		t.Fatal(err)
	}
}
