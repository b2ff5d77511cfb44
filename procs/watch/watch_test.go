package watch

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsnotify/fsnotify"
	"go.uber.org/goleak"
)

// playing are the children that the test binary plays, by the variable that
// asks for them.
var playing = map[string]func(string){}

func TestMain(m *testing.M) {
	for name, play := range playing {
		if arg := os.Getenv(name); arg != "" {
			play(arg)
			os.Exit(0)
		}
	}
	goleak.VerifyTestMain(m)
}

// watched is a watcher of a real directory under test.
type watched struct {
	t       *testing.T
	dir     string
	changed chan []string
	notices chan string
}

func start(t *testing.T, dir string, patterns ...string) *watched {
	t.Helper()
	w, err := New(dir, patterns)
	if err != nil {
		t.Fatal(err)
	}
	d := &watched{t: t, dir: dir, changed: make(chan []string, 100), notices: make(chan string, 100)}
	w.Notice = func(text string) { d.notices <- text }
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx, func(names []string) { d.changed <- names }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	d.sees("ready.sentinel", false)
	return d
}

// sees writes a file and waits until its change is told. It returns what else
// was told since, which is what had happened before.
func (d *watched) sees(name string, wanted bool) (others []string) {
	d.t.Helper()
	if !wanted { // the watcher is not known to be there yet: try until it is
		name = ".gitignore.sentinel"
	}
	limit := time.After(20 * time.Second)
	for n := 0; ; n++ {
		d.write(name, fmt.Sprint(n))
		again := time.After(time.Second)
		for waiting := true; waiting; {
			select {
			case names := <-d.changed:
				if i := slices.Index(names, name); i >= 0 {
					return append(others, slices.Delete(names, i, i+1)...)
				}
				others = append(others, names...)
			case <-again:
				waiting = false
			case <-limit:
				d.t.Fatalf("a change of %s is not told", name)
			}
		}
	}
}

func (d *watched) write(name, text string) {
	d.t.Helper()
	path := filepath.Join(d.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// sentinel is a pattern for the files by which the tests know that all before
// has been seen.
const sentinel = "*.sentinel"

// told does something, and returns what is told of it.
func (d *watched) told(do func()) string {
	d.t.Helper()
	do()
	others := d.sees("after.sentinel", true)
	slices.Sort(others)
	return strings.Join(slices.Compact(others), " ")
}

func TestWatch(t *testing.T) {
	dir := t.TempDir()
	d := &watched{t: t, dir: dir}
	d.write(".gitignore", "build/\n*.gen.go\n!keep.gen.go\n/top.go\n")
	d.write("src/.gitignore", "private.go\n")
	d.write("old.go", "")
	d.write("src/deep/top.go", "")
	d = start(t, dir, "*.go", "conf/**/*.yaml", "!*_test.go", "assets", sentinel)
	must := func(err error) {
		if err != nil {
			t.Error(err)
		}
	}
	for _, tt := range []struct {
		name string
		do   func()
		want string
	}{
		{"created", func() { d.write("new.go", "x") }, "new.go"},
		{"written", func() { d.write("old.go", "x") }, "old.go"},
		{"removed", func() { must(os.Remove(filepath.Join(dir, "old.go"))) }, "old.go"},
		{"renamed", func() { must(os.Rename(filepath.Join(dir, "new.go"), filepath.Join(dir, "newer.go"))) }, "new.go newer.go"},
		{"below", func() { d.write("src/deep/top.go", "x") }, "src/deep/top.go"},
		{"in a new directory", func() { d.write("fresh/and/deep/x.go", "x") }, "fresh/and/deep/x.go"},
		{"there again", func() { d.write("fresh/and/deep/y.go", "x") }, "fresh/and/deep/y.go"},
		{"a directory removed", func() { must(os.RemoveAll(filepath.Join(dir, "fresh"))) }, "fresh/and/deep/x.go fresh/and/deep/y.go"},
		{"and made again", func() { d.write("fresh/and/deep/z.go", "x") }, "fresh/and/deep/z.go"},
		{"another kind of file", func() { d.write("readme.md", "x") }, ""},
		{"what the pattern takes out", func() { d.write("x_test.go", "x") }, ""},
		{"a pattern with directories", func() { d.write("conf/a/b/c.yaml", "x"); d.write("a/c.yaml", "x") }, "conf/a/b/c.yaml"},
		{"all in a directory", func() { d.write("assets/img/logo.svg", "x") }, "assets/img/logo.svg"},
		{"ignored", func() { d.write("x.gen.go", "x"); d.write("top.go", "x"); d.write("src/private.go", "x") }, ""},
		{"ignored directory", func() { d.write("build/x.go", "x"); d.write("src/build/sub/x.go", "x") }, ""},
		{"not ignored after all", func() { d.write("keep.gen.go", "x") }, "keep.gen.go"},
		{"tools and editors", func() {
			d.write(".git/x.go", "x")
			d.write("node_modules/a/x.go", "x")
			d.write("assets/.logo.svg.swp", "x")
			d.write("assets/logo.svg~", "x")
			d.write("assets/4913", "x")
		}, ""},
		{"touched", func() { must(os.Chmod(filepath.Join(dir, "newer.go"), 0o644)) }, ""},
		{"a loop", func() { must(os.Symlink("..", filepath.Join(dir, "src", "up"))) }, ""},
		{"ignored from now on", func() { d.write(".gitignore", "newer.go\n"); d.write("newer.go", "xx") }, ""},
		{"no longer ignored", func() { d.write(".gitignore", "") }, ""},
	} {
		if got := d.told(tt.do); got != tt.want {
			t.Errorf("%s: %q is told, want %q", tt.name, got, tt.want)
		}
	}
	d.write("build/again.go", "1")
	if got := d.told(func() { d.write("build/again.go", "x") }); got != "build/again.go" {
		t.Errorf("what was ignored before is told as %q", got)
	}
}

// TestRoot: a directory that is removed and made again is watched again, and
// somebody is told meanwhile.
func TestRoot(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "root")
	d := &watched{t: t, dir: dir}
	d.write("x.go", "x")
	d = start(t, dir, "*.go", sentinel)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if text := <-d.notices; !strings.HasSuffix(text, "root is not there; it is watched as soon as it is") {
		t.Errorf("the notice is %q", text)
	}
	d.write("y.go", "x")
	if got := d.told(func() {}); !strings.Contains(got, "y.go") {
		t.Errorf("told: %q", got)
	}
	d.told(func() { d.write("z.go", "") })
}

// TestRepository: the rules of the directories above hold, up to the top of
// the repository.
func TestRepository(t *testing.T) {
	top := t.TempDir()
	d := &watched{t: t, dir: top}
	d.write(".gitignore", "*") // not of the repository
	d.write("repo/.git/HEAD", "")
	d.write("repo/.git/info/exclude", "mine.go\n")
	d.write("repo/.gitignore", "*.gen.go\n/server/out\n")
	d.write("repo/server/x.go", "")
	d = start(t, filepath.Join(top, "repo", "server"), "*.go", sentinel)
	if got := d.told(func() {
		d.write("x.go", "x")
		d.write("mine.go", "x")
		d.write("a.gen.go", "x")
		d.write("out/x.go", "x")
	}); got != "x.go" {
		t.Errorf("told: %q", got)
	}
}

// TestBatch: many changes are told once; without a pause, after two seconds.
func TestBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, err := New("/dir", []string{"*.go"})
		if err != nil {
			t.Fatal(err)
		}
		events, changed := make(chan fsnotify.Event), make(chan string, 100)
		ctx, cancel := context.WithCancel(t.Context())
		go w.loop(ctx, events, nil, func(names []string) {
			changed <- fmt.Sprintf("%d files from %s", len(names), names[0])
		})
		write := func(name string) { events <- fsnotify.Event{Name: "/dir/" + name, Op: fsnotify.Write} }
		for i := range 50 {
			write(fmt.Sprintf("f%02d.go", i%10))
			time.Sleep(quiet / 4)
		}
		if n := len(changed); n != 1 {
			t.Errorf("told %d times within 2.5 s of constant change", n)
		}
		time.Sleep(quiet)
		synctest.Wait()
		for _, want := range []string{"10 files from f00.go", "10 files from f00.go"} {
			if got := <-changed; got != want {
				t.Errorf("told %q, want %q", got, want)
			}
		}
		write("x.txt")
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(changed) > 0 {
			t.Errorf("told more: %s", <-changed)
		}
		cancel()
		synctest.Wait()
	})
}

