package theme

import (
	"strings"

	"github.com/charmbracelet/colorprofile"

	"example.com/muster/internal/pattern"
)

// Detect says what colours to use. mode is the --color flag: "auto", "always"
// or "never"; terminal says whether the output is one; environ holds
// "KEY=VALUE" entries, of which TERM, COLORTERM, NO_COLOR, CLICOLOR and
// CLICOLOR_FORCE count. It asks the terminal nothing.
//
// NO_COLOR takes the colours, not bold and reverse (https://no-color.org);
// "never" takes those too unless the output is a terminal, where the cursor's
// row could not be seen without them.
func Detect(mode string, terminal bool, environ []string) colorprofile.Profile {
	dumb := lookup(environ, "TERM") == "dumb"
	switch {
	case mode == "never" && terminal && !dumb:
		return colorprofile.ASCII
	case mode == "never":
		return colorprofile.NoTTY
	case mode == "always":
		return max(fromEnv(environ), colorprofile.ANSI)
	case !terminal && !truthy(lookup(environ, "CLICOLOR_FORCE")):
		return colorprofile.NoTTY
	case lookup(environ, "NO_COLOR") != "" && !dumb:
		return colorprofile.ASCII
	}
	return fromEnv(environ)
}

// Colourless reports whether somebody has asked for no colours.
func Colourless(mode string, environ []string) bool {
	return mode == "never" || mode == "auto" && lookup(environ, "NO_COLOR") != ""
}

// fromEnv leaves NO_COLOR to Detect, which honours any value of it;
// colorprofile takes only those that strconv.ParseBool does.
func fromEnv(environ []string) colorprofile.Profile {
	kept := make([]string, 0, len(environ))
	for _, e := range environ {
		if !strings.HasPrefix(e, "NO_COLOR=") {
			kept = append(kept, e)
		}
	}
	if term := lookup(environ, "TERM"); monochrome().MatchString(term) {
		return colorprofile.ASCII
	}
	return colorprofile.Env(kept)
}

// monochrome are terminals that know no colours, of which colorprofile thinks that they
// know 16: those of DEC up to the VT420, and what terminfo calls "m" or "mono".
var monochrome = pattern.Later(`^vt[1-4]?[0-9]{2}\b|-(m|mono)$`)

func truthy(s string) bool { return s != "" && s != "0" && s != "false" }

func lookup(environ []string, key string) string {
	for i := len(environ) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(environ[i], key+"="); ok {
			return v
		}
	}
	return ""
}
