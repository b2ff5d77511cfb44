package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
	"example.com/muster/profiling/debug"
	"example.com/muster/profiling/pyagent"
	"example.com/muster/session"
	"example.com/muster/ui"
	"example.com/muster/ui/keys"
)

// debugFlags are those of `muster debug`. All but the first are for the screen,
// which knows more than a pid.
type debugFlags struct {
	session   string
	startTime uint64 // of the process that is meant; 0 if it is the one that there is
	name      string // what to call it
	onScreen  bool   // a screen waits for the end, and reads standard error
	core      bool   // it has ended: debug what is left of it
	cwd       string // with core: where it ran
}

// hiddenDebugFlags are not for people, nor for the environment.
var hiddenDebugFlags = []string{"start-time", "name", "on-screen", "core", "cwd"}

func (a *app) debugCommand() *cobra.Command {
	var f debugFlags
	cmd := &cobra.Command{
		Use:   "debug [--session NAME] PID | NAME",
		Short: "Debug a process in this terminal; it goes on afterwards",
		Long: "Debug stops one process and opens the debugger for it: for Python 3.8 to 3.13 a pdb inside the program, which\n" +
			"needs that some muster started it; for later ones python -m pdb -p; dlv attach for Go; gdb -p, or lldb, for\n" +
			"what else is compiled. Ctrl-C stops the process again where it is. Docs/debugging.md says what each costs.\n\n" +
			"A number is the pid of any process of yours; a name is a process of the session that runs, such as train/0 or\n" +
			"train/0/ForkPoolWorker-2, or else a program's.",
		Example:               "  muster debug train/0\n  muster debug train/0/ForkPoolWorker-2\n  muster debug 4121",
		DisableFlagsInUseLine: true,
		ValidArgsFunction:     a.completeProcesses,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := fromEnvironment(cmd.Flags(), hiddenDebugFlags...); err != nil {
				return err
			}
			if len(args) != 1 {
				return usage("for example: muster debug train/0", "cannot debug: it takes one process")
			}
			return a.debug(cmd.Context(), &f, args[0])
		},
	}
	a.addSession(cmd, &f.session)
	fs := cmd.Flags()
	fs.Uint64Var(&f.startTime, "start-time", 0, "when it was started, in clock ticks since boot")
	fs.StringVar(&f.name, "name", "", "what to call it")
	fs.BoolVar(&f.onScreen, "on-screen", false, "called by a screen")
	fs.BoolVar(&f.core, "core", false, "debug what has been left of it")
	fs.StringVar(&f.cwd, "cwd", "", "where it ran")
	for _, name := range hiddenDebugFlags {
		_ = fs.MarkHidden(name) // it exists
	}
	return cmd
}

// subject is the process to be debugged.
type subject struct {
	procs.PIDRef
	name string
}

func (s subject) String() string {
	if pid := fmt.Sprintf("pid %d", s.PID); s.name != "" {
		return s.name + " (" + pid + ")"
	}
	return fmt.Sprintf("pid %d", s.PID)
}

// cannot says why a process is not debugged, and what can be done about it.
func (s subject) cannot(why, hint string) error {
	return hinted(fmt.Errorf("cannot debug %s: %s", s, why), hint)
}

func (a *app) debug(ctx context.Context, f *debugFlags, arg string) error {
	s, err := a.debuggee(ctx, f, arg)
	if err != nil {
		return err
	}
	a.ran = true
	if err := a.debugIt(f, s); err != nil {
		a.code = codeFailed
		return err
	}
	return nil
}

// debuggee finds the process that the argument names.
func (a *app) debuggee(ctx context.Context, f *debugFlags, arg string) (s subject, err error) {
	if pid, err := strconv.Atoi(arg); err == nil {
		s = subject{procs.PIDRef{PID: pid, StartTime: f.startTime}, f.name}
		switch {
		case f.session != "":
			return s, usage("", "cannot ask both session %s and pid %d: name the one or the other", f.session, pid)
		case pid <= 0:
			return s, usage("", "cannot debug %s: it is no pid", arg)
		case pid == os.Getpid():
			return s, usage("", "cannot debug %s: it is this very muster", arg)
		}
		return s, nil
	}
	client, err := session.Dial(f.session)
	switch {
	case err == nil:
		defer client.Close()
		s, err = a.inSession(ctx, client, arg)
		if err == nil || f.session != "" || strings.Contains(arg, "/") {
			return s, err
		}
	case f.session != "" || strings.Contains(arg, "/"):
		return s, a.noAnswer(orPIDs(err))
	}
	return a.byProgram(arg)
}

