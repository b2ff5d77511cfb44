package supervisor

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
)

// sees waits until a terminal has shown a text since the last call.
func sees(t *testing.T, term *Terminal, want string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var got bytes.Buffer
	for !strings.Contains(got.String(), want) {
		p, err := term.Next(ctx)
		if err != nil {
			t.Fatalf("waited for %q: %v, got %q", want, err, got.String())
		}
		got.Write(p.Data)
	}
}

// A question that waits for its answer is there for whoever comes later; the
// terminal has his size as long as he stays.
func TestATerminalIsOpenedAndTypedInto(t *testing.T) {
	p, file := procs.ID{Pool: "p"}, t.TempDir()+"/said"
	s := guardedPools(t, procs.Spec{
		Name: "p", Size: 1, Output: procs.OutputPTY,
		Argv: []string{"sh", "-c", `printf 'name? '; while read -r x; do echo "[$x] $(stty size)" | tee -a "$0"; done`, file},
	})
	await(t, s, "p", "the start", func(sl procs.Slot) bool { return sl.State == procs.Running })
	term, err := s.OpenTerminal(t.Context(), p, 60, 11, false)
	if err != nil {
		t.Fatal(err)
	}
	enter := func(line string) {
		t.Helper()
		if err := s.Do(t.Context(), procs.Type{IDs: []procs.ID{p}, Data: []byte(line)}); err != nil {
			t.Fatal(err)
		}
	}
	sees(t, term, "name? ")
	enter("bob\r")
	sees(t, term, "[bob] 11 60")
	if err := s.Do(t.Context(), procs.Resize{Cols: 90, Rows: 20}); err != nil {
		t.Fatal(err)
	}
	second, err := s.OpenTerminal(t.Context(), p, 50, 9, false)
	if err != nil {
		t.Fatal(err)
	}
	sees(t, second, "[bob] 11 60") // what was before it came
	enter("held\r")
	sees(t, second, "[held] 9 50")
	second.Close()
	enter("again\r")
	sees(t, term, "[again] 11 60")
	looks, err := s.OpenTerminal(t.Context(), p, 40, 7, true)
	if err != nil {
		t.Fatal(err)
	}
	sees(t, looks, "[again] 11 60")
	enter("seen\r")
	sees(t, term, "[seen] 11 60") // who only looks leaves others their size
	if piece, err := looks.Next(t.Context()); err != nil || piece.Cols != 60 || piece.Rows != 11 {
		t.Errorf("who looks is told of a size of %dx%d, %v", piece.Cols, piece.Rows, err)
	}
	term.Close()
	enter("alone\r")
	sees(t, looks, "[alone] 7 40")
	looks.Close()
	enter("free\r\x04") // Ctrl-D ends what it reads
	await(t, s, "p", "the end", func(sl procs.Slot) bool { return sl.State == procs.Exited })
	const want = "[bob] 11 60\n[held] 9 50\n[again] 11 60\n[seen] 11 60\n[alone] 7 40\n[free] 20 90\n"
	if said, err := os.ReadFile(file); string(said) != want {
		t.Errorf("it said %q (%v), want %q", said, err, want)
	}
	if _, err := s.OpenTerminal(t.Context(), p, 60, 10, false); err == nil || err.Error() != "cannot type into p/0: it has ended (exit 0)" {
		t.Errorf("after its end: %v", err)
	}
}

func TestWhatCannotBeTypedInto(t *testing.T) {
	sleeper := []string{"sleep", "1000"}
	s := guardedPools(
		t,
		procs.Spec{Name: "pipe", Size: 1, Output: procs.OutputPipe, Argv: sleeper},
		procs.Spec{Name: "off", Size: 1, Output: procs.OutputPTY, Argv: sleeper, Disabled: true},
		procs.Spec{Name: "mine", Size: 1, Output: procs.OutputPTY, Argv: sleeper, InheritStdin: true},
		procs.Spec{Name: "ended", Size: 1, Output: procs.OutputPTY, Argv: []string{"sh", "-c", "exit 3"}},
	)
	for _, pool := range []string{"pipe", "mine"} {
		await(t, s, pool, "the start", func(sl procs.Slot) bool { return sl.State == procs.Running })
	}
	await(t, s, "ended", "the end", func(sl procs.Slot) bool { return sl.State == procs.Exited })
	for name, why := range map[string]string{
		"pipe":  "it has no terminal; --output pty gives it one",
		"off":   "it is not running",
		"mine":  "it reads muster's own standard input",
		"ended": "it has ended (exit 3)",
		"none":  "there is no such process",
	} {
		id := procs.ID{Pool: name}
		if err := s.Do(t.Context(), procs.Type{IDs: []procs.ID{id}, Data: []byte("x")}); err == nil || err.Error() != "cannot type into "+id.String()+": "+why {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := s.OpenTerminal(t.Context(), id, 80, 24, false); err == nil || err.Error() != "cannot type into "+id.String()+": "+why {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.Do(t.Context(), procs.Type{Data: []byte("x")}); err == nil {
		t.Error("everybody was typed into")
	}
}
