package tree

import (
	"fmt"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

func becomeSubreaper() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

func init() { helpers["exec"] = helperExec }

// helperExec calls exec from a thread that is not the main one.
func helperExec() {
	env := play("sleep")
	failed := make(chan error)
	for range 2 { // of two locked threads, one at least is not the main one
		go func() {
			runtime.LockOSThread()
			if syscall.Gettid() != syscall.Getpid() {
				failed <- syscall.Exec(os.Args[0], []string{"renamed"}, env)
			}
			select {}
		}()
	}
	fmt.Println("cannot exec:", <-failed)
}
