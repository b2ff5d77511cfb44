package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.com/muster/procs"
	"example.com/muster/procs/supervisor"
	"example.com/muster/profiling"
	"example.com/muster/session"
	"example.com/muster/ui/plain"
)

// sized is a pool and how many processes it is to have.
type sized struct {
	pool string
	size int
}

func (a *app) scaleCommand() *cobra.Command {
	c := &control{app: a}
	cmd := &cobra.Command{
		Use:   "scale POOL N | POOL=N...",
		Short: "Change the number of processes of pools",
		Long: "Scale gives a pool N processes: new ones are started, or those with the highest numbers\n" +
			"are stopped. The others go on undisturbed: one of them that was stopped by hand, or has\n" +
			"ended, is not started, and the answer names it. A later muster reload brings back the\n" +
			"number of the configuration.",
		Example:           "  muster scale web 4\n  muster scale web=4 worker=0",
		ValidArgsFunction: a.completePools,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := fromEnvironment(cmd.Flags()); err != nil {
				return err
			}
			list, err := readSizes(args)
			if err != nil {
				return err
			}
			if err := c.open(); err != nil {
				return err
			}
			ps, err := c.pools(cmd.Context(), list)
			if err != nil {
				return err
			}
			last := c.farewell(cmd.Context(), ps, list)
			for _, s := range list {
				done, err := c.do(cmd, session.DoJSON{Command: "scale", Pool: s.pool, Size: &s.size})
				if err != nil {
					return err
				}
				if err := c.tell(done, "scales %s to %s%s", s.pool, profiling.Count(s.size, "process", "processes"), idle(ps, s)+last); err != nil {
					return err
				}
			}
			return nil
		},
	}
	c.add(cmd)
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if flag, ok := errors.AsType[*pflag.NotExistError](err); ok {
			if n, no := strconv.Atoi(flag.GetSpecifiedShortnames()); no == nil { // "scale web -1"
				return usage(sizesHint, "cannot scale to -%d: %s", n, sizesRule)
			}
		}
		return flagMistake(cmd, err)
	})
	return cmd
}

// sizesHint shows what scale reads, sizesRule says which sizes there are.
const sizesHint = "for example: muster scale web 4, or muster scale web=4 worker=2"

var sizesRule = fmt.Sprintf("a pool has 0 to %d processes", supervisor.MaxSize)

// pools returns the pools as they are before any is scaled; it is an error if one is not
// there, as then none is to be scaled.
func (c *control) pools(ctx context.Context, list []sized) (session.PS, error) {
	ps, err := c.client.PS(ctx)
	if err != nil {
		return ps, c.app.noAnswer(err)
	}
	for _, s := range list {
		if !slices.ContainsFunc(ps.Pools, func(p session.PoolJSON) bool { return p.Name == s.pool }) {
			return ps, c.app.noAnswer(fmt.Errorf("cannot scale %s: there is no such pool", s.pool))
		}
	}
	return ps, nil
}

// farewell says that the session ends of being scaled so, "" if it does not: one in the
// background outlives its last process.
func (c *control) farewell(ctx context.Context, ps session.PS, list []sized) string {
	if !empties(ps, list) {
		return ""
	}
	if about, err := c.client.About(ctx); err != nil || about.Detached {
		return ""
	}
	return "; nothing else runs, so the session ends, unless a screen shows it"
}

// empties reports whether nothing is left that runs, or will run by itself.
func empties(ps session.PS, list []sized) bool {
	for _, pool := range ps.Pools {
		size := len(pool.Processes)
		for _, s := range list {
			if s.pool == pool.Name {
				size = s.size
			}
		}
		stays := func(p session.ProcessJSON) bool { return p.Slot < size && !p.State.Settled() }
		if size > len(pool.Processes) || slices.ContainsFunc(pool.Processes, stays) {
			return false
		}
	}
	return true
}

// idle tells what will not run though its pool keeps it, and how it is started. It goes by
// what was so before, as what is new then may not have been started after.
func idle(ps session.PS, s sized) string {
	var slots []procs.Slot
	for _, pool := range ps.Pools {
		if pool.Name != s.pool {
			continue
		}
		for _, p := range pool.Processes {
			id := procs.ID{Pool: pool.Name, Slot: p.Slot}
			slots = append(slots, procs.Slot{Run: procs.Run{ID: id, N: p.Run}, State: p.State})
		}
	}
	text, ids := plain.Idle(slots, s.size)
	switch {
	case text == "":
		return ""
	case len(ids) == 0: // they are being stopped
		return "; " + text
	case len(ids) > 3:
		return "; " + text + ": muster start " + s.pool
	}
	start := "; " + text + ": muster start"
	for _, id := range ids {
		start += " " + id.String()
	}
	return start
}

// readSizes reads "POOL N" or "POOL=N...".
func readSizes(args []string) ([]sized, error) {
	if len(args) == 0 {
		return nil, usage(sizesHint, "cannot scale: no pool is named")
	}
	if len(args) == 2 && !strings.Contains(args[0], "=") && !strings.Contains(args[1], "=") {
		args = []string{args[0] + "=" + args[1]}
	}
	var list []sized
	for _, arg := range args {
		i := strings.LastIndexByte(arg, '=') // a pool's name may hold one
		if i < 1 {
			return nil, usage(sizesHint, "cannot scale %s: to how many?", arg)
		}
		n, err := strconv.Atoi(arg[i+1:])
		if err != nil {
			return nil, usage(sizesHint, "cannot scale %s to %q: that is no number of processes", arg[:i], arg[i+1:])
		}
		if n < 0 || n > supervisor.MaxSize {
			return nil, usage(sizesHint, "cannot scale %s to %d: %s", arg[:i], n, sizesRule)
		}
		list = append(list, sized{arg[:i], n})
	}
	return list, nil
}
