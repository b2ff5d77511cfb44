package cli

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/session"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/source"
	"example.com/muster/ui/text"
)

func (a *app) exportCommand() *cobra.Command {
	var f crashesFlags
	var file string
	cmd := &cobra.Command{
		Use:   "export ID [-o FILE] [--all] [--session NAME]",
		Short: "Write all that is known of a crash to a tar.gz, to be sent to somebody",
		Long: "Export writes a bundle with the card of a crash as text and JSON, what its process's slot has printed while it\n" +
			"lived, the environment that it was given (the values of variables that are named like secrets are hidden) and\n" +
			"the measurements before its end. What programs print and are told on their command line is not looked through\n" +
			"for secrets.",
		Example:               "  muster crashes export c3\n  muster crashes export --all train-4121/c3 -o c3.tar.gz",
		DisableFlagsInUseLine: true,
		ValidArgsFunction:     a.completeCrashes,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := fromEnvironment(cmd.Flags(), "all", "output"); err != nil {
				return err
			}
			if len(args) != 1 {
				return usage("for example: muster crashes export c3", "cannot export: it takes one crash")
			}
			return a.export(cmd.Context(), f, args[0], file)
		},
	}
	f.add(a, cmd)
	cmd.Flags().StringVarP(&file, "output", "o", "", "write `FILE` (default: muster-SESSION-ID.tar.gz here; - is standard output)")
	return cmd
}

// export writes the bundle of one crash.
func (a *app) export(ctx context.Context, f crashesFlags, id, file string) error {
	k, err := a.findCrash(ctx, f, id)
	if err != nil {
		return err
	}
	a.ran = true
	base := "muster-" + k.Session + "-" + k.ID
	b, err := bundle(&k, base)
	if err != nil {
		a.code = codeFailed
		return fmt.Errorf("cannot export %s: %w", text.CrashName(&k), err)
	}
	if file == "-" {
		_, err := a.stdout.Write(b)
		return unlessClosed(err)
	}
	named := file != ""
	if !named {
		file = base + ".tar.gz"
	}
	if err := writeBundle(file, b, named); err != nil {
		a.code = codeFailed
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "wrote %s\n", file)
	return unlessClosed(err)
}

// bundler returns what writes the bundle of a crash of a running session for
// its screen: to a file in the present directory.
func (a *app) bundler(name string) func(context.Context, string) (string, error) {
	return func(ctx context.Context, id string) (string, error) {
		k, err := a.askCrash(ctx, name, id)
		if err != nil {
			return "", err
		}
		base := "muster-" + k.Session + "-" + k.ID
		b, err := bundle(&k, base)
		if err != nil {
			return "", fmt.Errorf("cannot export %s: %w", text.CrashName(&k), err)
		}
		file := base + ".tar.gz"
		return file, writeBundle(file, b, true)
	}
}

// writeBundle writes a file that only the user can read. One that is there is
// replaced only if it was named.
func writeBundle(file string, b []byte, named bool) error {
	if info, err := os.Lstat(file); err == nil {
		switch {
		case info.IsDir():
			return fmt.Errorf("cannot write %s: it is a directory", file)
		case !named:
			return hinted(fmt.Errorf("cannot write %s: it exists", file), "name another, or the same, with -o FILE")
		}
	}
	if err := replace(file, b); err != nil { // a file of mode 0600 takes its place
		return fmt.Errorf("cannot write %s: %w", file, err)
	}
	return nil
}

