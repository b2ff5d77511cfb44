package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/google/pprof/profile"
	"github.com/spf13/cobra"

	"example.com/muster/profiling/report"
	"example.com/muster/ui/draw"
)

// viewRows is how many functions are printed usually.
const viewRows = 40

// viewFlags are those of `muster profile view`.
type viewFlags struct {
	asked reportFlags
	outputFlags
	noTUI bool
	theme string
	rows  int
}

func (a *app) profileViewCommand() *cobra.Command {
	var f viewFlags
	cmd := &cobra.Command{
		Use:   "view [flags] FILE",
		Short: "Show a profile: where the time goes, or what else it counts",
		Long: "View reads a profile in pprof's format, packed by gzip or not, and shows it on a screen, or prints its functions,\n" +
			"those that most was spent in first, where there is no terminal or a flag asks for that. Flat is what was spent in\n" +
			"a function itself, cum with all that it calls. - is standard input.\n\n" +
			"With -o or --format it is written in another format: pprof (without filters), speedscope's JSON, collapsed\n" +
			"stacks, an SVG flame graph, this text, or a call tree as text.\n\n" +
			"--focus, --ignore and --hide take regular expressions, which match the name or the file of a function, or its\n" +
			"library, as those of go tool pprof do; shares remain those of the whole profile.",
		Example: "  muster profile view cpu.pb.gz\n  muster profile view --value alloc_space --focus json heap.pb.gz\n" +
			"  muster profile view -o cpu.svg cpu.pb.gz",
		DisableFlagsInUseLine: true,
		Args:                  oneFile("muster profile view cpu.pb.gz"),
		ValidArgsFunction:     completeProfiles(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := fromEnvironment(cmd.Flags(), "output", "format"); err != nil {
				return err
			}
			return a.profileView(cmd.Context(), &f, args[0])
		},
	}
	fs := cmd.Flags()
	f.asked.add(cmd)
	f.addOutput(a, cmd, formats, "it")
	fs.BoolVar(&f.noTUI, "no-tui", false, "print instead of showing the screen")
	addTheme(fs, &f.theme)
	fs.IntVarP(&f.rows, "rows", "n", viewRows, "print so many functions; 0 is all")
	return cmd
}

func (a *app) profileView(ctx context.Context, f *viewFlags, file string) error {
	if err := checkTheme(f.theme); err != nil {
		return err
	}
	out, err := a.profileOutput(&f.outputFlags, formats, false)
	if err != nil {
		return err
	}
	defer out.close()
	if out.format.binary {
		return a.profileCopy(out, file)
	}
	r, err := a.readReport(file)
	if err != nil {
		return err
	}
	o, err := f.asked.options(r)
	if err != nil {
		return err
	}
	a.ran = true
	if f.onScreen() && out.name == "" && file != "-" && a.screenWorks() {
		return a.profileScreen(ctx, file, f.theme, r)
	}
	return a.written(out.print(&content{
		report: func() (*report.Report, error) { return r, nil }, options: &o,
		title: filepath.Base(file), rows: f.rows,
	}))
}

// profileCopy writes a profile as it is, in pprof's format.
func (a *app) profileCopy(out *profileOutput, file string) error {
	p, err := a.readProfile(file)
	if err != nil {
		return err
	}
	a.ran = true
	return a.written(out.print(&content{packed: func() ([]byte, error) {
		var b bytes.Buffer
		err := p.Write(&b)
		return b.Bytes(), err
	}}))
}

// written is what became of writing.
func (a *app) written(err error) error {
	if err = unlessClosed(err); err != nil {
		a.code = codeFailed
	}
	return err
}

// onScreen reports whether nothing was asked for that only the text tells.
func (f *viewFlags) onScreen() bool {
	return !f.noTUI && f.format == "" && f.rows == viewRows && f.asked == reportFlags{}
}

// readProfile reads a file, or standard input, as it is.
func (a *app) readProfile(file string) (p *profile.Profile, err error) {
	err = a.readFile(file, func(from io.Reader) error {
		p, err = report.Parse(from)
		return err
	})
	return p, err
}

// readReport reads a file, or standard input.
func (a *app) readReport(file string) (r *report.Report, err error) {
	err = a.readFile(file, func(from io.Reader) error {
		r, err = report.Read(from)
		return err
	})
	return r, err
}

// readFile opens a file for read, and says what a person can do about an error.
func (a *app) readFile(name string, read func(io.Reader) error) error {
	from := profileFile{File: a.stdin}
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return unreadableFile(name, err)
		}
		defer file.Close()
		from.File = file
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			from.size = int(info.Size())
		}
	}
	if err := read(from); err != nil {
		return unreadableFile(name, err)
	}
	return nil
}

// profileFile is a file that tells how long it is, so that room can be made.
type profileFile struct {
	*os.File
	size int
}

// Len returns the size in bytes, 0 if it is not known.
func (f profileFile) Len() int { return f.size }

func unreadableFile(name string, err error) error {
	hint := ""
	if u, ok := errors.AsType[*report.Unreadable](err); ok {
		hint = u.Hint
	}
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	}
	if name == "-" {
		name = "standard input"
	}
	return usage(hint, "cannot read %s: %w", name, err)
}

// reportFlags say what a profile is asked.
type reportFlags struct {
	value, focus, ignore, hide, label string
	lines                             bool
}

func (f *reportFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.value, "value", "", "what is counted, such as cpu or alloc_space (default: what the profile is about)")
	fs.StringVar(&f.focus, "focus", "", "only stacks with a function that matches `REGEX`")
	fs.StringVar(&f.ignore, "ignore", "", "no stacks with a function that matches `REGEX`")
	fs.StringVar(&f.hide, "hide", "", "leave functions that match `REGEX` out of the stacks")
	fs.StringVar(&f.label, "label", "", "only samples with a label, as `KEY=VALUE`, such as process=train/0")
	fs.BoolVar(&f.lines, "lines", false, "by line instead of by function")
}

// options makes what a report is asked of the flags.
func (f *reportFlags) options(r *report.Report) (o report.Options, err error) {
	if o.Value, err = f.index(r); err != nil {
		return o, err
	}
	for _, e := range []struct {
		flag, text string
		to         **regexp.Regexp
	}{{"focus", f.focus, &o.Focus}, {"ignore", f.ignore, &o.Ignore}, {"hide", f.hide, &o.Hide}} {
		if e.text == "" {
			continue
		}
		if *e.to, err = regexp.Compile(e.text); err != nil {
			return o, usage("", "cannot use --%s %q: it is no regular expression: %w", e.flag, e.text, err)
		}
	}
	if f.label != "" {
		key, value, ok := strings.Cut(f.label, "=")
		if !ok || key == "" {
			return o, usage("for example: --label process=train/0", "cannot use --label %q: it is not KEY=VALUE", f.label)
		}
		o.Label, o.LabelValue = key, value
	}
	if f.lines {
		o.By = report.ByLine
	}
	return o, nil
}

// index finds the value that is to be told.
func (f *reportFlags) index(r *report.Report) (int, error) {
	if f.value == "" {
		return r.Default(), nil
	}
	var names []string
	for i, v := range r.Values() {
		if v.Name == f.value {
			return i, nil
		}
		names = append(names, draw.Plain([]byte(v.Name), 60))
	}
	if len(names) == 0 {
		return 0, usage("", "cannot tell %q: the profile counts nothing", f.value)
	}
	return 0, usage("", "cannot tell %q: the profile counts %s", f.value, strings.Join(names, ", "))
}
