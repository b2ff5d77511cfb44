package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// stage is the directory in which everything runs that is photographed. It is the
// same one on each machine, as some pictures show it. One at a time can have it.
const stage = "/tmp/pictures"

// setting is what runs on the stage finds there.
type setting struct {
	binary string
	env    []string
	lock   *os.File
}

// set prepares the stage: muster's binary, the programs of testdata/crashes, a
// Go program that is built of them, and an environment without anything of the user's.
// build are flags for go build.
func set(build ...string) (*setting, error) {
	lock, err := os.Open(filepath.Dir(stage)) // a lock of a directory leaves no file behind
	if err != nil {
		return nil, fmt.Errorf("cannot have the stage: %w", err)
	}
	s := &setting{binary: filepath.Join(stage, "muster"), lock: lock}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot have the stage: %w", err), lock.Close())
	}
	if err := s.furnish(build); err != nil {
		return nil, errors.Join(err, s.strike())
	}
	return s, nil
}

func (s *setting) furnish(build []string) error {
	// A run that was killed has left its terminal, and muster ends with that.
	_ = exec.Command("tmux", "-S", s.path("tmux"), "kill-server").Run() // it fails if there is none, as there should be
	if err := os.RemoveAll(stage); err != nil {
		return err
	}
	if err := os.Mkdir(stage, 0o700); err != nil {
		return err
	}
	crashes := filepath.Join("testdata", "crashes")
	for _, language := range []string{"go", "py"} {
		to := filepath.Join(stage, crashes, language)
		if err := os.CopyFS(to, sources{os.DirFS(filepath.Join(crashes, language))}); err != nil {
			return fmt.Errorf("cannot copy what crashes: %w", err)
		}
	}
	if err := goBuild(".", append(build, "-o", s.binary, ".")...); err != nil {
		return fmt.Errorf("cannot build muster: %w", err)
	}
	if err := goBuild(stage, "-o", "orders", filepath.Join(crashes, "go", "main.go")); err != nil {
		return fmt.Errorf("cannot build what crashes: %w", err)
	}
	s.env = []string{
		"PATH=" + stage + ":/usr/bin:/bin", "HOME=" + stage, "SHELL=/bin/sh", "PS1=$ ", "COLORTERM=truecolor", "LANG=C.UTF-8", "LC_ALL=C.UTF-8",
		"XDG_STATE_HOME=" + s.path("state"), "XDG_CONFIG_HOME=" + s.path("config"), "XDG_RUNTIME_DIR=" + s.path("run"),
		"MUSTER_NO_TOUR=true", "TRUTH=/dev/null", "PYTHONDONTWRITEBYTECODE=1",
	}
	return nil
}

// sources are the files of a directory that a program is made of, without what Python has cached.
type sources struct{ fs.FS }

// ReadDir implements [fs.ReadDirFS].
func (s sources) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(s.FS, name)
	var files []fs.DirEntry
	for _, e := range all {
		if !e.IsDir() {
			files = append(files, e)
		}
	}
	return files, err
}

func goBuild(dir string, args ...string) error {
	cmd := exec.Command("go", append([]string{"build"}, args...)...)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	return cmd.Run()
}

// path is that of something on the stage.
func (s *setting) path(name string) string { return filepath.Join(stage, name) }

// clear forgets what was before: crashes are numbered on, sessions have names.
func (s *setting) clear() error {
	for _, name := range []string{"state", "run"} {
		if err := os.RemoveAll(s.path(name)); err != nil {
			return err
		}
	}
	return os.Mkdir(s.path("run"), 0o700)
}

// ask asks the running muster something, and returns what it answers. What it
// says if it cannot yet is an answer as well.
func (s *setting) ask(question ...string) string {
	cmd := exec.Command(s.binary, question...)
	cmd.Dir, cmd.Env = stage, s.env
	out, _ := cmd.CombinedOutput()
	return string(out)
}

// strike leaves nothing on the stage, and lets the next one have it.
func (s *setting) strike() error {
	return errors.Join(os.RemoveAll(stage), s.lock.Close())
}
