// Package settings reads what a user has set for the screen: the theme, the
// keys and the columns of $XDG_CONFIG_HOME/muster/config.yaml. Start at [Load]. The file is
// checked as muster.yaml is: whatever is wrong with it is told at once, each
// fault with its line and column, and nothing of it is used then.
package settings

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/adrg/xdg"

	"example.com/muster/procs/config"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/processes"
	"example.com/muster/ui/theme"
)

// Settings are what a user has set.
type Settings struct {
	Theme string // its name; "" if none was chosen
	Keys  *keys.Map
	// Changed is how many intents have other keys than the usual ones.
	Changed int
	// Columns are the only ones that screen 1 shows, by their names; nil if nothing was chosen.
	Columns []string
}

// Path returns where the file is looked for; "" without a home.
func Path() string {
	if os.Getenv("XDG_CONFIG_HOME") == "" && os.Getenv("HOME") == "" {
		return ""
	}
	xdg.Reload()
	return filepath.Join(xdg.ConfigHome, "muster", "config.yaml")
}

// Load reads the user's file. Without one everything is as usual. What is wrong
// with its text is a [*config.Error].
func Load() (*Settings, error) {
	usual := &Settings{Keys: keys.Standard()}
	path := Path()
	if path == "" {
		return usual, nil
	}
	src, err := read(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return usual, nil
	case err != nil:
		var inner *fs.PathError
		if errors.As(err, &inner) {
			err = inner.Err
		}
		return nil, fmt.Errorf("cannot read %s: %w", path, err)
	}
	return Read(path, src)
}

// read reads a file of bounded size.
func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, config.MaxBytes+1))
	if err == nil && len(src) > config.MaxBytes {
		err = fmt.Errorf("it is larger than %d KiB", config.MaxBytes>>10)
	}
	return src, err
}

// Read reads a file's text; path is what to call it.
func Read(path string, src []byte) (*Settings, error) {
	s := &Settings{Keys: keys.Standard()}
	d := config.ReadDocument(path, src)
	for _, e := range d.Entries(d.Root(), "the file has theme, keys and columns", []string{"theme", "keys", "columns"}) {
		switch e.Key {
		case "theme":
			s.theme(d, e.Value)
		case "keys":
			s.keys(d, e.Value)
		case "columns":
			s.columns(d, e.Value)
		}
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Settings) theme(d *config.Document, v config.Value) {
	name, ok := d.Word(v)
	if !ok {
		return
	}
	if !slices.Contains(theme.Names(), name) {
		d.Fault(v, "%s", NoTheme(name))
	}
	s.Theme = name
}

// columns reads the list of columns.
func (s *Settings) columns(d *config.Document, v config.Value) {
	names := processes.ColumnNames()
	s.Columns = []string{}
	for _, item := range d.List(v) {
		name, ok := d.Word(item)
		switch {
		case !ok:
		case name == "name":
			d.Fault(item, "the column of names is always there")
		case !slices.Contains(names, name):
			d.Fault(item, "there is no column %q, only %s%s", name, config.Listed(names), config.DidYouMean(name, names))
		case slices.Contains(s.Columns, name):
			d.Fault(item, "the column %q is here twice", name)
		default:
			s.Columns = append(s.Columns, name)
		}
	}
	if len(s.Columns) == 0 && len(d.List(v)) > 0 { // nothing is there, or nothing that is right
		s.Columns = nil
	}
}

// NoTheme says that there is no theme of a name, which there are, and which may be meant.
func NoTheme(name string) string {
	return fmt.Sprintf("there is no theme %q, only %s%s", name, config.Listed(theme.Names()), config.DidYouMean(name, theme.Names()))
}

// keys reads the mapping of intents to keys.
func (s *Settings) keys(d *config.Document, v config.Value) {
	var choices []keys.Choice
	at := map[string]map[string]config.Value{} // of each intent's keys
	for _, e := range d.Entries(v, "docs/configuration.md lists the intents", keys.Names()) {
		c := keys.Choice{Name: e.Key}
		at[e.Key] = map[string]config.Value{}
		for _, item := range d.List(e.Value) {
			text, ok := d.Word(item)
			if !ok {
				continue
			}
			key, why := keys.Parse(text)
			switch {
			case why != "":
				d.Fault(item, "%q: %s", text, why)
			case slices.Contains(c.Keys, key):
				d.Fault(item, "%s has the key %q twice", e.Key, text)
			default:
				c.Keys = append(c.Keys, key)
				at[e.Key][key] = item
			}
		}
		if len(c.Keys) == 0 && slices.Contains(keys.Kept(), e.Key) && len(d.List(e.Value)) == 0 {
			d.Fault(e.At, "%s must keep a key", e.Key)
		}
		choices = append(choices, c)
	}
	changed, conflicts := keys.Standard().With(choices)
	for _, c := range conflicts {
		d.Fault(at[c.Name][c.Key], "%q means both %s and %s on the screen of %s", keys.Name(c.Key), c.Other, c.Name, c.Screen)
	}
	s.Keys, s.Changed = changed, len(choices)
}
