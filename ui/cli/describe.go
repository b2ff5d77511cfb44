package cli

import (
	"os"

	"github.com/spf13/cobra"
)

// Command is the command line as a tree of commands, for documentation that is
// made of it: see docs/man. To run it call [Main].
func Command() *cobra.Command {
	a := &app{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, environ: os.Environ()}
	return a.root()
}
