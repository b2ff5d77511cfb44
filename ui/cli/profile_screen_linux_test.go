package cli

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/pprof/profile"
)

// TestProfileAPool: in a terminal p and Enter profile a pool, and its flame graph
// names where the time goes; its groups name the worker that differs, and a
// second capture is compared with the first.
func TestProfileAPool(t *testing.T) {
	if raceDetector {
		return // where the time goes is the detector, and the profile says so
	}
	m := inTmux(t, 120, 40, "demo", "profile")
	m.see("4 running")
	m.press("p")
	m.see("pool profile: 4 processes")
	m.press("Enter")
	m.see("s of 10 s  cpu of profile")
	m.see("demo.resizePicture")
	m.see("p1 cpu of profile")
	m.press("/")
	m.typed("resizePicture")
	m.see("◆ 1 frame with resizePicture")
	m.press("Escape", "w")
	m.see("profile/2 spends")
	m.see("in demo.loadPicture, the others")
	m.press("t")
	m.see("FLAT↓")
	m.press("o") // it does little itself
	m.see("demo.savePicture")
	m.press("p", "j", "j", "h", "Enter")
	m.see("p2 cpu of profile, 5.")
	m.press("H", "j", "c")
	m.see("p2 against p1")
	m.press("1", "q")
	m.see("and leave?")
	m.press("y")
	m.see("[code 0]")
}

// TestProfileAPythonPool: so is a pool of four Python workers, none of whose
// programs was prepared for it.
func TestProfileAPythonPool(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("this test needs python3")
	}
	m := inTmux(t, 120, 40, "run", "--name", "train", "--grace", "1s", "--", "python3", "testdata/profile_pool.py")
	m.see("computing")
	m.see("ForkPoolWorker-4")
	m.press("p")
	m.see("pool train: 1 process")
	m.press("Enter")
	m.see("s of 10 s  cpu of train")
	m.see("p1 cpu of train")
	m.see("hot_function  profile_pool.py")
	m.press("w")
	m.see("train/0/ForkPoolWorker-4")
	m.press("1", "q")
	m.see("and leave?")
	m.press("y")
	m.see("[code ")
}

// TestProfileOfAFile: a file of any tool is shown as a capture is, and what needs
// a process says that there is none.
func TestProfileOfAFile(t *testing.T) {
	fn := &profile.Function{ID: 1, Name: "solve", Filename: "sudoku.go"}
	loc := &profile.Location{ID: 1, Line: []profile.Line{{Function: fn, Line: 7}}}
	p := profile.Profile{
		SampleType: []*profile.ValueType{{Type: "cpu", Unit: "nanoseconds"}}, DurationNanos: 3e9,
		Sample: []*profile.Sample{{Location: []*profile.Location{loc}, Value: []int64{2e9}}}, Location: []*profile.Location{loc}, Function: []*profile.Function{fn},
	}
	name := filepath.Join(t.TempDir(), "other.pb.gz")
	file, err := os.Create(name)
	if err == nil {
		err = errors.Join(p.Write(file), file.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	m := inTmux(t, 120, 40, "profile", "view", name)
	m.see("solve  sudoku.go")
	m.see("p1 cpu of other.pb.gz, 3.0s")
	m.press("t")
	m.see("FUNCTION")
	m.press("x")
	m.press("p", "Enter")
	m.see("other.pb.gz is a file, and nothing runs here")
	m.press("Escape", "q")
	m.see("[code 0]")
}
