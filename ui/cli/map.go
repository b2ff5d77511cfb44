package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.com/muster/procs"
	"example.com/muster/procs/spawn"
	"example.com/muster/procs/task"
	"example.com/muster/procs/task/plan"
	"example.com/muster/session"
)

// mapFlags are the flags of muster map.
type mapFlags struct {
	jobs, chunk, timeout, halt         string
	keep, null, json, bar, dryRun      bool
	noTUI, plain, exit                 bool
	color, theme, session              string
	tag, lines, ungroup, link, verbose bool
	delimiter, colsep, header, replace string
	files, env                         []string
	maxArgs, retries, maxTasks         int
	cwd                                string
	py, initializer, startMethod       string
	python, items, worker, maxResult   string
	star, resume, resumeFailed         bool
	results, joblog, report            string
	backoff, grace, delay              time.Duration
}

func (f *mapFlags) add(fs *pflag.FlagSet) {
	fs.StringVarP(&f.jobs, "jobs", "j", "auto", "how many work at a time: `N`, N% of the processors, +N more than there are, or auto: one each")
	fs.BoolVarP(&f.keep, "keep-order", "k", false, "results in the order of the items, else as they are completed")
	fs.IntVar(&f.retries, "retries", 0, "try an item that fails again, up to `N` times; -1: always")
	addTime(fs, &f.backoff, "backoff", "", plan.DefaultBackoff, "wait before the first retry; doubles up to 30s")
	fs.StringVar(&f.timeout, "timeout", "", "end an item that takes longer than `LIMIT`: 5s, or 300% of the median")
	fs.StringVar(&f.halt, "halt", "never", "stop the whole early: now or soon, and fail=`N`, success=N or done=N, or N%")
	addTime(fs, &f.delay, "delay", "", 0, "least time between two starts, such as 100ms")
	fs.StringVar(&f.chunk, "chunksize", "auto", "items that a persistent worker or function gets at a time: `N` or auto")
	fs.IntVar(&f.maxTasks, "max-tasks-per-child", 0, "replace a worker's process after `N` items; 0: never")
	addTime(fs, &f.grace, "grace", "", time.Second, "time between SIGTERM and SIGKILL for what is to end")

	fs.StringVar(&f.py, "py", "", "call a Python `FUNCTION`, module:function or file.py:function, in place of a command")
	fs.BoolVar(&f.star, "star", false, "with --py: the parts of an item are the function's arguments")
	fs.StringVar(&f.initializer, "initializer", "", "with --py: call `FUNCTION` once in each process, before the first item")
	fs.StringVar(&f.startMethod, "start-method", "spawn", "with --py: new processes by spawn, fork or forkserver")
	fs.StringVar(&f.python, "python", "python3", "with --py: the interpreter")
	fs.StringVar(&f.worker, "worker", "", "CMD is a persistent worker that speaks `PROTOCOL`: json or bytes")
	fs.StringVar(&f.items, "items", "text", "items are text or json; of a JSON object {name} is a field")
	fs.StringVar(&f.maxResult, "max-result", "64M", "how large a result of a function or worker may be, such as 1G")

	fs.StringArrayVarP(&f.files, "arg-file", "a", nil, "read items from `FILE`, as :::: does; - is standard input")
	fs.BoolVarP(&f.null, "null", "0", false, "items that are read end with NUL, not newline")
	fs.StringVarP(&f.delimiter, "delimiter", "d", "", "items that are read end with the character `C`")
	fs.StringVarP(&f.colsep, "colsep", "C", "", "cut items at the regular expression `RE`; the parts are {1} {2} ...")
	fs.StringVar(&f.header, "header", "", "\":\" takes names of the columns from the first item: {name}")
	fs.IntVarP(&f.maxArgs, "max-args", "n", 1, "put `N` items together into one")
	fs.BoolVar(&f.link, "link", false, "read the lists side by side, in place of all combinations")
	fs.StringVarP(&f.replace, "replace", "I", "", "stand `STR` in the place of {}")

	fs.StringVar(&f.results, "results", "", "keep results in `WHERE`: a directory, FILE.jsonl, or - for standard output")
	fs.StringVar(&f.joblog, "joblog", "", "write a line for each item to `FILE`, as GNU parallel does")
	fs.BoolVar(&f.resume, "resume", false, "do not do again what --results or --joblog holds")
	fs.BoolVar(&f.resumeFailed, "resume-failed", false, "the same, but do again what failed")

	fs.BoolVar(&f.tag, "tag", false, "the item before each line of its output")
	fs.BoolVar(&f.lines, "line-buffer", false, "lines as they come, not an item's output at its end; on the screen too")
	fs.BoolVarP(&f.ungroup, "ungroup", "u", false, "leave muster's own standard output and error to the commands")
	fs.BoolVar(&f.noTUI, "no-tui", false, "print instead of showing the screen")
	fs.BoolVar(&f.plain, "plain", false, "no screen, and no line that is drawn over itself")
	fs.BoolVar(&f.exit, "exit", false, "leave the screen as soon as all is done")
	fs.StringVar(&f.session, "session", "", "name of the session, and be one without a screen too; see muster sessions")
	fs.StringVar(&f.color, "color", "auto", "on the screen: auto, always or never")
	addTheme(fs, &f.theme)
	fs.BoolVar(&f.bar, "bar", false, "no screen: tell the progress on standard error, also where that is no terminal")
	fs.BoolVar(&f.json, "json", false, "one JSON event a line on standard output")
	fs.StringVar(&f.report, "report", "", "write one JSON document with what it came to to `FILE` at the end; - is standard output")
	fs.BoolVar(&f.dryRun, "dry-run", false, "print the commands, and run none")
	fs.BoolVarP(&f.verbose, "verbose", "t", false, "print each command on standard error")
	fs.StringArrayVar(&f.env, "env", nil, "set an environment variable, as `KEY=VALUE`; may be repeated")
	fs.StringVar(&f.cwd, "cwd", "", "working directory of the commands")
}

