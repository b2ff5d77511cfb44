package crash

import "testing"

// TestBriefOfWhatGoesOn: one line says what an exception has ended, unless that is the process.
func TestBriefOfWhatGoesOn(t *testing.T) {
	for name, tt := range map[string]struct {
		lives bool
		scope Scope
		want  string
	}{
		"a task":               {true, EndsTask, "ValueError: bad (ended a task, not the process)"},
		"a thread":             {true, EndsThread, "ValueError: bad (ended a thread, not the process)"},
		"atexit":               {true, EndsNothing, "ValueError: bad (did not end the process)"},
		"a process":            {false, EndsProcess, "ValueError: bad"},
		"a thread, and all":    {false, EndsThread, "ValueError: bad"},
		"a process that lives": {true, EndsProcess, "ValueError: bad"},
	} {
		r := Report{Headline: "ValueError: bad", More: More{Lives: tt.lives, Words: &Words{Scope: tt.scope}}}
		if got := r.Brief(); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
