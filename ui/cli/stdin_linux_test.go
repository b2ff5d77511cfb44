package cli

import (
	"os/exec"
	"strings"
	"testing"
)

// jobs runs an interactive shell with job control in tmux, in which m is muster.
func jobs(t *testing.T) *tmuxed {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("needs bash")
	}
	m := inTmuxShell(t, 120, 40, `export M="$0" PS1='ready\$ '; exec bash --norc --noprofile -i`)
	m.see("ready")
	m.line(`alias m='"$M" run --no-tui --session jobs --name cat'; clear`)
	m.see("ready")
	return m
}

// line types a line.
func (m *tmuxed) line(text string) {
	m.t.Helper()
	m.tmux("send-keys", "-l", text)
	m.press("Enter")
}

// unseen fails if the terminal shows a text.
func (m *tmuxed) unseen(what string) {
	m.t.Helper()
	if screen := m.tmux("capture-pane", "-p"); strings.Contains(screen, what) {
		m.t.Errorf("the screen shows %q:\n%s", what, screen)
	}
}

// TestInTheBackgroundNothingIsReadFromTheTerminal: what is typed for the shell goes to the
// shell, and not to a program that muster runs in the background, nor into its log.
func TestInTheBackgroundNothingIsReadFromTheTerminal(t *testing.T) {
	m := jobs(t)
	m.line(`m -- sh -c 'echo up; cat; echo over; sleep 1000' &`)
	m.see("in the background nothing is read from the terminal")
	m.see("cat/0 | over")
	for _, word := range []string{"one", "two", "three"} {
		m.line("echo typed-" + word + "-for-the-shell")
		m.see("\ntyped-" + word + "-for-the-shell")
	}
	m.unseen("cat/0 | echo")
	m.line("kill %1; wait %1; echo ended with $?")
	m.see("ended with 143")
}

// TestAReaderStaysStoppedInTheBackground: a program that reads from the terminal stays
// stopped when its muster is continued in the background, as the kernel would have it
// for one of the shell's own, and goes on in the foreground.
func TestAReaderStaysStoppedInTheBackground(t *testing.T) {
	m := jobs(t)
	m.line(`m -- sh -c 'echo up; cat'`)
	m.see("cat/0 | up")
	m.line("first")
	m.see("cat/0 | first")
	m.press("C-z")
	m.see("Stopped")
	m.line("clear; bg")
	m.see("cat/0 reads from the terminal: it stays stopped in the background; fg goes on")
	m.line("echo for-the-shell")
	m.see("\nfor-the-shell")
	m.unseen("cat/0 | echo")
	m.line("clear; fg")
	m.see("--name cat")
	m.line("second")
	m.see("cat/0 | second")
	m.press("C-z")
	m.see("Stopped")
	m.line("clear; p=$(jobs -p %1); kill %1; while kill -0 $p 2>&-; do sleep 0.02; done; echo all-over") // a stopped job is not waited for
	m.see("\nall-over")
}

// TestWhoDoesNotReadGoesOnInTheBackground: a program that does not read is continued with
// its muster.
func TestWhoDoesNotReadGoesOnInTheBackground(t *testing.T) {
	m := jobs(t)
	m.line(`m -- sh -c 'n=0; while sleep 0.1; do n=$((n+1)); echo tick $n; done'`)
	m.see("cat/0 | tick")
	m.press("C-z")
	m.see("Stopped")
	m.line("clear; bg >/dev/null")
	m.see("cat/0 | tick")
	m.line("kill %1; wait %1; echo ended with $?")
	m.see("ended with 143")
}

// TestAPasswordPromptLeavesTheEchoOn: who ends a program at its prompt for a password
// sees again what is typed, though the program had no time to see to that.
func TestAPasswordPromptLeavesTheEchoOn(t *testing.T) {
	m := jobs(t)
	m.line(`m -- sh -c 'stty -echo; echo Password; read x'; stty -a | grep -o '.echo ' | sed 's/^/echo is:/'`)
	m.see("cat/0 | Password")
	m.press("C-c")
	m.see("echo is: echo")
}
