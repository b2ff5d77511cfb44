//go:build linux

package main

import (
	"regexp"
	"testing"
	"time"
)

func TestTextDropsSequencesCutAnywhere(t *testing.T) {
	const in = "a\x1b[1;31mb\x1b]0;title\x07c\x1b]8;;x\x1b\\d\x1b(Be\x1b7f\x1bPq\x1b\\g"
	for cut := range len(in) {
		var got text
		got.write([]byte(in[:cut]))
		got.write([]byte(in[cut:]))
		if string(got.plain) != "abcdefg" {
			t.Errorf("cut at %d: %q, want abcdefg", cut, got.plain)
		}
	}
}

// base are the options of a short run.
func base(argv ...string) options {
	return options{name: "test", on: "pty", cols: 80, rows: 24, answer: 2 * time.Second, limit: 20 * time.Second, argv: argv}
}

func measureIt(t *testing.T, o options) result {
	t.Helper()
	r, err := run(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRunTellsTimesAndBytes(t *testing.T) {
	r := measureIt(t, base("sh", "-c", `printf 'one\033[31m two\n'; sleep 0.3; exit 3`))
	if r.Exit != "exit status 3" || r.Killed {
		t.Errorf("exit is %q, killed %v; want exit status 3", r.Exit, r.Killed)
	}
	if r.Bytes != int64(len("one\033[31m two\r\n")) {
		t.Errorf("%d bytes came", r.Bytes)
	}
	if r.FirstByteMS <= 0 || r.WallSeconds <= 0 {
		t.Errorf("the first byte came after %v ms of %v s", r.FirstByteMS, r.WallSeconds)
	}
	if r.CPUSeconds <= 0 || r.PeakMiB <= 0 {
		t.Errorf("the program used %v s of CPU and %v MiB", r.CPUSeconds, r.PeakMiB)
	}
}

func TestRunWaitsForTheAnswerToAKey(t *testing.T) {
	o := base("sh", "-c", `stty -echo -icanon min 1; printf 'ready'; dd bs=1 count=1 2>/dev/null; sleep 0.2; printf 'pressed'; dd bs=1 count=1`)
	o.until.Regexp = regexp.MustCompile("ready")
	o.keys = keyFlag{{"k", regexp.MustCompile("pressed")}}
	o.quit = "q"
	r := measureIt(t, o)
	if r.FrameMS <= 0 {
		t.Error("the first frame was not seen")
	}
	if len(r.KeysMS) != 1 || r.KeysMS[0] < 200 || r.KeysMS[0] >= 2000 {
		t.Errorf("the key was answered after %v ms, want a little over 200", r.KeysMS)
	}
	if len(r.KeysMS) == 1 && r.LastKeyMS != r.KeysMS[0] {
		t.Errorf("the last key is said to be answered after %v ms", r.LastKeyMS)
	}
	if r.Killed {
		t.Error("the program did not end by its key")
	}
}

func TestRunAnswersQueriesUnlessMute(t *testing.T) {
	ask := `stty -echo -icanon min 0 time 5; printf '\033[6n'; dd bs=6 count=1 2>/dev/null | tr -d '\033'`
	o := base("sh", "-c", ask+" | grep -q '1;1R'")
	if r := measureIt(t, o); r.Exit != "exit status 0" {
		t.Errorf("the cursor position was not told: %v", r.Exit)
	}
	o.mute = true
	if r := measureIt(t, o); r.Exit != "exit status 1" {
		t.Errorf("a mute terminal answered: %v", r.Exit)
	}
}

func TestRunMeasuresAWindowAndEndsTheProgram(t *testing.T) {
	o := base("sh", "-c", "while :; do :; done")
	o.warm, o.window = 50*time.Millisecond, 300*time.Millisecond
	r := measureIt(t, o)
	if r.Window == nil || r.Window.CPU < 100 || r.Window.CPU > 1100 {
		t.Errorf("a busy loop uses %+v, want most of 1000 ms/s", r.Window)
	}
	if !r.Killed {
		t.Error("it is not told that the program had to be ended")
	}
}

func TestRunMeasuresTheGuardApart(t *testing.T) {
	o := base("bash", "-c", "exec -a x sleep 30 & wait")
	o.guard = "sleep"
	o.warm, o.window = 300*time.Millisecond, 50*time.Millisecond
	r := measureIt(t, o)
	if r.GuardPeakMiB <= 0 {
		t.Errorf("the guard was not found: %+v", r)
	}
}
