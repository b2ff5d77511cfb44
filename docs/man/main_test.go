package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/muster/ui/cli"
)

func TestEachCommandHasAPage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "man1")
	if err := write(dir); err != nil {
		t.Fatal(err)
	}
	names := []string{"muster"}
	for _, c := range cli.Command().Commands() {
		if !c.Hidden && c.Name() != "help" {
			names = append(names, "muster-"+c.Name())
		}
	}
	if len(names) < 15 {
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
