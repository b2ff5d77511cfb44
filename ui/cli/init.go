package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"example.com/muster/procs/config"
)

func (a *app) initCommand() *cobra.Command {
	var file string
	var schema bool
	cmd := &cobra.Command{
		Use:   "init [-f FILE] [--schema]",
		Short: "Write a first muster.yaml",
		Long: "Init writes a muster.yaml with comments into the current directory. It never\n" +
			"overwrites a file.",
		Example:               "  muster init && muster up",
		Args:                  takesAtMost(0),
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := fromEnvironment(cmd.Flags(), "schema"); err != nil {
				return err
			}
			if schema {
				b, err := config.Schema()
				if err == nil {
					_, err = a.stdout.Write(b)
				}
				return err
			}
			if err := writeExample(file); err != nil {
				return err
			}
			_, err := fmt.Fprintf(a.stdout, "wrote %s; to run it: muster up%s\n", file, namedFile(file))
			return err
		},
	}
	cmd.Flags().StringVarP(&file, "file", "f", "muster.yaml", "write to `FILE`")
	cmd.Flags().BoolVar(&schema, "schema", false, "print the JSON Schema of muster.yaml instead")
	return cmd
}

// namedFile is the flag that a file needs if muster up does not find it by itself.
func namedFile(file string) string {
	if file == "muster.yaml" {
		return ""
	}
	return " -f " + file
}

// writeExample writes the example to a file that does not exist yet.
func writeExample(file string) error {
	if file == "muster.yaml" { // muster up would find the other one no more
		if _, err := os.Lstat("muster.yml"); err == nil {
			return usage("", "cannot write muster.yaml: there is a muster.yml")
		}
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) // a source file, to be read by whoever reads the others
	switch {
	case errors.Is(err, fs.ErrExist):
		return usage("remove it first, or name another file with -f", "cannot write %s: it exists", file)
	case err != nil:
		return usage("", "cannot write %s: %w", file, cause(err))
	}
	_, err = io.WriteString(f, config.Example)
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(file) // it holds half an example
		return fmt.Errorf("cannot write %s: %w", file, cause(err))
	}
	return nil
}

// cause is an error of the file system without the name of the file.
func cause(err error) error {
	var inner *fs.PathError
	if errors.As(err, &inner) {
		return inner.Err
	}
	return err
}
