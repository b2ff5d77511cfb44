package cli

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"
)

// A screen whose terminal goes ends as by SIGHUP, also where whoever leads the
// terminal's session keeps that to itself.
func TestATerminalThatGoesWithoutASignal(t *testing.T) {
	for name, args := range map[string][]string{
		"run": {"run", "--", "sleep", "1000"},
		"map": {"map", "sleep", ":::", "1000", "1001"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			code := filepath.Join(dir, "code")
			cmd := exec.Command("sh", append([]string{"-c", `trap : HUP; code=$1; shift; "$@"; echo $? >"$code"`, "sh", code, os.Args[0]}, args...)...)
			cmd.Env = append(os.Environ(), playMuster+"=1", "XDG_STATE_HOME="+dir, "XDG_RUNTIME_DIR="+dir, "TERM=xterm-256color", "TMPDIR="+dir)
			tty, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 100, Rows: 30})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = cmd.Process.Kill() }) // it has ended, unless the test failed
			out, done := new(screenText), make(chan struct{})
			go func() { // ends when the terminal is closed
				defer close(done)
				_, _ = io.Copy(out, tty)
			}()
			waitFor(t, "three frames", 20*time.Second, func() bool { return strings.Count(out.String(), ansi.SetModeSynchronizedOutput) >= 3 })
			if err := tty.Close(); err != nil {
				t.Fatal(err)
			}
			<-done
			var got []byte
			waitFor(t, "the end", 20*time.Second, func() bool {
				got, err = os.ReadFile(code)
				return err == nil && len(got) > 0
			})
			if string(got) != "129\n" {
				t.Errorf("the code is %q", got)
			}
			_ = cmd.Wait() // the shell's own end
		})
	}
}
