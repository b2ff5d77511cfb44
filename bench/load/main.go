//go:build linux

// Load plays the programs that bench/run puts under muster and its peers, and
// checks what they made of it:
//
//	load flood N [BLOCK]    print N numbered lines of 100 bytes, in writes of BLOCK bytes (64 KiB; 0: line by line)
//	load words N EVERY      print N such lines, every EVERYth of which begins a Python traceback of six lines
//	load check N FILE...    count the lines of a flood in FILE...: each whole, each once, in order
//	load spin ROUNDS        compute, without a system call
//	load forks N [WIDE] [WORK]  start and reap N processes, WIDE at once, and compute after each
//	load flocks N           lock a file N times, beside somebody who wants it now and then
//	load burn ENDPOINT      compute for ever, with (1) or without (0) net/http/pprof on a port
//	load stacks N           print a profile of N stacks in the format of pprof
//	load echo 0             a persistent worker of muster map that answers each item with itself
//	load parent N [WIDE] [INFLIGHT]   hand N items to WIDE such workers, and do nothing else
//	load sleepers N         keep N sleeping children until SIGTERM
//
// Each role says how long it took in the file that BENCH_OWN names, so that
// its own wall time is known apart from that of whatever runs it.
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

// roles by name; each takes the numbers that follow it.
var roles = map[string]func(n []int) error{
	"flood":    flood,
	"words":    words,
	"spin":     spin,
	"forks":    forks,
	"flocks":   flocks,
	"echo":     echo,
	"parent":   parent,
	"sleepers": sleepers,
	"stacks":   stacks,
	"burn":     burn,
}

func main() {
	if err := play(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(2)
	}
}

func play(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("cannot play: a role and a number are needed")
	}
	if args[0] == "check" {
		return check(args[1], args[2:])
	}
	role, ok := roles[args[0]]
	if !ok {
		return fmt.Errorf("cannot play %q: there is no such role", args[0])
	}
	var numbers []int
	for _, a := range args[1:] {
		n, err := strconv.Atoi(a)
		if err != nil {
			return err
		}
		numbers = append(numbers, n)
	}
	started := time.Now()
	if err := role(numbers); err != nil {
		return err
	}
	return tell(time.Since(started))
}

// tell leaves the time where bench/term finds it.
func tell(took time.Duration) error {
	name := os.Getenv("BENCH_OWN")
	if name == "" {
		return nil
	}
	return os.WriteFile(name, []byte(strconv.FormatFloat(took.Seconds(), 'f', 6, 64)), 0o600)
}

// number returns the i-th number, or what it is when not given.
func number(n []int, i, otherwise int) int {
	if i < len(n) {
		return n[i]
	}
	return otherwise
}
