"""passed.py METHOD [back|again|again-back]: a multiprocessing.Lock is released by another process than took it.

A took it, B released it, C has it now, and D waits. A's own count of it is
still 1, so A could be taken for the holder, but only as one of two. back: A
waits for it itself, which is no deadlock. again: it is B who has it now, whose
count is 0, since it has released once more than it had taken before.
"""

import sys

import truth


def take_first(lock, back):
    lock.acquire()
    truth.mark("first")
    if back:
        truth.await_mark("second")
        lock.acquire()
    truth.rest()


def release(lock, again):
    truth.await_mark("first")
    lock.release()
    truth.mark("released")
    if again:
        take(lock)
    truth.rest()


def take(lock):
    truth.await_mark("released")
    lock.acquire()
    truth.mark("second")
    truth.rest()


def want(lock):
    truth.await_mark("second")
    lock.acquire()


def main():
    how = sys.argv[2] if len(sys.argv) > 2 else ""
    back, again = how.endswith("back"), how.startswith("again")
    lock = truth.context().Lock()
    a = truth.process(take_first, lock, back)
    b = truth.process(release, lock, again)
    c = b if again else truth.process(take, lock)
    waiter = a if back else truth.process(want, lock)
    truth.asleep(waiter.pid, call="futex")
    truth.lock("mp.Lock", [{"pid": c.pid}], [truth.who(waiter.pid)], hidden=True, maybe=[{"pid": a.pid}])
    truth.never("abandoned")
    truth.stay()


if __name__ == "__main__":
    main()
