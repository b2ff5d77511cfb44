package procfs

import (
	"os"
	"os/exec"
	"testing"
)

// Only who reads from a pipe without a writer drains it.
func TestDrains(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sleep", "60")
	cmd.Stdin = r
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = cmd.Process.Kill(), cmd.Wait() })
	_ = r.Close()
	if _, err := w.WriteString("left\n"); err != nil {
		t.Fatal(err)
	}
	if left, ok := Drains(cmd.Process.Pid); ok {
		t.Errorf("while somebody may write: %d are left", left)
	}
	_ = w.Close()
	if left, ok := Drains(cmd.Process.Pid); !ok || left != 5 {
		t.Errorf("got %d, %v, want 5", left, ok)
	}
	if left, ok := Drains(os.Getpid()); ok {
		t.Errorf("this test's own standard input: %d are left", left)
	}
	if left, ok := Drains(1 << 22); ok {
		t.Errorf("of nobody %d are left", left)
	}
}

// Who asks runs, in whatever thread; who sleeps does not, and has had its main thread run.
func TestWhoRuns(t *testing.T) {
	if !AnyRuns(os.Getpid(), 1<<10) {
		t.Error("no thread of the test runs")
	}
	if _, _, err := ReadQueue(os.Getpid()); err != nil {
		t.Error(err)
	}
	cat := exec.Command("cat")
	in, err := cat.StdinPipe()
	if err == nil {
		err = cat.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	for Reading(cat.Process.Pid) == "" { // it is yet to get there
		if _, err := ReadStat(cat.Process.Pid); err != nil {
			t.Fatal(err)
		}
	}
	if AnyRuns(cat.Process.Pid, 1<<10) {
		t.Error("a thread of who reads an empty pipe runs")
	}
	if ran, _, err := ReadQueue(cat.Process.Pid); err != nil || ran <= 0 {
		t.Errorf("its main thread has run for %v, %v", ran, err)
	}
	_ = in.Close()
	_ = cat.Wait()
	if AnyRuns(cat.Process.Pid, 1<<10) {
		t.Error("a thread of who is gone runs")
	}
	if _, _, err := ReadQueue(cat.Process.Pid); err == nil {
		t.Error("one that is gone has waited for a processor")
	}
}
