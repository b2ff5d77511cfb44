"""cycle3.py METHOD: three processes wait for each other, each for something else.

One has a flock and waits for a multiprocessing.Lock; the second has that and
reads a pipe; the third alone could write to it, but waits for the flock.
"""

import fcntl
import os

import truth


def open_file():
    return os.open(truth.PATH + ".file", os.O_RDWR | os.O_CREAT, 0o600)


def first(lock):
    fd = open_file()
    fcntl.flock(fd, fcntl.LOCK_EX)
    truth.mark("flock")
    truth.await_mark("lock")
    lock.acquire()
    truth.rest()


def second(lock, reader, writer):
    writer.close()
    lock.acquire()
    truth.mark("lock")
    reader.recv_bytes()
    truth.rest()


def third(reader, writer):
    reader.close()
    truth.await_mark("flock")
    fd = open_file()
    fcntl.flock(fd, fcntl.LOCK_EX)
    writer.send_bytes(b"x")


def main():
    ctx = truth.context()
    lock = ctx.Lock()
    a = truth.process(first, lock)
    reader, writer = ctx.Pipe(duplex=False)
    b = truth.process(second, lock, reader, writer)
    c = truth.process(third, reader, writer)
    reader.close()
    writer.close()
    truth.asleep(a.pid, call="futex")
    truth.asleep(b.pid, call="read")
    truth.asleep(c.pid, call="flock")
    truth.lock("mp.Lock", [{"pid": b.pid}], [truth.who(a.pid)])
    truth.lock("pipe", [{"pid": c.pid}], [truth.who(b.pid)])
    truth.lock("flock", [{"pid": a.pid}], [truth.who(c.pid)])
    truth.deadlock(a.pid, b.pid, c.pid)
    truth.never("abandoned")
    truth.stay()


if __name__ == "__main__":
    main()
