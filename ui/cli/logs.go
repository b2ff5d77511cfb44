package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/session"
	"example.com/muster/ui/background"
	"example.com/muster/ui/headless"
	"example.com/muster/ui/theme"
)

// logsFlags say which lines muster logs prints, and how.
type logsFlags struct {
	session, logDir string
	follow          bool
	since, until    string
	grep            string
	not             bool
	merge           bool
	last            int
	json            bool
	prefix, color   string
}

func (a *app) logsCommand() *cobra.Command {
	var f logsFlags
	cmd := &cobra.Command{
		Use:   "logs [flags] [POOL | POOL/SLOT]...",
		Short: "Print what processes have printed, in a session that runs or has ended",
		Long: "Print what processes have printed: all of them, or those of the pools and slots that are named (api, api/1, 'w*').\n" +
			"Without --session it is the session that runs, or else the one that ran last. The log is read from disk; the\n" +
			"session is not asked for it. A line that has not ended, such as a prompt, comes last (\"partial\" in JSON).\n" +
			"With -f it goes on until that session ends; with --log-dir, until the one ends that writes there. If none is known to,\n" +
			"since it has ended or is another user's or machine's, what is there is printed as without -f.\n" +
			"How many lines the log lacks, and where, is told on standard error (as \"gap\" in JSON).\n" +
			"A session of a name that was used before goes on in the log of that one: --since tells their lines apart.\n" +
			"A line of over 64 KiB is searched and counted (--grep, -n) in pieces of that size; in the log itself it is whole.",
		ValidArgsFunction: a.completeProcesses,
		Example:           "  muster logs -f api\n  muster logs --since 10m --grep 'timeout|refused'\n  muster logs -n 100 --session web-4121",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := fromEnvironment(cmd.Flags()); err != nil {
				return err
			}
			return a.logs(cmd.Context(), f, args)
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&f.session, "session", "", "which session, running or ended (default: the one that runs, or ran last)")
	fs.StringVar(&f.logDir, "log-dir", "", "read the logs in `DIR`")
	fs.BoolVarP(&f.follow, "follow", "f", false, "go on with what is printed from now on, until the session ends")
	fs.StringVar(&f.since, "since", "", "only lines from then on: `TIME` is a duration ago (10m), or 15:04, or 2006-01-02 15:04:05")
	fs.StringVar(&f.until, "until", "", "only lines up to then")
	fs.StringVar(&f.grep, "grep", "", "only lines that match `REGEX` (RE2; (?i) in front: upper or lower case)")
	fs.BoolVarP(&f.not, "invert-match", "v", false, "with --grep: only lines that do not match")
	fs.BoolVar(&f.merge, "merge", true, "order by time across processes; --merge=false: one after the other")
	fs.IntVarP(&f.last, "lines", "n", allLines, "only the last `N` of these lines, all processes together")
	fs.BoolVar(&f.json, "json", false, "one JSON event a line")
	fs.StringVar(&f.prefix, "prefix", "name", "before each line: name, writer or none")
	fs.StringVar(&f.color, "color", "auto", "auto, always or never")
	return cmd
}

// allLines is the number of last lines that is not a number.
const allLines = -1

// logs prints the lines of a session's log.
func (a *app) logs(ctx context.Context, f logsFlags, patterns []string) error {
	o, err := f.options(time.Now())
	if err != nil {
		return err
	}
	log, err := a.findLog(f)
	if err != nil {
		return err
	}
	follow := f.follow && log.runs // else nothing more can come
	if log.runs && !follow {       // what was printed before the question is in the answer
		time.Sleep(output.FlushEvery + output.FlushEvery/2)
	}
	archive, err := output.OpenArchive(log.dir)
	if err != nil {
		a.code = codeFailed
		return err
	}
	if f.logDir != "" && !follow && len(archive.Slots()) == 0 {
		a.code = codeFailed
		return fmt.Errorf("cannot find a log in %s: no process has printed anything there", log.dir)
	}
	if err := a.chooseSlots(ctx, log, archive.Slots(), patterns); err != nil {
		return err
	}
	o.Slots, o.Live = among(patterns), log.runs
	scan, err := archive.Scan(o)
	if err != nil {
		return usage("", "%w", err)
	}
	defer scan.Close()
	a.ran = true
	terminal := term.IsTerminal(a.stdout.Fd())
	p := &logPrinter{scan: scan, out: a.stdout, words: a.stderr, lines: headless.NewLines(headless.LineOptions{
		Out: a.stdout, JSON: f.json, Prefix: f.prefix, Terminal: terminal, Whole: follow && !terminal, Colourless: theme.Colourless(f.color, a.environ),
		Theme: theme.New(theme.Detect(f.color, terminal, a.environ), background.Dark()),
	})}
	err = p.print(f.last, follow)
	switch {
	case err == nil && follow:
		err = a.follow(ctx, p, log)
	case err == nil && f.follow && log.session == "":
		_, _ = fmt.Fprintf(a.stderr, "muster: cannot follow the log in %s: no session is known to write it\n", log.dir) // what is there has been printed
	}
	if errors.Is(err, syscall.EPIPE) { // whoever read it has read enough
		return nil
	}
	return errors.Join(err, scan.Err())
}

