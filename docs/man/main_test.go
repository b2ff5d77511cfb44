package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"example.com/muster/ui/cli"
)

func TestEachCommandHasAPage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "man1")
	if err := write(dir); err != nil {
		t.Fatal(err)
	}
	names := pagesOf(cli.Command())
	if len(names) < 30 {
		t.Errorf("only %q; something has been lost", names)
	}
	for _, name := range names {
		page, err := os.ReadFile(filepath.Join(dir, name+".1"))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, part := range []string{".TH \"MUSTER\" \"1\"", "\n" + name + " - ", ".SH SYNOPSIS", "\\fBmuster"} {
			if !strings.Contains(string(page), part) {
				t.Errorf("%s.1 lacks %q", name, part)
			}
		}
	}
}

// pagesOf names the pages of a command and of those below it.
func pagesOf(c *cobra.Command) []string {
	names := []string{strings.ReplaceAll(c.CommandPath(), " ", "-")}
	for _, below := range c.Commands() {
		if !below.Hidden && below.Name() != "help" {
			names = append(names, pagesOf(below)...)
		}
	}
	return names
}

func TestPagesAreTheSameOnTheSameDay(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "86400")
	dir := t.TempDir()
	if err := write(dir); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "muster.1"))
	if err != nil || !strings.Contains(string(page), "Jan 1970") {
		t.Errorf("it is not of January 1970: %.80s, %v", page, err)
	}
}
