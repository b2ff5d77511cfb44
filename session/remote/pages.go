package remote

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"example.com/muster/procs"
	"example.com/muster/session"
)

// How long an answer may take: quick for a window, since the event loop may be
// waiting for it; thorough for a search, which is made beside that.
const (
	quick    = 150 * time.Millisecond
	thorough = 30 * time.Second
	// quickScan is up to how many lines are a window.
	quickScan = 2000
	// silence is for how long a session that did not answer is not asked
	// again, so that the screen stays alive meanwhile.
	silence = time.Second
)

// maxPages bounds the pages that are kept of one version of the output.
const maxPages = 64

// pages are answers that still hold: nothing has been printed since. Those of
// the version of the output before stand in for an answer that does not
// come.
type pages struct {
	mu        sync.Mutex
	version   uint64 // of the output
	now, past map[procs.Query]procs.Page
	silent    time.Time // do not ask before
}

// Output reads a window of what was printed.
func (s *Session) Output(q procs.Query) (procs.Page, error) {
	version := s.state.Load().output
	if page, ok := s.pages.find(q, version); ok {
		return page, nil
	}
	patience := quick
	if q.Match != "" || q.ScanLimit > quickScan || q.Max > quickScan {
		patience = thorough
	} else if s.pages.mute() {
		return s.pages.stale(q, s.silent())
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	page, err := s.client.Output(ctx, q)
	var refusal *session.Refusal
	switch {
	case errors.As(err, &refusal):
		return procs.Page{}, err
	case err != nil && patience == quick:
		s.pages.noteSilence()
		return s.pages.stale(q, s.told(err))
	case err != nil:
		return procs.Page{}, s.told(err)
	}
	page.Lines = page.Lines[:len(page.Lines):len(page.Lines)] // it is shared: whoever appends makes a copy
	s.pages.keep(q, version, page)
	return page, nil
}

func (s *Session) silent() error {
	return s.told(fmt.Errorf("session %q does not answer; is it stopped (Ctrl-Z)?", s.Name()))
}

// find returns the answer to a question, if nothing has been printed since.
func (p *pages) find(q procs.Query, version uint64) (procs.Page, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.version != version {
		return procs.Page{}, false
	}
	page, ok := p.now[q]
	return page, ok
}

func (p *pages) keep(q procs.Query, version uint64, page procs.Page) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silent = time.Time{}
	if p.version != version || p.now == nil || len(p.now) >= maxPages {
		p.past, p.now, p.version = p.now, make(map[procs.Query]procs.Page), version
	}
	p.now[q] = page
}

// stale returns what was answered before, or else the error.
func (p *pages) stale(q procs.Query, err error) (procs.Page, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if page, ok := p.now[q]; ok {
		return page, nil
	}
	if page, ok := p.past[q]; ok {
		return page, nil
	}
	return procs.Page{}, err
}

// mute reports whether the session has not answered a moment ago.
func (p *pages) mute() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Before(p.silent)
}

func (p *pages) noteSilence() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silent = time.Now().Add(silence)
}
