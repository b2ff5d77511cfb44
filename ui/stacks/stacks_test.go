package stacks

import (
	"strings"
	"testing"

	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/session"
)

func TestLines(t *testing.T) {
	s := session.StacksJSON{
		Stacks: []session.StackJSON{
			{Processes: []string{"p/0", "p/1"}, PID: 5, TID: 15, Count: 9, Wait: graph.Idle},
			{
				Processes: []string{"p/0/w-1", "p/0/w-2", "p/0/w-3", "p/0/w-4", "p/0/w-5", "p/0/w-6", "p/0/w-7"},
				PID:       7, TID: 7, Count: 7, Wait: graph.InPipe, Stack: []string{"/usr/lib/queues.py:103 get", "pool.py:114 worker"},
			},
			{Processes: []string{"p/0"}, PID: 5, TID: 9, Count: 1, Wait: graph.OnCPU, Stack: []string{"/usr/lib/json.py:3 f", "evil\x1b[2J.py:1 f", "a.py:4 rec", "a.py:4 rec", "a.py:4 rec", "a.py:9 main"}},
			{Processes: []string{"pid 8 (sh)"}, PID: 8, TID: 8, Count: 1, Wait: "later"},
			{Processes: []string{"p/2"}, PID: 9, TID: 9, Count: 1, Wait: graph.Idle, Stack: []string{"/usr/lib/python3/queue.py:3 get"}},
			{Processes: []string{"p/3"}, PID: 10, TID: 10, Count: 1, Wait: graph.Idle, Stack: []string{"/usr/lib/python3/queue.py:3 get", "/a/serve.py:9 serve"}},
			{Processes: []string{"p/1"}, PID: 6, TID: 6, Count: 1, Wait: graph.InLock, Stack: []string{"libc.so.6 __futex_abstimed_wait_common", "libc.so.6 __pthread_clockjoin_ex", "/a/seg.c:11 main"}},
			{
				Processes: []string{"bank/0"}, PID: 11, TID: 11, Count: 1, Wait: graph.InLock,
				Stack: []string{"/usr/local/go/src/internal/runtime/syscall/linux/asm_linux_amd64.s:36 internal/runtime/syscall/linux.Syscall6", "/usr/local/go/src/syscall/zsyscall_linux_amd64.go:453 syscall.Flock", "/src/locks.go:69 bank.take"},
			},
		},
		Coverage: []profiling.Coverage{{Source: "cpython", OK: true}, {Source: "native", Note: "not permitted: why"}},
	}
	const want = `1 of 22 threads: waiting for a lock in locks.go:69 bank.take
  bank/0 (pid 11)
    /usr/local/go/src/internal/runtime/syscall/linux/asm_linux_amd64.s:36 internal/runtime/syscall/linux.Syscall6
    /usr/local/go/src/syscall/zsyscall_linux_amd64.go:453 syscall.Flock
    /src/locks.go:69 bank.take

1 of 22 threads: computing in evil.py:1 f
  p/0 (pid 5, thread 9)
    /usr/lib/json.py:3 f
    evil.py:1 f
    a.py:4 rec  (3 times)
    a.py:9 main

7 of 22 threads: waiting at a pipe in pool.py:114 worker
  p/0/w-1, p/0/w-2, p/0/w-3, p/0/w-4, p/0/w-5, p/0/w-6 and 1 more
    /usr/lib/queues.py:103 get
    pool.py:114 worker

1 of 22 threads: doing what is not known
  pid 8 (sh)

1 of 22 threads: waiting for a thread in seg.c:11 main
  p/1 (pid 6)
    libc.so.6 __futex_abstimed_wait_common
    libc.so.6 __pthread_clockjoin_ex
    /a/seg.c:11 main

1 of 22 threads: idle in serve.py:9 serve
  p/3 (pid 10)
    /usr/lib/python3/queue.py:3 get
    /a/serve.py:9 serve

10 of 22 threads: idle: p/0, p/1, p/2

not read: native: not permitted: why`
	if got := strings.Join(Lines(s), "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := strings.Join(Lines(session.StacksJSON{}), "\n"); got != "there are no threads to look at" {
		t.Errorf("of nothing: %q", got)
	}
}
