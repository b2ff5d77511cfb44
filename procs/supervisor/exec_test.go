package supervisor

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/spawn"
)

// onGuard returns what runs commands under a guard of the test's own, which may take a
// minute for all.
func onGuard(t *testing.T) (context.Context, *OnGuard) {
	t.Helper()
	guard, err := spawn.StartGuard(spawn.GuardOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(func() {
		_ = guard.Close(ctx) // what is left is the test's
		cancel()
	})
	return ctx, &OnGuard{Guard: guard, Environ: os.Environ(), Session: "test"}
}

// The command of a hook waits for what it is to read, however late that comes: it reads
// faster than muster writes.
func TestAHookReadsAllOfItsText(t *testing.T) {
	ctx, g := onGuard(t)
	for range 20 {
		exit, said, err := g.Hook(ctx, []string{"wc", "-c"}, "", make([]byte, 4<<20))
		if err != nil || !exit.OK() || said != "4194304" {
			t.Fatalf("exit %+v, error %v; it counted %q bytes", exit, err, said)
		}
	}
}

// A command that leaves somebody behind who keeps its standard input open, and does not
// read it, does not keep muster.
func TestAHookDoesNotWaitForWhoDoesNotRead(t *testing.T) {
	ctx, g := onGuard(t)
	there := filepath.Join(t.TempDir(), "there")
	leaves := `exec 3<&0; env -i setsid sh -c "echo >$1; exec sleep 100" <&3 >/dev/null 2>&1 & until [ -e $1 ]; do sleep 0.01; done`
	done := make(chan error, 1)
	go func() {
		_, _, err := g.Hook(ctx, []string{"sh", "-c", leaves, "sh", there}, "", make([]byte, 4<<20))
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-ctx.Done():
		t.Error("it waits")
	}
}

// What a probe's command printed last is shown as one line that is safe and short.
func TestTheLastLineOfAProbe(t *testing.T) {
	for printed, want := range map[string]string{
		"":                                "",
		"\n \n":                           "",
		"one\ntwo\n\n":                    "two",
		"no newline":                      "no newline",
		"10%\r20%\rno such table\n":       "no such table",
		"\x1b[31mred\x1b[0m\a \u202ex\n":  "red x",
		"a\tb\xff":                        "a b\ufffd",
		strings.Repeat("long ", 100):      strings.TrimSpace(strings.Repeat("long ", 24)) + "...",
		strings.Repeat("x\n", 5000) + "y": "y",
	} {
		var last tail
		for b := []byte(printed); len(b) > 0; {
			n := min(len(b), 1000)
			last.take(procs.Stderr, 0, b[:n])
			b = b[n:]
		}
		if got := last.line(); got != want {
			t.Errorf("%.40q: %q, want %q", printed, got, want)
		}
	}
}
