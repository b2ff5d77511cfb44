"""mp_lock.py METHOD [many|heap]: one process holds a multiprocessing.Lock, three wait.

many: 10,000 other locks exist beside it. heap: so do 2 GiB of memory.
"""

import mmap
import sys

import truth


def hold(lock):
    lock.acquire()
    truth.mark("held")
    truth.rest()


def want(lock):
    lock.acquire()
    truth.rest()


def main():
    ctx = truth.context()
    beside = sys.argv[2] if len(sys.argv) > 2 else ""
    others = [ctx.Lock() for _ in range(10000)] if beside == "many" else []
    memory = mmap.mmap(-1, 2 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) if beside == "heap" else None
    lock = ctx.Lock()
    holder = truth.process(hold, lock)
    truth.await_mark("held")
    waiters = [truth.process(want, lock) for _ in range(3)]
    for w in waiters:
        truth.asleep(w.pid, call="futex")
    truth.lock("mp.Lock", [{"pid": holder.pid}], [truth.who(w.pid) for w in waiters], "contended")
    truth.never("abandoned")
    truth.stay()
    return others, memory


if __name__ == "__main__":
    main()
