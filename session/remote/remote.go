// Package remote is a session of another process, seen through its socket: it
// answers what the screens ask as a session in this process would, so that
// they cannot tell the two apart.
//
// Start at [Dial], then [Session.Run]. What is so now comes by itself: Run's
// goroutine reads frames (follow.go) and keeps the newest state, so that
// Snapshot, Version, Crashes and Stirred never wait for anybody. Output and
// Samples are asked for when they are needed (pages.go), with a short
// patience, since the event loop of a screen may be waiting.
package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/session"
)

// Session is a session of another process. Its methods may be called from any
// goroutine.
type Session struct {
	client    *session.Client
	frames    io.ReadCloser
	state     atomic.Pointer[state]
	stirred   chan struct{}
	pages     pages
	histories histories
	ended     chan struct{} // closed when there are no more frames
	end       atomic.Pointer[session.End]
	lost      atomic.Bool // the frames have ended, and not with an end
}

// state is what the frames so far make. It is immutable.
type state struct {
	snap    *procs.Snapshot
	version uint64
	output  uint64 // its version
	crashes []*crash.Report
	rows    []crash.Row
	locks   *graph.View

	profiles []*session.Profiled
	tasks    *session.Tasks // nil: it is no map
}

// firstFrame is how long a session may take to say how it stands.
var firstFrame = 5 * time.Second

// errSilent is why a session is no longer waited for.
var errSilent = errors.New("it does not answer; is it stopped (Ctrl-Z)?")

// Dial finds the session of that name, "" for the only one, and learns how it
// stands. The state moves on once [Session.Run] runs; call that in any case,
// as it gives back what Dial has opened.
func Dial(ctx context.Context, name string) (*Session, error) {
	client, err := session.Dial(name)
	if err != nil {
		return nil, err
	}
	// The stream goes on when the patience for its first frame is over, and ctx.
	watching, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	impatient := time.AfterFunc(firstFrame, func() { cancel(errSilent) })
	defer context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })()
	frames, err := client.Watch(watching)
	if err != nil {
		err = given(client, watching, err)
		cancel(nil)
		client.Close()
		return nil, err
	}
	s := &Session{client: client, frames: stream{frames, cancel}, stirred: make(chan struct{}, 1), ended: make(chan struct{})}
	s.state.Store(&state{snap: &procs.Snapshot{Session: client.Name()}, locks: &graph.View{}})
	if err := s.next(); err != nil {
		err = given(client, watching, fmt.Errorf("cannot learn how session %q stands: %w", client.Name(), err))
		_ = s.frames.Close() // it was only read
		client.Close()
		return nil, err
	}
	if !impatient.Stop() {
		_ = s.frames.Close() // likewise
		client.Close()
		return nil, fmt.Errorf("cannot ask session %q: %w", client.Name(), errSilent)
	}
	return s, nil
}

// given is why Dial was given up, if it was; else it is err, by which it failed.
func given(c *session.Client, watching context.Context, err error) error {
	if cause := context.Cause(watching); cause != nil {
		return fmt.Errorf("cannot ask session %q: %w", c.Name(), cause)
	}
	return err
}

// stream is the body of an answer whose question is given up with it.
type stream struct {
	io.ReadCloser
	cancel context.CancelCauseFunc
}

func (s stream) Close() error {
	s.cancel(nil)
	return s.ReadCloser.Close()
}

// Name is the session's name.
func (s *Session) Name() string { return s.client.Name() }

// Ended is closed when the session has ended, or Run has.
func (s *Session) Ended() <-chan struct{} { return s.ended }

// End returns with which code the session ended; ok is false if it has not, or
// vanished without a word, as when it is killed.
func (s *Session) End() (code int, ok bool) {
	end := s.end.Load()
	if end == nil {
		return 0, false
	}
	return end.Code, true
}

// Lost reports whether the session has gone without a word.
func (s *Session) Lost() bool { return s.lost.Load() }

