package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version [--json]",
		Short: "Print the version and how it was built",
		Long: "Version prints which muster this is: the version, the commit and the commit's date where the build\n" +
			"knows them, and the Go release and system that it was built with and for.",
		Example:               "  muster version\n  muster version --json",
		Args:                  takesAtMost(0),
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := fromEnvironment(cmd.Flags()); err != nil {
				return err
			}
			a.ran = true
			info, _ := debug.ReadBuildInfo()
			if asJSON {
				return json.NewEncoder(a.stdout).Encode(versionOf(info))
			}
			_, err := io.WriteString(a.stdout, versionOf(info).String()+"\n")
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// versionJSON is what version --json prints. What the build does not know is null.
type versionJSON struct {
	Version  string  `json:"version"`  // "v0.1.0", or "(devel)"
	Commit   *string `json:"commit"`   // all of it
	Date     *string `json:"date"`     // of the commit, RFC 3339
	Modified *bool   `json:"modified"` // the sources were not all committed
	Go       string  `json:"go"`
	OS       string  `json:"os"`
	Arch     string  `json:"arch"`
}

// versionOf reads what the go command puts into a binary; info may be nil.
func versionOf(info *debug.BuildInfo) versionJSON {
	v := versionJSON{Version: "(devel)", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	if info == nil {
		return v
	}
	if info.Main.Version != "" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = &s.Value
		case "vcs.time":
			v.Date = &s.Value
		case "vcs.modified":
			modified := s.Value == "true"
			v.Modified = &modified
		}
	}
	return v
}

// String is "muster v0.1.0 (3f2c1ab of 2026-11-26) go1.26.0 linux/amd64".
func (v versionJSON) String() string {
	const shortCommit, day = 7, len("2026-11-26")
	commit := ""
	if v.Commit != nil && v.Date != nil && len(*v.Commit) >= shortCommit && len(*v.Date) >= day {
		changed := ""
		if v.Modified != nil && *v.Modified {
			changed = " with changes"
		}
		commit = fmt.Sprintf(" (%s of %s%s)", (*v.Commit)[:shortCommit], (*v.Date)[:day], changed)
	}
	return fmt.Sprintf("muster %s%s %s %s/%s", v.Version, commit, v.Go, v.OS, v.Arch)
}

// versionText says which muster this is, in a line.
func versionText() string {
	info, _ := debug.ReadBuildInfo()
	return versionOf(info).String()
}
