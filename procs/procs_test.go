package procs

import (
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestMayBe(t *testing.T) {
	for _, c := range []struct {
		a, b PIDRef
		want bool
	}{
		{PIDRef{PID: 1, StartTime: 2}, PIDRef{PID: 1, StartTime: 2}, true},
		{PIDRef{PID: 1}, PIDRef{PID: 1, StartTime: 2}, true},
		{PIDRef{PID: 1, StartTime: 2}, PIDRef{PID: 1}, true},
		{PIDRef{PID: 1, StartTime: 2}, PIDRef{PID: 1, StartTime: 3}, false},
		{PIDRef{PID: 1}, PIDRef{PID: 2}, false},
	} {
		if got := c.a.MayBe(c.b); got != c.want {
			t.Errorf("%v may be %v: %v", c.a, c.b, got)
		}
	}
}

func TestParseID(t *testing.T) {
	for s, want := range map[string]ID{"train/0": {"train", 0}, "a/b/12": {"a/b", 12}} {
		if id, err := ParseID(s); err != nil || id != want || id.String() != s {
			t.Errorf("%q: got %v, %v", s, id, err)
		}
	}
	for _, s := range []string{"", "train", "/0", "train/", "train/-1", "train/x"} {
		if id, err := ParseID(s); err == nil {
			t.Errorf("%q is read as %v", s, id)
		}
	}
}

func TestParseSignal(t *testing.T) {
	for s, want := range map[string]Signal{"TERM": SIGTERM, "SIGINT": SIGINT, "sigkill": SIGKILL, "9": SIGKILL} {
		if sig, err := ParseSignal(s); err != nil || sig != want {
			t.Errorf("%q: got %v, %v", s, sig, err)
		}
	}
	for _, s := range []string{"", "0", "-9", "99", "SIG", "NOSUCH"} {
		if sig, err := ParseSignal(s); err == nil {
			t.Errorf("%q is read as %v", s, sig)
		}
	}
}

// TestRealTimeSignals: they have the names by which bash knows them, and are read by those; there
// are none on other systems than Linux.
func TestRealTimeSignals(t *testing.T) {
	if runtime.GOOS != "linux" {
		if got := Signal(37).String(); got != "signal 37" {
			t.Error(got)
		}
		return
	}
	for sig, want := range map[Signal]string{
		33: "signal 33", 34: "SIGRTMIN", 35: "SIGRTMIN+1", 37: "SIGRTMIN+3", 49: "SIGRTMIN+15", 50: "SIGRTMAX-14", 59: "SIGRTMAX-5", 63: "SIGRTMAX-1", 64: "SIGRTMAX", 65: "signal 65",
	} {
		if got := sig.String(); got != want {
			t.Errorf("%d is %q, want %q", int(sig), got, want)
		}
		if got, err := ParseSignal(want); (err != nil || got != sig) && strings.HasPrefix(want, "SIG") {
			t.Errorf("%s is read as %d, %v", want, int(got), err)
		}
	}
	for s, want := range map[string]Signal{"rtmin+3": 37, "RTMAX-27": 37, "SIGRTMIN+30": 64, "RTMIN": 34} {
		if got, err := ParseSignal(s); err != nil || got != want {
			t.Errorf("%s is read as %d, %v", s, int(got), err)
		}
	}
	for _, s := range []string{"RTMIN+31", "RTMIN-1", "RTMAX+1", "RTMAX-31", "RTMIN3", "RTMIN+", "RTMIN++3", "RTMIN+-3", "RT"} {
		if got, err := ParseSignal(s); err == nil {
			t.Errorf("%s is read as %d", s, int(got))
		}
	}
}

func TestExitInWords(t *testing.T) {
	for want, e := range map[string]Exit{
		"exit 3":                {Code: 3},
		"SIGSEGV (core dumped)": {Signal: 11, Core: true},
		"not found: x":          {Code: 127, StartError: "not found: x"},
		"ended, status unknown": {Unknown: true},
	} {
		if e.String() != want || e.OK() {
			t.Errorf("got %q, OK %v; want %q, false", e.String(), e.OK(), want)
		}
	}
	if (Exit{Signal: SIGKILL}).ShellCode() != 137 || (Exit{Code: 3}).ShellCode() != 3 {
		t.Error("a shell would report another code")
	}
}

func TestVars(t *testing.T) {
	v := Vars{ID: ID{"api", 3}, Port: 8080, PprofPort: 6061}
	for in, want := range map[string]string{
		"":                            "",
		"plain":                       "plain",
		"--port={port} {slot}/{pool}": "--port=8080 3/api",
		"${slot} {slot}":              "${slot} 3",
		"{pprof_port}{port}":          "60618080",
		"{unknown} { {slot":           "{unknown} { {slot",
	} {
		if got := v.Expand(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
	port, pprof := Spec{Argv: []string{"x"}, Ready: &Probe{HTTP: "http://127.0.0.1:{port}/"}}.NamesPorts()
	if !port || pprof {
		t.Errorf("ports are named: %v, %v", port, pprof)
	}
}

func TestChoose(t *testing.T) {
	pools := []Pool{
		{Name: "api", Slots: []Slot{{Run: Run{ID: ID{"api", 0}}}, {Run: Run{ID: ID{"api", 1}}}}},
		{Name: "web", Slots: []Slot{{Run: Run{ID: ID{"web", 0}}}}},
		{Name: "a[1]", Slots: []Slot{{Run: Run{ID: ID{"a[1]", 0}}}}},
	}
	for _, test := range []struct {
		patterns []string
		want     string
	}{
		{nil, "api/0 api/1 web/0 a[1]/0"},
		{[]string{"api"}, "api/0 api/1"},
		{[]string{"api/1"}, "api/1"},
		{[]string{"*/0"}, "api/0 web/0 a[1]/0"},
		{[]string{"web", "w*", "api/0"}, "api/0 web/0"},
		{[]string{"a[1]"}, "a[1]/0"},
		{[]string{"nope"}, "nope: there is no such process; there are the pools api, web, a[1]"},
		{[]string{"api", "web/7"}, "web/7: there is no such process; there are the pools api, web, a[1]"},
		{[]string{"a["}, "a[: it is no pattern: syntax error in pattern"},
	} {
		ids, err := Choose(pools, test.patterns)
		var names []string
		for _, id := range ids {
			names = append(names, id.String())
		}
		got := strings.Join(names, " ")
		if err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%q: got %q, want %q", test.patterns, got, test.want)
		}
	}
}

func TestDiff(t *testing.T) {
	pool := func(name string, change func(*Spec)) Spec {
		s := Spec{Name: name, Argv: []string{"./" + name}, Size: 2, Env: []string{"A=1"}}
		if change != nil {
			change(&s)
		}
		return s.WithDefaults()
	}
	disabled := func(s *Spec) { s.Disabled = true }
	before := []Spec{pool("same", nil), pool("env", nil), pool("more", nil), pool("both", nil), pool("policy", nil), pool("off", nil), pool("on", disabled), pool("gone", nil)}
	after := []Spec{
		pool("new", nil),
		pool("same", nil),
		pool("env", func(s *Spec) { s.Env = []string{"A=2"}; s.Restart.Max = 9 }),
		pool("more", func(s *Spec) { s.Size = 5 }),
		pool("both", func(s *Spec) { s.Argv = []string{"./other"}; s.Size = 1 }),
		pool("policy", func(s *Spec) { s.Ready = &Probe{TCP: "127.0.0.1:1"} }),
		pool("off", func(s *Spec) { s.Disabled, s.Size, s.Argv = true, 1, []string{"./other"} }),
		pool("on", func(s *Spec) { s.Size, s.DependsOn = 3, []Dependency{{Pool: "more", On: OnReady}} }),
		pool("later", disabled),
	}
	want := []string{
		"new: starts 2 processes",
		"env: restarts 2 processes (env, restart)",
		"more: from 2 to 5 processes",
		"both: restarts, from 2 to 1 process (command)",
		"policy: takes over ready",
		"off: stops 2 processes (command, disabled)",
		"on: starts 3 processes (disabled, depends_on)",
		"later: is new and disabled",
		"gone: stops 2 processes and is gone",
	}
	var got []string
	for _, c := range Diff(before, after) {
		got = append(got, c.String())
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if changes := Diff(after, after); len(changes) != 0 {
		t.Errorf("nothing differs, but %v", changes)
	}
}
