package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/procs/procfs"
	"example.com/muster/procs/spawn"
	"example.com/muster/procs/task"
	"example.com/muster/procs/tree"
	"example.com/muster/session"
	"example.com/muster/session/mapped"
)

// mapSession has a map be a session, which other terminals may ask and attach to: a
// map with a screen always is one, another if --session names it. Without one nothing
// is measured or kept for looks, and nothing is written to disk.
type mapSession struct {
	name   string
	lines  bool // what is printed comes line by line
	logDir string
	record *session.Lasting // nil if none can be kept
	store  *output.Store
	guard  *spawn.Guard
	argv   []string
	dir    string

	m       *task.Map
	session *mapped.Session
	server  *session.Server // nil if it cannot be asked
}

// openMapSession claims the name of a session; nil if the map is to be none.
func (a *app) openMapSession(f *mapFlags, screen bool) (*mapSession, error) {
	if f.dryRun || !screen && f.session == "" {
		return nil, nil
	}
	s := &mapSession{name: f.session, lines: f.lines, dir: f.cwd}
	if s.name == "" {
		s.name = session.FreeName(mapped.Pool)
	} else if err := session.CheckName(s.name); err != nil {
		return nil, usage("", "%w", err)
	}
	if dir, err := filepath.Abs(f.cwd); err == nil { // else where it stands is gone
		s.dir = dir
	}
	record := session.Record{Session: s.name, PID: os.Getpid(), StartedAt: session.Time(time.Now()), Argv: os.Args}
	if dir, err := session.LogDir(session.StateDir(), s.name); err == nil { // else there is no log, and none to ask for
		s.logDir, record.LogDir = dir, &dir
	}
	var err error
	if s.record, _, err = session.Keep(record); errors.Is(err, session.ErrInUse) { // another error: nobody will be told how it ended
		return nil, nameTaken(err)
	}
	s.store = output.New(output.Config{Dir: s.logDir})
	return s, nil
}

// output is where what is printed for items is kept for those who look.
func (s *mapSession) output() mapped.Output { return mapped.Output{Store: s.store, Lines: s.lines} }

// begin lets others ask a map that is about to run; asked becomes the signal as which
// whoever ends it from outside ends it.
func (s *mapSession) begin(m *task.Map, asked *atomic.Int64) error {
	s.m = m
	s.session = mapped.New(mapped.Config{
		Name: s.name, Map: m, Argv: s.argv, Dir: s.dir, LogDir: s.logDir, Store: s.store, Signal: spawn.SignalRef,
		Tree: tree.New(tree.Options{GuardPID: s.guard.PID}), StartTime: startTime,
	})
	var err error
	s.server, err = session.ServeMap(outsiders{s.session, m, asked}, session.ServeOptions{
		PID: os.Getpid(), Argv: os.Args, Pprof: os.Getenv("MUSTER_PPROF") == "1",
	})
	return err
}

// run runs a map that has no screen, and measures it.
func (s *mapSession) run(ctx context.Context) error {
	measuring, stop := context.WithCancel(ctx)
	var beside sync.WaitGroup
	beside.Go(func() { s.session.Run(measuring) })
	beside.Go(s.m.Finish) // nobody stays to look at what is done
	err := s.m.Run(ctx)
	stop()
	beside.Wait()
	return err
}

// close tells those who follow the session that it has ended, and gives back what is
// open.
func (s *mapSession) close(code int) error {
	if s == nil {
		return nil
	}
	if s.record != nil {
		s.record.Ending()
	}
	var err error
	if s.server != nil {
		err = s.server.Close(code)
	}
	_ = s.store.Close() // the results have all that the log has
	if s.record != nil {
		err = errors.Join(err, s.record.Close(code))
	}
	return err
}

// outsiders is a map as those see it who ask over the socket: when they end it, that
// is no key on its screen, but as SIGTERM.
type outsiders struct {
	*mapped.Session
	m     *task.Map
	asked *atomic.Int64
}

// Do implements session.Mapped.
func (o outsiders) Do(ctx context.Context, c procs.Command) error {
	end, ok := c.(procs.Shutdown)
	if !ok {
		return o.Session.Do(ctx, c)
	}
	if o.m.Look(); o.m.Progress().Ended { // it only stays to be looked at
		o.m.Finish()
		return nil
	}
	o.asked.CompareAndSwap(0, int64(procs.SIGTERM))
	o.m.Stop(end.Now)
	return nil
}

// startTime is when a process began, as in procs.PIDRef; 0 if there is none.
func startTime(pid int) uint64 {
	stat, err := procfs.ReadStat(pid)
	if err != nil {
		return 0
	}
	return stat.StartTime
}
