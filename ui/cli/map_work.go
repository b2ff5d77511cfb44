package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"example.com/muster/procs/spawn"
	"example.com/muster/procs/task"
	"example.com/muster/ui/draw"
)

// checkWork finds contradictions among the flags that say what is to be done.
func (f *mapFlags) checkWork(command []string) error {
	switch {
	case f.py != "" && len(command) > 0:
		return usage("muster map --py "+f.py+" ::: ITEM...", "cannot run %s: with --py there is no command", strings.Join(command, " "))
	case f.py != "" && f.worker != "":
		return usage("", "cannot use --py with --worker")
	case f.worker != "" && f.worker != "json" && f.worker != "bytes":
		return usage("", "cannot use --worker %q: it is json or bytes", f.worker)
	case f.worker != "" && len(command) == 0:
		return usage("", "cannot start a worker: no command is given")
	case f.color != "auto" && f.color != "always" && f.color != "never":
		return usage("", "cannot use --color %q: it is auto, always or never", f.color)
	case f.items != "text" && f.items != "json":
		return usage("", "cannot use --items %q: it is text or json", f.items)
	case f.json && f.results == "-":
		return usage("", "cannot use --results - with --json, whose events hold the results")
	case f.ungroup && f.tag:
		return usage("", "cannot use --tag with -u: what goes past muster gets no tag")
	case f.retries < -1:
		return usage("", "cannot use --retries %d: it is how often, or -1 for always", f.retries)
	case f.null && f.delimiter != "":
		return usage("", "cannot use -0 with -d: items end with the one or with the other")
	case strings.HasSuffix(f.results, ".csv") || strings.HasSuffix(f.results, ".tsv"):
		return usage("--results FILE.jsonl keeps a record a line, --joblog FILE columns", "cannot keep results in %s: tables are not written", f.results)
	case f.ungroup && (f.json || f.results == "-"):
		return usage("", "cannot use -u with --json or --results -: both write to standard output")
	case f.lines && (f.json || f.results == "-"):
		return usage("", "cannot use --line-buffer with --json or --results -: both write to standard output")
	case f.lines && f.ungroup:
		return usage("", "cannot use --line-buffer with -u: what goes past muster is not cut into lines")
	case f.lines && f.keep && f.py == "" && f.worker == "":
		return usage("", "cannot use --line-buffer with -k: lines come when they are printed, and not in the order of the items")
	}
	if err := f.checkFiles(); err != nil {
		return err
	}
	if err := checkTheme(f.theme); err != nil {
		return err
	}
	if err := checkEnv(f.env); err != nil {
		return err
	}
	if info, err := os.Stat(f.cwd); f.cwd != "" && (err != nil || !info.IsDir()) {
		return usage("", "cannot use --cwd %s: no such directory", f.cwd)
	}
	switch f.startMethod {
	case "spawn", "fork", "forkserver":
	default:
		return usage("", "cannot use --start-method %q: it is spawn, fork or forkserver", f.startMethod)
	}
	for _, name := range []string{f.py, f.initializer} {
		if name == "" {
			continue
		}
		if err := task.CheckFunction(name); err != nil {
			return usage("", "cannot call %w", err)
		}
	}
	return nil
}

// idle notes which flags have been given on the command line, and returns what finds
// among them one that a map of this kind has no use for. From the environment they may
// be set for all maps alike.
func (f *mapFlags) idle(flags *pflag.FlagSet) func() error {
	given := map[string]bool{}
	flags.Visit(func(flag *pflag.Flag) { given[flag.Name] = true })
	return func() error {
		if f.py != "" {
			return nil
		}
		for _, name := range []string{"star", "initializer", "start-method", "python", "max-tasks-per-child"} {
			if given[name] {
				return usage("", "cannot use --%s without --py: it is about a Python function", name)
			}
		}
		if given["chunksize"] && f.worker == "" {
			return usage("-n N gives each command N items", "cannot use --chunksize without --py or --worker: each command gets its own item")
		}
		return nil
	}
}

