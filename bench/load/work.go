//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// spin computes. A round takes one or two milliseconds.
func spin(n []int) error {
	const round = 1_000_000
	return compute(n[0] * round)
}

// compute makes so many random numbers.
func compute(numbers int) error {
	x := uint64(88172645463325252)
	for range numbers {
		x ^= x << 13 // xorshift64
		x ^= x >> 7
		x ^= x << 17
	}
	if x == 0 { // it never is, but the loop must not be optimised away
		return fmt.Errorf("the generator has run dry")
	}
	return nil
}

// forks starts and reaps processes that end at once, and makes so many thousand random
// numbers after each.
func forks(n []int) error {
	name, err := exec.LookPath("true")
	if err != nil {
		return err
	}
	wide, work := number(n, 1, 1), number(n, 2, 0)*1000
	var group sync.WaitGroup
	failed := make([]error, wide)
	for w := range wide {
		group.Go(func() {
			for i := w; i < n[0] && failed[w] == nil; i += wide {
				failed[w] = errors.Join(exec.Command(name).Run(), compute(work))
			}
		})
	}
	group.Wait()
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}

// flocks locks a file, beside a goroutine that wants the lock now and then.
func flocks(n []int) error {
	name, err := os.CreateTemp("", "flocks")
	if err != nil {
		return err
	}
	defer name.Close() // nothing was written
	other, err := os.Open(name.Name())
	if err = errors.Join(err, os.Remove(name.Name())); err != nil {
		return err
	}
	take := func(f *os.File) error {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		return errors.Join(err, syscall.Flock(int(f.Fd()), syscall.LOCK_UN))
	}
	go func() { // ends with the program
		for {
			time.Sleep(100 * time.Millisecond)
			_ = take(other) // interrupted at the worst
		}
	}()
	for range n[0] {
		if err := take(name); err != nil {
			return err
		}
	}
	return nil
}

// sleepers keeps children that do nothing until it is told to end. The
// children end with it, whatever ends it.
func sleepers(n []int) error {
	runtime.LockOSThread() // Pdeathsig is sent when the thread ends that started the child (go.dev/issue/27505)
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM, syscall.SIGINT)
	var children []*exec.Cmd
	defer func() {
		for _, c := range children {
			_ = c.Process.Kill() // it may have ended
			_ = c.Wait()         // of a signal
		}
	}()
	for range n[0] {
		c := exec.Command("sleep", "3600")
		c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := c.Start(); err != nil {
			return err
		}
		children = append(children, c)
	}
	fmt.Println("ready")
	<-end
	return nil
}
