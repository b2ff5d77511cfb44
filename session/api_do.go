package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"example.com/muster/procs"
	"example.com/muster/procs/supervisor"
	"example.com/muster/profiling/crash"
)

// DoJSON is a command, as POST /v1/do takes it. Patterns name pools and
// processes as [procs.Choose] reads them, Processes exact ones ("api/0"); with
// neither, the command is for all.
type DoJSON struct {
	// Command is start, stop, kill, restart, signal, scale, roll, reload,
	// rerun, type, pause, resume, resize or shutdown; for a map also retry_items,
	// skip_item, pause_items or resume_items.
	Command   string   `json:"command"`
	Patterns  []string `json:"patterns,omitempty"`
	Processes []string `json:"processes,omitempty"`
	// Signal is for signal: "TERM", "SIGTERM" or "15". PID then chooses one
	// process below a slot's; StartTime is that of ps, so that no other
	// process of the same number is meant. To is "group" or "leader", who of a slot
	// gets it; without it that is who is asked to stop.
	Signal    string `json:"signal,omitempty"`
	To        string `json:"to,omitempty"`
	PID       int    `json:"pid,omitempty"`
	StartTime uint64 `json:"start_time,omitempty"`
	// Pool and Size are for scale, Pools for roll, beside Patterns.
	Pool  string   `json:"pool,omitempty"`
	Size  *int     `json:"size,omitempty"`
	Pools []string `json:"pools,omitempty"`
	// Cols and Rows are for resize.
	Cols int `json:"cols,omitempty"`
	Rows int `json:"rows,omitempty"`
	// Text is for type: what is typed, "next\r"; Data is the same in base64, for
	// what is no text.
	Text string `json:"text,omitempty"`
	Data []byte `json:"data,omitempty"`
	// Crash is for rerun: "c3".
	Crash string `json:"crash,omitempty"`
	// Items are for retry_items, by their seq: without them, all that have failed.
	// Worker and Item are for skip_item: the item that the worker is on.
	Items  []uint64 `json:"items,omitempty"`
	Worker *int     `json:"worker,omitempty"`
	Item   uint64   `json:"item,omitempty"`
	// Now is for shutdown: kill at once.
	Now bool `json:"now,omitempty"`
}

// DoneJSON is the answer to a command that was accepted.
type DoneJSON struct {
	// Processes are those that it was for; for roll, scale and the like, which
	// are for pools, there are none.
	Processes []string `json:"processes"`
	// Declined are those of them that it did not apply to.
	Declined []DeclinedJSON `json:"declined,omitempty"`
}

// DeclinedJSON is a slot to which nothing was done, and why: "it is not running".
type DeclinedJSON struct {
	Process string `json:"process"`
	Why     string `json:"why"`
}

// maxBody bounds what a client may send with a question.
const maxBody = 1 << 20

func (srv *Server) serveDo(w http.ResponseWriter, r *http.Request) {
	if tooLate(r) {
		fail(w, http.StatusRequestTimeout, errors.New("cannot carry out the command: nobody waits for it any more"), "")
		return
	}
	d, status, err := readDo(w, r)
	if err != nil {
		fail(w, status, fmt.Errorf("cannot read the command: %w", err), `for example {"command":"restart","patterns":["api/*"]}`)
		return
	}
	command, ids, err := d.command(srv.session.current().Pools)
	if err != nil {
		fail(w, statusOf(err, http.StatusBadRequest), err, "")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), doDeadline)
	defer cancel()
	done := DoneJSON{Processes: []string{}}
	ctx = procs.WithDeclined(ctx, func(id procs.ID, why error) {
		done.Declined = append(done.Declined, DeclinedJSON{Process: id.String(), Why: why.Error()})
	})
	if again, ok := command.(procs.Rerun); ok {
		var id procs.ID
		if id, err = srv.session.Rerun(ctx, again.Crash); err == nil {
			ids = []procs.ID{id}
		}
	} else {
		err = srv.session.Do(ctx, command)
	}
	if err != nil {
		fail(w, statusOf(err, http.StatusConflict), err, "")
		return
	}
	for _, id := range ids {
		done.Processes = append(done.Processes, id.String())
	}
	answer(w, http.StatusOK, done)
}

// untilHeader says until when a client waits for an answer, in milliseconds since 1970. A
// session that is stopped (Ctrl-Z) finds commands when it goes on of which their
// clients have told long since that they failed.
const untilHeader = "Muster-Until"

