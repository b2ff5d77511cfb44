package cli

import (
	"cmp"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"example.com/muster/procs"
	"example.com/muster/session"
)

// sessionFlags are the flags that run and demo share.
type sessionFlags struct {
	session  string
	noTUI    bool
	plain    bool
	json     bool
	report   string
	logDir   string
	color    string
	theme    string
	exit     bool
	prefix   string
	interval time.Duration
	detach   bool
	metrics  string
	noAgent  bool
	onCrash  string
	failFast bool
	// profileWhen are texts until check, triggers from then on.
	profileWhen []string
	triggers    []procs.Trigger
}

func (f *sessionFlags) add(fs *pflag.FlagSet) {
	fs.StringVar(&f.session, "session", "", "name of the session (default: the pool's name and a number)")
	fs.BoolVar(&f.noTUI, "no-tui", false, "print the output as it comes instead of showing the screen")
	fs.BoolVar(&f.plain, "plain", false, plainUsage)
	fs.BoolVar(&f.json, "json", false, "with --no-tui: one JSON event a line")
	fs.StringVar(&f.report, "report", "", "write one JSON document with everything to `FILE` at the end; - is standard output")
	fs.StringVar(&f.logDir, "log-dir", "", "keep the output in `DIR` for good (default: $XDG_STATE_HOME/muster/SESSION, for the last 20 sessions)")
	fs.StringVar(&f.color, "color", "auto", "auto, always or never")
	addTheme(fs, &f.theme)
	fs.BoolVar(&f.exit, "exit", false, "leave the screen as soon as all has ended")
	fs.StringVar(&f.prefix, "prefix", "name", "before each printed line: name, writer or none")
	fs.BoolVarP(&f.detach, "detach", "d", false, "run in the background: muster attach shows it, muster down ends it; what ends within 0.2 s is told with its code")
	fs.StringVar(&f.metrics, "metrics", "", "serve /metrics for Prometheus on `ADDR`, such as 127.0.0.1:9100")
	fs.BoolVar(&f.noAgent, "no-agent", false, "put no agent into Python programs: names and places of locks stay unknown")
	fs.StringVar(&f.onCrash, "on-crash", "", "run the shell command `CMD` for a crash, with the crash as JSON on its standard input")
	fs.BoolVar(&f.failFast, "fail-fast", false, "stop everything at the first crash, also at an exception of a pool's task that its program then catches")
	fs.StringArrayVar(&f.profileWhen, "profile-when", nil, "keep a profile of a pool, with the seconds before, when `X`: 'cpu>90% for 5s',\n'rss>1GiB', 'blocked>2s' or exit; may be repeated")
	addTime(fs, &f.interval, "interval", "", time.Second, "time between two samples")
}

// plainUsage tells of --plain, which several commands have.
const plainUsage = "no screen, no colour: print the output, and what happens to processes in sentences"

func (f *sessionFlags) check() error {
	if f.plain {
		f.noTUI, f.color = true, "never"
	}
	if f.session != "" {
		if err := session.CheckName(f.session); err != nil {
			return usage("", "%w", err)
		}
	}
	if f.plain && f.json {
		return usage("--json is for programs, --plain for people", "cannot print both --json and --plain")
	}
	if f.detach && f.json {
		return usage("muster logs --json, or /v1/events of docs/api.md", "cannot print events from the background")
	}
	if err := checkTheme(f.theme); err != nil {
		return err
	}
	f.triggers = nil
	for _, text := range f.profileWhen {
		t, err := procs.ParseTrigger(text)
		if err != nil {
			return usage("", "cannot use --profile-when: %w", err)
		}
		f.triggers = append(f.triggers, t)
	}
	switch f.color {
	case "auto", "always", "never":
	default:
		return usage("", "cannot use --color %q: it is auto, always or never", f.color)
	}
	switch f.prefix {
	case "name", "writer", "none":
	default:
		return usage("", "cannot use --prefix %q: it is name, writer or none", f.prefix)
	}
	if f.interval < 50*time.Millisecond {
		return usage("", "cannot sample every %v: the shortest interval is 50ms", f.interval)
	}
	return checkReport(f.report, f.json, f.detach)
}

// poolFlags describe a pool.
type poolFlags struct {
	size       int
	name       string
	restart    string
	max        int
	backoff    time.Duration
	stopSignal string
	grace      time.Duration
	output     string
	env        []string
	cwd        string
	noUnbuffer bool
	keep       bool
	given      func(flag string) bool
}

