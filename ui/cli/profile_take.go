package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/capture"
	"example.com/muster/profiling/pyagent"
	"example.com/muster/profiling/report"
	"example.com/muster/session"
	"example.com/muster/ui/draw"
)

// takeFlags are those of `muster profile`.
type takeFlags struct {
	session  string
	kind     string
	duration time.Duration
	rate     int
	outputFlags
	lines         []string
	deterministic bool
	noAgent       bool
	json          bool
	rows          int
}

func (f *takeFlags) add(a *app, cmd *cobra.Command) {
	a.addSession(cmd, &f.session)
	fs := cmd.Flags()
	fs.StringVarP(&f.kind, "kind", "k", "", "cpu or wall; of Go programs also heap, allocs, goroutine, mutex, block,\nthreadcreate or trace (default cpu)")
	addTime(fs, &f.duration, "duration", "t", session.DefaultProfileDuration, "how long")
	fs.IntVar(&f.rate, "rate", session.DefaultProfileRate, "looks at each process a second")
	f.addOutput(a, cmd, formats, "the profile")
	fs.StringArrayVar(&f.lines, "lines", nil, "time each line of the Python function `FUNC`, with the agent; may be repeated")
	fs.BoolVar(&f.deterministic, "deterministic", false, "count and time each call of Python programs, with the agent, as cProfile does")
	fs.BoolVar(&f.noAgent, "no-agent", false, "ask no agent, whatever that leaves out")
	fs.BoolVar(&f.json, "json", false, "print what was taken, and where it is, as JSON")
	fs.IntVarP(&f.rows, "rows", "n", 20, "print so many functions; 0 is all")
	a.completeWords(cmd, "kind", kindWords()...)
}

func kindWords() []string {
	var words []string
	for _, k := range session.Kinds() {
		words = append(words, string(k))
	}
	return words
}

// request makes what is to be taken of the flags.
func (f *takeFlags) request(targets []string) (session.ProfileRequest, error) {
	r := session.ProfileRequest{
		Targets: targets, Kind: capture.Kind(f.kind), Duration: f.duration, Rate: f.rate, Functions: f.lines, NoAgent: f.noAgent,
	}
	if f.deterministic {
		if f.kind != "" && r.Kind != capture.Deterministic || len(f.lines) > 0 {
			return r, usage("", "cannot take a deterministic profile that is of another kind, too")
		}
		r.Kind = capture.Deterministic
	}
	if f.duration <= 0 || f.rate <= 0 {
		return r, usage("", "cannot profile for %v, %d times a second: both are more than 0", f.duration, f.rate)
	}
	r, err := r.Checked()
	if err != nil {
		return r, usage("", "%w", err)
	}
	if f.noAgent && (r.Kind == capture.Deterministic || r.Kind == capture.Lines) {
		return r, usage("", "cannot take a profile of the kind %s without the agent: it is the agent that does", r.Kind)
	}
	return r, nil
}

// taken is a profile that was taken.
type taken struct {
	packed []byte // in pprof's format; nil if there is none
	// file and beside are where it is kept already, "" if nowhere yet.
	file   string
	beside []string
	files  map[string][]byte // what is no pprof profile, unless it is beside

	kind                capture.Kind
	seconds             float64
	samples, unreadable int64
	processes           int
	coverage            []profiling.Coverage
	whom                string
	from                time.Time
	note                string
}

// profile takes a profile of the processes that the arguments name.
func (a *app) profile(ctx context.Context, f *takeFlags, args []string) error {
	r, err := f.request(args)
	if err != nil {
		return err
	}
	named := f.outputFlags
	if r.Kind == capture.Trace && named.format == "" && named.out != "" {
		named.format = formats[0].name // a trace has a format of its own, whatever the name is
	}
	out, err := a.profileOutput(&named, formats, f.json)
	if err != nil {
		return err
	}
	defer out.close()
	t, err := a.take(ctx, f, r, args)
	if t != nil && (err != nil || !f.json) {
		a.tellCoverage(t.coverage)
	}
	if err != nil {
		return err
	}
	a.ran = true
	if err := a.deliver(f, out, t); err != nil {
		a.code = codeFailed
		return err
	}
	return nil
}

