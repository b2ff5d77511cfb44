"""Makes one of everything and writes where and what, for a test to compare with
what the agent reported:

    lock PID OBJECT KIND ROLE LINE      pipe INODE MADE_BY LINE
    process PID NAME                    manager PID LINE
"""

import multiprocessing as mp
import os
import sys
from concurrent.futures import ProcessPoolExecutor


def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def tell(thing, kind, line, *roles):
    for role in roles:
        lock = thing
        for name in filter(None, role.split(".")):
            lock = getattr(lock, name)
        say("lock", os.getpid(), id(lock._semlock), kind, role or "-", line)


def line():
    return sys._getframe(1).f_lineno


def child(lock, queue, lines):
    say("process", os.getpid(), mp.current_process().name)
    tell(lock, "Lock", lines[0], "")
    tell(queue, "Queue", lines[1], "_rlock", "_wlock", "_sem")
    own, here = mp.RLock(), line()
    tell(own, "RLock", here, "")


def worker(_):
    say("process", os.getpid(), mp.current_process().name)


CONDITION = "_lock", "_sleeping_count", "_woken_count", "_wait_semaphore"


def plain():
    for make, kind in (mp.Lock, "Lock"), (mp.RLock, "RLock"), (mp.Semaphore, "Semaphore"), (mp.BoundedSemaphore, "BoundedSemaphore"):
        thing, here = make(), line()
        tell(thing, kind, here, "")
        yield thing
    thing, here = mp.Condition(), line()
    tell(thing, "Condition", here, *CONDITION)
    yield thing
    thing, here = mp.Event(), line()
    tell(thing, "Event", here, "_flag", *("_cond." + role for role in CONDITION))
    yield thing
    thing, here = mp.Barrier(2), line()
    tell(thing, "Barrier(2)", here, *("_cond." + role for role in CONDITION))
    yield thing
    for make, kind in (mp.Value, "Value"), (mp.Array, "Array"):
        thing, here = make("i", 1), line()
        tell(thing, kind, here, "_lock")
        yield thing


def queues():
    thing, here = mp.JoinableQueue(), line()
    tell(thing, "JoinableQueue", here, "_rlock", "_wlock", "_sem", "_unfinished_tasks", *("_cond." + role for role in CONDITION))
    say("pipe", os.fstat(thing._reader.fileno()).st_ino, "JoinableQueue", here)
    yield thing
    thing, here = mp.SimpleQueue(), line()
    tell(thing, "SimpleQueue", here, "_rlock", "_wlock")
    say("pipe", os.fstat(thing._writer.fileno()).st_ino, "SimpleQueue", here)
    yield thing
    thing, here = mp.Pipe(), line()
    for end in thing:
        say("pipe", os.fstat(end.fileno()).st_ino, "Pipe", here)
    yield thing


def pools():
    pool, here = mp.Pool(2), line()
    with pool:
        tell(pool, "Pool", here, "_inqueue._rlock", "_inqueue._wlock", "_outqueue._rlock", "_outqueue._wlock")
        say("pipe", os.fstat(pool._inqueue._reader.fileno()).st_ino, "Pool", here)
        pool.map(worker, range(4))
    executor, here = ProcessPoolExecutor(2), line()
    with executor:
        tell(executor, "ProcessPoolExecutor", here, "_call_queue._rlock", "_call_queue._sem", "_result_queue._rlock")
        list(executor.map(worker, range(4)))
    manager = mp.Manager()
    with manager:
        say("process", manager._process.pid, manager._process.name)


def main():
    mp.set_start_method(sys.argv[1])
    keep = list(plain()) + list(queues())
    lock, first = mp.Lock(), line()
    queue, second = mp.Queue(), line()
    children = [mp.Process(target=child, args=(lock, queue, (first, second)), name=name) for name in ("Anna", None)]
    for c in children:
        c.start()
    for c in children:
        c.join()
    pools()
    del keep


if __name__ == "__main__":
    main()