// follow prints what comes until the session has ended; that it was killed is an error.
func (a *app) follow(ctx context.Context, p *logPrinter, log aLog) error {
	err := p.follow(ctx, log)
	if last := log.last(); err == nil && ctx.Err() == nil && last != nil && last.Killed() {
		a.code = codeFailed
		err = fmt.Errorf("session %s was killed", last.Session)
	}
	return err
}

// options checks the flags.
func (f *logsFlags) options(now time.Time) (o output.ScanOptions, err error) {
	look := sessionFlags{color: f.color, prefix: f.prefix, interval: time.Second}
	if err := look.check(); err != nil {
		return o, err
	}
	if f.not && f.grep == "" {
		return o, usage("", "cannot use -v without --grep")
	}
	if o.Since, err = moment(f.since, now); err != nil {
		return o, usage("a duration ago (10m), a time (15:04) or a date (2006-01-02 15:04:05)", "cannot use --since %q: %w", f.since, err)
	}
	if o.Until, err = moment(f.until, now); err != nil {
		return o, usage("a duration ago (10m), a time (15:04) or a date (2006-01-02 15:04:05)", "cannot use --until %q: %w", f.until, err)
	}
	if !o.Until.IsZero() && o.Until.Before(o.Since) {
		return o, usage("", "cannot print the lines from --since %s to --until %s: that ends before it begins", f.since, f.until)
	}
	if f.last < allLines {
		return o, usage("", "cannot print the last %d lines", f.last)
	}
	o.Match, o.Not, o.Apart = f.grep, f.not, !f.merge
	o.Last = max(f.last, 0)
	return o, nil
}

// moment reads a time: how long ago it was, a time of this day, or a date.
func moment(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if d, err := time.ParseDuration(s); err == nil {
		if d < 0 {
			return now, errors.New("it is negative")
		}
		return now.Add(-d), nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, nil
		}
	}
	for _, layout := range []string{"15:04:05", "15:04"} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			y, m, d := now.Date()
			return time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), now.Location()), nil
		}
	}
	return time.Time{}, errors.New("it is neither a time nor a duration")
}

// aLog is the log that is to be printed.
type aLog struct {
	session string // "" if it is not known
	dir     string
	named   bool // the directory was, not the session
	runs    bool
}

// findLog decides whose log is meant; none is code 1.
func (a *app) findLog(f logsFlags) (aLog, error) {
	if f.logDir != "" {
		return logIn(f.logDir), nil
	}
	a.code = codeFailed
	name := f.session
	running, err := session.Sessions()
	if err != nil {
		return aLog{}, err
	}
	logged, err := session.Logged()
	if err != nil {
		return aLog{}, err
	}
	switch {
	case name != "":
	case len(running) > 1:
		return aLog{}, fmt.Errorf("cannot choose between %d sessions (%s): name one with --session", len(running), strings.Join(running, ", "))
	case len(running) == 1:
		name = running[0]
	case len(logged) == 0:
		return aLog{}, fmt.Errorf("cannot find a log: no session runs, and none has left one in %s", session.StateDir())
	default:
		name = logged[0]
	}
	dir, lives := session.LogsOf(name)
	if dir == "" {
		err := fmt.Errorf("cannot find a log of session %q%s", name, amongSessions(logged))
		return aLog{}, hinted(err, fmt.Sprintf("the logs of the last %d sessions are kept; what a session keeps with --log-dir stays there", session.KeptSessions))
	}
	a.code = codeOK
	return aLog{session: name, dir: dir, runs: lives}, nil
}

// logIn is the log in a directory, of the session that writes it or wrote it last.
func logIn(dir string) aLog {
	log := aLog{dir: dir, named: true}
	r, lives := session.LogIn(dir)
	if r != nil {
		log.session, log.runs = r.Session, lives
	}
	return log
}

// live reports whether the session still writes the log.
func (l aLog) live() bool {
	if l.named {
		_, lives := session.LogIn(l.dir)
		return lives
	}
	dir, lives := session.LogsOf(l.session)
	return lives && dir == l.dir
}

// last returns the record of the session that has written the log; nil if there
// is none or it lives.
func (l aLog) last() *session.Record {
	if !l.named {
		return session.LastOf(l.session)
	}
	r, lives := session.LogIn(l.dir)
	if lives {
		return nil
	}
	return r
}

// amongSessions lists the newest sessions for an error's sake.
func amongSessions(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "; there are logs of " + strings.Join(names[:min(len(names), 8)], ", ")
}

