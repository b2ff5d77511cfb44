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
	hint := fmt.Sprintf("see: %s --help", cmd.CommandPath())
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
		takes := "it takes no arguments"
		if n > 0 {
			takes = "it takes " + countOf(n, "argument", "arguments") + " at the most"
		}
		hint := fmt.Sprintf("see: %s --help", cmd.CommandPath())
		return usage(hint, "cannot %s %s: %s", cmd.Name(), strings.Join(args, " "), takes)
	}
}
