package crashes_test

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/uitest"
)

// another has a process of a pool crash.
func (d *desk) another(pool string, code int) {
	d.session.Crash(uitest.NewCrash(run(pool, 0, 1, 1), []string{pool}, procs.Exit{Code: code, At: uitest.Now}, nil, nil))
	d.frame()
}

func lacks(t *testing.T, frame, what string) {
	t.Helper()
	if strings.Contains(ansi.Strip(frame), what) {
		t.Errorf("the frame has %q:\n%s", what, ansi.Strip(frame))
	}
}

// What is being read stays, whatever comes; the keys act on it, the list goes on.
func TestTheCardKeepsWhatIsRead(t *testing.T) {
	for name, begin := range map[string]func(d *desk){
		"Enter": func(d *desk) { d.press("enter") },
		"Tab":   func(d *desk) { d.press("tab") },
		"click": func(d *desk) { d.screen.Handle(keys.Intent{Verb: keys.Click, X: 90, Y: 4}) },
	} {
		d := newDesk(t, night(), 120, 20)
		begin(d)
		d.another("api", 3) // of the same kind
		for i := range 3 {
			d.another(fmt.Sprintf("web%d", i), 1)
		}
		has(t, d.frame(), " c4  api/2", "4 crashes since", "web2/0")
		for key, want := range map[string]string{"y": "crash c4", "r": "run api/2 again, alone, in a terminal of its own?", "W": "c4", "d": "api/2 has ended and left no core dump: r runs it again"} {
			got := ""
			switch msg := d.press(key).(type) {
			case keys.CopyMsg:
				got = msg.What
			case keys.DoMsg:
				got = msg.Ask
			case keys.BundleMsg:
				got = msg.ID
			case keys.SayMsg:
				got = msg.Text
			}
			if got != want {
				t.Errorf("%s: %s acts on %q, want %q", name, key, got, want)
			}
		}
		d.press("esc")
		has(t, d.frame(), " c4  api/2", "4 crashes since")
		d.press("g")
		has(t, d.frame(), " c8  web2/0")
		lacks(t, d.frame(), "since")
	}
}

// What has come while the newest of a kind is read is of other kinds: none of this one is newer.
func TestCrashesOfOtherKindsAreNoNewerOnes(t *testing.T) {
	session := uitest.Empty()
	for i := range 4 {
		r := uitest.NewCrash(run("api", 0, i+1, 1), []string{"api"}, procs.Exit{Code: 3, At: uitest.Now}, nil, nil)
		r.SameBefore = i
		session.Crash(r)
	}
	d := newDesk(t, session, 120, 20)
	d.press("enter")
	for i := range 3 {
		d.another(fmt.Sprintf("web%d", i), 1)
	}
	has(t, d.frame(), "c4  api/0  crash 4 of 4 of this kind ([ older)  3 crashes since")
	lacks(t, d.frame(), "newer")
}

// Whoever scrolls with the wheel reads too, until the list is moved in.
func TestTheWheelKeepsWhatIsRead(t *testing.T) {
	d := newDesk(t, night(), 120, 8)
	d.screen.Handle(keys.Intent{Verb: keys.Wheel, N: 1, X: 90, Y: 4})
	d.another("web", 1)
	lacks(t, d.frame(), "exit code 1")
	d.screen.Handle(keys.Intent{Verb: keys.Wheel, N: -3, X: 90, Y: 4})
	has(t, d.frame(), " c4  api/2")
	d.press("g")
	has(t, d.frame(), " c5  web/0")
}

// From the card one steps to others, and each stays in its turn.
func TestTheCardKeepsWhatOneStepsTo(t *testing.T) {
	d := newDesk(t, night(), 120, 20)
	d.press("enter", "n")
	has(t, d.frame(), " c3  train/0")
	d.another("train", 9)
	has(t, d.frame(), " c3  train/0", "1 crash since")
	d.press("N")
	lacks(t, d.frame(), "since")
}

// What is read may be taken back: it stays as long as it is read.
func TestTheCardKeepsWhatIsTakenBack(t *testing.T) {
	d := newDesk(t, night(), 120, 20)
	d.press("G", "enter")
	has(t, d.frame(), " c1  api/3")
	d.session.Withdraw(1)
	has(t, d.frame(), " c1  api/3")
	d.press("esc")
	lacks(t, d.frame(), " c1  api/3")
	d.press("enter")
	d.session.Withdraw(3)
	has(t, d.frame(), "No crash so far")
}

// Whoever gives a filter up, or leaves it as it was typed, reads what was read before.
func TestAFilterThatIsGivenUp(t *testing.T) {
	d := newDesk(t, night(), 120, 20)
	d.press("j", "enter")
	has(t, d.frame(), " c3  train/0")
	for _, text := range []string{"/", "api", "nothing at all"} {
		d.screen.Handle(keys.Intent{Verb: keys.Search, Text: text})
		d.frame()
		d.screen.Handle(keys.Intent{Verb: keys.Search, Done: true})
		has(t, d.frame(), " c3  train/0")
		if msg, _ := d.press("W").(keys.BundleMsg); msg.ID != "c3" {
			t.Errorf("after %q W acts on %q", text, msg.ID)
		}
	}
	d.screen.Handle(keys.Intent{Verb: keys.Search, Text: "api"})
	has(t, d.frame(), " c4  api/2")
	d.another("api", 3)
	d.screen.Handle(keys.Intent{Verb: keys.Search, Text: "api", Done: true})
	has(t, d.frame(), " c4  api/2")
}

