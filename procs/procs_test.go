package procs

import "testing"

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