// chooseSlots checks that each pattern names a process: one that has printed,
// or else one that the session knows.
func (a *app) chooseSlots(ctx context.Context, log aLog, printed []procs.ID, patterns []string) error {
	for _, pattern := range patterns {
		known, err := matchesAny(pattern, printed)
		if err != nil {
			return usage("", "cannot choose %w", err)
		}
		if !known && log.runs {
			known, _ = matchesAny(pattern, a.knownTo(ctx, log.session))
		}
		if !known {
			a.code = codeFailed
			err := fmt.Errorf("cannot print the log of %s: no such process has printed anything%s", pattern, amongPools(printed))
			if belowSlot(pattern) {
				slot := strings.Join(strings.SplitN(pattern, "/", 3)[:2], "/")
				if known, _ := matchesAny(slot, printed); known {
					err = fmt.Errorf("cannot print the lines of %s alone", pattern)
				}
				return hinted(err, "a log is that of a slot, with all that it has started: muster logs --prefix writer "+slot+" tells who wrote each line")
			}
			if dir, _ := session.LogsOf(pattern); dir != "" {
				return hinted(err, pattern+" is a session: muster logs --session "+pattern)
			}
			return err
		}
	}
	return nil
}

func matchesAny(pattern string, ids []procs.ID) (bool, error) {
	_, err := procs.ID{}.Matches(pattern) // for its own sake
	return slices.ContainsFunc(ids, func(id procs.ID) bool {
		ok, _ := id.Matches(pattern)
		return ok
	}), err
}

// knownTo returns the processes of a running session; none if it does not answer.
func (a *app) knownTo(ctx context.Context, name string) (ids []procs.ID) {
	client, err := session.Dial(name)
	if err != nil {
		return nil
	}
	ps, err := client.PS(ctx)
	if err != nil {
		return nil
	}
	for _, pool := range ps.Pools {
		for _, p := range pool.Processes {
			ids = append(ids, procs.ID{Pool: pool.Name, Slot: p.Slot})
		}
	}
	return ids
}

// amongPools lists the pools that have printed, for an error's sake.
func amongPools(ids []procs.ID) string {
	var names []string
	for _, id := range ids {
		if !slices.Contains(names, id.Pool) {
			names = append(names, id.Pool)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "; there are logs of " + strings.Join(names[:min(len(names), 8)], ", ")
}

// among returns which slots patterns choose; nil is all.
func among(patterns []string) func(procs.ID) bool {
	if len(patterns) == 0 {
		return nil
	}
	return func(id procs.ID) bool {
		return slices.ContainsFunc(patterns, func(p string) bool {
			ok, _ := id.Matches(p) // they have been checked
			return ok
		})
	}
}

// logPrinter prints the lines of a scan, and where lines are missing.
type logPrinter struct {
	scan  *output.Scan
	lines *headless.Lines
	out   *os.File
	words io.Writer // muster's own
	buf   []byte
}

// print prints all that is there, or with n >= 0 the last n lines of it. A line
// that has not ended ends the printing with a newline, unless it is followed.
func (p *logPrinter) print(n int, follow bool) error {
	var last []output.Chunk
	if n >= 0 {
		last = p.scan.Last(n)
	} else {
		if err := p.rest(); err != nil {
			return err
		}
		last = p.scan.Open()
	}
	for _, c := range last {
		if c.Open && follow {
			p.lines.Open(c)
		} else {
			p.chunk(c)
		}
	}
	return p.lines.Flush()
}

func (p *logPrinter) chunk(c output.Chunk) {
	if c.Missed > 0 {
		p.lines.Gap(c, p.words)
		return
	}
	p.lines.Print(c)
}

// rest prints what is there and has not been printed.
func (p *logPrinter) rest() error {
	for {
		c, ok := p.scan.Next(p.buf)
		if !ok {
			return p.lines.Flush()
		}
		p.buf = c.Text
		p.chunk(c)
		if err := p.lines.Err(); err != nil {
			return err
		}
	}
}

// How often a log that is followed is looked at, and how often whether its
// session still runs.
const (
	followEvery = 100 * time.Millisecond
	askEvery    = 5 // looks
	// unknownFor is how many times nobody may know of the session before it counts as ended: it
	// makes its record again where somebody has removed that.
	unknownFor = 6
)

// follow prints what comes until the session has ended.
func (p *logPrinter) follow(ctx context.Context, log aLog) error {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	unknown := 0
	for n := 1; ; n++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		ended := false
		if n%askEvery == 0 {
			if readerGone(p.out, nil) {
				return syscall.EPIPE // as the next write would have failed
			}
			switch {
			case log.live():
				unknown = 0
			case log.last() == nil && unknown < unknownFor:
				unknown++
			default:
				ended = true
			}
		}
		if err := p.scan.Look(ended); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := p.rest(); err != nil || ended {
			return err
		}
		if err := p.stands(); err != nil {
			return err
		}
	}
}

// stands prints the lines that have not ended and have not grown for a while.
func (p *logPrinter) stands() error {
	for _, c := range p.scan.Open() {
		if age := time.Since(c.At); age >= session.StandFor || age < 0 { // or the clock was set back
			p.lines.Open(c)
		}
	}
	return p.lines.Flush()
}
