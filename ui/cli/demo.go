package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"example.com/muster/procs/demo"
)

func (a *app) demoCommand() *cobra.Command {
	var sf sessionFlags
	names, about := demo.Names()
	var list strings.Builder
	for i, n := range names {
		fmt.Fprintf(&list, "  %-10s %s\n", n, about[i])
	}
	cmd := &cobra.Command{
		Use:                   "demo [NAME...] [flags]",
		Short:                 "Show built-in pools, one for each thing that muster can show",
		Long:                  "Demo runs built-in workers; it needs nothing but muster itself:\n\n" + list.String(),
		Example:               "  muster demo\n  muster demo crash chatty",
		DisableFlagsInUseLine: true,
		ValidArgs:             names,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := fromEnvironment(cmd.Flags(), "session"); err != nil {
				return err
			}
			self, err := os.Executable()
			if err != nil {
				return fmt.Errorf("cannot find the workers: %w", err)
			}
			specs, err := demo.Pools(byName(self), args...)
			if err != nil {
				return usage("", "%w", err)
			}
			return a.live(cmd.Context(), sf, pools{name: "demo", specs: specs})
		},
	}
	sf.add(cmd.Flags())
	return cmd
}

// byName is how a person calls this program: by its name alone, if that finds it.
func byName(self string) string {
	name := filepath.Base(self)
	if found, err := exec.LookPath(name); err == nil && found == self {
		return name
	}
	return self
}
