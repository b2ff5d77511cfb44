package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAMapOnTheScreen goes the way of a person: a failure is seen, its card opened,
// what was wrong repaired, the item tried again.
func TestAMapOnTheScreen(t *testing.T) {
	dir := t.TempDir()
	touch := func(name string) {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	results := filepath.Join(dir, "r.jsonl")
	command := `cd ` + dir + `; case {} in
		slow) while ! test -e go; do sleep 0.05; done;;
		bad) test -e repaired || { echo "Error: the disk is gone" >&2; exit 3; };;
	esac; echo "word of {}"`
	m := inTmux(t, 120, 40, "map", "-j", "2", "--results", results, command, ":::", "slow", "bad", "good")
	m.see("1× exit 3")
	m.see("2 of 3")
	m.press("Tab", "Enter")
	m.see("item 2")
	m.see("Error: the disk is gone")
	m.press("+")
	m.see("-j 3")
	touch("repaired")
	m.press("r")
	m.see("2 of 3")
	m.see("No item has failed")
	touch("go")
	m.see("done in")
	m.press("j") // what was said of the retry goes
	m.see("3 items done; q leaves")
	m.press("q")
	m.see("[code 0]")
	b, err := os.ReadFile(results)
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(b), "\n"); lines != 3 || strings.Count(string(b), `"ok":true`) != 3 {
		t.Errorf("the results are\n%s", b)
	}
}

// TestAMapWhoseItemsArePiped: the keys come from the terminal, what would have been
// printed is printed in the end, and who leaves early gets 130.
func TestAMapWhoseItemsArePiped(t *testing.T) {
	m := inTmuxShell(t, 80, 24, `printf "quick\nslow\n" | "$0" "$@"; echo "[code $?]"; sleep 100`, "map", "-j", "2",
		`test {} = quick || sleep 1000; echo "word of {}"`)
	m.see("1 of 2")
	m.press("Space")
	m.see("paused")
	m.press("C-c")
	m.see("and leave?")
	m.press("C-c")
	m.see("[code 130]")
	m.see("word of quick")
}

// TestAMapIsSeenFromElsewhere: whoever attaches sees what has failed, and has it tried
// again; the map has the same on its own screen, and ends for all that see it.
func TestAMapIsSeenFromElsewhere(t *testing.T) {
	script := `"$0" "$@" 2>/dev/null & until "$0" attach; do sleep 0.1; done; wait $!; echo "[code $?]"; sleep 100`
	m := inTmuxShell(t, 100, 24, script, "map", "--no-tui", "--session", "album", "-j", "1",
		`case {} in bad) test -e "$XDG_STATE_HOME/repaired" || { echo "Error: the disk is gone" >&2; exit 3; };; *) exec sleep 1000;; esac`, ":::", "bad", "slow")
	m.see("1× exit 3")
	m.press("Tab", "Enter")
	m.see("Error: the disk is gone")
	if err := os.WriteFile(filepath.Join(filepath.Dir(m.socket), "repaired"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	m.press("r", "Tab", "Tab", "Tab", "Tab") // the first closes the card
	m.press("x")                             // the item that would go on: that was the last
	m.see("session album has ended")
	m.see("[code 0]")
}

// TestAMapThatCannotBegin leaves the screen and says why.
func TestAMapThatCannotBegin(t *testing.T) {
	m := inTmux(t, 80, 24, "map", "no-such-program", ":::", "a")
	m.see("[code 255]")
	m.see("muster: cannot start the command: not found: no-such-program")
}

// TestAMapOnTheScreenCountsFailures: the screen is left at once with --exit, and the code is
// the number of items that failed.
func TestAMapOnTheScreenCountsFailures(t *testing.T) {
	m := inTmux(t, 80, 24, "map", "--exit", "exit {}", ":::", "0", "1", "2")
	m.see("[code 2]")
	m.see("2 of 3 items failed")
}
