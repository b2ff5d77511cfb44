package cli

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"example.com/muster/procs/spawn"
	"example.com/muster/procs/task"
)

// shellHint says what was meant where a command of several words begins with what only a
// shell could make something of; "" where it does not.
func shellHint(command []string, template *task.Template) string {
	switch {
	case !template.Unshelled():
		return ""
	case flagsBehind(command):
		return "flags go before the command; only a command of one word is the shell's"
	}
	return "only a command of one word is the shell's: put all of it between quotes"
}

// checkShelled refuses a command that is a shell's and has flags of muster map behind it,
// as in `muster map 'sleep 1; echo {}' --results FILE`, before it fails for each item. It
// goes by what is certain: that what the word begins with is a program, or that it holds
// what ends a command of a shell. A program in a directory whose name has spaces is none.
func (f *mapFlags) checkShelled(command []string, template *task.Template) error {
	if f.py != "" || f.worker != "" || !template.Unshelled() || !flagsBehind(command) || !template.Varies() {
		return nil
	}
	if !strings.ContainsAny(command[0], "\n|&;<>") {
		first := strings.Fields(command[0])
		_, err := spawn.LookUp(spawn.Command{Argv: first[:min(1, len(first))], Env: append(os.Environ(), f.env...), Dir: f.cwd})
		if err != nil {
			return nil // so each item will tell
		}
	}
	return hinted(fmt.Errorf("cannot start the command: not found: %s", command[0]), shellHint(command, template))
}

// flagsBehind reports whether words behind the program look like flags of muster map.
func flagsBehind(command []string) bool {
	fs := pflag.NewFlagSet(mapName, pflag.ContinueOnError)
	new(mapFlags).add(fs)
	return slices.ContainsFunc(command[1:], func(word string) bool {
		if name, ok := strings.CutPrefix(word, "--"); ok {
			name, _, _ = strings.Cut(name, "=")
			return fs.Lookup(name) != nil
		}
		name, ok := strings.CutPrefix(word, "-")
		return ok && name != "" && fs.ShorthandLookup(name[:1]) != nil
	})
}