// inSession finds a process by its name in a session; a pool of one may stand
// for its process.
func (a *app) inSession(ctx context.Context, client *session.Client, name string) (s subject, err error) {
	ctx, cancel := context.WithTimeout(ctx, psPatience)
	defer cancel()
	ps, err := client.PS(ctx)
	if err != nil {
		return s, a.noAnswer(err)
	}
	found, known := named(ps.Pools, name)
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return s, severalNamed(name, found)
	case known:
		return s, a.noAnswer(hinted(fmt.Errorf("cannot debug %s: it does not run", name), "muster crashes says how it ended"))
	}
	return s, a.noAnswer(hinted(fmt.Errorf("cannot debug %s: there is no such process in session %q%s", name, client.Name(), thereAre(ps.Pools)), "muster ps --json lists their descendants too"))
}

// named finds the living processes of that name; known says that there is a
// slot of that name, be it one that does not run.
func named(pools []session.PoolJSON, name string) (found []subject, known bool) {
	for i := range pools {
		for j := range pools[i].Processes {
			p := &pools[i].Processes[j]
			if name == p.Name || name == pools[i].Name {
				known = true
				if p.PID != nil && p.State.Live() {
					found = append(found, subject{procs.PIDRef{PID: *p.PID}, p.Name})
				}
			}
			for k := range p.Descendants {
				d := &p.Descendants[k]
				if own := p.Name + "/" + d.Label; own == name && d.Exit == nil {
					s := subject{procs.PIDRef{PID: d.PID}, own}
					if d.StartTime != nil {
						s.StartTime = *d.StartTime
					}
					found = append(found, s)
				}
			}
		}
	}
	return found, known
}

// byProgram finds the only process of this user that runs a program of that name.
func (a *app) byProgram(name string) (s subject, err error) {
	pids := own(func(pid int) bool { return procfs.Named(pid, name) })
	var found []subject
	for _, pid := range pids {
		found = append(found, subject{procs.PIDRef{PID: pid}, ""})
	}
	switch len(found) {
	case 0:
		return s, a.noAnswer(hinted(fmt.Errorf("cannot debug %q: no process of yours has that name", name), "a name is a program's, as in ps -e, or a process of a session; a number is a pid"))
	case 1:
		found[0].name = name
		return found[0], nil
	}
	return s, severalNamed(name, found)
}

func severalNamed(name string, found []subject) error {
	var all []string
	for _, s := range found[:min(len(found), 8)] {
		all = append(all, s.String())
	}
	return usage("name one of them by its pid", "cannot debug %s: that is several, %s", name, strings.Join(all, ", "))
}

// debugIt runs the debugger for a process until it has let it go.
func (a *app) debugIt(f *debugFlags, s subject) error {
	if f.core {
		return a.debugCore(f, s)
	}
	if stat, err := procfs.ReadStat(s.PID); err == nil {
		if s.StartTime != 0 && stat.StartTime != s.StartTime {
			return s.ended()
		}
		s.StartTime = stat.StartTime
	}
	p, err := debug.Look(s.PID)
	if err != nil {
		if s.name == "" && s.StartTime == 0 {
			return s.cannot("there is no such process", "")
		}
		return s.ended()
	}
	plan, err := debug.Choose(p, debug.Find)
	if refused, ok := errors.AsType[*debug.Refusal](err); ok {
		return s.cannot(refused.Why, refused.Hint)
	}
	if err != nil {
		return err
	}
	if plan.Inside {
		err = a.debugInside(s, plan)
	} else {
		err = a.debugBeside(f, s, plan)
	}
	if err == nil {
		a.sayWhatBecame(s)
	}
	return err
}

func (s subject) ended() error { return s.cannot("it has ended", "") }