func tooLate(r *http.Request) bool {
	until, err := strconv.ParseInt(r.Header.Get(untilHeader), 10, 64)
	return err == nil && time.Now().UnixMilli() > until
}

// statusOf is the status for an error: that of what does not exist, or another.
func statusOf(err error, otherwise int) int {
	if errors.Is(err, errNoSuch) || errors.Is(err, supervisor.ErrNoSuch) {
		return http.StatusNotFound
	}
	return otherwise
}

// errNoSuch marks an error about something that does not exist.
var errNoSuch = errors.New("no such process")

// commands are those that are for slots.
var commands = map[string]func([]procs.ID) procs.Command{
	"start":   func(ids []procs.ID) procs.Command { return procs.Start{IDs: ids} },
	"stop":    func(ids []procs.ID) procs.Command { return procs.Stop{IDs: ids} },
	"kill":    func(ids []procs.ID) procs.Command { return procs.Kill{IDs: ids} },
	"restart": func(ids []procs.ID) procs.Command { return procs.Restart{IDs: ids} },
}

// command reads the command, and which slots it is for.
func (d DoJSON) command(pools []procs.Pool) (c procs.Command, ids []procs.ID, err error) {
	if err := d.check(); err != nil {
		return nil, nil, err
	}
	if make, ok := commands[d.Command]; ok {
		ids, err = d.choose(pools)
		return make(ids), ids, err
	}
	switch d.Command {
	case "signal":
		return d.signal(pools)
	case "scale":
		if d.Size == nil || d.Pool == "" {
			return nil, nil, errors.New(`cannot scale: "pool" and "size" say what to what`)
		}
		return procs.Scale{Pool: d.Pool, Size: *d.Size}, nil, nil
	case "roll":
		names, err := d.pools(pools)
		return procs.Roll{Pools: names}, nil, err
	case "reload":
		return procs.Reload{}, nil, nil
	case "rerun":
		seq, err := ParseCrashID(d.Crash)
		return procs.Rerun{Crash: seq}, nil, err
	case "type":
		return d.typing(pools)
	case "pause":
		return procs.Pause{}, nil, nil
	case "resume":
		return procs.Resume{}, nil, nil
	case "resize":
		if d.Cols < 1 || d.Rows < 1 || d.Cols > maxSide || d.Rows > maxSide {
			return nil, nil, fmt.Errorf("cannot resize to %dx%d", d.Cols, d.Rows)
		}
		return procs.Resize{Cols: d.Cols, Rows: d.Rows}, nil, nil
	case "retry_items":
		return procs.RetryItems{Seqs: d.Items}, nil, nil
	case "skip_item":
		if d.Worker == nil || d.Item == 0 {
			return nil, nil, errors.New(`cannot skip: "worker" and "item" say which one`)
		}
		return procs.SkipItem{Worker: *d.Worker, Seq: d.Item}, nil, nil
	case "pause_items", "resume_items":
		return procs.PauseItems{On: d.Command == "pause_items"}, nil, nil
	case "shutdown":
		return procs.Shutdown{Now: d.Now}, nil, nil
	}
	return nil, nil, fmt.Errorf("cannot do %q: the commands are start, stop, kill, restart, signal, scale, roll, reload, rerun, type, pause, resume, resize and shutdown; of maps also retry_items, skip_item, pause_items and resume_items", d.Command)
}

func (d DoJSON) signal(pools []procs.Pool) (c procs.Command, ids []procs.ID, err error) {
	sig, err := procs.ParseSignal(d.Signal)
	if err != nil {
		return nil, nil, err
	}
	to, err := procs.ParseSignalTo(d.To)
	if err != nil {
		return nil, nil, err
	}
	if d.PID != 0 {
		if to == procs.ToGroup {
			return nil, nil, fmt.Errorf("cannot send a signal to the group of pid %d: one process gets it alone", d.PID)
		}
		ref, err := d.process(pools)
		return procs.SignalPID{Ref: ref, Signal: sig}, nil, err
	}
	ids, err = d.choose(pools)
	return procs.SendSignal{IDs: ids, Signal: sig, To: to}, ids, err
}

// typing names its processes: nobody means to type into all of them.
func (d DoJSON) typing(pools []procs.Pool) (c procs.Command, ids []procs.ID, err error) {
	data := append([]byte(d.Text), d.Data...)
	switch {
	case len(d.Patterns) == 0 && len(d.Processes) == 0:
		return nil, nil, errors.New(`cannot type into all processes: "processes" or "patterns" say into which`)
	case len(data) == 0:
		return nil, nil, errors.New(`cannot type nothing: "text" says what`)
	}
	ids, err = d.choose(pools)
	return procs.Type{IDs: ids, Data: data}, ids, err
}

