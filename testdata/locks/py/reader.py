"""reader.py METHOD pipe|duplex|os|queue|served|orders|paused: who is joined waits for bytes that nobody can write but itself and who joins it.

pipe, duplex, os: it has an end of the pipe for writing, as it was forked, and
never gets to see the end of the file. queue: it is a worker that no sentinel
was sent to. served: it has handlers that write into the pipe when a signal
comes: that is none. orders: who joins it has such handlers. paused: who joins it has
a lock that the reader wants, and a handler that releases it.
"""

import os
import signal
import sys

import truth


def read_all(ours, others):
    while True:
        ours.recv()


def read_bytes(ours, others):
    while os.read(ours, 1):
        pass


def take_all(queue, others):
    while queue.get() is not None:
        pass


def serve(ours, others):
    signal.signal(signal.SIGTERM, lambda *_: os.write(others, b"x"))
    read_bytes(ours, others)


def take(lock):
    lock.acquire()


def pause():
    lock = truth.context().Lock()
    lock.acquire()
    signal.signal(signal.SIGUSR1, lambda *_: lock.release())
    return take, (lock,)


def join(how):
    target = {"os": read_bytes, "served": serve, "queue": take_all}.get(how, read_all)
    if how in ("os", "served"):
        ends = os.pipe()
    elif how == "queue":
        ends = (truth.context().Queue(), None)
    elif how == "paused":
        target, ends = pause()
    else:
        ends = truth.context().Pipe(duplex=how == "duplex")
    reader = truth.context().Process(target=target, args=ends)
    reader.start()
    if how == "orders":
        signal.signal(signal.SIGHUP, lambda *_: ends[1].send(b"x"))
    with open(truth.PATH + ".pid", "w") as f:
        f.write(str(reader.pid))
    truth.mark("started")
    reader.join()


def main():
    how = sys.argv[2]
    joiner = truth.context().Process(target=join, args=(how,))
    joiner.start()
    truth.await_mark("started")
    with open(truth.PATH + ".pid") as f:
        reader = int(f.read())
    truth.ends_too(reader)
    truth.asleep(reader, call="futex" if how == "paused" else "read")
    truth.asleep(joiner.pid)
    if how == "paused":
        truth.lock("mp.Lock", [{"pid": joiner.pid}], [truth.who(reader)], "contended")
        truth.never("deadlock")
    elif how in ("served", "orders"):
        truth.lock("pipe", [{"pid": joiner.pid}, {"pid": reader}], [truth.who(reader)], "idle")
        truth.never("deadlock")
    else:
        truth.lock("socket" if how == "duplex" else "pipe", [{"pid": joiner.pid}, {"pid": reader}], [truth.who(reader)])
        truth.deadlock(joiner.pid, reader)
    truth.never("abandoned")
    truth.stay()


if __name__ == "__main__":
    main()
