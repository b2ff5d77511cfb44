package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"example.com/muster/profiling"
	"example.com/muster/profiling/permits"
	"example.com/muster/ui/settings"
	"example.com/muster/ui/theme"
)

func (a *app) doctorCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor [--json]",
		Short: "Show what this machine lets muster see, and what to do about what it does not",
		Long: "Doctor tries what muster relies on: the kernel's files, the memory of a child that it starts for\n" +
			"that, sockets that tell who wrote. It changes nothing and runs no other program. What is not\n" +
			"permitted is told with what would permit it; docs/troubleshooting.md has a section for each line.",
		Example:               "  muster doctor\n  muster doctor --json",
		Args:                  takesAtMost(0),
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := fromEnvironment(cmd.Flags()); err != nil {
				return err
			}
			a.ran = true
			report := permits.Judge(permits.Probe(cmd.Context()))
			if asJSON {
				return json.NewEncoder(a.stdout).Encode(doctorJSON{versionText(), report, inUse()})
			}
			_, err := io.WriteString(a.stdout, versionText()+"\n\n"+doctorText(report)+settingsText(inUse()))
			return unlessClosed(err)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// doctorJSON is what doctor --json prints.
type doctorJSON struct {
	Version string `json:"version"`
	permits.Report
	Settings settingsJSON `json:"settings"`
}

// settingsJSON is the user's own file of themes and keys: where it is or could
// be, and whether it can be used.
type settingsJSON struct {
	File    string          `json:"file"`
	Verdict permits.Verdict `json:"verdict"`
	Note    string          `json:"note"`
}

// inUse looks at the user's file.
func inUse() settingsJSON {
	s := settingsJSON{File: settings.Path(), Verdict: permits.OK}
	if _, err := os.Stat(s.File); errors.Is(err, fs.ErrNotExist) {
		s.Note = "there is none"
		return s
	}
	set, err := settings.Load()
	if err != nil {
		s.Verdict, s.Note = permits.No, err.Error()
		return s
	}
	s.Note = fmt.Sprintf("theme %s, %s changed", cmp.Or(set.Theme, theme.Default), profiling.Count(set.Changed, "intent", "intents"))
	if set.Columns != nil {
		s.Note += ", " + profiling.Count(len(set.Columns), "column", "columns")
	}
	return s
}

// settingsText is what a person reads of it.
func settingsText(s settingsJSON) string {
	var b strings.Builder
	heading(&b, "settings of the screen")
	note := s.Note
	if s.Verdict == permits.OK {
		note = strings.TrimPrefix(s.File+": "+note, ": ")
	}
	finding(&b, "config.yaml", string(s.Verdict), note, "")
	return "\n" + b.String()
}

// doctorColumns are where the verdict and the note begin.
const (
	doctorName    = 18
	doctorVerdict = 8
)

// doctorText is what a person reads. It is pure.
func doctorText(r permits.Report) string {
	var b strings.Builder
	group := ""
	for _, c := range r.Checks {
		if c.Group != group {
			heading(&b, c.Group)
			group = c.Group
		}
		finding(&b, c.Name, string(c.Verdict), c.Note, c.Permit)
	}
	heading(&b, "evidence of locks")
	for _, s := range r.Sources {
		finding(&b, s.Source, inWord(s.OK), s.Note, s.Permit)
	}
	heading(&b, "pythons found (none was run)")
	for _, p := range r.Pythons {
		finding(&b, orDash(p.Version), inWord(p.Covered), strings.TrimPrefix(p.Note+", "+p.Path, ", "), "")
	}
	none(&b, len(r.Pythons))
	heading(&b, "debuggers found (none was run)")
	for _, d := range r.Debuggers {
		finding(&b, d.Name, "", d.Path, "")
	}
	none(&b, len(r.Debuggers))
	heading(&b, "put into the environment of children")
	for _, v := range r.Environment {
		fmt.Fprintf(&b, "  %-*s %s; to turn it off: %s\n", doctorName+doctorVerdict, v.Name+"="+v.Value, v.When, v.Off)
	}
	return b.String()
}

func heading(b *strings.Builder, title string) {
	if b.Len() > 0 {
		b.WriteString("\n")
	}
	fmt.Fprintf(b, "%s\n", title)
}

// finding is a line, and a second one that says what would permit more.
func finding(b *strings.Builder, name, verdict, note, permit string) {
	line := fmt.Sprintf("  %-*s %-*s %s", doctorName, plainly(name), doctorVerdict, verdict, plainly(note))
	b.WriteString(strings.TrimRight(line, " ") + "\n")
	if permit != "" {
		fmt.Fprintf(b, "  %*s to permit: %s\n", doctorName+doctorVerdict+1, "", plainly(permit))
	}
}

func none(b *strings.Builder, n int) {
	if n == 0 {
		b.WriteString("  none\n")
	}
}

func inWord(ok bool) string {
	if ok {
		return string(permits.OK)
	}
	return string(permits.No)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
