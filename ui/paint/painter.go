package paint

import "encoding/base64"

// job is what a painter is to do next. A newer one takes the place of what has
// not been done yet.
type job struct {
	frame  string
	cursor cursor
	redraw bool   // all of it
	copy   string // a sequence for the terminal's clipboard
}

// painter is one stay on the screen. Its goroutine is the only one that writes
// to the terminal meanwhile.
type painter struct {
	t      *Terminal
	before *painter // the stay before, if the terminal was stuck at its end
	news   chan struct{}
	done   chan struct{} // closed when the screen has been left

	leaving bool // it is to leave the screen, and end
}

func newPainter(t *Terminal, before *painter) *painter {
	return &painter{t: t, before: before, news: make(chan struct{}, 1), done: make(chan struct{})}
}

// wake tells it that there is something to do.
func (p *painter) wake() {
	select {
	case p.news <- struct{}{}:
	default: // it has been told, and has not looked yet
	}
}

// run enters the screen, paints until it is to leave, and leaves.
func (p *painter) run() {
	defer close(p.done)
	if p.before != nil {
		<-p.before.done
		p.before = nil
	}
	var pic picture
	buf := append(make([]byte, 0, 16<<10), enterScreen...)
	for {
		j, leaving := p.take()
		if leaving {
			_, _ = p.t.out.Write(append(buf, leaveScreen...)) // nobody could be told
			return
		}
		if j.redraw {
			pic.forget()
		}
		buf = pic.show(append(buf, j.copy...), j.frame, j.cursor)
		if len(buf) > 0 {
			if _, err := p.t.out.Write(buf); err != nil {
				pic.forget() // it is gone, or takes nothing for now
			}
			buf = buf[:0]
		}
		<-p.news
	}
}

// order changes the next job and wakes the painter, if there is one.
func (t *Terminal) order(change func(*job)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change(&t.job)
	if t.on {
		t.last.wake()
	}
}

// take returns what is to be done now, or that it is time to leave. The frame
// stays in the job, for the next Enter.
func (p *painter) take() (j job, leaving bool) {
	p.t.mu.Lock()
	defer p.t.mu.Unlock()
	if p.leaving {
		return job{}, true
	}
	j = p.t.job
	p.t.job.redraw, p.t.job.copy = false, ""
	return j, false
}

// clipboard is the sequence that puts a text on a terminal's clipboard: OSC 52 of xterm's ctlseqs.
func clipboard(text string) string {
	return "\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte(text)) + "\a"
}
