package spawn

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"example.com/muster/procs"
)

// begun is what Start has returned.
type begun struct {
	process *Process
	err     error
}

// waiter starts a program whose turn has not come, and returns once the guard
// knows of it.
func waiter(t *testing.T, g *Guard, turn uint64, argv ...string) <-chan begun {
	t.Helper()
	answer := make(chan begun, 1)
	held := func() int {
		fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", g.PID()))
		if err != nil {
			t.Fatal(err)
		}
		return len(fds)
	}
	before := held()
	go func() {
		p, err := g.Start(context.Background(), Command{Argv: argv, Env: os.Environ(), Turn: turn})
		answer <- begun{p, err}
	}()
	eventually(t, 10*time.Second, "the guard has its descriptors", func() bool { return held() >= before+3 })
	return answer
}

func startInTurn(t *testing.T, g *Guard, turn uint64, argv ...string) *Process {
	t.Helper()
	p, err := g.Start(context.Background(), Command{Argv: argv, Env: os.Environ(), Turn: turn})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// await returns what a waiter came to.
func await(t *testing.T, answer <-chan begun) begun {
	t.Helper()
	select {
	case b := <-answer:
		return b
	case <-time.After(10 * time.Second):
		t.Fatal("Start does not return")
	}
	return begun{}
}

// Programs of one turn run one after the other, also if one cannot be started;
// those of another turn do not wait for them.
func TestTurns(t *testing.T) {
	g := newGuard(t)
	first := startInTurn(t, g, 7, role("sleep")...)
	missing := waiter(t, g, 7, "/no/such/program")
	third := waiter(t, g, 7, role("exit", "3")...)
	other := startInTurn(t, g, 8, role("exit", "4")...)
	if x := wait(t, other); x.Code != 4 {
		t.Errorf("the other turn: %v", x)
	}
	if len(missing)+len(third) > 0 {
		t.Error("something of the turn has not waited")
	}
	if err := first.SignalGroup(procs.SIGKILL); err != nil {
		t.Fatal(err)
	}
	wait(t, first)
	var refused *StartError
	if b := await(t, missing); !errors.As(b.err, &refused) {
		t.Errorf("a program that is not there: %v", b.err)
	}
	b := await(t, third)
	if b.err != nil {
		t.Fatal(b.err)
	}
	x := wait(t, b.process)
	if x.Code != 3 {
		t.Errorf("the last of the turn: %v", x)
	}
	if x := wait(t, startInTurn(t, g, 7, role("exit", "5")...)); x.Code != 5 {
		t.Errorf("the turn, taken again: %v", x)
	}
}

// What waits for its turn can be taken back: then what it waits for can be ended
// without its being started. The end of the guard's work is the end of waiting too.
func TestWithdraw(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(g *Guard, runs *Process) error
		want error
	}{
		{"withdrawn", func(g *Guard, runs *Process) error { g.Withdraw(7); return runs.SignalGroup(procs.SIGKILL) }, ErrWithdrawn},
		{"all", func(g *Guard, runs *Process) error { return g.CloseNow(context.Background()) }, ErrWithdrawn},
		{"muster vanishes", func(g *Guard, runs *Process) error { g.channel.close(); return nil }, ErrGuardEnded},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := newGuard(t)
			file := filepath.Join(t.TempDir(), "began")
			first := startInTurn(t, g, 7, role("sleep")...)
			second := waiter(t, g, 7, "touch", file)
			if err := tt.end(g, first); err != nil {
				t.Fatal(err)
			}
			wait(t, first)
			if b := await(t, second); !errors.Is(b.err, tt.want) {
				t.Errorf("what waited: %v, want %v", b.err, tt.want)
			}
			if tt.want != ErrGuardEnded { // whose children are reaped by now
				if err := g.CloseNow(context.Background()); err != nil {
					t.Error(err)
				}
			}
			<-g.Done()
			if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("it has begun: %v", err)
			}
		})
	}
}