// take finds the processes and has them profiled, by their session or here. What
// was taken is returned with an error, too, where the coverage says why.
func (a *app) take(ctx context.Context, f *takeFlags, r session.ProfileRequest, args []string) (*taken, error) {
	within := slices.ContainsFunc(args, belowSlot)
	if within || f.session != "" {
		client, err := session.Dial(f.session)
		if err != nil {
			return nil, a.noAnswer(orPIDs(err))
		}
		defer client.Close()
		t, err := a.takeInSession(ctx, client, r)
		return t, a.noAnswer(err)
	}
	s, err := a.findSubjects(ctx, f.session, args)
	if err != nil {
		return nil, err
	}
	defer s.close()
	take := func() (*taken, error) { return a.takeHere(ctx, s, r) }
	if s.client != nil {
		take = func() (*taken, error) { return a.takeInSession(ctx, s.client, r) }
	}
	t, err := take()
	return t, a.noAnswer(err)
}

// early returns a context that ends at the first SIGINT or SIGTERM; the second
// one ends the program.
func early(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	var waiting sync.WaitGroup
	waiting.Go(func() { // ends with ctx
		select {
		case <-signals:
			cancel()
		case <-ctx.Done():
		}
		signal.Stop(signals)
	})
	return ctx, func() { cancel(); waiting.Wait() }
}

// sessionLook is how long one question for the progress of a capture waits.
const sessionLook = time.Second

// takeInSession has a session take a profile.
func (a *app) takeInSession(ctx context.Context, client *session.Client, r session.ProfileRequest) (*taken, error) {
	p, err := client.StartProfile(ctx, r)
	if err != nil {
		return nil, err
	}
	bar := a.progress(r)
	stop, done := early(ctx)
	defer done()
	for p.State == session.ProfileRunning && stop.Err() == nil {
		bar.show(time.Duration(p.TookSeconds*float64(time.Second)), p.Processes, p.Samples)
		next, err := client.Profile(stop, p.ID, sessionLook)
		switch {
		case err == nil:
			p = next
		case stop.Err() == nil:
			bar.end()
			return nil, err
		}
	}
	if p.State == session.ProfileRunning {
		p, err = client.EndProfile(ctx, p.ID, false)
	}
	bar.end()
	if err != nil {
		return nil, err
	}
	t := &taken{
		kind: p.Kind, seconds: p.TookSeconds, samples: p.Samples, unreadable: p.Unreadable, processes: p.Processes, coverage: p.Coverage,
		whom: r.Whom(), from: time.Time(p.StartedAt), beside: p.Beside, note: p.Note,
	}
	if p.File != nil {
		t.file = *p.File
	}
	if p.State != session.ProfileDone {
		return t, fmt.Errorf("cannot profile %s: %s", r.Whom(), orState(p))
	}
	if t.file != "" || len(p.Beside) == 0 {
		t.packed, err = client.ProfileData(ctx, p.ID)
	}
	return t, err
}

// orState is why a capture is not done.
func orState(p session.ProfileJSON) string {
	if p.Note != "" {
		return p.Note
	}
	return "it was " + string(p.State)
}

// takeHere takes a profile of processes that no session runs.
func (a *app) takeHere(ctx context.Context, s *subjects, r session.ProfileRequest) (*taken, error) {
	bar := a.progress(r)
	stop, done := early(ctx)
	defer done()
	stop, end := context.WithCancel(stop)
	defer end()
	var agent capture.PythonAgent
	if !r.NoAgent {
		agent = pyagent.Any{}
	}
	names := map[procs.PIDRef]string{} // that they had when they were met: it is asked ten times a second who is there
	c, err := capture.Take(stop, capture.Request{
		Kind: r.Kind, Duration: r.Duration, Rate: r.Rate, Functions: r.Functions, Agent: agent,
		Subjects: func() []capture.Subject {
			family := s.family()
			if len(family) == 0 {
				end() // all of them have ended
			}
			list := make([]capture.Subject, len(family))
			for i, ref := range family {
				if names[ref] == "" {
					names[ref] = s.name(ref).Name
				}
				list[i] = capture.Subject{PIDRef: ref, Process: names[ref]}
			}
			return list
		},
	}, func(p capture.Progress) { bar.show(p.Done, p.Processes, p.Samples) })
	bar.end()
	if c == nil {
		return nil, err
	}
	t := &taken{
		kind: r.Kind, seconds: c.For.Seconds(), samples: c.Samples, unreadable: c.Unreadable, coverage: append(s.coverage, c.Coverage...),
		whom: r.Whom(), from: c.From, files: c.Files, processes: session.ProcessesOf(c.Profile),
	}
	if err != nil {
		return t, fmt.Errorf("cannot profile %s: %w", r.Whom(), err)
	}
	if len(c.Profile.Sample) > 0 || len(c.Files) == 0 {
		var b bytes.Buffer
		if err := c.Profile.Write(&b); err != nil {
			return t, fmt.Errorf("cannot pack the profile: %w", err)
		}
		t.packed = b.Bytes()
	}
	return t, nil
}

