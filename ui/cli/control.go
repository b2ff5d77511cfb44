package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"example.com/muster/procs"
	"example.com/muster/session"
)

// control is what the commands that change a running session share.
type control struct {
	app     *app
	session string
	all     bool
	json    bool
	client  *session.Client
}

func (c *control) add(cmd *cobra.Command) {
	cmd.DisableFlagsInUseLine = true
	c.app.addSession(cmd, &c.session)
	cmd.Flags().BoolVar(&c.json, "json", false, "print JSON")
}

// addAll adds --all to a command that takes patterns.
func (c *control) addAll(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&c.all, "all", false, "all processes")
	cmd.ValidArgsFunction = c.app.completeProcesses
}

// chosen checks the patterns. To say nothing is not to say all: a slip of the
// finger must not stop everything.
func (c *control) chosen(cmd *cobra.Command, patterns []string) error {
	verb := cmd.Name()
	switch {
	case len(patterns) == 0 && !c.all:
		return usage(fmt.Sprintf("muster %s --all, or the name of a pool or a process: muster ps lists them", verb), "cannot %s: no process is named", verb)
	case len(patterns) > 0 && c.all:
		return usage("", "cannot %s both --all and %s", verb, strings.Join(patterns, ", "))
	}
	for _, p := range patterns {
		if _, err := (procs.ID{}).Matches(p); err != nil {
			return usage("", "cannot %s %w", verb, err)
		}
	}
	return nil
}

// open finds the session. It comes after all that can be wrong with the
// command line.
func (c *control) open() error {
	client, err := session.Dial(c.session)
	if err != nil {
		return c.app.noAnswer(err)
	}
	c.client = client
	return nil
}

// do carries out one command.
func (c *control) do(cmd *cobra.Command, d session.DoJSON) (session.DoneJSON, error) {
	done, err := c.client.Do(cmd.Context(), d)
	var r *session.Refusal
	switch {
	case errors.As(err, &r) && r.Status == http.StatusBadRequest:
		return done, usage(r.Hint, "%w", err)
	case err != nil:
		return done, c.app.noAnswer(err)
	}
	return done, nil
}

// tell prints what has been accepted: a line for a person, or the answer itself.
func (c *control) tell(answer any, format string, args ...any) error {
	if c.json {
		return json.NewEncoder(c.app.stdout).Encode(answer)
	}
	_, err := fmt.Fprintf(c.app.stdout, format+"\n", args...)
	return err
}

// act does to the processes of the patterns what a command says.
func (c *control) act(cmd *cobra.Command, d session.DoJSON, verb string) error {
	if err := c.open(); err != nil {
		return err
	}
	done, err := c.do(cmd, d)
	if err != nil {
		return err
	}
	return c.tell(done, "%s %s", verb, acted(done))
}

// acted names the processes that something was done to, then those of the patterns to
// which it was not, and why.
func acted(done session.DoneJSON) string {
	var whys []string // in the order in which they come
	declined := map[string][]string{}
	for _, d := range done.Declined {
		if declined[d.Why] == nil {
			whys = append(whys, d.Why)
		}
		declined[d.Why] = append(declined[d.Why], d.Process)
	}
	text := names(slices.DeleteFunc(slices.Clone(done.Processes), func(name string) bool {
		return slices.ContainsFunc(done.Declined, func(d session.DeclinedJSON) bool { return d.Process == name })
	}))
	for _, why := range whys {
		text += "; " + names(declined[why]) + " " + ofMany(why, len(declined[why]))
	}
	return text
}

// ofMany is what is said of one ("it is not running") as it is said behind the names of n.
func ofMany(why string, n int) string {
	verb, rest, _ := strings.Cut(strings.TrimPrefix(why, "it "), " ")
	if are := map[string]string{"is": "are", "has": "have"}[verb]; n > 1 && are != "" {
		verb = are
	}
	return verb + " " + rest
}

