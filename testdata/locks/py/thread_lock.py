"""thread_lock.py METHOD lock|rlock: a thread holds a threading.Lock, two wait."""

import os
import sys
import threading

import truth


def hold(lock):
    lock.acquire()
    truth.mark("held")
    truth.rest()


def want(lock):
    lock.acquire()
    truth.rest()


def main():
    lock = threading.RLock() if sys.argv[2] == "rlock" else threading.Lock()
    holder = truth.thread(hold, lock)
    truth.await_mark("held")
    waiters = [truth.thread(want, lock) for _ in range(2)]
    pid = os.getpid()
    for w in waiters:
        truth.asleep(pid, w.native_id, "futex")
    # A Lock keeps no owner.
    truth.lock("thread_lock", [truth.who(pid, holder.native_id)], [truth.who(pid, w.native_id) for w in waiters], hidden=True, quiet=False)
    truth.never("abandoned")
    truth.stay()


if __name__ == "__main__":
    main()