// tellCoverage says on standard error what could not be seen.
func (a *app) tellCoverage(all []profiling.Coverage) {
	for _, c := range all {
		if !c.OK || c.Note != "" {
			_, _ = fmt.Fprintf(a.stderr, "muster: %s: %s\n", c.Source, draw.Plain([]byte(c.Note), 400))
		}
	}
}

// bar is the line that tells how far a capture is; nil where nobody would see it.
type bar struct {
	to   io.Writer
	what string
	of   time.Duration
}

func (a *app) progress(r session.ProfileRequest) *bar {
	if !term.IsTerminal(a.stderr.Fd()) {
		return nil
	}
	return &bar{a.stderr, fmt.Sprintf("%s of %s", r.Kind, draw.Plain([]byte(r.Whom()), 30)), r.Duration}
}

// show writes the line over the one before.
func (b *bar) show(done time.Duration, processes int, samples int64) {
	if b == nil {
		return
	}
	const cells = 10
	full := min(cells, int(float64(cells)*done.Seconds()/b.of.Seconds()))
	_, _ = fmt.Fprintf(b.to, "\r\x1b[K%s [%s%s] %.1f of %v  %s  %d samples  (Ctrl-C ends it now)", b.what,
		strings.Repeat("#", full), strings.Repeat(".", cells-full), done.Seconds(), b.of, profiling.Count(processes, "process", "processes"), samples)
}

// end removes the line.
func (b *bar) end() {
	if b != nil {
		_, _ = io.WriteString(b.to, "\r\x1b[K")
	}
}

// deliver writes a profile to where it is wanted, and says what it is.
func (a *app) deliver(f *takeFlags, out *profileOutput, t *taken) error {
	if err := a.write(f, out, t); err != nil {
		return err
	}
	if f.json {
		return json.NewEncoder(a.stdout).Encode(t.json())
	}
	switch t.kind {
	case capture.CPU, capture.Wall:
		_, _ = fmt.Fprintf(a.stderr, "muster: %d samples of %s in %.1f s%s\n", t.samples, profiling.Count(t.processes, "process", "processes"), t.seconds, t.unread())
		if t.samples == 0 && t.kind == capture.CPU {
			_, _ = fmt.Fprintf(a.stderr, "hint: nothing was seen to run; --kind wall also shows who waits\n")
		}
	default:
		_, _ = fmt.Fprintf(a.stderr, "muster: %s of %s\n", t.kind, profiling.Count(t.processes, "process", "processes"))
	}
	for _, name := range append([]string{t.file}, t.beside...) {
		if name != "" {
			_, _ = fmt.Fprintf(a.stderr, "muster: written: %s\n", name)
		}
	}
	return nil
}

// unread tells of stacks that could not be read.
func (t *taken) unread() string {
	if t.unreadable == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d stacks could not be read)", t.unreadable)
}

// takenJSON is what `muster profile --json` prints.
type takenJSON struct {
	Kind       capture.Kind         `json:"kind"`
	Seconds    float64              `json:"seconds"`
	Samples    int64                `json:"samples"`
	Unreadable int64                `json:"unreadable"`
	Processes  int                  `json:"processes"`
	File       *string              `json:"file"`   // null: it is on standard output, or there is none
	Beside     []string             `json:"beside"` // files that are no pprof profile
	Coverage   []profiling.Coverage `json:"coverage"`
}

