package cli

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// A prompt has no newline. It is in the log all the same, for whoever reads it,
// follows it or greps it, and a session that is killed leaves it there.
func TestLogsShowAPrompt(t *testing.T) {
	d := newDesk(t)
	pid := d.background("web", "sh", "-c", "echo hello; printf 'Password: '; read -r x; exec sleep 1000")
	const want = "p/0 | hello\np/0 | Password: \n"
	var out, stderr string
	waitFor(t, "the prompt", 10*time.Second, func() bool { out, stderr, _ = d.muster("logs"); return strings.Contains(out, "Pass") })
	if out != want || stderr != "" {
		t.Errorf("logs printed %q, said %q", out, stderr)
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"logs", "-n", "1"}, "p/0 | Password: \n"},
		{[]string{"logs", "--grep", "Pass"}, "p/0 | Password: \n"},
		{[]string{"logs", "--log-dir", d.dir + "/state/muster/web"}, want},
	} {
		if out, stderr, code := d.muster(tt.args...); out != tt.want || code != 0 {
			t.Errorf("%q: code %d, printed %q, said %q", tt.args, code, out, stderr)
		}
	}
	if out, _, _ := d.muster("logs", "--json", "-n", "1"); !strings.Contains(out, `"text":"Password: ","partial":true}`) {
		t.Errorf("as JSON: %s", out)
	}
	found, err := exec.Command("grep", "-r", "Password", d.dir+"/state/muster/web").CombinedOutput()
	if err != nil || !strings.HasSuffix(string(found), "p-0.001.open:Password: \n") {
		t.Errorf("grep(1): %v, %q", err, found)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "its end", 10*time.Second, func() bool { out, _, _ := d.muster("sessions", "--json"); return strings.Contains(out, `"killed":[{`) })
	if out, stderr, code := d.muster("logs", "--session", "web"); out != want || code != 0 {
		t.Errorf("after it was killed: code %d, printed %q, said %q", code, out, stderr)
	}
}

// Whoever follows the log sees the prompt, and the answer behind it.
func TestAFollowedPrompt(t *testing.T) {
	d := newDesk(t)
	fifo := d.dir + "/answer"
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	d.background("web", "sh", "-c", `printf 'Name: '; read -r x < "$1"; echo "$x"; exec sleep 1000`, "sh", fifo)
	follow := exec.Command(os.Args[0], "logs", "-f")
	follow.Env, follow.Dir = append(os.Environ(), d.env...), d.dir
	testPrompt(t, follow, func() {
		if err := os.WriteFile(fifo, []byte("bob\n"), 0o600); err != nil {
			t.Error(err)
		}
	})
	if _, stderr, code := d.muster("down"); code != 0 {
		t.Errorf("down: code %d, said %q", code, stderr)
	}
	_ = follow.Wait() // it ends with the session
}

// Without a screen, too, a prompt is printed while it waits for its answer.
func TestAHeadlessPrompt(t *testing.T) {
	d := newDesk(t)
	run := exec.Command(os.Args[0], "run", "--no-tui", "--name", "p", "--", "sh", "-c", `printf 'Name: '; read -r x; echo "$x"`)
	run.Env, run.Dir = append(os.Environ(), d.env...), d.dir
	stdin, err := run.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	testPrompt(t, run, func() { _, _ = io.WriteString(stdin, "bob\n") })
	if err := run.Wait(); err != nil {
		t.Error(err)
	}
}

// testPrompt starts a command that prints a prompt, and answers it.
func testPrompt(t *testing.T, cmd *exec.Cmd, answer func()) {
	t.Helper()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out := printsToTerminal(t, cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	r := bufio.NewReader(out)
	const prompt = "p/0 | Name: "
	got := make([]byte, len(prompt))
	if _, err := io.ReadFull(r, got); err != nil || string(got) != prompt {
		t.Fatalf("printed %q (%v), said %q", got, err, stderr.String())
	}
	answer()
	if rest, err := r.ReadString('\n'); rest != "bob\r\n" {
		t.Errorf("behind the prompt it printed %q (%v)", rest, err)
	}
}

// printsToTerminal gives a command a terminal without colours to print to.
func printsToTerminal(t *testing.T, cmd *exec.Cmd) (printed *os.File) {
	t.Helper()
	printed, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = printed.Close(), tty.Close() })
	cmd.Stdout, cmd.Env = tty, append(cmd.Env, "TERM=dumb")
	return printed
}

// Attached without a screen one sees a prompt too: the one that stood there before, the answer
// behind it, and the next one.
func TestAnAttachedPrompt(t *testing.T) {
	d := newDesk(t)
	name, age := d.dir+"/name", d.dir+"/age" // one each: who reads one twice may meet its writer twice
	for _, fifo := range []string{name, age} {
		if err := syscall.Mkfifo(fifo, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d.background("web", "sh", "-c", `echo hello; printf 'Name: '; read -r x < "$1"; echo "$x"; printf 'Age: '; read -r x < "$2"; echo "$x"; echo bye`, "sh", name, age)
	attach := exec.Command(os.Args[0], "attach", "--plain")
	attach.Env, attach.Dir = append(os.Environ(), d.env...), d.dir
	out := new(screenText)
	attach.Stderr = out
	printed := printsToTerminal(t, attach)
	go func() { _, _ = io.Copy(out, printed) }() // until it is closed
	if err := attach.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = attach.Process.Kill() }() // it has ended, unless the test fails
	for _, step := range []struct{ see, fifo, answer string }{{"p/0 | Name: ", name, "bob\n"}, {"p/0 | Name: bob\r\np/0 | Age: ", age, "41\n"}} {
		waitFor(t, step.see, 20*time.Second, func() bool { return strings.HasSuffix(out.String(), step.see) })
		if err := os.WriteFile(step.fifo, []byte(step.answer), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, "the rest", 20*time.Second, func() bool {
		return strings.Contains(out.String(), "p/0 | Name: bob\r\np/0 | Age: 41\r\np/0 | bye\r\n")
	})
	_ = attach.Wait() // it ends with the session, as that does with its process
}
