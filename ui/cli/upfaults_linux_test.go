package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// write puts a file into the desk's directory.
func (d *desk) write(name, text string) {
	d.t.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, name), []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// A session in the background whose pools are all disabled waits for whoever
// starts one, and says so.
func TestABackgroundSessionOfDisabledPools(t *testing.T) {
	d := newDesk(t)
	d.write("muster.yaml", "pools: {a: {command: echo hello, disabled: true}}\n")
	out, stderr, code := d.muster("up", "-d", "--session", "web")
	const hint = "\nnothing runs in it yet, all its pools are disabled: muster start POOL --session web\n"
	if code != 0 || !strings.HasPrefix(out, "session web runs in the background (pid ") || !strings.HasSuffix(out, hint) || stderr != "" {
		t.Fatalf("code %d, printed %q, said %q", code, out, stderr)
	}
	if out, stderr, code := d.muster("ps"); code != 0 || !strings.Contains(out, "a/0") {
		t.Errorf("ps: code %d, printed %q, said %q", code, out, stderr)
	}
	if _, stderr, code := d.muster("start", "a"); code != 0 {
		t.Errorf("start: code %d, said %q", code, stderr)
	}
	if out, _, code := d.muster("wait", "--session", "web", "--for", "ended", "--timeout", "30s"); code != 0 {
		t.Errorf("wait: code %d, printed %q", code, out)
	}
	if out, _, _ := d.muster("logs", "--session", "web"); out != "a/0 | hello\n" {
		t.Errorf("logs: %q", out)
	}
}

// The processes of one line of a Procfile have ports of their own.
func TestPortsOfAProcfile(t *testing.T) {
	d := newDesk(t)
	d.write("Procfile", "web: echo $PORT\nworker: echo $PORT\n")
	d.write(".env", "PORT=5000\n")
	out, stderr, code := d.muster("up", "--no-tui", "-m", "web=2")
	for _, line := range []string{"web/0 | 5000\n", "web/1 | 5001\n", "worker/0 | 5100\n"} {
		if code != 0 || !strings.Contains(out, line) {
			t.Errorf("code %d, printed %q, said %q; there is no %q", code, out, stderr, line)
		}
	}
}

// A plan shows no passwords.
func TestAPlanHidesSecrets(t *testing.T) {
	d := newDesk(t)
	d.write("muster.yaml", "pools: {a: {command: x, env: {DB_PASSWORD: hunter2, LOG: debug, EMPTY_KEY: ''}, env_file: more.env}}\n")
	d.write("more.env", "Api_Token=hunter3\nAWS_SECRET_ACCESS=hunter4\n")
	for _, args := range [][]string{{"up", "--dry-run"}, {"up", "--dry-run", "--json"}} {
		out, stderr, code := d.muster(args...)
		for _, want := range []string{"DB_PASSWORD=***", "Api_Token=***", "AWS_SECRET_ACCESS=***", "LOG=debug", "EMPTY_KEY="} {
			if code != 0 || !strings.Contains(out, want) || strings.Contains(out, "hunter") {
				t.Errorf("%q: code %d, printed %s, said %q; want %s", args, code, out, stderr, want)
			}
		}
	}
}

// Who waits for a probe is told what its command said last.
func TestAFailedProbeSaysWhatItsCommandSaid(t *testing.T) {
	d := newDesk(t)
	d.write("muster.yaml", `pools:
  db: {command: sleep 1000, ready: {exec: [sh, -c, "echo connecting; printf 'no \\033[31msuch\\033[0m table\\n' >&2; sleep 1000 & exit 3"], every: 50ms, failures: 2}}
  api: {command: sleep 1000, depends_on: {db: ready}}
`)
	if _, stderr, code := d.muster("up", "-d", "--session", "web"); code != 0 {
		t.Fatalf("code %d, said %q", code, stderr)
	}
	var out string
	waitFor(t, "the reason", 20*time.Second, func() bool {
		out, _, _ = d.muster("ps", "--json")
		return strings.Contains(out, "exits 3: no such table (2 of 2)")
	})
	if !strings.Contains(out, `"waits for db: ready, exec echo connecting`) {
		t.Errorf("ps: %s", out)
	}
	if _, stderr, code := d.muster("down"); code != 0 {
		t.Errorf("down: code %d, said %q", code, stderr)
	}
}

// What a probe's command starts ends with the try, in whatever session it is,
// be it that the command ends or that it hangs until its deadline.
func TestNothingOutlivesAProbe(t *testing.T) {
	d := newDesk(t)
	nonce := fmt.Sprintf("86401.%d%d", os.Getpid(), time.Now().UnixNano())
	hangs := "setsid sleep " + nonce + " & setsid sh -c 'setsid sleep " + nonce + " & sleep " + nonce + "' & "
	d.write("muster.yaml", fmt.Sprintf(`pools:
  ends: {command: sleep 1000, ready: {exec: %q, every: 1h}}
  hangs: {command: sleep 1000, ready: {exec: %q, every: 1h, timeout: 100ms, failures: 1}}
`, hangs+"true", hangs+"wait"))
	if _, stderr, code := d.muster("up", "-d", "--session", "web"); code != 0 {
		t.Fatalf("code %d, said %q", code, stderr)
	}
	waitFor(t, "both answers", 20*time.Second, func() bool {
		out, _, _ := d.muster("ps", "--json")
		return strings.Contains(out, `"ready":true`) && strings.Contains(out, "no answer within 100ms")
	})
	if left := pidsWith("sleep\x00" + nonce); len(left) > 0 {
		t.Errorf("there are still %v", left)
	}
	if _, stderr, code := d.muster("down"); code != 0 {
		t.Errorf("down: code %d, said %q", code, stderr)
	}
}
