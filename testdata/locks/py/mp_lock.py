"""mp_lock.py METHOD [many|heap|used]: one process holds a multiprocessing.Lock, three wait.

many: 10,000 other locks exist beside it. heap: so do 2 GiB of memory. used: each
of the four has had it before, many times.
"""

import mmap
import sys

import truth


def use(lock, times):
    for _ in range(times):
        with lock:
            pass


def hold(lock, times):
    use(lock, times)
    lock.acquire()
    truth.mark("held")
    truth.rest()


def want(lock, times, name):
    use(lock, times)
    truth.mark(name)
    truth.await_mark("held")
    lock.acquire()
    truth.rest()


def main():
    ctx = truth.context()
    beside = sys.argv[2] if len(sys.argv) > 2 else ""
    others = [ctx.Lock() for _ in range(10000)] if beside == "many" else []
    memory = mmap.mmap(-1, 2 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) if beside == "heap" else None
    lock = ctx.Lock()
    times = 100 if beside == "used" else 0
    waiters = [truth.process(want, lock, times, "used%d" % i) for i in range(3)]
    for i in range(3):
        truth.await_mark("used%d" % i)
    holder = truth.process(hold, lock, times)
    truth.await_mark("held")
    for w in waiters:
        truth.asleep(w.pid, call="futex")
    truth.lock("mp.Lock", [{"pid": holder.pid}], [truth.who(w.pid) for w in waiters], "contended")
    truth.never("abandoned")
    truth.stay()
    return others, memory


if __name__ == "__main__":
    main()
