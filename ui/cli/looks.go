package cli

import (
	"errors"
	"slices"

	"github.com/spf13/pflag"

	"example.com/muster/procs/config"
	"example.com/muster/ui/background"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/settings"
	"example.com/muster/ui/theme"
)

// addTheme adds --theme to a command that shows a screen.
func addTheme(fs *pflag.FlagSet, name *string) {
	fs.StringVar(name, "theme", "", "colours: default, colorblind or mono (default: what config.yaml says)")
}

// checkTheme refuses a theme that there is not; "" stands for none in particular.
func checkTheme(name string) error {
	if name == "" || slices.Contains(theme.Names(), name) {
		return nil
	}
	return usage("", "cannot use --theme: %s", settings.NoTheme(name))
}

// paints is the theme for output to a file. color is the --color flag, name the
// --theme flag, which has been checked.
func (a *app) paints(name, color string, terminal bool) *theme.Theme {
	if name == "" {
		name = theme.Default
	}
	th, _ := theme.Named(name, theme.Detect(color, terminal, a.environ), background.Dark())
	return th
}

// look is how a screen looks and what its keys mean.
type look struct {
	theme *theme.Theme
	keys  *keys.Map
	// columns are those that the user wants on screen 1; nil: which were kept.
	columns []string
}

// look is what the flags say, then what the user has set. It reads the user's
// file, whose mistakes are the user's.
func (a *app) look(name, color string) (look, error) {
	if err := checkTheme(name); err != nil {
		return look{}, err
	}
	set, err := settings.Load()
	if err != nil {
		hint := "mend it, or move it away; docs/configuration.md says what it may hold"
		if _, ok := errors.AsType[*config.Error](err); !ok {
			hint = "make it readable, or move it away"
		}
		return look{}, &usageError{err, hint}
	}
	if name == "" {
		name = set.Theme
	}
	return look{a.paints(name, color, true), set.Keys, set.Columns}, nil
}
