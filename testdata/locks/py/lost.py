"""lost.py METHOD killed|task|leaked: a process waits for the result of a pool, which never comes.

killed: the worker that had the task was killed; the others are idle. task: a worker
waits in its task for bytes that the process could write. leaked: a worker that is
idle has a lock that another one wants in its task.
"""

import os
import signal

import truth


def ready(n):
    return n


def die(n):
    if n == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return n


def begin(lock, reader):
    global mine, bytes_of
    mine, bytes_of = lock, reader


def take(n):
    if n == 0:
        mine.acquire()
        truth.mark("%d.has" % os.getpid())
        truth.mark("held")
        truth.await_mark("begun")  # by the other worker
        return n
    truth.mark("begun")
    truth.await_mark("held")
    truth.mark("%d.wants" % os.getpid())
    return mine.acquire()


def read(n):
    truth.mark("%d.wants" % os.getpid())
    return bytes_of.recv()


def wait(how):
    lock, (reader, writer) = truth.context().Lock(), truth.context().Pipe(duplex=False)
    pool = truth.context().Pool(2, begin, (lock, reader))
    pool.map(ready, range(8), chunksize=1)
    task, n = {"killed": (die, 4), "task": (read, 1), "leaked": (take, 2)}[how]
    result = pool.map_async(task, range(n), chunksize=1)
    if how == "killed":
        for p in pool._pool[:]:
            p.join(1)  # one of them ends
    with open(truth.PATH + ".workers.tmp", "w") as f:
        print(*(p.pid for p in pool._pool if p.is_alive()), file=f)
    os.rename(truth.PATH + ".workers.tmp", truth.PATH + ".workers")
    result.get()
    writer.close()


def marked(what):
    """The one worker that has marked something."""
    while True:
        for name in os.listdir(os.path.dirname(truth.PATH)):
            if name.endswith("." + what):
                return int(name.split(".")[-2])


def main():
    how = truth.sys.argv[2]
    waits = truth.context().Process(target=wait, args=(how,))
    waits.start()
    truth.await_mark("workers")
    with open(truth.PATH + ".workers") as f:
        workers = [int(pid) for pid in f.read().split()]
    for pid in workers:
        truth.ends_too(pid)
    for pid in [waits.pid] + workers:
        truth.asleep(pid)
    if how == "killed":
        truth.never("deadlock", "contended")
    else:
        wants = marked("wants")
        truth.asleep(wants, call="read" if how == "task" else "futex")
        truth.deadlock(*([waits.pid, wants] if how == "task" else [waits.pid, wants, marked("has")]))
    truth.never("abandoned")
    truth.stay()


if __name__ == "__main__":
    main()
