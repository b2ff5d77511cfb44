package cli

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"example.com/muster/ui"
)

func TestTheArrangementIsKept(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	begin := func(pools ...string) ui.Options { return arranged(ui.Options{}, pools) }
	if got := begin("web", "db").View; got != (ui.View{}) {
		t.Errorf("the first screen begins as %+v", got)
	}
	left := ui.View{Order: "cpu", Hidden: "fds,up", Filter: "web", Wrap: true, Times: 2}
	begin("web", "db").OnView(left)
	if got := begin("db", "web").View; got != left {
		t.Errorf("the next one begins as %+v, want %+v", got, left)
	}
	// A filter is for the same pools only, what is no question of names for all.
	if got, want := begin("train").View, (ui.View{Order: "cpu", Hidden: "fds,up", Wrap: true, Times: 2}); got != want {
		t.Errorf("one of other pools begins as %+v, want %+v", got, want)
	}
	begin("web", "db").OnView(ui.View{})
	if got := begin("web", "db").View; got != (ui.View{}) {
		t.Errorf("after nothing was left it begins as %+v", got)
	}
	for i := range 3 * keptFilters {
		begin("pool" + strconv.Itoa(i)).OnView(ui.View{Filter: strings.Repeat("x", i*10)})
	}
	if n := len(readKept().Filters); n == 0 || n > keptFilters {
		t.Errorf("%d filters are kept", n)
	}
	if info, err := os.Stat(keptFile()); err != nil || info.Size() > keptBytes || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info, err)
	}
}

// A broken file is as good as none, and is mended by the next screen.
func TestABrokenArrangementIsIgnored(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	if err := os.MkdirAll(filepath.Dir(keptFile()), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "{", "[]", `{"order":5}`, "\x00", `{"filters":[{"pools":"p","text":"` + strings.Repeat("x", keptBytes) + `"}]}`} {
		if err := os.WriteFile(keptFile(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		o := arranged(ui.Options{}, []string{"p"})
		if o.View != (ui.View{}) {
			t.Errorf("%.20q begins as %+v", text, o.View)
		}
		o.OnView(ui.View{Order: "mem"})
		if got := arranged(ui.Options{}, []string{"p"}).View.Order; got != "mem" {
			t.Errorf("after %.20q nothing is kept: %q", text, got)
		}
	}
}
