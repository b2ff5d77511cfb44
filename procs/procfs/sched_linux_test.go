package procfs

import (
	"os"
	"os/exec"
	"testing"
)

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
