package cli

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/pprof/profile"
)

// serve starts muster profile serve and returns its address; it ends with the
// test.
func serve(t *testing.T, file string, flags ...string) string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], append(append([]string{"profile", "serve"}, flags...), file)...)
	cmd.Env = append(os.Environ(), playMuster+"=1", "XDG_RUNTIME_DIR=", "XDG_STATE_HOME="+dir, "XDG_CONFIG_HOME="+dir, "HOME="+dir, "TMPDIR="+dir, "GORACE=atexit_sleep_ms=0")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("it printed %q: %v", line, err)
	}
	return strings.TrimSpace(line)
}

func get(t *testing.T, url, host string) (code int, body string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		req.Host = host
	}
	client := http.Client{Timeout: 2 * time.Minute}
	answer, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(b)
}

// TestProfileServe: pprof's pages are there, for this machine only, and show the
// profile.
func TestProfileServe(t *testing.T) {
	fn := &profile.Function{ID: 1, Name: "burnTheWatts", Filename: "burn.py"}
	loc := &profile.Location{ID: 1, Line: []profile.Line{{Function: fn, Line: 3}}}
	p := &profile.Profile{
		SampleType: []*profile.ValueType{{Type: "cpu", Unit: "nanoseconds"}}, PeriodType: &profile.ValueType{},
		Function: []*profile.Function{fn}, Location: []*profile.Location{loc},
		Sample: []*profile.Sample{{Location: []*profile.Location{loc}, Value: []int64{5e9}}},
	}
	name := filepath.Join(t.TempDir(), "burn.pb.gz")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Write(file); err != nil {
		t.Fatal(err)
	}
	file.Close()

	url := serve(t, name)
	if !regexp.MustCompile(`^http://127\.0\.0\.1:[0-9]+/ui/$`).MatchString(url) {
		t.Fatalf("the address is %q", url)
	}
	for page, want := range map[string]string{"": "burnTheWatts", "top": "burnTheWatts", "flamegraph": "burnTheWatts", "peek?f=burn": "burnTheWatts"} {
		if code, body := get(t, url+page, ""); code != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("the page %q answers %d: %.300s", page, code, body)
		}
	}
	if code, body := get(t, url+"download", ""); code != http.StatusOK {
		t.Errorf("the profile cannot be fetched: %d", code)
	} else if q, err := profile.ParseData([]byte(body)); err != nil || len(q.Sample) != 1 {
		t.Errorf("what is fetched is no profile: %v", err)
	}
	if code, _ := get(t, url, "example.com:80"); code != http.StatusForbidden {
		t.Errorf("by the name of another it answers %d", code)
	}
	if code, _ := get(t, strings.TrimSuffix(url, "ui/"), ""); code != http.StatusOK {
		t.Errorf("its root answers %d", code)
	}
	if code, _ := get(t, url+"../debug/pprof/cmdline", ""); code == http.StatusOK {
		t.Error("it serves more than the profile")
	}

	// The port is somebody's already.
	port := regexp.MustCompile(`[0-9]+/`).FindString(url)
	cmd := exec.Command(os.Args[0], "profile", "serve", "--port", strings.TrimSuffix(port, "/"), name)
	cmd.Env = append(os.Environ(), playMuster+"=1", "GORACE=atexit_sleep_ms=0")
	out, err := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); err == nil || code != codeFailed ||
		!regexp.MustCompile(`^muster: cannot serve on port [0-9]+: address already in use\nhint: without --port, one that is free is taken\n$`).Match(out) {
		t.Errorf("code %d: %s", code, out)
	}
}
