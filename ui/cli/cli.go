// Package cli is the command line of muster and the place where its rooms are
// wired together: flags become specs, a guard is started, a session is put on
// it, and a screen or the headless printer on the session.
//
// Start at [Main]; one file a command, live.go for what run and demo share.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"example.com/muster/procs/config"
	"example.com/muster/procs/demo"
	"example.com/muster/profiling/permits"
	"example.com/muster/session"
	_ "example.com/muster/ui/background" // keeps the terminal from being asked for its background
	_ "example.com/muster/ui/cli/guard"  // has the guard be nothing else
)

// Exit codes of the contract.
const (
	codeOK     = 0
	codeFailed = 1 // some process failed; or no such session
	codeUsage  = 2
)

// app is what every command works with.
type app struct {
	stdin          *os.File
	stdout, stderr *os.File
	environ        []string
	code           int            // to exit with
	ran            bool           // a session was started: what goes wrong now is no mistake of usage
	quit           chan os.Signal // see endAtQuit
}

// usageError is a mistake of the user's; it ends with code 2.
type usageError struct {
	err  error
	hint string
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usage(hint, format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...), hint}
}

// hintedError is no mistake of the user's; there is something that can be done.
type hintedError struct {
	err  error
	hint string
}

func (e *hintedError) Error() string { return e.err.Error() }
func (e *hintedError) Unwrap() error { return e.err }

func hinted(err error, hint string) error { return &hintedError{err, hint} }

// Main runs the command line and returns the exit code.
func Main(argv []string, stdin, stdout, stderr *os.File) int {
	if len(argv) > 1 && argv[1] == demo.WorkerCommand {
		err := demo.Work(argv[2:])
		if code := demo.Ended(0); errors.As(err, &code) {
			return int(code)
		}
		if err != nil {
			complain(stderr, err)
			return codeUsage
		}
		return codeOK
	}
	if permits.IsChild(argv) {
		permits.PlayChild()
		return codeOK
	}
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, environ: os.Environ()}
	defer a.endAtQuit()()
	root := a.root()
	root.SetArgs(argv[1:])
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(context.Background())
	if err := a.unprinted(err); err != nil {
		complain(stderr, err)
		if cmd != nil && cmd.Name() == mapName {
			if a.code > 128 && a.code < codeMap {
				return a.code // a signal ended it, of which the error came, as where the terminal has gone
			}
			return codeMap // 1 to 101 would be items that failed
		}
		var u *usageError
		switch {
		case errors.As(err, &u), !a.ran && a.code == 0:
			return codeUsage
		case a.code == 0:
			return codeFailed
		}
	}
	return a.code
}

// unprinted makes of an error of standard output one that says so, and no
// mistake of the user's.
func (a *app) unprinted(err error) error {
	var failed *fs.PathError
	if !errors.As(err, &failed) || failed.Op != "write" || failed.Path != a.stdout.Name() {
		return err
	}
	a.ran = true
	return fmt.Errorf("cannot print: %w", failed.Err)
}

// complain writes an error as the contract has it: one line, and a hint below
// where there is one.
func complain(w io.Writer, err error) {
	var file *config.Error
	if errors.As(err, &file) { // it has a line for each fault
		_, _ = fmt.Fprintf(w, "muster: %s\n%s", file.Heading(), file.Details())
		advise(w, err)
		return
	}
	var refused *session.Refusal
	if errors.As(err, &refused) && refused.Details != "" { // so has the session's file
		_, _ = fmt.Fprintf(w, "muster: %s", refused.Details)
		return
	}
	text := strings.ReplaceAll(err.Error(), "\n", " ")
	_, _ = fmt.Fprintf(w, "muster: %s\n", text)
	advise(w, err)
}

// advise writes what an error advises to do.
func advise(w io.Writer, err error) {
	if hint := hintOf(err); hint != "" {
		_, _ = fmt.Fprintf(w, "hint: %s\n", hint)
	}
}

// hintOf is what an error advises to do, "" if nothing.
func hintOf(err error) string {
	if u, ok := errors.AsType[*usageError](err); ok {
		return u.hint
	}
	if h, ok := errors.AsType[*hintedError](err); ok {
		return h.hint
	}
	return ""
}

func (a *app) root() *cobra.Command {
	version := false
	root := &cobra.Command{
		Use:   "muster",
		Short: "Start pools of processes, see what each is doing, and why it is slow, stuck or dead",
		Long: "muster starts and supervises pools of processes, shows what each of them is\n" +
			"doing, and says why it is slow, stuck or dead.",
		Example:       "  muster run -n 4 -- python3 train.py\n  muster up -d && muster attach\n  muster demo",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return usage("to run a program: muster run -- "+strings.Join(args, " "),
				"cannot do %q: there is no such command", args[0])
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if version {
				a.ran = true
				_, err := io.WriteString(a.stdout, versionText()+"\n")
				return err
			}
			return cmd.Help()
		},
	}
	root.Flags().BoolVar(&version, "version", false, "print the version, as muster version does")
	root.SetFlagErrorFunc(flagMistake)
	root.AddCommand(a.runCommand(), a.mapCommand(), a.upCommand(), a.initCommand(), a.demoCommand(), a.psCommand(), a.versionCommand())
	root.AddCommand(a.startCommand(), a.stopCommand(), a.restartCommand(), a.scaleCommand(), a.signalCommand(), a.reloadCommand())
	root.AddCommand(a.sessionsCommand(), a.attachCommand(), a.downCommand())
	root.AddCommand(a.waitCommand(), a.completionCommand())
	root.AddCommand(a.logsCommand(), a.locksCommand(), a.stacksCommand(), a.crashesCommand(), a.doctorCommand(), a.debugCommand(), a.profileCommand())
	strictHelp(root)
	a.completeFlags(root)
	return root
}
