package config

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/muster/procs"
)

var update = flag.Bool("update", false, "write the files that tests compare with")

// fixtures are the configurations that the whole program is tried on as well,
// by ui/cli.
const fixtures = "../../testdata/configs"

// configurations lists the fixtures of one folder.
func configurations(t *testing.T, folder string) (dir string, names []string) {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join(fixtures, folder))
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		switch ext := filepath.Ext(e.Name()); {
		case e.Name() == ".env" || ext == ".env" || ext == ".txt" || ext == ".plan":
		default:
			names = append(names, e.Name())
		}
	}
	if len(names) < 25 {
		t.Errorf("there are %d %s configurations; at least 25 are wanted", len(names), folder)
	}
	return dir, names
}

// said is what the command line prints of an error.
func said(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return "muster: " + e.Heading() + "\n" + e.Details()
	}
	return "muster: " + err.Error() + "\n"
}

func TestBadFilesAreToldInFull(t *testing.T) {
	dir, names := configurations(t, "bad")
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			_, err := Load(Options{Path: name, Dir: dir})
			if err == nil {
				t.Fatal("nothing is found wrong with it")
			}
			got, golden := said(err), filepath.Join(dir, name+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestGoodFilesAreRead(t *testing.T) {
	dir, names := configurations(t, "good")
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			f, err := Load(Options{Path: name, Dir: dir})
			if err != nil {
				t.Fatal(said(err))
			}
			for _, s := range f.Specs {
				if s.Name == "" || len(s.Argv) == 0 || s.Restart.When == "" || s.Stop.Grace == 0 || s.MaxUnavailable == 0 {
					t.Errorf("%s: a default is missing: %+v", s.Name, s)
				}
			}
		})
	}
}

// fromText loads a configuration that is on no disk.
func fromText(t *testing.T, files map[string]string, o Options) ([]procs.Spec, error) {
	t.Helper()
	o.Dir = "/project"
	o.Read = func(name string) ([]byte, error) {
		if text, ok := files[strings.TrimPrefix(name, "/project/")]; ok {
			return []byte(text), nil
		}
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	f, err := Load(o)
	if err != nil {
		return nil, err
	}
	return f.Specs, nil
}