// debugInside talks to the pdb in a Python program.
func (a *app) debugInside(s subject, plan debug.Plan) error {
	caught := make(chan os.Signal, 8)
	restore := a.keepTerminal(caught, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	defer restore()
	d, err := pyagent.Break(s.PIDRef)
	switch {
	case errors.Is(err, os.ErrProcessDone):
		return s.ended()
	case err != nil:
		hint := "install gdb to look at it from outside"
		if debug.Find("gdb") != "" {
			hint = fmt.Sprintf("gdb -p %d looks at it from outside, at the level of C", s.PID)
		}
		return s.cannot(err.Error(), hint)
	}
	a.introduce(s, "the pdb inside it", plan.Leave+"; Ctrl-C stops it again")
	over := make(chan struct{})
	done := make(chan struct{})
	go func() { // ends with the conversation
		defer close(done)
		for {
			select {
			case sig := <-caught:
				if sig == syscall.SIGINT {
					_ = d.Interrupt() // if it has ended, Talk tells
				} else {
					_ = d.Close() // which ends Talk
				}
			case <-over:
				return
			}
		}
	}()
	err = d.Talk(a.stdin, a.stdout)
	close(over)
	<-done
	if closed := d.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return s.cannot(err.Error(), "")
	}
	return nil
}

// introduce says what begins, and how it ends.
func (a *app) introduce(s subject, with, how string) {
	_, _ = fmt.Fprintf(a.stdout, "Debugging %s with %s: %s.\n", s, with, how) // if nobody reads, nobody reads
}

// debugBeside runs a debugger that attaches to the process.
func (a *app) debugBeside(f *debugFlags, s subject, plan debug.Plan) error {
	name := filepath.Base(plan.Argv[0])
	a.introduce(s, name, plan.Leave)
	code, err := a.runDebugger(f, plan.Argv)
	if err != nil {
		return s.cannot(err.Error(), "")
	}
	if code != 0 {
		return s.cannot(fmt.Sprintf("%s ended with code %d", name, code), "")
	}
	return nil
}

// debugCore opens what is left of a process that has ended.
func (a *app) debugCore(f *debugFlags, s subject) error {
	plan, err := debug.OpenCore(debug.Dead{PID: s.PID, Dir: f.cwd}, debug.Find)
	if refused, ok := errors.AsType[*debug.Refusal](err); ok {
		return s.cannot(refused.Why, refused.Hint)
	}
	if err != nil {
		return err
	}
	return a.debugBeside(f, s, plan)
}

// sayWhatBecame tells what has become of a process that was debugged.
func (a *app) sayWhatBecame(s subject) {
	stat, err := procfs.ReadStat(s.PID)
	for i := 0; i < 100 && err == nil && stat.Exiting && !stat.Ended(); i++ { // its files are closed a moment before its end
		time.Sleep(10 * time.Millisecond)
		stat, err = procfs.ReadStat(s.PID)
	}
	text := "goes on"
	switch {
	case err != nil || stat.Ended() || stat.StartTime != s.StartTime:
		text = "has ended"
	case stat.State == 'T':
		text = fmt.Sprintf("is stopped; kill -CONT %d lets it go on", s.PID)
	case stat.State == 't':
		text = "is still being debugged"
	}
	_, _ = fmt.Fprintf(a.stderr, "%s %s\n", s, text)
}

// debugger returns what the screen runs to debug a process. It is asked to end
// with ctx.
func (a *app) debugger(ctx context.Context) func(keys.DebugMsg) *ui.Debugger {
	return func(msg keys.DebugMsg) *ui.Debugger {
		self, err := os.Executable()
		if err != nil {
			self = os.Args[0]
		}
		args := []string{"debug", "--on-screen", "--name", msg.Name, "--start-time", strconv.FormatUint(msg.Ref.StartTime, 10)}
		if msg.Ended {
			args = append(args, "--core", "--cwd", msg.Dir)
		}
		cmd := exec.CommandContext(ctx, self, append(args, "--", strconv.Itoa(msg.Ref.PID))...)
		cmd.Env = a.environ
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGHUP) }
		return ui.NewDebugger(cmd, a.stdin)
	}
}