func (f *poolFlags) add(fs *pflag.FlagSet) {
	fs.IntVarP(&f.size, "replicas", "n", 1, "how many copies to run")
	f.given = func(flag string) bool { return fs.Changed(flag) }
	fs.StringVar(&f.name, "name", "", "name of the pool (default: the script's or command's base name)")
	fs.StringVar(&f.restart, "restart", "no", "no, on-failure or always")
	fs.IntVar(&f.max, "max-restarts", procs.DefaultMaxRestart, "restarts in a row before a process counts as failed; 0 means no limit")
	addTime(fs, &f.backoff, "backoff", "", procs.DefaultBackoff, "wait before the first restart; doubles up to 30s")
	fs.StringVar(&f.stopSignal, "stop-signal", "TERM", "signal that asks a process to end, at Ctrl-C too: INT for a program that saves its work at KeyboardInterrupt")
	addTime(fs, &f.grace, "grace", "", procs.DefaultGrace, "time between that signal and SIGKILL")
	fs.StringVar(&f.output, "output", "auto", "how output is read: auto, pty, pipe or by-writer")
	fs.StringArrayVar(&f.env, "env", nil, "set an environment variable, as `KEY=VALUE`; may be repeated")
	fs.StringVar(&f.cwd, "cwd", "", "working directory of the processes")
	fs.BoolVar(&f.noUnbuffer, "no-unbuffer", false, "leave Python's output buffering alone")
	fs.BoolVar(&f.keep, "keep-daemons", false, "let what a process leaves live on, and what has left its session (setsid) outlive muster too")
}

// maxReplicas is a bound for slips of the finger.
const maxReplicas = 10_000

// spec turns the flags and a command into a pool.
func (f *poolFlags) spec(argv []string) (procs.Spec, error) {
	var zero procs.Spec
	if len(argv) == 0 || argv[0] == "" {
		return zero, usage("for example: muster run -n 4 -- python3 train.py", "cannot run: no command is given")
	}
	if f.size < 1 || f.size > maxReplicas {
		return zero, usage("", "cannot run %d copies: a pool has 1 to %d", f.size, maxReplicas)
	}
	when, err := procs.ParseRestartWhen(f.restart)
	if err != nil {
		return zero, usage("", "%w", err)
	}
	mode, err := procs.ParseOutputMode(f.output)
	if err != nil {
		return zero, usage("", "%w", err)
	}
	sig, err := procs.ParseSignal(f.stopSignal)
	if err != nil {
		return zero, usage("", "%w", err)
	}
	if err := cmp.Or(notNegative("max-restarts", f.max), notNegative("backoff", f.backoff), notNegative("grace", f.grace)); err != nil {
		return zero, err
	}
	if err := checkEnv(f.env); err != nil {
		return zero, err
	}
	name := f.name
	if name == "" && !f.given("name") {
		name = poolName(argv)
	}
	if !procs.GoodPoolName(name) {
		return zero, usage("", "cannot name a pool %q: %s", name, procs.PoolNameRule)
	}
	spec := procs.Spec{
		Name: name, Argv: argv, SlotOnly: true, Size: f.size, Env: f.env, Dir: f.cwd, Output: mode, NoUnbuffer: f.noUnbuffer, KeepDaemons: f.keep,
		Restart: procs.RestartPolicy{When: when, Max: f.max, Backoff: max(f.backoff, leastTime)},
		Stop:    procs.StopPolicy{Signal: sig, Grace: max(f.grace, leastTime)},
	}.WithDefaults()
	return spec, nil
}

// leastTime is what 0 means where a spec takes that for the default.
const leastTime = time.Millisecond

func notNegative[T int | time.Duration](flag string, value T) error {
	if value < 0 {
		return usage("", "cannot use --%s %v: it is negative", flag, value)
	}
	return nil
}

// checkEnv finds what --env cannot set.
func checkEnv(env []string) error {
	for _, kv := range env {
		if k, _, ok := strings.Cut(kv, "="); !ok || k == "" || strings.ContainsRune(kv, 0) {
			return usage("", "cannot set --env %q: it is not KEY=VALUE", kv)
		}
	}
	return nil
}

// chosen reports whether a switch was given on the command line, to turn it on.
func chosen(fs *pflag.FlagSet, name string) bool {
	f := fs.Lookup(name)
	return f != nil && f.Changed && f.Value.String() == "true"
}

// fromEnvironment sets each flag that was not given on the command line from
// MUSTER_<FLAG>, where the environment has it. Of --json and --plain it sets the one only
// where the other was not chosen.
func fromEnvironment(fs *pflag.FlagSet, skip ...string) error {
	var first error
	fs.VisitAll(func(f *pflag.Flag) {
		key := "MUSTER_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		for _, s := range skip {
			if s == f.Name {
				return
			}
		}
		value, ok := os.LookupEnv(key)
		if !ok || f.Changed || first != nil || f.Name == "help" || f.Name == "json" && chosen(fs, "plain") || f.Name == "plain" && chosen(fs, "json") {
			return
		}
		if err := fs.Set(f.Name, value); err != nil {
			first = usage("", "cannot use %s=%s: %s", key, value, whyNot(f, value))
		}
	})
	return first
}
