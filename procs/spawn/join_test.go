package spawn

import (
	"context"
	"io"
	"os"
	"testing"
)

// Files become a program's streams and further descriptors as they are.
func TestJoinAndExtra(t *testing.T) {
	g := newGuard(t)
	var files [4]*os.File
	for i := range files {
		f, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files[i] = f
	}
	_, _ = files[0].WriteString("in")
	_, _ = files[0].Seek(0, io.SeekStart)
	s, err := Join(files[0], files[1], nil)
	if err != nil {
		t.Fatal(err)
	}
	path, err := LookUp(Command{Argv: []string{"sh"}, Env: os.Environ()})
	if err != nil {
		t.Fatal(err)
	}
	p, err := g.Start(context.Background(), Command{
		Argv: []string{"sh", "-c", "cat; echo err >&2; echo three >&3; echo four >&4"}, Path: path, Env: os.Environ(),
		Streams: s, Extra: files[2:], Brief: true,
	})
	s.Close()
	if err != nil {
		t.Fatal(err)
	}
	if p.Ref().PID == 0 || p.Ref().StartTime != 0 {
		t.Errorf("a process that is known by its pid alone is %+v", p.Ref())
	}
	if x := wait(t, p); !x.OK() {
		t.Errorf("it ended with %v", x)
	}
	for i, want := range []string{"in", "in", "three\n", "four\n"} {
		b, err := os.ReadFile(files[i].Name())
		if err != nil || string(b) != want {
			t.Errorf("file %d holds %q, %v", i, b, err)
		}
	}
}