func TestRules(t *testing.T) {
	for _, tt := range []struct {
		patterns string
		yes, no  string
	}{
		{"*.go", "a.go x/a.go x/y/a.go", "a.goo a/go"},
		{"/*.go", "a.go", "x/a.go"},
		{"src/*.go", "src/a.go", "x/src/a.go src/x/a.go"},
		{"src/**/*.go", "src/a.go src/x/a.go src/x/y/a.go", "x/src/a.go"},
		{"**/test/*.py", "test/a.py x/test/a.py", "test/x/a.py"},
		{"src", "src src/a x/src/y/z", "srcs/a"},
		{"src/", "src/a x/src/y/z", "src"},
		{"*.{go,py}", "a.{go,py}", "a.go"},
		{"[ab].go", "a.go", "c.go"},
		{"[!ab].go", "c.go", "a.go"},
		{"*.go !x.go", "a.go", "x.go"},
		{"!x.go", "a.go", "x.go"},
		{"*.go !gen/ gen/keep.go", "a.go gen/keep.go", "gen/a.go"},
		{"./src/*.c", "src/a.c", "a.c"},
	} {
		w, err := New("/top/[x]", strings.Fields(tt.patterns))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, name := range strings.Fields(tt.yes) {
			if !w.wants("/top/[x]/" + name) {
				t.Errorf("%q does not name %s", tt.patterns, name)
			}
		}
		for _, name := range strings.Fields(tt.no) {
			if w.wants("/top/[x]/" + name) {
				t.Errorf("%q names %s", tt.patterns, name)
			}
		}
	}
	for pattern, want := range map[string]string{
		"[a":   `cannot watch "[a": it is no pattern; is a bracket open?`,
		"../x": `cannot watch "../x": it names nothing below the directory`,
		"!/":   `cannot watch "!/": it names nothing below the directory`,
		`a[\]`: `cannot watch "a[\\]": it is no pattern; is a bracket open?`,
	} {
		if _, err := New("", []string{pattern}); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", pattern, err, want)
		}
	}
}
