package crash_test

import (
	"fmt"
	"strings"
	"syscall"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
)

// lines are a program's last ones.
func lines(text string) (all []procs.Line) {
	for i, l := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		all = append(all, procs.Line{Seq: uint64(i), Text: []byte(l), PID: 4121})
	}
	return all
}

const traceback = `epoch 3
Traceback (most recent call last):
  File "/srv/train.py", line 12, in <module>
    main()
  File "/srv/train.py", line 7, in main
    return rates[n]
IndexError: list index out of range
`

// What a program said of its own end is found in its output.
func ExampleParse() {
	for _, w := range crash.Parse(lines(traceback)) {
		fmt.Println(w.Format)
		fmt.Println(w.Exception.Headline())
		for _, f := range w.Exception.Frames {
			fmt.Println(f.File, f.Line, f.Function)
		}
	}
	// Output:
	// python traceback
	// IndexError: list index out of range, at train.py:7 in main
	// /srv/train.py 7 main
	// /srv/train.py 12 <module>
}

// How it ended, and what was found, become a cause with its certainty.
func ExampleJudge() {
	tail := lines(traceback)
	run := procs.Run{ID: procs.ID{Pool: "train"}, N: 1, PIDRef: procs.PIDRef{PID: 4121}}
	tell := func(d *crash.Death) {
		v := crash.Judge(d)
		fmt.Println(v.Cause, v.Certainty, v.Headline)
	}
	who := crash.Process{PIDRef: run.PIDRef}
	tell(&crash.Death{Run: run, Who: who, Exit: &procs.Exit{Code: 1}, Tail: tail, Words: crash.Parse(tail)})
	tell(&crash.Death{Run: run, Who: who, Exit: &procs.Exit{Signal: procs.Signal(syscall.SIGSEGV)}})
	tell(&crash.Death{Run: run, Who: who, Exit: &procs.Exit{Signal: procs.SIGKILL}})
	// Output:
	// exception certain IndexError: list index out of range, at train.py:7 in main
	// signal certain SIGSEGV: touched memory that is not its own
	// killed likely SIGKILL: killed at once: by somebody, or by the kernel when memory ran out
}
