package cli

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// serves starts something that ends by itself, with a code, when it is told to.
const serves = `mkfifo "$0.$$" && { sh -c 'trap "exit 0" TERM; exec 3<>"$0"; echo hi; rm "$0"; read -r _ <&3' "$0.$$" & } && while [ -e "$0.$$" ]; do :; done`

// TestAHangupIsTold: what a program leaves behind in its terminal ends of the hangup before
// anybody asks it to, and is told of as without a terminal, with what spares it.
func TestAHangupIsTold(t *testing.T) {
	for script, want := range map[string]string{
		"sleep 1000 & sleep 1001 & sleep 0.2; echo hi":          "p/0 has ended; 2 processes that it left were hung up on (--output pipe spares what reads its output; setsid with --keep-daemons lets them live)",
		"sleep 1000 & sleep 0.2; kill -HUP $!; wait; sleep 0.5": "",
	} {
		r := run(t, []string{"--name", "p", "--output", "pty"}, []string{"sh", "-c", script})
		if told := strings.Contains(r.stderr, "that it left"); told != (want != "") || !strings.Contains(r.stderr, want) {
			t.Errorf("%s: told %q, want %q", script, r.stderr, want)
		}
	}
}

// TestEventsInOrder: that a run has begun comes before what it prints, and each event says
// what has happened, also where a run leaves something behind.
func TestEventsInOrder(t *testing.T) {
	for _, tt := range []struct{ name, script, stderr string }{
		{"short", "echo hi", ""},
		{"leaves one", "sleep 1000 & echo hi", "p/1 has ended; 1 process that it left was ended too (setsid with --keep-daemons lets it live)"},
		{"leaves a daemon", "setsid sleep 1000 & until [ $(ps -o sid= -p $!) = $! ]; do :; done; echo hi", "p/1 has ended; 1 process that it left was ended too (--keep-daemons lets it live)"},
		{"leaves a server", serves, "p/1 has ended; 1 process that it left was ended too (setsid with --keep-daemons lets it live)"},
		{"kills its own", "sleep 1000 & trap \"kill $!\" EXIT; echo hi", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := run(t, []string{"-n", "20", "--name", "p", "--json"}, []string{"sh", "-c", tt.script, filepath.Join(t.TempDir(), "up")})
			told := map[string]string{}
			for line := range strings.Lines(r.stdout) {
				var e struct{ Process, Type, Text string }
				if err := json.Unmarshal([]byte(line), &e); err != nil {
					t.Fatalf("%v in %q", err, line)
				}
				if !strings.HasPrefix(e.Text, "stopping: ending its last") { // it is over before anyone sees it, or it is not
					told[e.Process] += e.Type + " " + e.Text + "\n"
				}
			}
			for i, story := range told {
				if want := "state starting\nstate running\noutput hi\nexit exit 0\nstate exited: exit 0\n"; story != want {
					t.Errorf("%s: the story is\n%swant\n%s", i, story, want)
				}
			}
			if len(told) != 20 || !strings.Contains(r.stderr, tt.stderr) || tt.stderr == "" && r.stderr != "" {
				t.Errorf("%d processes, stderr:\n%s", len(told), r.stderr)
			}
		})
	}
}
