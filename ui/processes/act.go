package processes

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/plain"
)

// act asks for something to be done to the selected process or its pool.
func (s *Screen) act(v keys.Verb) (tea.Cmd, bool) {
	r := s.row()
	if r == nil {
		return nil, false
	}
	if cmd := s.refuse(v, r.pool); cmd != nil {
		return cmd, true
	}
	switch v {
	case keys.Open:
		return keys.Send(keys.OpenMsg{Screen: keys.Output, Source: r.source()}), true
	case keys.Debug:
		return s.debug(r), true
	case keys.Start:
		return do(procs.Start{IDs: []procs.ID{r.id}}, "starting "+r.id.String()), true
	case keys.Stop:
		return s.stop(r), true
	case keys.Kill:
		return s.kill(r), true
	case keys.Restart:
		return restart(r), true
	case keys.RestartPool:
		return restartPool(r.pool), true
	case keys.ScaleUp:
		return s.scale(r.pool, 1), true
	case keys.ScaleDown:
		return s.scale(r.pool, -1), true
	}
	return nil, false
}

func do(c procs.Command, done string) tea.Cmd {
	return keys.Send(keys.DoMsg{Command: c, Done: done})
}

// ask does it if the answer is yes, and as long as the slot's run lives.
func ask(c procs.Command, question, done string, slot *procs.Slot) tea.Cmd {
	return keys.Send(keys.DoMsg{Command: c, Ask: question, Done: done, About: []procs.PIDRef{slot.PIDRef}, Ended: slot.ID.String() + " has ended"})
}

// label names a row's process for a person.
func label(r *row) string {
	switch {
	case r.child == nil:
		return r.id.String()
	case r.many > 0:
		return r.name()
	}
	return draw.Plain([]byte(r.name()), 40) + " (pid " + itoa(r.pid()) + ")"
}

func (s *Screen) stop(r *row) tea.Cmd {
	if r.child != nil {
		return signal(r, procs.SIGTERM)
	}
	return do(procs.Stop{IDs: []procs.ID{r.id}}, "stopping "+label(r))
}

// signal sends a signal to a row's descendant, unless that has ended.
func signal(r *row, sig procs.Signal) tea.Cmd {
	if r.child.Exit != nil {
		return hasEnded(r)
	}
	return do(procs.SignalPID{Ref: r.child.PIDRef, Signal: sig}, "sent "+sig.String()+" to "+label(r))
}

func hasEnded(r *row) tea.Cmd {
	text := label(r) + r.has() + " ended already"
	switch {
	case r.zombie() && r.many > 0:
		text += ": only their parent can remove them, by waiting for them"
	case r.zombie():
		text += ": only its parent can remove it, by waiting for it"
	}
	return keys.Send(keys.SayMsg{Text: text, Bad: true})
}

// has is the verb for what label names.
func (r *row) has() string {
	if r.many > 0 {
		return " have"
	}
	return " has"
}

func (s *Screen) kill(r *row) tea.Cmd {
	if r.child != nil {
		return signal(r, procs.SIGKILL)
	}
	c, done := procs.Kill{IDs: []procs.ID{r.id}}, "killing "+label(r)
	if n := living(r.slot); n > 1 {
		return ask(c, "kill "+r.id.String()+" and what it started ("+itoa(n)+" processes)?", done, r.slot)
	}
	return do(c, done)
}

// debug opens the debugger for the row's process.
func (s *Screen) debug(r *row) tea.Cmd {
	if r.child != nil {
		if r.child.Exit != nil {
			return hasEnded(r)
		}
		return keys.Send(keys.DebugMsg{Ref: r.child.PIDRef, Name: r.id.String() + "/" + draw.Plain([]byte(r.name()), 40)})
	}
	if !r.slot.State.Live() || r.slot.PID == 0 {
		return keys.Send(keys.SayMsg{Text: label(r) + " does not run: the crashes (" + s.keys.KeyTo(keys.Crashes) + ") say how it ended", Bad: true})
	}
	return keys.Send(keys.DebugMsg{Ref: r.slot.PIDRef, Name: label(r)})
}

// living counts the processes of a slot.
func living(s *procs.Slot) int {
	n := 1
	for i := range s.Descendants {
		if s.Descendants[i].Exit == nil {
			n++
		}
	}
	return n
}

