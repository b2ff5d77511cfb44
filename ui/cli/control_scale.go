package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"example.com/muster/procs"
	"example.com/muster/procs/supervisor"
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
			for _, s := range list {
				idle, err := c.idle(cmd.Context(), s)
				if err != nil {
					return err
				}
				done, err := c.do(cmd, session.DoJSON{Command: "scale", Pool: s.pool, Size: &s.size})
				if err != nil {
					return err
				}
				if err := c.tell(done, "scales %s to %s%s", s.pool, processes(s.size), idle); err != nil {
					return err
				}
			}
			return nil
		},
	}
	c.add(cmd)
	return cmd
}

// idle tells what will not run though its pool keeps it, and how it is started. It is asked
// before, as what is new then may not have been started after.
func (c *control) idle(ctx context.Context, s sized) (string, error) {
	if c.json {
		return "", nil
	}
	ps, err := c.client.PS(ctx)
	if err != nil {
		return "", c.app.noAnswer(err)
	}
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
		return "", nil
	case len(ids) == 0: // they are being stopped
		return "; " + text, nil
	case len(ids) > 3:
		return "; " + text + ": muster start " + s.pool, nil
	}
	start := "; " + text + ": muster start"
	for _, id := range ids {
		start += " " + id.String()
	}
	return start, nil
}

// readSizes reads "POOL N" or "POOL=N...".
func readSizes(args []string) ([]sized, error) {
	const hint = "for example: muster scale web 4, or muster scale web=4 worker=2"
	if len(args) == 0 {
		return nil, usage(hint, "cannot scale: no pool is named")
	}
	if len(args) == 2 && !strings.Contains(args[0], "=") && !strings.Contains(args[1], "=") {
		args = []string{args[0] + "=" + args[1]}
	}
	var list []sized
	for _, arg := range args {
		i := strings.LastIndexByte(arg, '=') // a pool's name may hold one
		if i < 1 {
			return nil, usage(hint, "cannot scale %s: to how many?", arg)
		}
		n, err := strconv.Atoi(arg[i+1:])
		if err != nil || n < 0 {
			return nil, usage(hint, "cannot scale %s to %q: that is no number of processes", arg[:i], arg[i+1:])
		}
		if n > supervisor.MaxSize {
			return nil, usage(hint, "cannot scale %s to %d: a pool has 0 to %d processes", arg[:i], n, supervisor.MaxSize)
		}
		list = append(list, sized{arg[:i], n})
	}
	return list, nil
}

func processes(n int) string {
	if n == 1 {
		return "1 process"
	}
	return fmt.Sprintf("%d processes", n)
}
