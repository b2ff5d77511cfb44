package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"example.com/muster/profiling/report"
)

// format is one in which a profile can be written.
type format struct {
	name     string
	suffixes []string // of files that are written in it
	binary   bool     // it is not for terminals
	write    func(w io.Writer, c *content) error
}

// content is what is written: a profile, or a difference.
type content struct {
	packed  func() ([]byte, error) // in pprof's format
	report  func() (*report.Report, error)
	diff    *report.Difference
	options *report.Options // nil is what the profile is about
	title   string
	rows    int // of a table; 0 is all
	paint   func(report.Sign, string) string
}

// asked returns the report, and what it is asked.
func (c *content) asked() (*report.Report, report.Options, error) {
	r, err := c.report()
	switch {
	case err != nil:
		return nil, report.Options{}, err
	case c.options != nil:
		return r, *c.options, nil
	}
	return r, report.Options{Value: r.Default()}, nil
}

// formats are those that there are; the first one is for names that tell nothing.
var formats = []*format{
	{"pprof", []string{".pb.gz", ".pprof", ".prof"}, true, func(w io.Writer, c *content) error {
		packed, err := c.packed()
		if err == nil {
			_, err = w.Write(packed)
		}
		return err
	}},
	{"speedscope", []string{".speedscope.json", ".json"}, false, reported(func(w io.Writer, r *report.Report, o report.Options, c *content) error {
		return report.WriteSpeedscope(w, r, o, c.title)
	})},
	{"collapsed", []string{".collapsed", ".folded"}, false, reported(func(w io.Writer, r *report.Report, o report.Options, _ *content) error {
		return report.WriteCollapsed(w, r, o)
	})},
	{"svg", []string{".svg"}, false, reported(func(w io.Writer, r *report.Report, o report.Options, c *content) error {
		return report.WriteSVG(w, r, o, c.title)
	})},
	{"text", []string{".txt"}, false, reported(func(w io.Writer, r *report.Report, o report.Options, c *content) error {
		return report.WriteTop(w, r, o, c.rows)
	})},
	{"tree", []string{".tree"}, false, reported(func(w io.Writer, r *report.Report, o report.Options, _ *content) error {
		return report.WriteTree(w, r, o, leastOfTree)
	})},
}

// leastOfTree is the share of the total below which a frame is left out of a
// tree of text.
const leastOfTree = 0.005

// diffFormats are those of differences.
var diffFormats = []*format{
	{"text", []string{".txt"}, false, func(w io.Writer, c *content) error {
		return report.WriteDiff(w, c.diff, c.options.By, c.rows, c.paint)
	}},
	{"collapsed", []string{".collapsed", ".folded"}, false, func(w io.Writer, c *content) error {
		return report.WriteCollapsedDiff(w, c.diff, c.options.By)
	}},
	{"svg", []string{".svg"}, false, func(w io.Writer, c *content) error {
		return report.WriteSVGDiff(w, c.diff, c.options.By, c.title)
	}},
}

// reported makes a writer of contents of one of reports.
func reported(write func(io.Writer, *report.Report, report.Options, *content) error) func(io.Writer, *content) error {
	return func(w io.Writer, c *content) error {
		r, o, err := c.asked()
		if err != nil {
			return err
		}
		return write(w, r, o, c)
	}
}

func formatNames(formats []*format) []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// formatOf returns the format of that name; "" is that which the ending of a file's
// name tells. One without an ending tells nothing.
func formatOf(formats []*format, name, file string) (*format, error) {
	if name == "" {
		var endings []string
		for _, f := range formats {
			if slices.ContainsFunc(f.suffixes, func(s string) bool { return strings.HasSuffix(file, s) }) {
				return f, nil
			}
			endings = append(endings, f.suffixes...)
		}
		if strings.Trim(filepath.Ext(file), ".") == "" {
			return formats[0], nil
		}
		return nil, usage("--format says it whatever the name is, as in --format "+formats[0].name,
			"cannot write to %s: its ending tells no format; the endings are %s", file, strings.Join(endings, ", "))
	}
	i := slices.IndexFunc(formats, func(f *format) bool { return f.name == name })
	if i < 0 {
		return nil, usage("", "cannot use --format %q: the formats are %s", name, strings.Join(formatNames(formats), ", "))
	}
	return formats[i], nil
}

