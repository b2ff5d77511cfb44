"""gil.py METHOD main|thread: one thread computes for long in C, with the GIL; two others want to run.

main: it is the main thread that computes; thread: another one.
"""

import os
import re
import sys
import threading

import truth


WAITERS = {"main": 2, "thread": 3}


def compute():
    while len(marked("want")) < WAITERS[sys.argv[2]]:
        truth.time.sleep(0.001)
    truth.mark("pid.%d.%d" % (os.getpid(), threading.get_native_id()))
    truth.mark("computes")
    re.match("(a+)+$", "a" * 60 + "b")  # takes years


def want(n):
    truth.mark("want%d.%d" % (n, threading.get_native_id()))
    while True:
        pass


def crowd():
    """Plays the process that computes: its parent keeps its stdin."""
    for n in range(2):
        truth.thread(want, n)
    if sys.argv[2] == "thread":
        truth.thread(compute)
        want(2)
    compute()


def marked(prefix):
    """The numbers in the names of the marks that begin so."""
    folder, base = os.path.split(truth.PATH + "." + prefix)
    return [[int(n) for n in name[len(base) :].strip(".").split(".")] for name in os.listdir(folder) if name.startswith(base)]


def main():
    truth.process(crowd)
    truth.await_mark("computes")
    ((pid, tid),) = marked("pid")
    waiters = [truth.who(pid, t) for _, t in marked("want")]
    truth.lock("gil", [truth.who(pid, tid)], waiters, "contended", hidden=True)
    truth.never("abandoned")
    truth.stay()


if __name__ == "__main__":
    main()
