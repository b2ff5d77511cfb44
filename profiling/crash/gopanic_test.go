package crash

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestGoIsSilent(t *testing.T) {
	for name, text := range map[string]string{
		"a word of panic":       "panic: low disk space, will retry\nwent on\n",
		"a compiler's":          "fatal error: too many errors\nexit\n",
		"a stack on demand":     "goroutine 1 [running]:\nruntime/debug.Stack()\n\t/usr/local/go/src/runtime/debug/stack.go:26 +0x5e\nmain.main()\n\t/app/main.go:9 +0x1d\ngoes on\n",
		"a log of goroutines":   "goroutine 7 [idle] has ended\ngoroutine pool: 8\n",
		"a quoted panic":        "> panic: boom\n> x\n",
		"a source line":         "\tpanic: boom\n",
		"a signal that is told": "SIGQUIT: quit\nwent on\n",
	} {
		if got := Parse(asLines([]byte(text))); len(got) > 0 {
			t.Errorf("%s: %s", name, told(got))
		}
	}
	// A dump much later has nothing to do with it.
	lines := asLines([]byte("panic: low disk space\nwent on\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:9 +0x1d\nexit status 2\n"))
	for i := range lines[2:] {
		lines[2+i].At = at.Add(time.Minute)
	}
	if got := Parse(lines); len(got) > 0 {
		t.Errorf("a dump a minute later: %s", told(got))
	}
}

// TestGoCutToItsFirstLine: with GOTRACEBACK=none, or killed, only the message is there.
func TestGoCutToItsFirstLine(t *testing.T) {
	w := Parse(asLines([]byte("panic: bad width\n")))
	if len(w) != 1 || !w[0].Cut || w[0].Scope != EndsNothing || w[0].Exception.Message != "bad width" {
		t.Errorf("%s", told(w))
	}
	w = Parse(asLines([]byte("panic: runtime error: index out of range [6] with length 3\nand more\n")))
	if len(w) != 1 || !w[0].Cut || w[0].Scope != EndsProcess {
		t.Errorf("%s", told(w))
	}
}

// TestThousandsOfGoroutines are few stacks.
func TestThousandsOfGoroutines(t *testing.T) {
	var b strings.Builder
	b.WriteString("panic: boom\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:9 +0x1d\n")
	for i := range 20_000 {
		fmt.Fprintf(&b, "\ngoroutine %d [chan receive, 5 minutes]:\nmain.f()\n\t/app/main.go:%d +0x1d\ncreated by main.main in goroutine 1\n\t/app/main.go:7 +0x1\n", i+2, i%200)
	}
	b.WriteString("exit status 2\n")
	w := Parse(asLines([]byte(b.String())))
	if len(w) != 1 || w[0].Cut || len(w[0].Others) != maxOthers || w[0].Others[0].Count != 100 || w[0].Others[0].Thread != "goroutine 2 [chan receive, 5 minutes]" {
		t.Errorf("%d words, %d stacks", len(w), len(w[0].Others))
	}
}

func TestGoBehindAPrefix(t *testing.T) {
	text := "panic: boom\n\ngoroutine 1 [running]:\nmain.f()\n\t/app/main.go:9 +0x1d\nmain.main()\n\t/app/main.go:3 +0x1d\nexit status 2\n"
	for _, by := range []string{"web-1  | ", "[worker-3] "} {
		if h := headlines(Parse(asLines([]byte(indented(text, by))))); h != "panic: boom, at main.go:9 in main.f" {
			t.Errorf("behind %q: %q", by, h)
		}
	}
}

func TestGoLibrary(t *testing.T) {
	for _, tt := range []struct {
		file, function string
		library        bool
	}{
		{"/usr/local/go/src/net/http/server.go", "net/http.(*conn).serve", true},
		{"net/http/server.go", "net/http.(*conn).serve", true},
		{"/home/me/go/pkg/mod/golang.org/x/sync@v0.7.0/errgroup/errgroup.go", "golang.org/x/sync/errgroup.(*Group).Go.func1", true},
		{"golang.org/x/sync@v0.7.0/errgroup/errgroup.go", "golang.org/x/sync/errgroup.(*Group).Go.func1", true},
		{"/home/me/app/vendor/github.com/a/b/b.go", "github.com/a/b.F", true},
		{"/usr/local/go/src/runtime/panic.go", "panic", true},
		{"/home/me/app/main.go", "main.main", false},
		{"/home/me/app/internal/x.go", "app/internal.F", false},
		{"/home/me/app/log/x.go", "example.com/app/log.F", false},
		{"app/x.go", "app.F", false},
		{"/home/me/time/x.go", "time/track.F", false}, // a module that is named as the library is
	} {
		if got := isGoLibrary(tt.file, tt.function); got != tt.library {
			t.Errorf("%s in %s: %v", tt.function, tt.file, got)
		}
	}
}
