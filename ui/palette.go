package ui

import (
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/palette"
	"example.com/muster/ui/port"
	"example.com/muster/ui/processes"
)

// A chooser is a screen on which a process can be selected: that of a slot, or a
// descendant of it if ref is not zero.
type chooser interface {
	Choose(id procs.ID, ref procs.PIDRef) bool
}

// openPalette shows all that can be done. What covers the screen goes.
func (m *root) openPalette() {
	m.over = nil
	m.palette = palette.New(m.opt.Theme, m.everything())
	m.palette.SetSize(m.w, bodyHeight(m.h))
}

// inPalette carries out what the palette has answered.
func (m *root) inPalette(do func() tea.Cmd, closed bool) tea.Cmd {
	if closed {
		m.palette = nil
	}
	if do == nil {
		return nil
	}
	return do()
}

// pointPalette gives the palette a mouse event; seen is false if it is none of its business.
func (m *root) pointPalette(msg tea.MouseMsg) (cmd tea.Cmd, seen bool) {
	if msg.Action != tea.MouseActionPress {
		return nil, false
	}
	switch msg.Button {
	case tea.MouseButtonWheelUp:
		m.palette.Move(-1)
	case tea.MouseButtonWheelDown:
		m.palette.Move(1)
	case tea.MouseButtonLeft:
		if h, ok := m.frame.hintAt(msg.X, msg.Y); ok {
			return m.inPalette(m.palette.Handle(h.Intent)), true
		}
		return m.inPalette(m.palette.Click(msg.X, msg.Y-headerHeight)), true
	default:
		return nil, false
	}
	return nil, true
}

// everything is what the palette offers: what the screen in front can do, the
// screens, the processes, what can be done to them, and what merely moves.
func (m *root) everything() []palette.Item {
	var acts, moves []palette.Item
	for _, b := range m.opt.Keys.On(m.at) {
		if b.Verb == keys.GoTo || b.Verb == keys.Palette {
			continue
		}
		it := palette.Item{Text: b.Text(), Kind: "action", Also: b.Label + " " + b.Name, Do: func() tea.Cmd { return m.handle(b.Intent()) }}
		if len(b.Keys) > 0 {
			it.Key = keys.Name(b.Keys[0])
		}
		if b.Section == keys.Moving {
			moves = append(moves, it)
		} else {
			acts = append(acts, it)
		}
	}
	for _, h := range m.tabs() {
		acts = append(acts, palette.Item{Text: h.Label, Kind: "screen", Key: h.Key, Also: "screen", Do: func() tea.Cmd { return m.handle(h.Intent) }})
	}
	rows, done := m.processItems()
	return append(append(append(acts, rows...), done...), moves...)
}

// processItems are the pools and processes, and what can be done to them. The
// processes of a map come and go with their items: nothing is done to those.
func (m *root) processItems() (rows, done []palette.Item) {
	acts := port.Tasks(m.opt.Session) == nil
	for _, p := range m.opt.Session.Snapshot().Pools {
		pool := plain(p.Name, nameWidth)
		first := processes.PoolRow(&p)
		if len(p.Slots) != 1 {
			rows = append(rows, palette.Item{Text: pool, Kind: processesText(len(p.Slots)), Also: "pool", Do: m.show(first, procs.PIDRef{})})
		}
		switch {
		case acts && len(p.Slots) == 0:
			done = append(done, m.actItems(emptyActs, pool, first, procs.PIDRef{})...)
		case acts:
			done = append(done, m.actItems(poolActs, pool, first, procs.PIDRef{})...)
		}
		for i := range p.Slots {
			s := &p.Slots[i]
			name := plain(s.ID.String(), nameWidth)
			rows = append(rows, palette.Item{Text: name, Kind: strings.ReplaceAll(string(s.State), "_", " "), Also: "process", Do: m.show(s.ID, procs.PIDRef{})})
			done = append(done, palette.Item{Text: "output of " + name, Do: m.act(s.ID, procs.PIDRef{}, keys.Open)})
			if s.Output == procs.OutputPTY && s.PID != 0 {
				done = append(done, palette.Item{Text: "type into " + name, Do: m.typingInto(s.ID)})
			}
			if acts {
				done = append(done, m.actItems(slotActs, name, s.ID, procs.PIDRef{})...)
			}
			for k := range s.Descendants {
				d := &s.Descendants[k]
				if d.Exit != nil {
					continue
				}
				name := name + "/" + plain(descendantName(d), nameWidth) + " " + strconv.Itoa(d.PID)
				rows = append(rows, palette.Item{Text: name, Kind: string(d.Role), Also: "process", Do: m.show(s.ID, d.PIDRef)})
				done = append(done, palette.Item{Text: "output of " + name, Do: m.act(s.ID, d.PIDRef, keys.Open)})
				if acts {
					done = append(done, m.actItems(descendantActs, name, s.ID, d.PIDRef)...)
				}
			}
		}
	}
	return rows, done
}

