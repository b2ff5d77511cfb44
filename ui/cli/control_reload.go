package cli

import (
	"bufio"
	"errors"
	"fmt"
	"strings"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"example.com/muster/procs"
	"example.com/muster/session"
)

// reloaded is what `muster reload --json` prints.
type reloaded struct {
	Changes []session.ChangeJSON `json:"changes"`
	Applied bool                 `json:"applied"`
}

func (a *app) reloadCommand() *cobra.Command {
	c := &control{app: a}
	var dry, yes bool
	cmd := &cobra.Command{
		Use:   "reload [--dry-run] [--yes]",
		Short: "Read the configuration anew and apply what differs",
		Long: "Reload reads the file that the session was started from, shows what differs from what\n" +
			"runs, and applies that and nothing else: new pools are started, missing ones stopped,\n" +
			"those whose command or environment differs restarted a few processes at a time. On a\n" +
			"terminal it asks first. If the file has an error nothing changes, and the code is 2.",
		Example: "  muster reload --dry-run\n  muster reload --yes",
		Args:    takesAtMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := fromEnvironment(cmd.Flags()); err != nil {
				return err
			}
			if err := c.open(); err != nil {
				return err
			}
			return c.reload(cmd, dry, yes)
		},
	}
	c.add(cmd)
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only show what differs")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

// reload shows the difference, asks where somebody can answer, and applies it.
func (c *control) reload(cmd *cobra.Command, dry, yes bool) error {
	changes, err := c.client.Plan(cmd.Context())
	if err != nil {
		return c.refused(err)
	}
	r := reloaded{Changes: changes}
	if len(changes) == 0 {
		r.Changes = []session.ChangeJSON{}
		return c.tell(r, "nothing differs")
	}
	if !c.json {
		for _, ch := range changes {
			if _, err := fmt.Fprintf(c.app.stdout, "%s %s\n", procs.Change{Kind: ch.Kind}.Sign(), ch.Text); err != nil {
				return err
			}
		}
	}
	if !dry {
		if !yes && !c.app.agrees("apply this?") {
			c.app.code = codeFailed
			return fmt.Errorf("cannot reload: the answer was no; nothing has changed")
		}
		if _, err := c.client.Do(cmd.Context(), session.DoJSON{Command: "reload"}); err != nil {
			return c.refused(err)
		}
		r.Applied = true
	}
	if c.json {
		return c.tell(r, "")
	}
	return nil
}

// agrees asks a question on the terminal; where there is none, nobody is asked.
func (a *app) agrees(question string) bool {
	if !term.IsTerminal(a.stdin.Fd()) || !term.IsTerminal(a.stderr.Fd()) {
		return true
	}
	_, _ = fmt.Fprintf(a.stderr, "%s [y/N] ", question)  // the answer will tell whether it was seen
	line, _ := bufio.NewReader(a.stdin).ReadString('\n') // an end without an answer is a no
	line = strings.ToLower(strings.TrimSpace(line))
	return line == "y" || line == "yes"
}

// refused ends a reload that the session did not carry out: its configuration
// is at fault, or it has none, which is code 2.
func (c *control) refused(err error) error {
	var r *session.Refusal
	if !errors.As(err, &r) {
		return c.app.noAnswer(err)
	}
	return usage(r.Hint, "%w", err)
}