// choose returns the slots that the command names.
func (d DoJSON) choose(pools []procs.Pool) ([]procs.ID, error) {
	if len(d.Patterns) == 0 && len(d.Processes) > 0 {
		return d.exact()
	}
	ids, err := procs.Choose(pools, d.Patterns)
	if err != nil {
		return nil, fmt.Errorf("cannot %s %w", d.Command, noSuch{err})
	}
	more, err := d.exact()
	if err != nil {
		return nil, err
	}
	for _, id := range more {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// noSuch is an error that also is errNoSuch, and says nothing more.
type noSuch struct{ error }

func (n noSuch) Is(target error) bool {
	return target == errNoSuch && !errors.Is(n.error, path.ErrBadPattern)
}

// exact returns the slots that are named one by one; whether they exist is
// for the supervisor to say.
func (d DoJSON) exact() ([]procs.ID, error) {
	var ids []procs.ID
	for _, name := range d.Processes {
		id, err := procs.ParseID(name)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// pools returns the pools that the patterns name; nil for all.
func (d DoJSON) pools(pools []procs.Pool) ([]string, error) {
	names := slices.Clone(d.Pools)
	if len(d.Patterns) == 0 {
		return names, nil
	}
	ids, err := procs.Choose(pools, d.Patterns)
	if err != nil {
		return nil, fmt.Errorf("cannot %s %w", d.Command, noSuch{err})
	}
	for _, id := range ids {
		if !slices.Contains(names, id.Pool) {
			names = append(names, id.Pool)
		}
	}
	return names, nil
}

// CommandJSON writes a command as [DoJSON] reads it. One that is for no slot at
// all has an empty list of processes that is not nil: do not send it.
func CommandJSON(c procs.Command) (DoJSON, error) {
	named := func(command string, ids []procs.ID) DoJSON {
		d := DoJSON{Command: command}
		if ids != nil {
			d.Processes = []string{}
		}
		for _, id := range ids {
			d.Processes = append(d.Processes, id.String())
		}
		return d
	}
	switch c := c.(type) {
	case procs.Start:
		return named("start", c.IDs), nil
	case procs.Stop:
		return named("stop", c.IDs), nil
	case procs.Kill:
		return named("kill", c.IDs), nil
	case procs.Restart:
		return named("restart", c.IDs), nil
	case procs.SendSignal:
		d := named("signal", c.IDs)
		d.Signal, d.To = fmt.Sprint(int(c.Signal)), string(c.To)
		return d, nil
	case procs.SignalPID:
		return DoJSON{Command: "signal", Signal: fmt.Sprint(int(c.Signal)), PID: c.Ref.PID, StartTime: c.Ref.StartTime}, nil
	case procs.Scale:
		return DoJSON{Command: "scale", Pool: c.Pool, Size: &c.Size}, nil
	case procs.Roll:
		return DoJSON{Command: "roll", Pools: c.Pools}, nil
	case procs.Reload:
		return DoJSON{Command: "reload"}, nil
	case procs.Rerun:
		return DoJSON{Command: "rerun", Crash: crash.IDOf(c.Crash)}, nil
	case procs.Type:
		d := named("type", c.IDs)
		if d.Data = c.Data; utf8.Valid(c.Data) {
			d.Text, d.Data = string(c.Data), nil
		}
		return d, nil
	case procs.Pause:
		return DoJSON{Command: "pause"}, nil
	case procs.Resume:
		return DoJSON{Command: "resume"}, nil
	case procs.Resize:
		return DoJSON{Command: "resize", Cols: c.Cols, Rows: c.Rows}, nil
	case procs.RetryItems:
		return DoJSON{Command: "retry_items", Items: c.Seqs}, nil
	case procs.SkipItem:
		return DoJSON{Command: "skip_item", Worker: &c.Worker, Item: c.Seq}, nil
	case procs.PauseItems:
		if c.On {
			return DoJSON{Command: "pause_items"}, nil
		}
		return DoJSON{Command: "resume_items"}, nil
	case procs.Shutdown:
		return DoJSON{Command: "shutdown", Now: c.Now}, nil
	}
	return DoJSON{}, fmt.Errorf("cannot send %T to a session: it is not for others to ask", c)
}