// nameWidth bounds the name of a process in the palette, in cells.
const nameWidth = 60

// action is something that can be done to a row of screen 1.
type action struct {
	verb keys.Verb
	text string // before the name
}

var (
	poolActs       = []action{{keys.RestartPool, "restart all of "}, {keys.ScaleUp, "one more in "}, {keys.ScaleDown, "one fewer in "}}
	emptyActs      = []action{{keys.ScaleUp, "one more in "}}
	slotActs       = []action{{keys.Restart, "restart "}, {keys.Stop, "stop "}, {keys.Start, "start "}, {keys.Kill, "kill "}, {keys.Debug, "debug "}}
	descendantActs = []action{{keys.Stop, "stop "}, {keys.Kill, "kill "}, {keys.Debug, "debug "}}
)

// actItems are what can be done to a process or, by its first one, to a pool.
func (m *root) actItems(acts []action, name string, id procs.ID, ref procs.PIDRef) []palette.Item {
	items := make([]palette.Item, len(acts))
	for i, a := range acts {
		items[i] = palette.Item{Text: a.text + name, Do: m.act(id, ref, a.verb)}
	}
	return items
}

func descendantName(d *procs.Descendant) string {
	switch {
	case d.Label != "":
		return d.Label
	case len(d.Argv) > 0:
		return d.Argv[0]
	}
	return "(no name)"
}

// show goes to the row of a process.
func (m *root) show(id procs.ID, ref procs.PIDRef) func() tea.Cmd {
	return func() tea.Cmd {
		if m.choose(id, ref) {
			m.open(keys.Processes)
		}
		return nil
	}
}

// act has the screen of processes do something to one of its rows, as if it were
// in front.
func (m *root) act(id procs.ID, ref procs.PIDRef, v keys.Verb) func() tea.Cmd {
	return func() tea.Cmd {
		if !m.choose(id, ref) {
			return nil
		}
		cmd, _ := m.screens[keys.Processes].Handle(keys.Intent{Verb: v})
		return cmd
	}
}

// gone says that a row of the screen of processes is there no more.
func gone(id procs.ID) string {
	if id.Slot == processes.NoSlot {
		return plain(id.Pool, nameWidth) + ": that pool has gone"
	}
	return plain(id.String(), nameWidth) + ": that process has gone"
}

// choose selects a row of the screen of processes. It may have gone since the
// palette was opened, which is said.
func (m *root) choose(id procs.ID, ref procs.PIDRef) bool {
	s := m.screens[keys.Processes]
	c, ok := s.(chooser)
	if !ok {
		return false
	}
	s.Sync(m.opt.Session, m.opt.Now())
	if !c.Choose(id, ref) {
		m.notice = keys.SayMsg{Text: gone(id), Bad: true}
		return false
	}
	s.Sync(m.opt.Session, m.opt.Now())
	return true
}