// outputFlags say where a profile goes.
type outputFlags struct {
	out, format string
}

func (f *outputFlags) addOutput(a *app, cmd *cobra.Command, formats []*format, what string) {
	names := formatNames(formats)
	cmd.Flags().StringVarP(&f.out, "output", "o", "", "write "+what+" to `FILE`; - is standard output")
	cmd.Flags().StringVar(&f.format, "format", "", strings.Join(names[:len(names)-1], ", ")+" or "+names[len(names)-1]+" (default: by the name of FILE)")
	a.completeWords(cmd, "format", names...)
}

// profileOutput is where a profile goes: to a file, which is there as a whole or
// not at all, or to standard output.
type profileOutput struct {
	name    string // "" and "-" are standard output
	format  *format
	stdout  io.Writer
	file    *os.File // beside the named one until it is whole; or it itself, if it is no plain file
	replace bool
}

// profileOutput opens where the profile goes before it is taken, so that a
// mistake costs no time.
func (a *app) profileOutput(f *outputFlags, formats []*format, json bool) (*profileOutput, error) {
	out := &profileOutput{name: f.out, stdout: a.stdout}
	var err error
	if out.format, err = formatOf(formats, f.format, f.out); err != nil {
		return nil, err
	}
	if f.out == "" && f.format == "" {
		out.format, _ = formatOf(formats, "text", "") // there is such a one
	}
	if f.out == "" && f.format != "" && f.format != "text" {
		out.name = "-"
	}
	switch {
	case out.name == "-" && json:
		return nil, usage("", "cannot print both the profile and JSON about it: name a file with -o")
	case out.name == "-" && out.format.binary && term.IsTerminal(a.stdout.Fd()):
		return nil, usage("", "cannot print a profile on a terminal: name a file with -o, or --format text")
	case out.name == "" || out.name == "-":
		return out, nil
	}
	if out.file, out.replace, err = openOutput(out.name); err != nil {
		return nil, usage("", "cannot write to %s: %w", out.name, bareError(err))
	}
	return out, nil
}

// bareError is an error of a file without its name.
func bareError(err error) error {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err
	}
	return err
}

// openOutput opens a file beside the named one, or the named one itself if that
// is a device, a pipe or a link.
func openOutput(name string) (file *os.File, replace bool, err error) {
	info, err := os.Lstat(name)
	if err == nil && info.IsDir() {
		return nil, false, errors.New("it is a directory")
	}
	if err == nil && !info.Mode().IsRegular() {
		file, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
		return file, false, err
	}
	file, err = os.CreateTemp(filepath.Dir(name), ".muster-profile-*")
	return file, true, err
}

// print writes what there is in its format.
func (o *profileOutput) print(c *content) error {
	return o.write(func(w io.Writer) error { return o.format.write(w, c) })
}

// write writes the profile.
func (o *profileOutput) write(how func(io.Writer) error) error {
	if o.file == nil {
		return how(o.stdout)
	}
	var b bytes.Buffer
	if err := how(&b); err != nil {
		return err
	}
	_, err := o.file.Write(b.Bytes())
	err = errors.Join(err, o.file.Close())
	if err == nil && o.replace {
		err = os.Rename(o.file.Name(), o.name)
	}
	if err != nil {
		if o.replace {
			_ = os.Remove(o.file.Name()) // it holds half of a profile
		}
		err = fmt.Errorf("cannot write %s: %w", o.name, bareError(err))
	}
	o.file = nil
	return err
}

// close gives up what has not been written.
func (o *profileOutput) close() {
	if o.file == nil {
		return
	}
	_ = o.file.Close() // nothing was written
	if o.replace {
		_ = os.Remove(o.file.Name())
	}
}
