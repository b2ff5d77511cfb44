package cli

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"example.com/muster/procs/config"
	"example.com/muster/profiling"
	"example.com/muster/session"
	"example.com/muster/ui/theme"
)

// completeWithin bounds how long the shell waits for names. A session that is
// suspended must not hang somebody's prompt.
const completeWithin = 500 * time.Millisecond

// addSession adds --session to a command that talks to a running one.
func (a *app) addSession(cmd *cobra.Command, name *string) {
	cmd.Flags().StringVar(name, "session", "", "which session (default: the only one running)")
}

// completion sets what completes a flag.
func (a *app) completion(cmd *cobra.Command, flag string, f cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, f); err != nil {
		panic(err) // the flag does not exist: a mistake in this package
	}
}

// flagWords are the values of flags, whichever command has them.
var flagWords = map[string][]string{
	"restart":     {"no", "on-failure", "always"},
	"output":      {"auto", "pty", "pipe", "by-writer"},
	"color":       {"auto", "always", "never"},
	"to":          {"group", "leader"},
	"theme":       theme.Names(),
	"prefix":      {"name", "writer", "none"},
	"stop-signal": signalNames,

	"start-method": {"spawn", "fork", "forkserver"},
	"items":        {"text", "json"},
	"worker":       {"json", "bytes"},
	"halt":         {"never", "soon,fail=1", "now,fail=1", "now,success=1"},
}

// signalNames are those that somebody may want to send.
var signalNames = []string{"HUP", "INT", "TERM", "QUIT", "KILL", "USR1", "USR2", "STOP", "CONT", "WINCH"}

// completeFlags completes the values of flags in every command that has them.
// A session that is to be begun has no name yet.
func (a *app) completeFlags(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		a.completeFlags(cmd)
		for flag, words := range flagWords {
			if cmd.Flags().Lookup(flag) != nil {
				a.completeWords(cmd, flag, words...)
			}
		}
		for _, flag := range []string{"cwd", "log-dir"} {
			if cmd.Flags().Lookup(flag) != nil {
				a.completion(cmd, flag, completeDirs)
			}
		}
		if f := cmd.Flags().Lookup("session"); f != nil && cmd.Flags().Lookup("no-tui") == nil {
			a.completion(cmd, "session", completeSessions)
		}
	}
}

func completeDirs(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// completeWords makes a flag complete to some words.
func (a *app) completeWords(cmd *cobra.Command, flag string, words ...string) {
	a.completion(cmd, flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// completeSessions lists the running sessions, as --session or as an argument.
func completeSessions(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	names, err := session.Sessions()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp // whoever completes is not told why
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeProcesses lists the pools and processes of the session that runs,
// but those that stand on the line already.
func (a *app) completeProcesses(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var list []cobra.Completion
	for _, pool := range processesOf(cmd) {
		if !slices.Contains(args, pool.Name) {
			list = append(list, cobra.CompletionWithDesc(pool.Name, profiling.Count(len(pool.Processes), "process", "processes")))
		}
		for i := range pool.Processes {
			p := &pool.Processes[i]
			if !slices.Contains(args, p.Name) && (len(pool.Processes) > 1 || len(list) == 0) {
				list = append(list, cobra.CompletionWithDesc(p.Name, words(p.State)))
			}
		}
	}
	return list, cobra.ShellCompDirectiveNoFileComp
}

// completePools lists the pools only.
func (a *app) completePools(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var list []cobra.Completion
	for _, pool := range processesOf(cmd) {
		if !slices.Contains(args, pool.Name) {
			list = append(list, cobra.CompletionWithDesc(pool.Name, profiling.Count(pool.Size, "process", "processes")))
		}
	}
	return list, cobra.ShellCompDirectiveNoFileComp
}

// completeFile lists the pools of the configuration that muster up would run.
func (a *app) completeFile(ff fileFlags, args []string) ([]cobra.Completion, cobra.ShellCompDirective) {
	ff.sizes = nil // they may be half written
	o, err := ff.options(a.environ, nil)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	file, err := config.Load(o)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp // muster up will tell
	}
	var list []cobra.Completion
	for _, spec := range file.Specs {
		if !slices.Contains(args, spec.Name) {
			list = append(list, cobra.CompletionWithDesc(spec.Name, profiling.Count(spec.Size, "process", "processes")))
		}
	}
	return list, cobra.ShellCompDirectiveNoFileComp
}

// processesOf asks the session that the command line names; silence is no answer.
func processesOf(cmd *cobra.Command) []session.PoolJSON {
	if err := fromEnvironment(cmd.Flags()); err != nil {
		return nil
	}
	name := ""
	if f := cmd.Flags().Lookup("session"); f != nil {
		name = f.Value.String()
	}
	client, err := session.Dial(name)
	if err != nil {
		return nil
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), completeWithin)
	defer cancel()
	ps, err := client.PS(ctx)
	if err != nil {
		return nil
	}
	return ps.Pools
}

// completeSignal completes a signal's name, and then processes.
func (a *app) completeSignal(cmd *cobra.Command, args []string, so string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return a.completeProcesses(cmd, args[1:], so)
	}
	return signalNames, cobra.ShellCompDirectiveNoFileComp
}
