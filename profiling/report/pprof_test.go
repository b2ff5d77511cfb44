package report

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/pprof/profile"
)

// real profiles of this process, of several kinds.
var realProfiles = sync.OnceValue(func() map[string][]byte {
	all := map[string][]byte{}
	old := runtime.MemProfileRate
	runtime.MemProfileRate = 512
	runtime.SetMutexProfileFraction(1)
	runtime.SetBlockProfileRate(1)
	var cpu bytes.Buffer
	if err := pprof.StartCPUProfile(&cpu); err != nil {
		panic(err)
	}
	var kept [][]byte
	pprof.Do(context.Background(), pprof.Labels("process", "train/0"), func(context.Context) { kept = busy(12) })
	pprof.Do(context.Background(), pprof.Labels("process", "train/1", "state", "on_cpu"), func(context.Context) { kept = append(kept, busy(8)...) })
	pprof.StopCPUProfile()
	all["cpu"] = cpu.Bytes()
	for _, kind := range []string{"heap", "allocs", "goroutine", "mutex", "block", "threadcreate"} {
		var b bytes.Buffer
		if err := pprof.Lookup(kind).WriteTo(&b, 0); err != nil {
			panic(err)
		}
		all[kind] = b.Bytes()
	}
	runtime.KeepAlive(kept)
	runtime.MemProfileRate = old
	runtime.SetMutexProfileFraction(0)
	runtime.SetBlockProfileRate(0)
	return all
})

// busy burns processor time, allocates, and has goroutines wait for a lock.
func busy(n int) (kept [][]byte) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			b := bytes.Repeat([]byte("some text to compare; "), 1<<12)
			re := regexp.MustCompile("(a|b|text).*(compare)+x")
			until := time.Now().Add(20 * time.Millisecond)
			for time.Now().Before(until) {
				re.Match(b)
			}
			mu.Lock()
			defer mu.Unlock()
			kept = append(kept, slices.Concat(b, b))
			slices.SortFunc(b, func(x, y byte) int { return int(x) - int(y) })
		})
	}
	wg.Wait()
	return kept
}

// kernel is a profile as tools for perf(1) write it: addresses and objects, few
// functions, several that are inlined, in files that build systems name.
func kernelProfile(t testing.TB) []byte {
	p := folded(t, `
libc.so.6!;main@/src/m.c:3;work@/proc/self/cwd/./w.c:9+inner@/src/w.h:1;[kernel.kallsyms]! 12
libc.so.6!;main@/src/m.c:4;work@/proc/self/cwd/./w.c:9+inner@/src/w.h:2 5
libc.so.6!;main@/src/m.c:4;work@/src/other.c:1 5
libc.so.6! 7
!;main@/src/m.c:4 -3
- 2
main@/src/m.c:4;main@/src/m.c:4;main@/src/m.c:5;work@/src/other.c:1 0
main@/src/m.c:4;asm@?;asm@/src/asm.S 4
main@/src/m.c:4;@/src/m.c:4;work@/src/other.c 4
`)
	return encoded(t, p)
}

func encoded(t testing.TB, p *profile.Profile) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// goPprof runs go tool pprof, without what a user has set up.
func goPprof(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"tool", "pprof", "-symbolize=none"}, args...)...)
	cmd.Env = append(os.Environ(), "PPROF_TMPDIR="+t.TempDir(), "PPROF_BINARY_PATH=/nonexistent")
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, errs.String())
	}
	return string(out)
}

// figures returns the rows of pprof -top, without what it says of inlining.
func figures(text string) (lines []string) {
	_, text, _ = strings.Cut(text, "cum%\n")
	for l := range strings.Lines(text) {
		l = strings.TrimRight(l, "\n")
		l = strings.TrimSuffix(strings.TrimSuffix(l, " (inline)"), " (partial-inline)")
		lines = append(lines, strings.Join(strings.Fields(l), " "))
	}
	return lines
}

// TestAsPprof compares each figure with those of go tool pprof -top.
func TestAsPprof(t *testing.T) {
	profiles := map[string][]byte{"kernel": kernelProfile(t)}
	for name, data := range realProfiles() {
		profiles[name] = data
	}
	re := regexp.MustCompile
	cases := []struct {
		flags []string
		o     Options
	}{
		{nil, Options{}},
		{[]string{"-lines"}, Options{By: ByLine}},
		{[]string{"-focus=regexp|work"}, Options{Focus: re("regexp|work")}},
		{[]string{"-ignore=regexp|inner"}, Options{Ignore: re("regexp|inner")}},
		{[]string{"-hide=^regexp|libc|inner"}, Options{Hide: re("^regexp|libc|inner")}},
		{[]string{"-focus=busy|m.c", "-ignore=sort|other", "-hide=runtime|kernel", "-lines"}, Options{Focus: re("busy|m.c"), Ignore: re("sort|other"), Hide: re("runtime|kernel"), By: ByLine}},
		{[]string{"-focus=there is no such function"}, Options{Focus: re("there is no such function")}},
		{[]string{"-tagfocus=process=^train/1$", "-relative_percentages"}, Options{Label: "process", LabelValue: "train/1"}},
	}
	dir := t.TempDir()
	for name, data := range profiles {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := profile.ParseData(data)
		if err != nil {
			t.Fatal(err)
		}
		r := New(p)
		for value, v := range r.Values() {
			for i, c := range cases {
				if i > 1 && (name != "cpu" && name != "kernel" || value == 0) {
					continue // the filters do not know what is counted
				}
				c.o.Value = value
				t.Run(fmt.Sprint(name, " ", v.Name, c.flags), func(t *testing.T) {
					args := append([]string{"-top", "-nodefraction=0", "-edgefraction=0", fmt.Sprint("-sample_index=", value)}, c.flags...)
					var text strings.Builder
					if err := WriteTop(&text, r, c.o, 0); err != nil {
						t.Fatal(err)
					}
					want := figures(goPprof(t, append(args, file)...))
					check(t, figures(text.String()), want)
					if len(want) == 0 && i < 2 && r.Top(c.o).Total != 0 {
						t.Error("pprof printed no rows to compare with")
					}
				})
			}
		}
	}
}
