"""release.py METHOD gate|baton|cross|passed|own|joined|pool|ended|left: who else has a multiprocessing.Lock may release it, or may not.

gate: a worker takes a lock twice, as the process that started it releases it now and
then; that sleeps. baton: so it does, and a process beside it has the lock and sleeps.
cross: two workers want what the other one has, and whoever started them sleeps.
passed: it was once released by another one, and now all wait.

own, joined, pool are the deadlocks that these look like: whoever could release it
waits for the workers; of the pool's other two one is idle and one has never used it.

ended: who had it has ended, and who started it waits for the one that wants it now.
left: that sleeps.
"""

import os
import sys

import truth


def take(first, second, mine="", other=""):
    first.acquire()
    if mine:
        truth.mark(mine)
        truth.await_mark(other)
    second.acquire()
    truth.rest()


def release(lock):
    truth.await_mark("taken")
    lock.release()
    truth.mark("released")
    truth.await_mark("again")
    lock.acquire()


def take_again(lock):
    lock.acquire()
    truth.mark("taken")
    truth.await_mark("released")
    lock.acquire()
    truth.mark("again")
    lock.acquire()


def rest_with(lock):
    truth.rest()


def want(lock):
    lock.acquire()


def begin(*locks):
    global of
    of = locks


def task(n):
    truth.mark("task%d" % n)
    for other in range(3):
        truth.await_mark("task%d" % other)
    with open("%s.is%d" % (truth.PATH, n), "w") as f:
        f.write(str(os.getpid()))
    truth.mark("has%d" % n)
    if n == 2:
        truth.rest()
    first, second = of if n == 0 else reversed(of)
    take(first, second, "one%d" % n, "one%d" % (1 - n))


def start(target, *args):
    p = truth.context().Process(target=target, args=args)
    p.start()
    return p


def boss(how):
    ctx = truth.context()
    one, two = ctx.Lock(), ctx.Lock()
    if how == "pool":
        pool = ctx.Pool(4, begin, (one, two))
        result = pool.map_async(task, range(3), chunksize=1)
        tell(pool._pool)
        result.get()
    elif how in ("gate", "own"):
        started = [start(take, one, one)]
    elif how == "baton":
        started = [start(take, one, one), start(rest_with, one)]
    elif how == "passed":
        started = [start(take_again, one), start(release, one)]
    elif how in ("ended", "left"):
        holder = start(want, one)
        holder.join()
        started = [holder, start(want, one)]
    else:
        started = [start(take, one, two, "a", "b"), start(take, two, one, "b", "a")]
    tell(started)
    if how in ("gate", "cross", "left"):
        truth.rest()
    started[-1 if how == "ended" else 0].join()


def tell(started):
    with open(truth.PATH + ".pids.tmp", "w") as f:
        print(*(p.pid for p in started), file=f)
    os.rename(truth.PATH + ".pids.tmp", truth.PATH + ".pids")


def of_task(n):
    truth.await_mark("has%d" % n)
    with open("%s.is%d" % (truth.PATH, n)) as f:
        return int(f.read())


def main():
    how = sys.argv[2]
    chief = truth.context().Process(target=boss, args=(how,))
    chief.start()
    truth.await_mark("pids")
    with open(truth.PATH + ".pids") as f:
        pids = [int(pid) for pid in f.read().split()]
    for pid in pids:
        truth.ends_too(pid)
    if how == "pool":
        pids = [of_task(0), of_task(1)]
    a, b = pids[0], pids[-1]
    waiting = {"gate": [a], "own": [a], "baton": [a], "ended": [b], "left": [b]}.get(how, [a, b])
    for pid in waiting:
        truth.asleep(pid, call="futex")
    truth.asleep(chief.pid)
    waiters = [truth.who(pid) for pid in waiting]
    if how in ("ended", "left"):
        truth.lock("mp.Lock", [{"pid": a, "dead": True}], waiters, "abandoned", releasable=how == "left")
        truth.never("deadlock")
    elif how in ("own", "gate", "baton", "passed"):
        truth.lock("mp.Lock", [{"pid": a}], waiters, hidden=how == "passed")
        truth.never("abandoned")
    else:
        truth.lock("mp.Lock", [{"pid": b}], [truth.who(a)])
        truth.lock("mp.Lock", [{"pid": a}], [truth.who(b)])
        truth.never("abandoned")
    if how in ("own", "joined", "pool"):
        truth.deadlock(*waiting)
    elif how not in ("ended", "left"):
        truth.never("deadlock")
    if how == "cross":
        truth.ring(*waiting)
    truth.stay()


if __name__ == "__main__":
    main()
