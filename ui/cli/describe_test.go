package cli

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestEachCommandIsDescribed: help and manual pages are made of this.
func TestEachCommandIsDescribed(t *testing.T) {
	for _, c := range append(Command().Commands(), Command()) {
		if c.Hidden || c.Name() == "help" {
			continue
		}
		if c.Short == "" || strings.HasSuffix(c.Short, ".") || strings.ToUpper(c.Short[:1]) != c.Short[:1] {
			t.Errorf("%s: %q is no short description; it begins with a capital and has no full stop", c.Name(), c.Short)
		}
		flags := 0
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			flags++
			if f.Usage == "" {
				t.Errorf("%s --%s does not say what it does", c.Name(), f.Name)
			}
		})
		if flags > 0 && (c.Long == "" || c.Example == "") {
			t.Errorf("%s has flags, but no long description or no example", c.Name())
		}
		for _, line := range strings.Split(c.Example, "\n") {
			if c.Example != "" && !strings.HasPrefix(line, "  ") {
				t.Errorf("%s: the example %q is not indented by two", c.Name(), line)
			}
		}
	}
}

// TestExamplesAreReadable: each example of the help is a command line that
// muster understands, as far as the shell has no part in it.
func TestExamplesAreReadable(t *testing.T) {
	for _, c := range append(Command().Commands(), Command()) {
		for _, line := range strings.Split(c.Example, "\n") {
			for _, part := range strings.Split(line, "&&") {
				words := strings.Fields(strings.SplitN(part, ">", 2)[0])
				if len(words) < 2 || words[0] != "muster" {
					continue
				}
				checkExample(t, words[1:])
			}
		}
	}
}

func checkExample(t *testing.T, words []string) {
	t.Helper()
	root := Command()
	cmd, rest, err := root.Find(words)
	if err != nil || cmd == root {
		t.Errorf("muster %s: there is no such command (%v)", strings.Join(words, " "), err)
		return
	}
	cmd.RunE = func(*cobra.Command, []string) error { return nil }
	if err := cmd.ParseFlags(rest); err != nil {
		t.Errorf("muster %s: %v", strings.Join(words, " "), err)
	}
}

// TestTranslationsAreReal: each command line of muster's that docs/coming-from.md
// names is one that it understands.
func TestTranslationsAreReal(t *testing.T) {
	page, err := os.ReadFile("../../docs/coming-from.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile("(?m)`muster ([^`]+)`|^muster ([^#\n]+)").FindAllStringSubmatch(string(page), -1)
	if len(lines) < 50 {
		t.Errorf("only %d command lines are found; the page has more", len(lines))
	}
	for _, m := range lines {
		for part := range strings.SplitSeq(strings.ReplaceAll(m[1]+m[2], ";", "&&"), "&&") {
			words := strings.Fields(strings.TrimPrefix(strings.TrimSpace(part), "muster "))
			if len(words) > 0 && !strings.HasPrefix(words[0], "./") {
				checkExample(t, words)
			}
		}
	}
}