// What a filter has found stays selected without it.
func TestAFilterThatIsTakenAway(t *testing.T) {
	for _, first := range []string{"", "j"} {
		d := newDesk(t, night(), 120, 20)
		if first != "" {
			d.press(first)
		}
		d.screen.Handle(keys.Intent{Verb: keys.Search, Text: "sigsegv"})
		d.frame()
		d.screen.Handle(keys.Intent{Verb: keys.Search, Text: "sigsegv", Done: true})
		d.press("esc")
		has(t, d.frame(), "› 12:02:52  api/1", " c2  api/1")
		d.another("web", 1)
		has(t, d.frame(), "› 12:02:52  api/1")
	}
	d := newDesk(t, night(), 120, 20)
	d.screen.Handle(keys.Intent{Verb: keys.Search, Text: "exit 3", Done: true})
	d.press("esc")
	d.another("web", 1)
	has(t, d.frame(), " c4  api/2")
}

// counted has two kinds of crash, the first of which has come again since, without a report.
func counted(t *testing.T) *desk {
	t.Helper()
	session := uitest.Empty()
	for _, pool := range []string{"alpha", "beta"} {
		session.Crash(uitest.NewCrash(run(pool, 0, 1, 1), []string{pool}, procs.Exit{Code: 3, At: uitest.Now.Add(-time.Minute)}, nil, nil))
	}
	first := session.Crashes()[0]
	session.CountCrashes(crash.Row{Pool: "alpha", Group: cmp.Or(first.Group, first.Headline), Count: 41, Last: uitest.Now.Add(-time.Second), IDs: []int{1}})
	d := newDesk(t, session, 120, 20)
	has(t, d.frame(), "› 12:03:11  alpha", " c1  alpha/0")
	return d
}

// The newest crash of all may be one without a report.
func TestAFilterThatIsTakenAwayFromWhatIsOnlyCounted(t *testing.T) {
	for _, read := range []bool{false, true} {
		d := counted(t)
		d.screen.Handle(keys.Intent{Verb: keys.Search, Text: "beta", Done: true})
		has(t, d.frame(), " c2  beta/0")
		if read {
			d.press("enter", "esc")
		}
		d.press("esc")
		has(t, d.frame(), " c2  beta/0")
		d.another("web", 1)
		has(t, d.frame(), " c2  beta/0")
	}
	d := counted(t)
	d.screen.Handle(keys.Intent{Verb: keys.Search, Text: "alpha", Done: true})
	has(t, d.frame(), " c1  alpha/0")
	d.press("esc")
	d.another("web", 1)
	has(t, d.frame(), " c1  alpha/0")
}

// Older is older and newer is newer, also from a report that is kept no more.
func TestOlderThanWhatIsKeptNoMore(t *testing.T) {
	for key, want := range map[string]string{"left": " c5  api/0", "right": " c6  api/0"} {
		session := uitest.Empty()
		for range 8 {
			session.Crash(uitest.NewCrash(run("api", 0, 1, 1), []string{"api"}, procs.Exit{Code: 3, At: uitest.Now}, nil, nil))
		}
		d := newDesk(t, session, 120, 20)
		d.press("enter", "left", "left", "left")
		has(t, d.frame(), " c5  api/0")
		d.session.Withdraw(5)
		has(t, d.frame(), " c5  api/0")
		d.press(key)
		has(t, d.frame(), want)
	}
}

// A card that is left begins at its top again.
func TestALeftCardKeepsNoScroll(t *testing.T) {
	d := newDesk(t, night(), 120, 8)
	d.press("enter", "j", "j", "j")
	lacks(t, d.frame(), " c4  api/2")
	d.press("esc")
	has(t, d.frame(), " c4  api/2")
}

// The slot that another screen asks for is shown, whatever was read before.
func TestShowWhileACardIsRead(t *testing.T) {
	d := newDesk(t, night(), 120, 20)
	d.press("enter")
	d.screen.Show(procs.SlotSource(procs.ID{Pool: "api", Slot: 1}))
	has(t, d.frame(), " c2  api/1")
	d.another("api", 3)
	has(t, d.frame(), " c2  api/1")
	d.screen.Handle(keys.Intent{Verb: keys.Search, Text: "web"})
	d.another("web", 1)
	has(t, d.frame(), " c6  web/0")
}

// The hints are the keys that do something to the crash that is shown.
func TestHintsGoByTheCrash(t *testing.T) {
	d := newDesk(t, night(), 120, 20)
	for _, want := range []struct{ name, hints string }{{"api/2", ""}, {"train/0", ""}, {"api/1", "d"}, {"api/3", ""}} {
		for _, key := range []string{"tab", "tab"} {
			got := ""
			for _, h := range d.screen.Help() {
				if h.Key == "e" || h.Key == "d" {
					got += h.Key
				}
			}
			if got != want.hints {
				t.Errorf("%s: %q is offered, want %q", want.name, got, want.hints)
			}
			d.press(key)
		}
		d.press("j")
	}
}