// bundle is the tar.gz of a crash. The same crash makes the same bytes.
func bundle(k *session.KeptCrash, base string) ([]byte, error) {
	card, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return nil, err
	}
	table, err := samplesTable(k.Samples)
	if err != nil {
		return nil, err
	}
	samples, err := json.MarshalIndent(k.Samples, "", "  ")
	if err != nil {
		return nil, err
	}
	files := []struct {
		name string
		text []byte
	}{
		{"card.json", append(card, '\n')},
		{"card.txt", []byte(text.Crash(*k, source.Lines{}))},
		{"environment.txt", environmentText(k.Environ)},
		{"log.txt", logText(k)},
		{"samples.csv", table},
		{"samples.json", append(samples, '\n')},
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	t := tar.NewWriter(z)
	for _, f := range files {
		h := &tar.Header{Name: path.Join(base, f.name), Mode: 0o600, Size: int64(len(f.text)), ModTime: time.Time(k.At).Truncate(time.Second), Format: tar.FormatUSTAR}
		if err := t.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := t.Write(f.text); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(t.Close(), z.Close()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// environmentText is one variable a line; those with line ends are quoted.
func environmentText(env []string) []byte {
	var b bytes.Buffer
	for _, kv := range env {
		if strings.ContainsAny(kv, "\n\r") {
			kv = strconv.Quote(kv)
		}
		b.WriteString(masked(kv) + "\n")
	}
	return b.Bytes()
}

// samplesTable is the measurements as CSV, with a header.
func samplesTable(samples []session.SampleJSON) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{"at", "cpu_percent", "rss_bytes", "threads", "fds", "processes"}}
	for i := range samples {
		s := &samples[i]
		rows = append(rows, []string{
			time.Time(s.At).Format("2006-01-02T15:04:05.000Z07:00"), orNothing(s.CPUPercent), orNothing(s.RSSBytes), orNothing(s.Threads), orNothing(s.FDs), strconv.Itoa(s.Processes),
		})
	}
	err := w.WriteAll(rows)
	return b.Bytes(), err
}

// orNothing is a number, or nothing where it is not known.
func orNothing[T any](v *T) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(*v)
}

// maxLogText bounds the log of a bundle, in bytes: the newest are kept.
const maxLogText = 16 << 20

// logText is what the process's slot has printed while the process lived, or
// why that is not known.
func logText(k *session.KeptCrash) []byte {
	text, err := readLog(k)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return []byte("the log is gone\n")
	case err != nil:
		return []byte("the log cannot be read: " + err.Error() + "\n")
	}
	return text
}

func readLog(k *session.KeptCrash) ([]byte, error) {
	if k.LogDir == nil {
		return []byte("no log was kept\n"), nil
	}
	id, err := slotIn(k.Process)
	if err != nil {
		return nil, err
	}
	archive, err := output.OpenArchive(*k.LogDir)
	if err != nil {
		return nil, err
	}
	o := output.ScanOptions{Slots: func(s procs.ID) bool { return s == id }, Until: time.Time(k.At).Add(time.Second), Live: true}
	if k.StartedAt != nil {
		o.Since = time.Time(*k.StartedAt)
	}
	scan, err := archive.Scan(o)
	if err != nil {
		return nil, err
	}
	defer scan.Close()
	var b bytes.Buffer
	buf := make([]byte, 0, 64<<10)
	for {
		c, ok := scan.Next(buf)
		if !ok {
			return lastOf(b.Bytes()), scan.Err()
		}
		writeChunk(&b, c)
		if b.Len() > 2*maxLogText {
			rest := bytes.Clone(lastOf(b.Bytes()))
			b.Reset()
			b.Write(rest)
		}
	}
}

// lastOf returns whole lines from the end of a text, up to maxLogText.
func lastOf(text []byte) []byte {
	if len(text) <= maxLogText {
		return text
	}
	text = text[len(text)-maxLogText:]
	return text[bytes.IndexByte(text, '\n')+1:]
}

// writeChunk writes lines with their time, stream and writer, or how many are missing.
func writeChunk(w io.Writer, c output.Chunk) {
	if c.Missed > 0 {
		_, _ = fmt.Fprintf(w, "(%s missing in the log)\n", draw.Plural(c.Missed, "line"))
	}
	who := ""
	if c.PID != 0 {
		who = " " + strconv.Itoa(c.PID)
	}
	for line := range bytes.Lines(c.Text) {
		_, _ = fmt.Fprintf(w, "%s %s%s | %s\n", c.At.Format("2006-01-02T15:04:05.000Z07:00"), c.Stream, who, bytes.TrimSuffix(line, []byte{'\n'}))
	}
}

// slotIn is the slot of a process's name, "pool/0" or "pool/0/label".
func slotIn(process string) (procs.ID, error) {
	parts := strings.SplitN(process, "/", 3)
	if len(parts) < 2 {
		return procs.ID{}, fmt.Errorf("cannot tell the slot of %q", process)
	}
	return procs.ParseID(parts[0] + "/" + parts[1])
}
