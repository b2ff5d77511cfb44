package demo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// The workers below show locks. Each is a parent that starts children of its
// own and hands them files that have no name any more, so that nothing is left
// behind however they end.

// staff starts n children that play a role and share files. It returns when
// all have ended.
func (w worker) staff(n int, role string, files ...*os.File) {
	self, err := os.Executable()
	if err != nil {
		_, _ = fmt.Fprintln(w.err, "cannot find myself:", err)
		return
	}
	var all []*exec.Cmd
	for i := range n {
		child := exec.Command(self, WorkerCommand, role)
		child.Args[0] = role // the name that it is shown under
		child.Stdout, child.Stderr, child.ExtraFiles = os.Stdout, os.Stderr, files
		child.Env = append(os.Environ(), "MUSTER_DEMO_CHILD="+strconv.Itoa(i+1))
		if err := child.Start(); err != nil {
			_, _ = fmt.Fprintln(w.err, "cannot start a child:", err)
			return
		}
		all = append(all, child)
		w.say("%s %d is pid %d", role, i+1, child.Process.Pid)
	}
	for _, child := range all {
		_ = child.Wait() // how it ended is what muster shows
	}
}

// nameless makes a file that is gone from its directory already. It had this name
// there, unless somebody else has a file of this name just now.
func nameless(name string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(os.TempDir(), name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		f, err = os.CreateTemp("", name+"-")
	}
	if err != nil {
		return nil, err
	}
	return f, os.Remove(f.Name())
}

// reopen opens a file anew that a parent has handed down, as descriptor 3 and
// so on: flock(2) belongs to what was opened, so that each needs its own.
func reopen(fd int) *os.File {
	f, err := os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", fd), os.O_RDWR, 0)
	if err != nil {
		panic(fmt.Sprintf("cannot open the file anew, which takes Linux: %v", err))
	}
	return f
}

func take(f *os.File) {
	for syscall.Flock(int(f.Fd()), syscall.LOCK_EX) == syscall.EINTR {
		continue
	}
}

func workContention(w worker) {
	till, err := nameless("till")
	if err != nil {
		_, _ = fmt.Fprintln(w.err, "cannot make a file:", err)
		return
	}
	w.staff(4, "teller", till)
}

// workTeller needs the till for most of its work.
func workTeller(w worker) {
	till, me := reopen(3), os.Getenv("MUSTER_DEMO_CHILD")
	for n := 1; ; n++ {
		w.pause(120 * time.Millisecond)
		began := time.Now()
		take(till)
		waited := time.Since(began)
		serve(300*time.Millisecond + time.Duration(w.rand.IntN(200))*time.Millisecond)
		_ = syscall.Flock(int(till.Fd()), syscall.LOCK_UN)
		w.say("teller %s: customer %d waited %v for the till", me, n, waited.Round(time.Millisecond))
	}
}

func workDeadlock(w worker) {
	var files []*os.File
	for _, name := range []string{"alice", "bob"} {
		f, err := nameless(name)
		if err != nil {
			_, _ = fmt.Fprintln(w.err, "cannot make a file:", err)
			return
		}
		files = append(files, f)
	}
	w.staff(2, "transfer", files...)
}

// workTransfer takes two accounts, the first child in one order and the second
// in the other, until each has what the other wants.
func workTransfer(w worker) {
	from, to, me := reopen(3), reopen(4), os.Getenv("MUSTER_DEMO_CHILD")
	if me == "2" {
		from, to = to, from
	}
	for {
		take(from)
		w.say("transfer %s: has its first account", me)
		w.pause(time.Second)
		take(to)
		w.say("transfer %s: done", me)
		_ = syscall.Flock(int(to.Fd()), syscall.LOCK_UN)
		_ = syscall.Flock(int(from.Fd()), syscall.LOCK_UN)
	}
}
