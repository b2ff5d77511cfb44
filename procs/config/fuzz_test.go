package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/muster/procs"
)

// seeds adds the fixtures to what a fuzzer starts from.
func seeds(f *testing.F, keep func(name string) bool) {
	for _, folder := range []string{"good", "bad"} {
		names, err := filepath.Glob(filepath.Join(fixtures, folder, "*"))
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			if b, err := os.ReadFile(name); err == nil && keep(name) && len(b) < 4096 {
				f.Add(string(b))
			}
		}
	}
}

// check loads a text as a file of the name and holds what comes of it to what
// Load promises.
func check(t *testing.T, name, text string) {
	f, err := Load(Options{Path: name, Dir: "/project", Environ: []string{"A=a", "PORT=1"}, Read: func(path string) ([]byte, error) {
		switch filepath.Base(path) {
		case name:
			return []byte(text), nil
		case ".env":
			return []byte("NAME=x\n"), nil
		}
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}})
	if err != nil {
		checkFaults(t, err)
		return
	}
	for _, s := range f.Specs {
		if !procs.GoodPoolName(s.Name) || len(s.Argv) == 0 || s.Argv[0] == "" || s.Size < 0 || s.Size > maxReplicas || s.Restart.Backoff <= 0 || s.Stop.Grace <= 0 {
			t.Errorf("%q has become the pool %+v", text, s)
		}
		for _, arg := range append(append([]string{}, s.Argv...), s.Env...) {
			if strings.ContainsRune(arg, 0) {
				t.Errorf("a NUL byte has come through: %q", arg)
			}
		}
	}
	placed := 0
	for _, level := range Levels(f.Specs) {
		placed += len(level)
	}
	for _, s := range f.Specs {
		if s.Disabled {
			placed++
		}
	}
	if placed != len(f.Specs) {
		t.Errorf("%d of %d pools have a place in the order of start", placed, len(f.Specs))
	}
}

func checkFaults(t *testing.T, err error) {
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *Error", err)
	}
	if len(e.Faults) == 0 || strings.Contains(e.Error(), "\n") {
		t.Errorf("an error in %d lines about %d faults: %q", strings.Count(e.Error(), "\n")+1, len(e.Faults), e.Error())
	}
	for _, fault := range e.Faults {
		if fault.Line > 0 && fault.Column < 1 {
			t.Errorf("a fault is in column %d: %+v", fault.Column, fault)
		}
	}
	if s := e.Details(); !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\x1b\r\x7f") {
		t.Errorf("what is shown is not fit for a terminal: %q", s)
	}
}

func FuzzYAML(f *testing.F) {
	seeds(f, func(name string) bool { return filepath.Ext(name) == ".yaml" })
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) < 4096 {
			check(t, "muster.yaml", text)
		}
	})
}

func FuzzProcfile(f *testing.F) {
	seeds(f, func(name string) bool { return strings.Contains(filepath.Base(name), "rocfile") })
	f.Fuzz(func(t *testing.T, text string) { check(t, "Procfile", text) })
}

func FuzzDotenv(f *testing.F) {
	seeds(f, func(name string) bool { return filepath.Ext(name) == ".env" || filepath.Base(name) == ".env" })
	f.Fuzz(func(t *testing.T, text string) {
		vars, err := parseDotenv(text)
		if err != nil && (vars != nil || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%q: %q", text, err)
		}
		for key := range vars {
			if !goodVariable(key) {
				t.Errorf("%q has the variable %q", text, key)
			}
		}
	})
}