func (a *app) startCommand() *cobra.Command {
	c := &control{app: a}
	cmd := &cobra.Command{
		Use:   "start [PATTERN...] [--all]",
		Short: "Start processes that do not run",
		Long: "Start starts the processes of the patterns that do not run: stopped, ended, failed or\n" +
			"disabled ones, and those that wait for others or for their next try.\n\n" + patternsLong,
		Example: "  muster start api\n  muster start 'worker/*'",
		RunE: func(cmd *cobra.Command, patterns []string) error {
			if err := c.begin(cmd, patterns); err != nil {
				return err
			}
			return c.act(cmd, session.DoJSON{Command: "start", Patterns: patterns}, "starts")
		},
	}
	c.add(cmd)
	c.addAll(cmd)
	return cmd
}

// patternsLong tells what a pattern is, in the help of each command that takes some.
const patternsLong = "A PATTERN is a pool (api), one of its processes (api/1), or either with wildcards\n" +
	"('w*', 'api/*', '*/0'). The command returns once the session has accepted it; see\n" +
	"muster wait to wait for what follows."

// begin is how each command that takes patterns begins.
func (c *control) begin(cmd *cobra.Command, patterns []string) error {
	if err := fromEnvironment(cmd.Flags()); err != nil {
		return err
	}
	return c.chosen(cmd, patterns)
}

func (a *app) stopCommand() *cobra.Command {
	c := &control{app: a}
	var now bool
	cmd := &cobra.Command{
		Use:   "stop [PATTERN...] [--all] [--now]",
		Short: "Stop processes",
		Long: "Stop asks the processes of the patterns to end, and kills those that have not ended\n" +
			"when their grace is over. They stay stopped until they are started again; the session\n" +
			"goes on while any of its processes lives. muster down ends the session itself.\n\n" + patternsLong,
		Example: "  muster stop api\n  muster stop 'w*' --now",
		RunE: func(cmd *cobra.Command, patterns []string) error {
			if err := c.begin(cmd, patterns); err != nil {
				return err
			}
			if now {
				return c.act(cmd, session.DoJSON{Command: "kill", Patterns: patterns}, "kills")
			}
			return c.act(cmd, session.DoJSON{Command: "stop", Patterns: patterns}, "stops")
		},
	}
	c.add(cmd)
	c.addAll(cmd)
	cmd.Flags().BoolVar(&now, "now", false, "kill them at once")
	return cmd
}

func (a *app) restartCommand() *cobra.Command {
	c := &control{app: a}
	var roll bool
	cmd := &cobra.Command{
		Use:   "restart [PATTERN...] [--all] [--roll]",
		Short: "Restart processes",
		Long: "Restart stops the processes of the patterns at once and starts them again in the order of\n" +
			"their dependencies; those that do not run are started. With --roll only a few of a pool are down at a time\n" +
			"(update.max_unavailable): the next are restarted when those are ready again.\n\n" + patternsLong,
		Example: "  muster restart api/1\n  muster restart web --roll",
		RunE: func(cmd *cobra.Command, patterns []string) error {
			if err := c.begin(cmd, patterns); err != nil {
				return err
			}
			if roll {
				return c.roll(cmd, patterns)
			}
			return c.act(cmd, session.DoJSON{Command: "restart", Patterns: patterns}, "restarts")
		},
	}
	c.add(cmd)
	c.addAll(cmd)
	cmd.Flags().BoolVar(&roll, "roll", false, "a few processes of a pool at a time")
	return cmd
}

// roll restarts whole pools, a few processes at a time.
func (c *control) roll(cmd *cobra.Command, patterns []string) error {
	for _, p := range patterns {
		if strings.Contains(p, "/") {
			return usage("muster restart "+p+" restarts it alone", "cannot roll %s: a rolling restart is for whole pools", p)
		}
	}
	if err := c.open(); err != nil {
		return err
	}
	done, err := c.do(cmd, session.DoJSON{Command: "roll", Patterns: patterns})
	if err != nil {
		return err
	}
	what := strings.Join(patterns, ", ")
	if c.all {
		what = "all pools"
	}
	return c.tell(done, "restarts %s, a few processes at a time", what)
}

