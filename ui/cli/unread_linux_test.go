package cli

import (
	"bytes"
	"os"
	"os/exec"
	"testing"
)

// TestUnreadInputIsTold: what is on standard input and goes to nobody is told once, and
// stays there; where there is nothing, nothing is said.
func TestUnreadInputIsTold(t *testing.T) {
	const (
		twice = `"$0" run --no-tui -n 2 -- `
		told  = "muster: " + unread + "\n"
	)
	for _, tt := range []struct{ name, line, stdout, stderr string }{
		{"two processes", `echo hello | ` + twice + `cat`, "", told},
		{"two pools", `printf 'a: cat\nb: cat\n' >Procfile; echo hello | "$0" up --no-tui`, "", told},
		{"a file", `echo hello >hello; bash -c '` + twice + `cat <hello; true' "$0"`, "", told}, // dash has it for its own meanwhile
		{"it is the shell's", `echo hello | { ` + twice + `cat; cat; }`, "hello\n", ""},
		{"it is the shell's script", `echo '` + `"'"$0"'"` + ` run --no-tui -n 2 -- true
echo hello' | sh`, "hello\n", ""},
		{
			"it comes later", `{ until [ -e up ]; do sleep 0.01; done; echo hello; : >written; } | ` +
				twice + `sh -c ': >up; until [ -e written ]; do sleep 0.01; done'`, "", told,
		},
		{"in the background", `echo hello | "$0" run -d --session s -- true`, "session s has ended already, with code 0: muster logs --session s\n", "muster: " + unreadBackground + "\n"},
		{"one process", `echo hello | "$0" run --no-tui -- cat`, "cat/0 | hello\n", ""},
		{"an empty pipe", `: | ` + twice + `cat`, "", ""},
		{"a pipe that nobody writes to", `until [ -e over ]; do sleep 0.01; done | { ` + twice + `true; : >over; }`, "", ""},
		{"a file that has been read", `echo hello >hello; { cat; ` + twice + `cat; } <hello`, "hello\n", ""},
		{"the null device", twice + `cat </dev/null`, "", ""},
		{"none", twice + `cat <&-`, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			cmd := exec.Command("sh", "-c", tt.line, os.Args[0])
			cmd.Env, cmd.Dir = append(os.Environ(), d.env...), d.dir
			var out, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &stderr
			if err := cmd.Run(); err != nil || out.String() != tt.stdout || stderr.String() != tt.stderr {
				t.Errorf("%v, printed %q, said %q; want %q and %q", err, out.String(), stderr.String(), tt.stdout, tt.stderr)
			}
		})
	}
}
