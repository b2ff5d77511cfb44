//go:build linux

// Term runs one program as a terminal or a shell would, measures it, and
// prints one line of JSON. It is the instrument of bench/run: it starts the
// program in a PTY of a given size (or with its output on a pipe or in a
// file), reads all that comes, answers what a terminal is asked, presses keys,
// and reads the program's CPU clock and memory, apart from those of its guard
// and of the processes under test.
//
//	term -case idle -until 'quit' -window 20s -quit qy -guard muster-guard -- muster run -- sleep 60
//
// Start at run in run.go; terminal.go is the far end of the PTY, meter.go reads
// the kernel's figures, result.go is what is printed. Linux only: CPU clocks
// and peak memory of other processes come from there.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"time"
)

// options are the flags.
type options struct {
	name   string        // of the case, copied to the result
	on     string        // "pty", "pipe", or a file
	cols   int           // size of the PTY
	rows   int           //
	mute   bool          // answer no query
	until  regexpFlag    // text that makes the first full frame
	since  string        // a file whose last change is told apart
	keys   keyFlag       // keys to press after that, one after another
	gap    time.Duration // between two keys
	answer time.Duration // wait for an answer to a key for so long
	warm   time.Duration // wait before the window
	window time.Duration // measure CPU for so long
	quit   string        // keys that end the program
	limit  time.Duration // end it after this, whatever it does
	guard  string        // name of the guard process
	things int           // how many things the program does: per_s is made of it
	argv   []string
}

func main() {
	o, err := parse(os.Args[1:])
	if err == nil {
		var r result
		if r, err = run(o); err == nil {
			err = json.NewEncoder(os.Stdout).Encode(r)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "term:", err)
		os.Exit(2)
	}
}

func parse(args []string) (options, error) {
	var o options
	var size string
	fs := flag.NewFlagSet("term", flag.ContinueOnError)
	fs.StringVar(&o.name, "case", "", "name of the case")
	fs.StringVar(&o.on, "on", "pty", "where the program's output goes: pty, pipe (both are read and dropped) or a `FILE`")
	fs.StringVar(&size, "size", "200x50", "columns and rows of the PTY")
	fs.BoolVar(&o.mute, "mute", false, "answer no query, as a terminal that is none")
	fs.Var(&o.until, "until", "`REGEXP`: wait for it in the text on the screen")
	fs.StringVar(&o.since, "since", "", "`FILE`: tell also how long after its last change the text of -until was there")
	fs.Var(&o.keys, "key", "`KEY=REGEXP`: press a key after -until, and wait for its answer; may be repeated")
	fs.DurationVar(&o.gap, "gap", 100*time.Millisecond, "pause before each key")
	fs.DurationVar(&o.answer, "answer", 2*time.Second, "wait for the answer to a key for so long")
	fs.DurationVar(&o.warm, "warm", 3*time.Second, "pause before the window")
	fs.DurationVar(&o.window, "window", 0, "measure CPU time for so long, then end the program")
	fs.StringVar(&o.quit, "quit", "", "`KEYS` that end the program, pressed once all else is done")
	fs.DurationVar(&o.limit, "limit", 2*time.Minute, "end the program after this")
	fs.StringVar(&o.guard, "guard", "", "process `NAME` of the program's guard, a child of it")
	fs.IntVar(&o.things, "things", 0, "the program does `N` things; tell how many a second")
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	if _, err := fmt.Sscanf(size, "%dx%d", &o.cols, &o.rows); err != nil {
		return o, fmt.Errorf("cannot read -size %q: %w", size, err)
	}
	if o.argv = fs.Args(); len(o.argv) == 0 {
		return o, fmt.Errorf("cannot run: no command is given")
	}
	return o, nil
}

// regexpFlag is a regular expression on the command line.
type regexpFlag struct{ *regexp.Regexp }

// String returns the expression.
func (f *regexpFlag) String() string {
	if f.Regexp == nil {
		return ""
	}
	return f.Regexp.String()
}

// Set compiles the expression.
func (f *regexpFlag) Set(s string) (err error) {
	f.Regexp, err = regexp.Compile(s)
	return err
}
