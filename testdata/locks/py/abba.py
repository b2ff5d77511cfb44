"""abba.py METHOD [timed|alarm|flock]: two processes take two locks in opposite order.

timed: one of them waits with a timeout of an hour, so it is no deadlock.
alarm: one of them has set an alarm instead.
"""

import fcntl
import os
import signal
import sys

import truth


class FileLock:
    def __init__(self, name):
        self.path = truth.PATH + "." + name

    def acquire(self, timeout=None):
        self.fd = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self.fd, fcntl.LOCK_EX)


def too_late(*_):
    raise TimeoutError


def take(first, second, mine, other, timeout):
    first.acquire()
    truth.mark(mine)
    truth.await_mark(other)
    if timeout == "alarm":
        signal.signal(signal.SIGALRM, too_late)
        signal.alarm(3600)
        timeout = None
    second.acquire(timeout=timeout)
    truth.rest()


def main():
    ctx = truth.context()
    how = sys.argv[2] if len(sys.argv) > 2 else ""
    one, two = (FileLock("one"), FileLock("two")) if how == "flock" else (ctx.Lock(), ctx.Lock())
    kind, call = ("flock", "flock") if how == "flock" else ("mp.Lock", "futex")
    a = truth.process(take, one, two, "a", "b", {"timed": 3600, "alarm": "alarm"}.get(how))
    b = truth.process(take, two, one, "b", "a", None)
    truth.asleep(a.pid, call=call)
    truth.asleep(b.pid, call=call)
    truth.lock(kind, [{"pid": b.pid}], [truth.who(a.pid)])
    truth.lock(kind, [{"pid": a.pid}], [truth.who(b.pid)])
    truth.never("abandoned")
    if how not in ("timed", "alarm"):
        truth.deadlock(a.pid, b.pid)
    truth.stay()


if __name__ == "__main__":
    main()