// signal sends a signal to the slots of the patterns, and to processes below a slot's
// that are named one by one.
func (c *control) signal(cmd *cobra.Command, sig procs.Signal, to procs.SignalTo, patterns []string) error {
	slots := slices.DeleteFunc(slices.Clone(patterns), belowSlot)
	d, verb := session.DoJSON{Command: "signal", Signal: strconv.Itoa(int(sig)), To: string(to), Patterns: slots}, "sends "+sig.String()+" to"
	if len(slots) == len(patterns) {
		return c.act(cmd, d, verb)
	}
	if i := slices.IndexFunc(patterns, belowSlot); to == procs.ToGroup {
		return usage("", "cannot send a signal to the group of %s: what a process has started gets it alone", patterns[i])
	}
	if err := c.open(); err != nil {
		return err
	}
	ps, err := c.client.PS(cmd.Context())
	if err != nil {
		return c.app.noAnswer(err)
	}
	var all []session.DoJSON
	if len(slots) > 0 {
		all = append(all, d)
	}
	var below []string
	for _, name := range slices.DeleteFunc(slices.Clone(patterns), func(s string) bool { return !belowSlot(s) }) {
		found, _ := named(ps.Pools, name)
		if len(found) == 0 {
			return c.app.noAnswer(fmt.Errorf("cannot signal %s: there is no such process%s", name, thereAre(ps.Pools)))
		}
		for _, s := range found {
			all, below = append(all, session.DoJSON{Command: "signal", Signal: d.Signal, PID: s.PID, StartTime: s.StartTime}), append(below, s.name)
		}
	}
	sent := session.DoneJSON{Processes: []string{}}
	for _, d := range all {
		done, err := c.do(cmd, d)
		if err != nil {
			return err
		}
		sent.Processes, sent.Declined = append(sent.Processes, done.Processes...), append(sent.Declined, done.Declined...)
	}
	sent.Processes = append(sent.Processes, below...)
	return c.tell(sent, "%s %s", verb, acted(sent))
}

func (a *app) signalCommand() *cobra.Command {
	c := &control{app: a}
	var to string
	cmd := &cobra.Command{
		Use:   "signal SIGNAL [PATTERN...] [--all] [--to group|leader]",
		Short: "Send a signal to processes",
		Long: "Signal sends a signal to the processes of the patterns, each with its process group, or\n" +
			"alone where its pool says stop: {to: leader} or --to does. SIGNAL is a name (HUP, SIGUSR1)\n" +
			"or a number. What a process has started is named by what muster ps and muster locks call\n" +
			"it (worker/0/gunicorn), and gets it alone. A process that ends of it is restarted or not\n" +
			"as its pool's restart policy says; to end processes use muster stop.\n\n" + patternsLong,
		Example: "  muster signal HUP nginx\n  muster signal USR1 'worker/*'\n  muster signal HUP web --to leader",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := fromEnvironment(cmd.Flags()); err != nil {
				return err
			}
			if len(args) == 0 {
				return usage("for example: muster signal HUP nginx", "cannot signal: no signal is named")
			}
			sig, err := procs.ParseSignal(args[0])
			if err != nil {
				return usage("the signal comes first: muster signal HUP nginx", "%w", err)
			}
			whom, err := procs.ParseSignalTo(to)
			if err != nil {
				return usage("", "%w", err)
			}
			if err := c.chosen(cmd, args[1:]); err != nil {
				return err
			}
			return c.signal(cmd, sig, whom, args[1:])
		},
	}
	c.add(cmd)
	c.addAll(cmd)
	cmd.Flags().StringVar(&to, "to", "", "group: the process group of each, or leader: its own process alone (default: as the pool's stop.to says)")
	cmd.ValidArgsFunction = a.completeSignal
	return cmd
}