// Snapshot implements the screens' view of a session, as the methods below do.
func (s *Session) Snapshot() *procs.Snapshot { return s.state.Load().snap }

// Version moves with each frame.
func (s *Session) Version() uint64 { return s.state.Load().version }

// Stirred gets a value with each frame.
func (s *Session) Stirred() <-chan struct{} { return s.stirred }

// Found returns what the session has found out.
func (s *Session) Found() session.Found {
	st := s.state.Load()
	return session.Found{Crashes: st.crashes, CrashRows: st.rows, Locks: st.locks, Profiles: st.profiles, Tasks: st.tasks}
}

// Events opens the stream of what is printed and happens from now on: see
// [session.Client.EventsAndPrompts]. It ends with ctx, or when the session does.
func (s *Session) Events(ctx context.Context) (io.ReadCloser, error) {
	const newest = 1 << 62 // after all that there can be
	events, err := s.client.EventsAndPrompts(ctx, newest)
	return events, s.told(err)
}

// ErrEnded says that there is nobody left to ask.
var ErrEnded = errors.New("the session has ended")

// Do sends a command; ctx bounds the wait for the answer.
func (s *Session) Do(ctx context.Context, c procs.Command) error {
	d, err := session.CommandJSON(c)
	if err != nil {
		return err
	}
	if d.Processes != nil && len(d.Processes) == 0 {
		return nil // for none; the session would take that for all
	}
	_, err = s.client.Do(ctx, d)
	return s.told(err)
}

// Ask finds out what takes a moment.
func (s *Session) Ask(ctx context.Context, q session.Question) (session.Answer, error) {
	switch q := q.(type) {
	case session.PlanQuestion:
		return s.plan(ctx)
	case session.StacksQuestion:
		all, err := s.client.Stacks(ctx, q.Targets)
		return all, s.told(err)
	case session.StartProfile:
		return s.profiled(s.client.StartProfile(ctx, q.Request))
	case session.EndProfile:
		return s.profiled(s.client.EndProfile(ctx, session.ProfileID(q.Seq), q.Discard))
	case session.TerminalQuestion:
		t, err := s.client.OpenTerminal(ctx, q)
		if err != nil {
			return nil, s.told(err)
		}
		return session.OpenedTerminal{TerminalStream: t}, nil
	case session.MomentsQuestion:
		m, err := s.client.Moments(ctx, q)
		return m, s.told(err)
	case session.ProfileQuestion:
		data, err := s.client.ProfileData(ctx, session.ProfileID(q.Seq))
		return session.ProfileData(data), s.told(err)
	}
	return nil, fmt.Errorf("cannot answer a %T", q)
}

// profiled is a capture that the session has told of.
func (s *Session) profiled(j session.ProfileJSON, err error) (session.Answer, error) {
	if err != nil {
		return nil, s.told(err)
	}
	p, err := j.Profiled()
	if err != nil {
		return nil, err
	}
	return p, nil
}

func (s *Session) plan(ctx context.Context) (session.Answer, error) {
	plan, err := s.client.Plan(ctx)
	if err != nil {
		return nil, s.told(err)
	}
	var changes session.Plan
	for _, c := range plan {
		changes = append(changes, procs.Change{Pool: c.Pool, Kind: c.Kind, What: c.What, From: c.From, To: c.To})
	}
	return changes, nil
}

// Focus asks for details of one slot at every sample; if several attached ask,
// the last one has its way.
func (s *Session) Focus(id procs.ID) {
	ctx, cancel := context.WithTimeout(context.Background(), quick)
	defer cancel()
	_ = s.client.Focus(ctx, id) // without it there is less detail, that is all
}

// told makes an error of one that came over the socket: of a session that has
// ended there is but one thing to say.
func (s *Session) told(err error) error {
	var refusal *session.Refusal
	if err == nil || errors.As(err, &refusal) {
		return err
	}
	select {
	case <-s.ended:
		return ErrEnded
	default:
		return err
	}
}
