package cli

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"example.com/muster/session"
)

// claim takes what may be another's already: the session's name and the port
// of its metrics. Nothing has been started yet.
func (l *live) claim(logDir string) error {
	if l.flags.metrics != "" {
		m, err := session.ListenMetrics(l.flags.metrics)
		if err != nil {
			return usage("", "%w", err)
		}
		l.metrics = m
	}
	r := session.Record{
		Session: l.flags.session, PID: os.Getpid(), StartedAt: session.Time(time.Now()), Argv: os.Args, Detached: l.ready != nil,
	}
	if logDir != "" {
		r.LogDir = &logDir
	}
	kept, before, err := session.Keep(r)
	switch {
	case errors.Is(err, session.ErrInUse):
		return errors.Join(nameTaken(err), l.release(codeUsage))
	case err != nil && logDir != "": // else it has been said
		l.late = append(l.late, fmt.Sprintf("if this session is killed, nobody will be told: %v", err))
	}
	l.record = kept
	if before != nil && before.Killed() {
		l.late = append(l.late, before.Fate())
	}
	if l.reload != nil {
		l.tellOfTwins()
	}
	return nil
}

// tellOfTwins says that sessions of the same pools run already, if nobody has
// named this one: it may be a second muster up by mistake.
func (l *live) tellOfTwins() {
	pools, ok := strings.CutSuffix(l.flags.session, fmt.Sprintf("-%d", os.Getpid()))
	if !ok {
		return
	}
	running, _ := session.Sessions() // it is a courtesy only
	for _, name := range running {
		number, ok := strings.CutPrefix(name, pools+"-")
		if _, err := strconv.Atoi(number); ok && err == nil {
			l.late = append(l.late, fmt.Sprintf("session %s runs already; this is one more (muster down %s)", name, name))
		}
	}
}

func nameTaken(err error) error { return usage("choose another --session, or none", "%w", err) }

// serve lets others ask the session. One that nobody can ask runs on, and says
// so, unless it is to run in the background.
func (l *live) serve() error {
	var err error
	l.server, err = session.Serve(l.session, session.ServeOptions{PID: os.Getpid(), Argv: os.Args, Detached: l.ready != nil, Pprof: os.Getenv("MUSTER_PPROF") == "1"})
	switch {
	case errors.Is(err, session.ErrInUse):
		return nameTaken(err)
	case err != nil && l.ready != nil:
		return fmt.Errorf("cannot run in the background: %w", err)
	case err != nil:
		l.late = append(l.late, err.Error()+"; muster ps will not find it")
	}
	if l.metrics != nil {
		l.metrics.Serve(l.session)
	}
	return nil
}

// release gives back what claim took, and notes how the session ended.
func (l *live) release(code int) error {
	var err error
	if l.metrics != nil {
		err = l.metrics.Close()
	}
	if l.record != nil {
		err = errors.Join(err, l.record.Close(code))
	}
	return err
}
