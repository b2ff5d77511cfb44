"""mp_semaphore.py METHOD [bounded|free]: three processes have a multiprocessing.Semaphore(3), two wait.

free: nobody waits, as one place of the three is always left.
"""

import sys
import time

import truth


def hold(sem, n):
    sem.acquire()
    truth.mark("held%d" % n)
    truth.rest()


def want(sem):
    sem.acquire()
    truth.rest()


def use(sem):
    while True:
        with sem:
            time.sleep(0.001)


def main():
    ctx = truth.context()
    how = sys.argv[2] if len(sys.argv) > 2 else ""
    sem = ctx.BoundedSemaphore(3) if how == "bounded" else ctx.Semaphore(3)
    truth.never("abandoned")
    if how == "free":
        for _ in range(2):
            truth.process(use, sem)
        truth.never("contended")
        truth.stay()
    holders = [truth.process(hold, sem, n) for n in range(3)]
    for n in range(3):
        truth.await_mark("held%d" % n)
    waiters = [truth.process(want, sem) for _ in range(2)]
    for w in waiters:
        truth.asleep(w.pid, call="futex")
    truth.lock("mp.Semaphore", [{"pid": h.pid} for h in holders], [truth.who(w.pid) for w in waiters], "contended")
    truth.stay()


if __name__ == "__main__":
    main()
