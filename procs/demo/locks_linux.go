package demo

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// mutex is a process-shared pthread_mutex_t as glibc lays it out
// (sysdeps/nptl/bits/struct_mutex.h), so that this program waits for one as a
// C program does.
type mutex struct {
	lock  int32 // 0 free, 1 held, 2 held and waited for
	count uint32
	owner int32 // thread
	users uint32
	kind  int32
}

// processShared is PTHREAD_MUTEX_PSHARED_BIT.
const processShared = 0x80

// futexWait is FUTEX_WAIT of include/uapi/linux/futex.h, not private.
const futexWait = 0

// takeOrWait takes the mutex as pthread_mutex_lock(3) does.
func (m *mutex) takeOrWait() {
	runtime.LockOSThread() // a thread owns it
	if !atomic.CompareAndSwapInt32(&m.lock, 0, 1) {
		for atomic.SwapInt32(&m.lock, 2) != 0 {
			_, _, _ = syscall.Syscall6(syscall.SYS_FUTEX, uintptr(unsafe.Pointer(&m.lock)), futexWait, 2, 0, 0, 0)
		}
	}
	m.owner = int32(syscall.Gettid())
	m.users++
}

// shared maps a mutex that all who have the file share.
func shared(f *os.File) *mutex {
	page, err := syscall.Mmap(int(f.Fd()), 0, os.Getpagesize(), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		panic(fmt.Sprintf("cannot map the file: %v", err))
	}
	return (*mutex)(unsafe.Pointer(&page[0]))
}

// serve takes its time in one system call, so that whoever asks where this
// process is finds it here, and not parked by Go's runtime.
func serve(d time.Duration) {
	ts := syscall.NsecToTimespec(int64(d))
	for syscall.Nanosleep(&ts, &ts) == syscall.EINTR {
		continue
	}
}

func workAbandoned(w worker) {
	file, err := nameless("estate")
	if err == nil {
		err = file.Truncate(int64(os.Getpagesize()))
	}
	if err != nil {
		_, _ = fmt.Fprintln(w.err, "cannot make a file:", err)
		return
	}
	shared(file).kind = processShared
	w.staff(3, "heir", file)
}

// workHeir takes a mutex. The first child gets it and ends without letting go.
func workHeir(w worker) {
	me, m := os.Getenv("MUSTER_DEMO_CHILD"), shared(os.NewFile(3, "estate"))
	if me != "1" {
		for atomic.LoadInt32(&m.lock) == 0 {
			time.Sleep(10 * time.Millisecond)
		}
	}
	m.takeOrWait()
	w.say("heir %s has the estate, and is killed", me)
	time.Sleep(3 * time.Second) // for as long it is to be seen who has it
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
}
