"""filelock.py METHOD flock|lockf: one process holds a lock on a file by the module fcntl, two wait."""

import fcntl
import os
import sys

import truth


def take():
    fd = os.open(truth.PATH + ".file", os.O_RDWR | os.O_CREAT, 0o600)
    (fcntl.flock if sys.argv[2] == "flock" else fcntl.lockf)(fd, fcntl.LOCK_EX)


def hold():
    take()
    truth.mark("held")
    truth.rest()


def want():
    take()
    truth.rest()


def main():
    kind, call = ("flock", "flock") if sys.argv[2] == "flock" else ("posix", "fcntl")
    holder = truth.process(hold)
    truth.await_mark("held")
    waiters = [truth.process(want) for _ in range(2)]
    for w in waiters:
        truth.asleep(w.pid, call=call)
    truth.lock(kind, [{"pid": holder.pid}], [truth.who(w.pid) for w in waiters], "contended")
    truth.never("abandoned")
    truth.stay()


if __name__ == "__main__":
    main()
