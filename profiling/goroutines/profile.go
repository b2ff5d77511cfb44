package goroutines

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/google/pprof/profile"

	"example.com/muster/procs"
)

// Bounds of what a capture asks for.
const (
	// maxTrace is how large an execution trace may be, in bytes.
	maxTrace = 128 << 20

	maxCaptured       = 32 << 20 // bytes of a profile, unpacked
	maxCapturedFields = 2 << 20
)

// Profile asks a process for one of the profiles of its net/http/pprof, as in
// "heap" or "profile?seconds=10", and waits for the answer for that long. When
// stop is closed, one that takes seconds ends at once, and answers with what it
// has until then; nil is never.
//
// It fails with [ErrNotGo] or [ErrNoEndpoint] where there is nobody to ask; what
// the program says instead of an answer, as where it is being profiled already,
// is in the error.
func (a *Asker) Profile(ctx context.Context, p procs.PIDRef, path string, within time.Duration, stop <-chan struct{}) (*profile.Profile, error) {
	data, err := a.answer(ctx, p, question{path, within, maxAnswer, stop})
	if err != nil {
		return nil, err
	}
	return parseBounded(data, maxCaptured, maxCapturedFields)
}

// Trace is Profile for an execution trace, "trace?seconds=10", which is another
// format: see go tool trace.
func (a *Asker) Trace(ctx context.Context, p procs.PIDRef, path string, within time.Duration, stop <-chan struct{}) ([]byte, error) {
	return a.answer(ctx, p, question{path, within, maxTrace, stop})
}

// Dump asks a process for its goroutines, and waits for the answer for that long.
func (a *Asker) Dump(ctx context.Context, p procs.PIDRef, within time.Duration) ([]Goroutine, error) {
	text, err := a.answer(ctx, p, question{dump, within, maxAnswer, nil})
	if err != nil {
		return nil, err
	}
	return Parse(text)
}

func (a *Asker) answer(ctx context.Context, p procs.PIDRef, q question) ([]byte, error) {
	k, err := a.about(p)
	if err != nil {
		return nil, err
	}
	return a.ask(ctx, p, k, q)
}

// Record has a process that has muster's agent record what it otherwise does
// not ("mutex" or "block"), until stop is called or this process ends. It fails
// with [ErrNoEndpoint] if there is no agent: then the program itself decides.
func (a *Asker) Record(ctx context.Context, p procs.PIDRef, kind string) (stop func(), err error) {
	k, err := a.about(p)
	if err != nil {
		return nil, err
	}
	path := "record?kind=" + kind
	err = a.each(ctx, p, k, path, func(e endpoint) error {
		// The deadline is for the answer's first line; the body lasts.
		lasting, cancel := context.WithCancel(ctx)
		late := time.AfterFunc(a.usual(path).deadline, cancel)
		res, err := request(lasting, p, e, question{path: path})
		if err == nil && res.Header.Get("X-Muster-Agent") == "" {
			_ = res.Body.Close() // it was only read
			err = errNoAgent
		}
		if errors.Is(err, errNoPprof) { // net/http/pprof has no such profile
			err = errNoAgent
		}
		if !late.Stop() {
			err = cmp.Or(err, context.DeadlineExceeded)
		}
		if err != nil {
			cancel()
			return plain(err, a.usual(path).deadline)
		}
		stop = func() {
			_ = res.Body.Close() // it was only read
			cancel()
		}
		return nil
	})
	return stop, err
}
