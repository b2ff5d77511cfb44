package cli

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.com/muster/procs/demo"
)

func (a *app) demoCommand() *cobra.Command {
	var sf sessionFlags
	var tour, noTour bool
	names, about := demo.Names()
	var list strings.Builder
	for i, n := range names {
		fmt.Fprintf(&list, "  %-10s %s\n", n, about[i])
	}
	fmt.Fprintf(&list, "  %-10s %s\n", demo.MapName, demo.MapAbout)
	cmd := &cobra.Command{
		Use:   "demo [NAME...] [flags]",
		Short: "Show built-in pools, one for each thing that muster can show",
		Long: "Demo runs built-in workers; it needs nothing but muster itself:\n\n" + list.String() +
			"\nThe first muster demo shows around in five steps; Esc ends that. In the demo prompt\n" +
			"a program asks: i types into it, Ctrl-] leaves.",
		Example:               "  muster demo\n  muster demo crash chatty\n  muster demo prompt\n  muster demo map",
		DisableFlagsInUseLine: true,
		ValidArgs:             append(names, demo.MapName),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := fromEnvironment(cmd.Flags(), "session"); err != nil {
				return err
			}
			self, err := os.Executable()
			if err != nil {
				return fmt.Errorf("cannot find the workers: %w", err)
			}
			if slices.Contains(args, demo.MapName) {
				if tour {
					return usage("muster demo --tour", "cannot show the tour of %s: it is about pools", demo.MapName)
				}
				if len(args) > 1 {
					return usage("muster demo "+demo.MapName, "cannot show %q beside pools: it is a map over items", demo.MapName)
				}
				return a.demoMap(cmd.Context(), &sf, byName(self))
			}
			specs, err := demo.Pools(byName(self), args...)
			if err != nil {
				return usage("", "%w", err)
			}
			return a.live(cmd.Context(), sf, pools{name: "demo", specs: specs, tour: tour || !noTour && len(args) == 0 && !toured()})
		},
	}
	sf.add(cmd.Flags())
	cmd.Flags().BoolVar(&tour, "tour", false, "show around in five steps, as the first muster demo does")
	cmd.Flags().BoolVar(&noTour, "no-tour", false, "do not show around")
	return cmd
}

// demoMap shows a map over items, as muster map would.
func (a *app) demoMap(ctx context.Context, sf *sessionFlags, self string) error {
	if sf.detach {
		return usage("", "cannot run a map in the background")
	}
	if err := sf.check(); err != nil {
		return err
	}
	var f mapFlags
	f.add(pflag.NewFlagSet(mapName, pflag.ContinueOnError)) // for the defaults
	f.session, f.jobs, f.worker = sf.session, strconv.Itoa(demo.MapWorkers), "json"
	f.noTUI, f.plain, f.exit, f.color, f.theme, f.json, f.report = sf.noTUI, sf.plain, sf.exit, sf.color, sf.theme, sf.json, sf.report
	command, items := demo.Map(self)
	return a.mapItems(ctx, &f, append(append(command, ":::"), items...))
}

// byName is how a person calls this program: by its name alone, if that finds it.
func byName(self string) string {
	name := filepath.Base(self)
	if found, err := exec.LookPath(name); err == nil && found == self {
		return name
	}
	return self
}
