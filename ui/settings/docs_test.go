package settings_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"example.com/muster/ui/keys"
	"example.com/muster/ui/settings"
	"example.com/muster/ui/theme"
)

// intents is the table of docs/configuration.md.
func intents() string {
	var b strings.Builder
	b.WriteString("| intent | keys | on | what it does |\n|---|---|---|---|\n")
	for _, name := range keys.Names() {
		var named, on, does []string
		for _, row := range keys.Standard().Bindings() {
			if row.Name != name {
				continue
			}
			var these []string
			for _, k := range row.Keys {
				these = append(these, "`"+keys.Name(k)+"`")
			}
			for _, s := range row.On {
				on = append(on, s.String())
			}
			named = add(named, strings.Join(these, " "))
			does = add(does, row.Help)
		}
		if len(on) == 0 {
			on = []string{"all"}
		}
		b.WriteString("| `" + name + "` | " + strings.Join(named, "; ") + " | " + strings.Join(on, ", ") + " | " + strings.Join(does, "; ") + " |\n")
	}
	return b.String()
}

func add(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// What the documentation says of keys and themes is what there is.
func TestTheDocumentationListsTheIntents(t *testing.T) {
	text, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), intents()) {
		t.Errorf("docs/configuration.md lacks this table of the intents:\n%s", intents())
	}
	_, section, _ := strings.Cut(string(text), "\n## The screen")
	var example []string
	for _, line := range strings.Split(section, "\n") {
		if code, ok := strings.CutPrefix(line, "    "); ok {
			example = append(example, code)
		}
	}
	set, err := settings.Read("example", []byte(strings.Join(example, "\n")))
	if err != nil || set.Theme == "" || set.Changed == 0 {
		t.Errorf("the example %q sets %+v: %v", example, set, err)
	}
	for _, name := range append(theme.Names(), keys.Kept()...) {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/configuration.md does not speak of %s", name)
		}
	}
}
