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
	"example.com/muster/ui/text"
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
			_, err := io.WriteString(a.stdout, versionText()+"\n\n"+text.Doctor(report)+inUse().text())
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

// text is what a person reads of it.
func (s settingsJSON) text() string {
	note := s.Note
	if s.Verdict == permits.OK {
		note = strings.TrimPrefix(s.File+": "+note, ": ")
	}
	return "\n" + text.Finding("settings of the screen", "config.yaml", s.Verdict, note)
}
