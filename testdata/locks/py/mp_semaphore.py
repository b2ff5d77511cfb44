"""mp_semaphore.py METHOD [bounded|free|room|work|full|all]: three processes have a multiprocessing.Semaphore(3), two wait.

free: nobody waits, as one place of the three is always left. room, work, full: one
process takes what another one lets go of, so that nobody has it: a count of room, a
count of work, a queue that holds no more. all: one has taken all places, and wants
one more.
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


def take(sem, n):
    for _ in range(n):
        sem.acquire()
    truth.mark("taken")
    sem.acquire()


def give(sem, n):
    for _ in range(n):
        sem.release()
    truth.rest()


def fill(queue, n):
    while True:
        queue.put(n)


def drain(queue):
    for _ in range(5):
        queue.get()
    truth.mark("taken")
    truth.rest()


def counted(how):
    if how == "full":
        queue = truth.context().Queue(2)
        takes, gives = truth.process(fill, queue, 1), truth.process(drain, queue)
    else:
        sem = truth.context().Semaphore({"room": 2, "work": 0, "all": 3}[how])
        takes = truth.process(take, sem, {"room": 5, "work": 4, "all": 3}[how])
        gives = truth.process(give, sem, {"room": 3, "work": 4, "all": 0}[how])
    truth.await_mark("taken")
    truth.asleep(gives.pid)
    truth.asleep(takes.pid, call="futex")
    state = {"work": "idle", "all": None}.get(how, "none")
    truth.lock("mp.Semaphore", [], [truth.who(takes.pid)], state, maybe=[{"pid": takes.pid}] if how == "all" else [])
    truth.never("deadlock", "abandoned")
    truth.stay()


def main():
    ctx = truth.context()
    how = sys.argv[2] if len(sys.argv) > 2 else ""
    if how in ("room", "work", "full", "all"):
        counted(how)
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