func (t *taken) json() takenJSON {
	j := takenJSON{
		Kind: t.kind, Seconds: t.seconds, Samples: t.samples, Unreadable: t.unreadable, Processes: t.processes,
		Beside: append([]string{}, t.beside...), Coverage: append([]profiling.Coverage{}, t.coverage...),
	}
	if t.file != "" {
		j.File = &t.file
	}
	return j
}

// ownProfiles is where profiles are kept that no session has taken.
func ownProfiles() string { return filepath.Join(session.StateDir(), ".profiles") }

// write puts a profile where it is wanted: in the file that is named, or where
// profiles are kept, with the text on standard output. What cannot be written
// where it is wanted is kept all the same.
func (a *app) write(f *takeFlags, out *profileOutput, t *taken) error {
	base := session.ProfileName(t.whom, t.kind, t.from)
	if err := t.keepBeside(out, base); err != nil {
		return err
	}
	if t.packed == nil {
		return nil // the files are all that there is
	}
	if out.name == "" { // nothing else was asked for
		switch err := t.keep(base + ".pb.gz"); {
		case err != nil && t.file == "" && f.json:
			return err
		case err != nil && t.file == "":
			complain(a.stderr, fmt.Errorf("the profile is only printed: %w", err))
		case err != nil:
			complain(a.stderr, err)
		}
		if f.json {
			return nil
		}
	}
	err := out.print(&content{
		packed: func() ([]byte, error) { return t.packed, nil },
		report: func() (*report.Report, error) { return readPacked(t.packed) },
		title:  base, rows: f.rows,
	})
	switch {
	case out.name == "" || out.name == "-":
		if out.name == "-" && t.file == "" && err == nil {
			return nil
		}
		return unlessClosed(err)
	case err == nil:
		t.file = out.name
		return nil
	}
	hint := "nor could it be kept anywhere else"
	if _ = t.keep(base + ".pb.gz"); t.file != "" { // why not is told already, or is the same
		hint = "it is kept, as pprof has it, in " + t.file
	}
	return hinted(err, hint)
}

// keep puts the profile where profiles are kept, unless it is there, or else into
// the directory of temporary files. The error says why it is not where it should be.
func (t *taken) keep(name string) (err error) {
	for _, dir := range []string{ownProfiles(), os.TempDir()} {
		if t.file == "" {
			var failed error
			t.file, failed = session.KeepProfile(dir, name, t.packed)
			err = cmp.Or(err, failed)
		}
	}
	return err
}

// keepBeside writes what is no pprof profile: to the file that is named if it is
// all that there is, else beside it, or where profiles are kept.
func (t *taken) keepBeside(out *profileOutput, base string) error {
	if t.files == nil {
		if len(t.beside) == 1 && t.packed == nil && out.name != "" { // the session keeps it
			data, err := os.ReadFile(t.beside[0])
			if err != nil {
				return fmt.Errorf("cannot write %s: %w", out.name, err)
			}
			return t.onlyFile(out, data)
		}
		return nil
	}
	if len(t.files) == 1 && t.packed == nil && out.name != "" {
		for _, data := range t.files {
			return t.onlyFile(out, data)
		}
	}
	dir := ownProfiles()
	if out.name != "" && out.name != "-" {
		dir, base = filepath.Dir(out.name), strings.TrimSuffix(filepath.Base(out.name), ".pb.gz")
	}
	var first error
	for name, data := range t.files {
		path, err := session.KeepProfile(dir, session.ProfileFile(base, name), data)
		if err == nil {
			t.beside = append(t.beside, path)
		}
		first = errors.Join(first, err)
	}
	slices.Sort(t.beside)
	return first
}

// onlyFile writes the one file that there is to where the profile is wanted.
func (t *taken) onlyFile(out *profileOutput, data []byte) error {
	err := out.write(func(w io.Writer) error { _, err := w.Write(data); return err })
	if err == nil && out.name != "-" {
		t.beside = []string{out.name}
	}
	return err
}

// readPacked makes a report of a packed profile.
func readPacked(packed []byte) (*report.Report, error) {
	r, err := report.Read(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("cannot read the profile: %w", err)
	}
	return r, nil
}