// restart restarts the slot. For a descendant that is more than was pointed at, so it asks.
func restart(r *row) tea.Cmd {
	c, done := procs.Restart{IDs: []procs.ID{r.id}}, "restarting "+r.id.String()
	switch {
	case r.many > 0:
		return ask(c, "restart all of "+r.id.String()+"?", done, r.slot)
	case r.child != nil:
		return ask(c, "restart all of "+r.id.String()+", which "+label(r)+" belongs to?", done, r.slot)
	}
	return do(c, done)
}

func restartPool(p *procs.Pool) tea.Cmd {
	ids, runs := make([]procs.ID, len(p.Slots)), make([]procs.PIDRef, len(p.Slots))
	for i := range p.Slots {
		ids[i], runs[i] = p.Slots[i].ID, p.Slots[i].PIDRef
	}
	if len(ids) == 1 {
		return do(procs.Restart{IDs: ids}, "restarting "+p.Name)
	}
	all := "all " + itoa(len(ids)) + " of " + p.Name
	msg := keys.DoMsg{Command: procs.Restart{IDs: ids}, Ask: "restart " + all + "?", Done: "restarting " + p.Name, About: runs, Ended: all + " have ended"}
	if p.Slots[0].Probed { // it can tell when the next may begin
		msg.Command, msg.Ask, msg.Done = procs.Roll{Pools: []string{p.Name}}, "restart "+all+", each when those before are ready?", "rolling "+p.Name
	}
	return keys.Send(msg)
}

// scaling is the size last asked for: several presses of + in a row must add
// up before the first of them shows in a snapshot.
type scaling struct {
	pool string
	size int
	at   time.Time
}

// scalingSettles is how long an asked size counts more than the snapshot's.
const scalingSettles = 2 * time.Second

// asked is the size that a pool has, or will have soon.
func (s *Screen) asked(p *procs.Pool) int {
	if s.scaling.pool == p.Name && s.now.Sub(s.scaling.at) < scalingSettles {
		return s.scaling.size
	}
	return p.Size
}

func (s *Screen) scale(p *procs.Pool, by int) tea.Cmd {
	size := max(0, s.asked(p)+by)
	s.scaling = scaling{pool: p.Name, size: size, at: s.now}
	done := p.Name + ": " + draw.Plural(size, "slot") + " asked for"
	if idle, _ := plain.Idle(p.Slots, size); idle != "" {
		done += "; " + idle
	}
	return do(procs.Scale{Pool: p.Name, Size: size}, done)
}

// copied is what y copied last: pressed again on the same row, it copies the next thing.
type copied struct {
	key key
	n   int
}

// copy copies the row's pid, name or last line.
func (s *Screen) copy() tea.Cmd {
	r := s.row()
	if r == nil {
		return nil
	}
	if cmd := s.refuse(keys.Copy, r.pool); cmd != nil {
		return cmd
	}
	if s.copied.key != r.key {
		s.copied = copied{key: r.key}
	}
	last := draw.Plain(s.lastLine(r), 0)
	again := ", " + s.keys.Key(keys.Processes, keys.Copy) + " again: "
	name := "the name"
	if last != "" {
		name += again + "the last line"
	}
	things := []keys.CopyMsg{
		{Text: itoa(r.pid()), What: "pid " + itoa(r.pid()) + again + "the name"},
		{Text: draw.Plain([]byte(r.name()), 0), What: name},
		{Text: last, What: "the last line"},
	}
	if r.pid() == 0 {
		things = things[1:]
	}
	thing := things[s.copied.n%len(things)]
	s.copied.n++
	if last == "" && s.copied.n%len(things) == 0 {
		return keys.Send(keys.SayMsg{Text: "nothing to copy: " + label(r) + r.has() + " no last line"})
	}
	return keys.Send(thing)
}

// moment asks for what the row's process does now.
func (s *Screen) moment() tea.Cmd {
	r := s.row()
	if r == nil {
		return nil
	}
	if r.empty() {
		return keys.Send(keys.SayMsg{Text: s.Lost(), Bad: true})
	}
	m := keys.MomentMsg{On: keys.Processes, Screen: keys.Output, Source: r.source(), ID: r.id, Name: r.id.String()}
	if r.child != nil && r.many == 0 {
		m.PID, m.Name = r.child.PID, m.Name+"/"+r.name()
	}
	return keys.Send(m)
}