// mapName is the command's name.
const mapName = "map"

// codeMap is the exit code of muster map for what is no item's failure.
const codeMap = 255

func (a *app) mapCommand() *cobra.Command {
	var f mapFlags
	cmd := &cobra.Command{
		Use:   "map [-j N] [flags] CMD [ARG...] [::: ITEM...]",
		Short: "Run a command, or a Python function, over many items",
		Long: "Map runs a command for each item, several at a time, and loses none. Items come\n" +
			"from ::: ITEM..., :::: FILE..., or lines of standard input; several lists give all\n" +
			"combinations. In the command {} is the item, {.} {/} {//} {/.} parts of its path,\n" +
			"{1} {2} those of several lists, {#} its number, {%} the worker's; without any of\n" +
			"them the item goes to the end. A command of one word with spaces is the shell's.\n\n" +
			"The exit code is the number of items that failed, 101 for more than 100, and 255 if\n" +
			"something else is wrong. " + timesLong + "Each flag can also be set as MUSTER_FLAG in the environment.",
		Example: "  muster map -j 4 convert {} {.}.png ::: *.jpg\n" +
			"  find . -name '*.log' -print0 | muster map -0 'gzip -9 < {} > {}.gz'\n" +
			"  muster map 'echo {1} {2}' ::: a b ::: 1 2 3",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			idle := f.idle(cmd.Flags())
			if err := fromEnvironment(cmd.Flags(), "session"); err != nil {
				return err
			}
			if err := idle(); err != nil {
				return err
			}
			return a.mapItems(cmd.Context(), &f, args)
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().SetInterspersed(false) // flags after CMD are CMD's
	return cmd
}

// mapItems runs a map from its flags and arguments to its exit code.
func (a *app) mapItems(ctx context.Context, f *mapFlags, args []string) error {
	options, err := f.plan()
	if err != nil {
		return err
	}
	command, source, names, err := a.mapInput(f, args)
	if err != nil {
		return err
	}
	if err := f.checkWork(command); err != nil {
		return err
	}
	template := task.ParseTemplate(command, task.TemplateOptions{
		Shell: os.Getenv("SHELL"), Replace: f.replace, Fields: names != nil || f.items == "json",
	})
	if err := f.checkShelled(command, template); err != nil {
		return err
	}
	if f.dryRun {
		return a.dryRun(f.shownOf(command, template, names), source)
	}
	screen, err := a.openMapScreen(f)
	if err != nil {
		return err
	}
	defer screen.close()
	live, err := a.openMapSession(f, screen != nil)
	if err != nil {
		return err
	}
	a.ran = true
	err = a.mapWith(ctx, f, mapParts{options, command, source, names, template, screen, live})
	return errors.Join(err, live.close(a.mapCode(err)))
}

// mapCode is what a map ends with, for those who follow its session.
func (a *app) mapCode(err error) int {
	if err != nil && a.code == 0 {
		return codeMap
	}
	return a.code
}

// mapParts are what a map is put together of; screen and live are nil without one.
type mapParts struct {
	options  plan.Options
	command  []string
	source   task.Source
	names    func() []string
	template *task.Template
	screen   *mapScreen
	live     *mapSession
}

// mapWith puts a map together and runs it.
func (a *app) mapWith(ctx context.Context, f *mapFlags, parts mapParts) error {
	options, command, names, template, screen, live := parts.options, parts.command, parts.names, parts.template, parts.screen, parts.live
	printer, guarding := a, spawn.GuardOptions{}
	if screen != nil {
		printer = screen.behind()
		guarding.TTY, guarding.CrashOutput = a.stdout, crashOutput
	}
	guard, err := spawn.StartGuard(guarding)
	if err != nil {
		return lacking(err)
	}
	r := newMapReport(printer, f)
	r.shellHint = shellHint(command, template)
	if screen != nil {
		guard.Drawing(false)
		r.screen = screen
	}
	if live != nil {
		live.guard, live.argv, r.live = guard, f.shownCommand(command), live
	}
	work, err := a.mapWork(f, guard, r, command, template, names)
	if err != nil {
		return errors.Join(err, guard.CloseNow(ctx))
	}
	if py, ok := work.(*task.Python); ok {
		options.Recycles = py.Recycles()
	}
	sinks, done, doneKey, err := printer.mapSinks(f, r, command, template, names)
	if err != nil {
		return errors.Join(err, guard.CloseNow(ctx))
	}
	if live != nil {
		sinks = append(task.Sinks{live.output()}, sinks...)
	}
	m := task.New(task.Config{
		Plan: options, Source: parts.source, Identity: f.identity(command), Work: work, Sink: sinks, Notice: r.notice, Done: done, DoneKey: doneKey,
		Interactive: live != nil,
	})
	return a.runMap(ctx, m, guard, r)
}

// shownCommand is what is run, for the screen.
func (f *mapFlags) shownCommand(command []string) []string {
	if f.py != "" {
		return []string{f.python, f.py}
	}
	return command
}

// runMap runs a map, ends what it has left, and sets the exit code.
func (a *app) runMap(ctx context.Context, m *task.Map, guard *spawn.Guard, r *mapReport) error {
	asked, stop := a.mapSignals(m, guard, r)
	shown := r.begin(m)
	run := m.Run
	if r.live != nil {
		if err := r.live.begin(m, asked); err != nil {
			r.notice(err.Error() + "; muster ps will not find it")
		}
		run = r.live.run
	}
	if r.screen != nil {
		run = func(ctx context.Context) error { return r.screen.run(ctx, m, r.live) }
	}
	end := mapEnd{shellHint: r.shellHint}
	end.err = run(ctx)
	end.guardGone = stop()
	shown()
	closing, cancel := context.WithTimeout(context.Background(), endWait)
	defer cancel()
	end.left = guard.CloseNow(closing)
	err := end.fault()
	if fatal, ok := errors.AsType[*task.Fatal](err); ok {
		r.write(fatal.Traceback)
	}
	p := m.Progress()
	end.signal, end.failed = procs.Signal(asked.Load()), p.Failed
	if r.screen != nil {
		r.app = a
		if failed := r.screen.print(); err == nil {
			err = failed
		}
		end.stopped = r.live.session.Stopped()
	}
	r.end(p, end.signal, err)
	if r.flags.report != "" {
		if failed := a.writeReport(r.flags.report, session.TasksOf("report", p)); err == nil {
			err = failed
		}
	}
	a.code, err = end.code(err)
	return err
}

// mapSignals carries out the contract: the first INT, TERM, HUP or QUIT asks what
// runs to end and begins no more, the second kills. Without the guard nobody would clean
// up after muster, so its end is that of the map; stop tells whether it came.
func (a *app) mapSignals(m *task.Map, guard *spawn.Guard, r *mapReport) (asked *atomic.Int64, stop func() (lost bool)) {
	asked = new(atomic.Int64)
	got := make(chan os.Signal, 8)
	signal.Notify(got, append(endSignals(), syscall.SIGPIPE)...)
	giveBack := a.takeQuit()
	quit, done := make(chan struct{}), make(chan struct{})
	lost := false
	go func() {
		defer close(done)
		ended := guard.Done()
		for {
			select {
			case <-ended:
				lost, ended = true, nil
				m.Stop(true)
			case sig := <-got:
				if sig == syscall.SIGPIPE { // whoever read has gone; the sink finds out
					continue
				}
				first := asked.CompareAndSwap(0, int64(sig.(syscall.Signal)))
				m.Stop(!first)
				if first { // after that, as whoever is to read it may not
					r.notice(fmt.Sprintf("got %v, stopping everything (again: kill now)", procs.Signal(sig.(syscall.Signal))))
				}
			case <-quit:
				return
			}
		}
	}()
	return asked, func() bool {
		giveBack()
		signal.Stop(got)
		close(quit)
		<-done
		return lost
	}
}

// plan makes the scheduler's options of the flags.
func (f *mapFlags) plan() (o plan.Options, err error) {
	if o.Workers, err = parseJobs(f.jobs, runtime.NumCPU()); err != nil {
		return o, usage("", "cannot use -j %s: %w", f.jobs, err)
	}
	if f.timeout != "" {
		if o.Timeout, err = plan.ParseTimeout(f.timeout); err != nil {
			return o, usage("", "cannot use --timeout: %w", err)
		}
	}
	if o.Halt, err = plan.ParseHalt(f.halt); err != nil {
		return o, usage("", "cannot use --halt: %w", err)
	}
	if f.chunk != "auto" {
		if o.Chunk, err = strconv.Atoi(f.chunk); err != nil || o.Chunk < 1 {
			return o, usage("", "cannot use --chunksize %s: it is a number of items, or auto", f.chunk)
		}
	}
	if f.maxArgs < 1 {
		return o, usage("", "cannot put %d items together into one: --max-args is 1 at least", f.maxArgs)
	}
	if err := cmp.Or(
		notNegative("max-tasks-per-child", f.maxTasks), notNegative("grace", f.grace), notNegative("backoff", f.backoff), notNegative("delay", f.delay),
	); err != nil {
		return o, err
	}
	o.Ordered, o.Retries, o.Backoff, o.MaxTasks, o.Delay = f.keep, f.retries, max(f.backoff, time.Nanosecond), f.maxTasks, f.delay
	return o, nil
}

// maxJobs bounds slips of the finger.
const maxJobs = 10_000

// parseJobs reads a number of workers: of itself, in percent of the processors, or
// more than those.
func parseJobs(s string, cpus int) (int, error) {
	n, text := 0, s
	switch {
	case s == "auto" || s == "":
		return cpus, nil
	case strings.HasSuffix(s, "%"):
		text = strings.TrimSuffix(s, "%")
	case strings.HasPrefix(s, "+"):
		text = s[1:]
	}
	v, err := strconv.Atoi(text)
	switch {
	case err != nil || v < 0 && text != s:
		return 0, errors.New("it is N, N%, +N or auto")
	case strings.HasSuffix(s, "%"):
		n = max(1, cpus*v/100)
	case strings.HasPrefix(s, "+"):
		n = cpus + v
	case v < 0:
		n = max(1, cpus+v) // as make and GNU parallel have it: so many less
	case v == 0:
		return 0, errors.New("one at least has to work")
	default:
		n = v
	}
	if n > maxJobs {
		return 0, fmt.Errorf("there may be %d at the most", maxJobs)
	}
	return n, nil
}

// mapInput finds the command and the items. names returns those of the items'
// fields, and is nil where they have none.
func (a *app) mapInput(f *mapFlags, args []string) (command []string, source task.Source, names func() []string, err error) {
	command, lists := splitItems(args)
	if len(lists)+len(f.files) == 0 {
		if err := unspaced(command); err != nil {
			return nil, nil, nil, err
		}
	}
	delim := byte('\n')
	switch {
	case f.null:
		delim = 0
	case f.delimiter != "":
		if delim, err = parseDelimiter(f.delimiter); err != nil {
			return nil, nil, nil, err
		}
	}
	stdins := 0
	open := func(name string) (*task.Lines, error) {
		if name == "-" {
			if stdins++; stdins > 1 {
				return nil, usage("", "cannot read items from standard input (-) twice")
			}
		}
		return a.itemFile(name, delim)
	}
	var groups [][]any
	for _, name := range f.files {
		l, err := open(name)
		if err != nil {
			return nil, nil, nil, err
		}
		groups = append(groups, []any{l})
	}
	for _, l := range lists {
		var members []any
		if l.files {
			for _, name := range l.words {
				file, err := open(name)
				if err != nil {
					return nil, nil, nil, err
				}
				members = append(members, file)
			}
		} else {
			words := task.List(l.words)
			members = append(members, &words)
		}
		for i, member := range members {
			if l.linked && i == 0 && len(groups) > 0 {
				groups[len(groups)-1] = append(groups[len(groups)-1], member)
			} else {
				groups = append(groups, []any{member})
			}
		}
	}
	if len(groups) == 0 {
		if term.IsTerminal(a.stdin.Fd()) {
			return nil, nil, nil, usage("muster map CMD ::: ITEM..., or :::: FILE, or pipe the items, one a line", "cannot map: no items are given")
		}
		groups = [][]any{{task.NewLines(a.stdin, delim, "standard input")}}
	}
	source, names, err = f.shape(groups)
	return command, source, names, err
}

// shape puts lists together, and cuts and joins their items as the flags say.
func (f *mapFlags) shape(groups [][]any) (source task.Source, names func() []string, err error) {
	var all []*task.Group
	if f.link {
		var flat []any
		for _, g := range groups {
			flat = append(flat, g...)
		}
		groups = [][]any{flat}
	}
	for _, g := range groups {
		all = append(all, task.NewGroup(f.link, g...))
	}
	source = task.NewProduct(all...)
	if f.colsep != "" {
		at, err := regexp.Compile(f.colsep)
		if err != nil {
			return nil, nil, usage("", "cannot use --colsep %q: %w", f.colsep, err)
		}
		source = &task.Columns{Source: source, At: at}
	}
	switch f.header {
	case "":
	case ":":
		h := &task.Header{Source: source, Groups: all}
		source, names = h, func() []string { return h.Names() }
	default:
		return nil, nil, usage("", "cannot use --header %q: it is \":\"", f.header)
	}
	if f.maxArgs > 1 {
		source = &task.Several{Source: source, N: f.maxArgs}
	}
	return source, names, nil
}

func (a *app) itemFile(name string, delim byte) (*task.Lines, error) {
	l, err := task.OpenLines(name, a.stdin, delim)
	if err != nil {
		return nil, usage("", "cannot read items: %w", err)
	}
	return l, nil
}

// itemList is what follows one of the words that begin items.
type itemList struct {
	words  []string
	files  bool // they are files of items
	linked bool // they go side by side with those of the list before
}

// splitItems cuts arguments at ":::", "::::", ":::+" and "::::+". A file may stand
// right behind "::::".
func splitItems(args []string) (command []string, lists []itemList) {
	for _, arg := range args {
		switch arg {
		case ":::", ":::+", "::::", "::::+":
			lists = append(lists, itemList{files: strings.HasPrefix(arg, "::::"), linked: strings.HasSuffix(arg, "+")})
			continue
		}
		if name, ok := strings.CutPrefix(arg, "::::"); ok {
			lists = append(lists, itemList{files: true, words: []string{name}})
			continue
		}
		if len(lists) == 0 {
			command = append(command, arg)
			continue
		}
		last := &lists[len(lists)-1]
		last.words = append(last.words, arg)
	}
	return command, lists
}

// unspaced finds the word that was meant to begin the items, where nothing else does:
// GNU parallel wants a space behind it, too.
func unspaced(command []string) error {
	for _, word := range command {
		if item, ok := strings.CutPrefix(word, ":::"); ok {
			mark := ":::"
			if rest, linked := strings.CutPrefix(item, "+"); linked {
				mark, item = ":::+", rest
			}
			return usage("did you mean "+mark+" "+item+"? A space belongs behind "+mark, "cannot map: %s begins no items", word)
		}
	}
	return nil
}

func parseDelimiter(s string) (byte, error) {
	switch s {
	case `\n`:
		return '\n', nil
	case `\t`:
		return '\t', nil
	case `\0`:
		return 0, nil
	}
	if len(s) != 1 {
		return 0, usage("", `cannot use --delimiter %q: it is one character, or \n, \t or \0`, s)
	}
	return s[0], nil
}

// dryRun prints the commands.
func (a *app) dryRun(shown func(*task.Item) (string, error), source task.Source) error {
	seq := uint64(0)
	out := bufio.NewWriter(a.stdout)
	for {
		items, err := source.Next()
		for i := range items {
			seq++
			items[i].Seq = seq
			line, err := shown(&items[i])
			if err != nil {
				return usage("", "cannot make the command of item %d: %w", seq, err)
			}
			_, _ = out.WriteString(line) // the error stays, and Flush tells it
			_ = out.WriteByte('\n')
		}
		if errors.Is(err, io.EOF) {
			return out.Flush()
		}
		if err != nil {
			return errors.Join(err, out.Flush())
		}
	}
}
