package spawn

import (
	"context"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Close ends everything that lives: SIGTERM, the grace of [GuardOptions],
// SIGKILL until no descendant is left. It returns when the guard has ended and
// all exits have been delivered. The error says what could not be ended; if
// ctx ends first, the guard goes on ending it.
func (g *Guard) Close(ctx context.Context) error { return g.end(ctx, g.grace) }

// CloseNow is Close without SIGTERM and grace.
func (g *Guard) CloseNow(ctx context.Context) error { return g.end(ctx, 0) }

func (g *Guard) end(ctx context.Context, grace time.Duration) error {
	g.mu.Lock()
	first := !g.saidBye
	g.saidBye = true
	g.mu.Unlock()
	if first {
		g.Continue()                          // it may have been stopped, with more to read than there is room for
		_ = g.channel.send(bye{Grace: grace}) // fails if the guard has ended: seen next
		g.Continue()
	}
	select {
	case <-g.ended:
	case <-ctx.Done():
		return fmt.Errorf("cannot wait for the end of all processes: %w", context.Cause(ctx))
	}
	switch {
	case g.status.Exited() && g.status.ExitStatus() == 0:
	case g.status.Exited() && g.status.ExitStatus() == 1:
		return fmt.Errorf("cannot end all processes: %w", os.ErrPermission)
	default:
		if err := g.endAll(ctx, grace); err != nil {
			return err
		}
	}
	g.adopted.Wait()
	g.free.Do(g.release)
	return nil
}

// endAll ends everything that the guard has left when it was killed: the
// descendants of this process that are in other sessions than its own. While
// the guard lives use Close.
func (g *Guard) endAll(ctx context.Context, grace time.Duration) error {
	if left := g.inherited().end(ctx, grace); left > 0 {
		return fmt.Errorf("cannot end %d processes that the guard has left", left)
	}
	return nil
}

// inherited is what fell to this process with the guard's end. What this
// process has started without the guard is in its session, and none of that.
func (g *Guard) inherited() scope {
	session, _ := unix.Getsid(0) // cannot fail for oneself
	sessions := map[int]bool{}
	g.mu.Lock()
	for _, p := range g.processes {
		sessions[p.ref.PID] = true
	}
	g.mu.Unlock()
	return scope{
		spares: func(sid int) bool { return sid == session || g.keep && !sessions[sid] },
		reap: func() {
			sweepOrphans(func(pid int) bool {
				sid, err := unix.Getsid(pid)
				return err != nil || sid == session || g.owned(pid)
			})
		},
		groups: func() (all []int) {
			for sid := range sessions {
				all = append(all, sid)
			}
			return all
		},
	}
}
