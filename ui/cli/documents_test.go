package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

var (
	// aCommand is a command line of muster's in a document: on a line of its own, in
	// backquotes, or behind another one.
	aCommand = regexp.MustCompile("(?m)(?:^ *(?:\\$ )?|`|&& |; )muster ([a-z][a-z-]*)([^`\n|;&]*)")
	aWord    = regexp.MustCompile(`'[^']*'|"[^"]*"|\S+`)
	codeOnly = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
)

// TestDocumentsNameWhatExists: each command in the documents is one, and has the
// flags that it is given there.
func TestDocumentsNameWhatExists(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(pages) < 10 {
		t.Fatalf("%q, %v", pages, err)
	}
	found := 0
	for _, page := range append(pages, "../../README.md", "../../CONTRIBUTING.md", "../../examples/README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, code := range codeOnly.FindAllString(string(text), -1) {
			for _, m := range aCommand.FindAllStringSubmatch(code, -1) {
				found++
				if problem := unknownIn(m[1], aWord.FindAllString(m[2], -1)); problem != "" {
					t.Errorf("%s: muster %s%s: %s", filepath.Base(page), m[1], m[2], problem)
				}
			}
		}
	}
	if found < 150 {
		t.Errorf("only %d commands are found", found)
	}
}

// unknownIn says what is not known of a command line, "" if all is.
func unknownIn(name string, words []string) string {
	if name == "help" {
		return ""
	}
	cmd, rest, err := Command().Find(append([]string{name}, words...))
	if err != nil || cmd.Name() == "muster" {
		return "there is no such command"
	}
	cmd.InitDefaultHelpFlag()
	for i := 0; i < len(rest); i++ {
		flag, isFlag := strings.CutPrefix(rest[i], "-")
		switch {
		case rest[i] == "--", !isFlag && !takesFlagsAnywhere(cmd):
			return "" // what follows is another program's
		case strings.Contains(rest[i], "  "), flag == "", !isFlag:
			continue
		}
		name, _, hasValue := strings.Cut(strings.TrimPrefix(flag, "-"), "=")
		f := cmd.Flags().Lookup(name)
		if !strings.HasPrefix(flag, "-") {
			f = cmd.Flags().ShorthandLookup(flag[:1])
			hasValue = len(flag) > 1
		}
		if f == nil {
			return "there is no flag " + rest[i]
		}
		if !hasValue && f.NoOptDefVal == "" {
			i++ // its value
		}
	}
	return ""
}

// takesFlagsAnywhere says whether flags behind arguments are the command's own.
func takesFlagsAnywhere(cmd *cobra.Command) bool { return cmd.Name() != "run" && cmd.Name() != mapName }
