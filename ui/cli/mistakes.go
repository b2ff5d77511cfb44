package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagMistake says what is wrong with the flags.
func flagMistake(cmd *cobra.Command, err error) error {
	hint := seeHelp(cmd)
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return usage(hint, "cannot read the flags: %v", err)
	}
	f := invalid.GetFlag()
	return usage(hint, "cannot use %q for --%s: %s", invalid.GetValue(), f.Name, whyNot(f, invalid.GetValue()))
}

// whyNot says what a flag's value should have been.
func whyNot(f *pflag.Flag, value string) string {
	switch f.Value.Type() {
	case "duration":
		if _, err := strconv.ParseFloat(value, 64); err == nil || errors.Is(err, strconv.ErrRange) {
			return "it is out of range"
		}
		return "it is no duration, such as 10s or 1m30s; a bare number is seconds"
	case "int", "uint", "uint16":
		if _, err := strconv.ParseInt(value, 10, 64); errors.Is(err, strconv.ErrRange) {
			return "it is out of range"
		}
		return "it is no whole number"
	case "bool":
		return "it is true or false"
	}
	return "it is no " + f.Value.Type()
}

// takesAtMost is the check of a command that takes so many arguments.
func takesAtMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) <= n {
			return nil
		}
		given, takes := "arguments", "none"
		if len(args) == 1 {
			given = "argument"
		}
		if n > 0 {
			takes = fmt.Sprintf("%d at the most", n)
		}
		return usage(seeHelp(cmd), "cannot use the %s %s: %s takes %s", given, strings.Join(args, " "), cmd.CommandPath(), takes)
	}
}

// seeHelp is the hint at a command's own help.
func seeHelp(cmd *cobra.Command) string { return fmt.Sprintf("see: %s --help", cmd.CommandPath()) }

// strictHelp has the command help refuse what there is no help with.
func strictHelp(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	for _, help := range root.Commands() {
		if help.Name() != "help" {
			continue
		}
		help.Run = nil
		help.RunE = func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return usage(seeHelp(cmd), "cannot help with %q: there is no such command", strings.Join(args, " "))
			}
			cmd.InitDefaultHelpFlag() // or the help does not tell of it
			return cmd.Help()
		}
	}
}
