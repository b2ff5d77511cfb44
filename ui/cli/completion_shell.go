package cli

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// shells are those that there is a completion script for.
var shells = []string{"bash", "zsh", "fish"}

func (a *app) completionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish",
		Short: "Print a script that completes muster's command line in a shell",
		Long: "Completion prints a script for a shell to read. It completes commands and flags, and asks\n" +
			"the running session for the names of pools and processes.\n\n" +
			"  bash   in ~/.bashrc: source <(muster completion bash)\n" +
			"  zsh    muster completion zsh > \"${fpath[1]}/_muster\"\n" +
			"  fish   muster completion fish > ~/.config/fish/completions/muster.fish",
		Example:               "  source <(muster completion bash)",
		DisableFlagsInUseLine: true,
		ValidArgs:             shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			const hint = "for example: source <(muster completion bash)"
			if len(args) != 1 {
				return usage(hint, "cannot complete: name one shell, %s", strings.Join(shells, ", "))
			}
			switch root := cmd.Root(); args[0] {
			case "bash":
				return bashCompletion(root, a.stdout)
			case "zsh":
				return root.GenZshCompletion(a.stdout)
			case "fish":
				return root.GenFishCompletion(a.stdout, true)
			}
			return usage(hint, "cannot complete in %q: the shells are %s", args[0], strings.Join(shells, ", "))
		},
	}
}

// The call of cobra's script that needs the package bash-completion, and what
// does without it. Words are then cut at "=" too: "--session x" is completed,
// "--session=x" is not.
const (
	bashNeeds = "    _get_comp_words_by_ref \"$@\" cur prev words cword\n"
	bashAlone = "    if declare -F _get_comp_words_by_ref >/dev/null; then\n    " + bashNeeds +
		"    else\n" +
		"        cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n" +
		"        words=(\"${COMP_WORDS[@]}\") cword=$COMP_CWORD\n" +
		"    fi\n"
)

// bashCompletion prints a script that works without the package too, which
// many containers and all Macs lack.
func bashCompletion(root *cobra.Command, w io.Writer) error {
	var script bytes.Buffer
	if err := root.GenBashCompletionV2(&script, true); err != nil {
		return fmt.Errorf("cannot write the script: %w", err)
	}
	_, err := io.WriteString(w, strings.Replace(script.String(), bashNeeds, bashAlone, 1))
	return err
}