// checkFiles refuses one file for two things, of which each would write over the other.
func (f *mapFlags) checkFiles() error {
	if err := checkReport(f.report, f.json, false); err != nil {
		return err
	}
	if f.results == "-" && f.report == reportToStdout {
		return usage("", "cannot print both results and the report: name a file for one of them")
	}
	named := map[string]string{}
	for _, of := range [][2]string{{"--results", f.results}, {"--joblog", f.joblog}, {"--report", f.report}} {
		flag, name := of[0], of[1]
		if info, err := os.Stat(name); name == "" || name == "-" || err == nil && !info.Mode().IsRegular() { // a device takes all
			continue
		}
		path, err := filepath.Abs(name)
		if err != nil {
			return err
		}
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real
		}
		if other, twice := named[path]; twice {
			return usage("", "cannot use %s for %s and %s: each would write over the other", name, other, flag)
		}
		named[path] = flag
	}
	return nil
}

// identity is what makes one map's results others than another's.
func (f *mapFlags) identity(command []string) []string {
	if f.py != "" {
		return []string{"--py", f.py, strconv.FormatBool(f.star), f.items}
	}
	return command
}

// mapWork makes what does the work.
func (a *app) mapWork(f *mapFlags, guard *spawn.Guard, r *mapReport, command []string, template *task.Template, names func() []string) (task.Work, error) {
	environ := os.Environ()
	if r.live != nil {
		environ = append(environ, "MUSTER_SESSION="+r.live.name)
	}
	environ = append(environ, f.env...)
	most, err := parseBytes(f.maxResult)
	if err != nil {
		return nil, usage("", "cannot use --max-result: %w", err)
	}
	switch {
	case f.py != "":
		return &task.Python{
			Guard: guard, Function: f.py, Initializer: f.initializer, Star: f.star, JSON: f.items == "json", StartMethod: f.startMethod,
			MaxTasks: f.maxTasks, MaxResult: most, Interpreter: f.python, Environ: environ, Dir: f.cwd, Grace: f.grace, Printed: r.printed,
		}, nil
	case f.worker != "":
		return &task.Persistent{
			Guard: guard, Argv: command, Shell: os.Getenv("SHELL"), Bytes: f.worker == "bytes", JSON: f.items == "json", MaxResult: most,
			Environ: environ, Dir: f.cwd, Grace: f.grace, Printed: r.printed,
		}, nil
	}
	work := &task.Command{Guard: guard, Template: template, Names: names, Dir: f.cwd, Grace: f.grace, Environ: environ}
	if f.verbose {
		work.Begun = func(command string) { r.write(draw.Plain([]byte(command), maxNotice) + "\n") }
	}
	switch {
	case f.ungroup:
		work.Stdout, work.Stderr = a.stdout, a.stderr
	case f.lines:
		work.Line, work.KeepLines = r.line, f.results != "" || r.live != nil
	}
	return work, nil
}

// printed tells a line that a worker has printed besides its answers.
func (r *mapReport) printed(worker int, line []byte) {
	if r.live != nil {
		r.live.output().Printed(worker, line)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "map/%d | %s\n", worker, line)
	r.write(b.String())
}

// parseBytes reads a size: 4096, 64K, 16M, 1G.
func parseBytes(s string) (int, error) {
	number, shift := s, 0
	for i, unit := range []string{"K", "M", "G"} {
		if rest, ok := strings.CutSuffix(strings.ToUpper(s), unit); ok {
			number, shift = rest, 10*(i+1)
		}
	}
	n, err := strconv.ParseUint(number, 10, 31)
	if err != nil || n == 0 || n<<shift > 4<<30-1<<21 {
		return 0, fmt.Errorf("%q is no size, such as 64M, below 4G", s)
	}
	return int(n << shift), nil
}
