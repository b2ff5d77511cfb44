package processes

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
)

// lost is what the user had selected, and which is there no more: the cursor has moved
// by itself, to what nobody has pointed at. The first key that would act on that says so
// instead; any move of the user's own forgets it.
type lost struct {
	key  key
	pool string
	text string // "sleep (pid 4704) has ended"; "" if nothing is lost
}

// lose notes that the selected row has gone. What the user selected first counts, however
// often the cursor has moved since.
func (s *Screen) lose(was, now *row) {
	why := was.has() + " gone"
	switch {
	case was.empty(), now != nil && now.empty() && now.id.Pool == was.id.Pool: // it stands for the same pool
		s.lost = lost{}
		return
	case s.lost.text != "":
		return
	case exists(s.snap, was.key):
		why = " is not shown any more"
	case was.child != nil && was.many == 0:
		why = " has ended"
	}
	s.lost = lost{was.key, was.id.Pool, label(was) + why}
}

// regain puts the cursor back on what was lost if that has a row again: it takes a moment
// until an end is found to be a crash.
func (s *Screen) regain() {
	if s.lost.text != "" && slices.ContainsFunc(s.rows, func(r row) bool { return r.key == s.lost.key }) {
		s.selected, s.lost = s.lost.key, lost{}
	}
}

// Lost tells, once, what was selected and is there no more: whoever is about to act on
// the selected process says that instead. Of a pool without processes it says so, each
// time. It is "" if nothing stands between.
func (s *Screen) Lost() string {
	text := s.lost.text
	s.lost = lost{}
	if r := s.row(); text == "" && r != nil && r.empty() {
		text = draw.Plain([]byte(r.name()), 40) + " has " + s.noProcess()
	}
	return text
}

// noProcess says that a pool has no slots, and how it gets one.
func (s *Screen) noProcess() string {
	if s.snap.Stopping {
		return "no process"
	}
	return "no process, " + s.keys.Key(keys.Processes, keys.ScaleUp) + " starts one"
}

// refuse says what has been lost instead of an act; nil if nothing has. What is done to a
// whole pool is the same from each of its rows.
func (s *Screen) refuse(v keys.Verb, p *procs.Pool) tea.Cmd {
	switch v {
	case keys.Start, keys.Stop, keys.Kill, keys.Restart, keys.Debug, keys.Copy:
	case keys.RestartPool, keys.ScaleUp, keys.ScaleDown:
		same := s.lost.text == "" || s.lost.pool == p.Name
		if same && (len(p.Slots) > 0 || v == keys.ScaleUp || v == keys.ScaleDown && s.asked(p) > 0) {
			return nil
		}
	default:
		return nil
	}
	if text := s.Lost(); text != "" {
		return keys.Send(keys.SayMsg{Text: text, Bad: true})
	}
	return nil
}
