"""Workers of pools that end, in a task and out of one. Prints for each of them its
pid and what it was at, as far as muster can tell. The argument is the start method."""

import concurrent.futures
import multiprocessing
import os
import signal
import sys

from pools import Pool


class Value:
    def __repr__(self):
        os._exit(9)

    __str__ = __repr__


def end(how, conn, value=None):
    conn.send(os.getpid())
    if how == "code":
        os._exit(3)
    if how == "sys.exit":
        sys.exit(3)
    os.kill(os.getpid(), getattr(signal, how))


def end_at_2(item):
    if item == 2:
        os.kill(os.getpid(), signal.SIGSEGV)
    return os.getpid()


def ident(number):
    return os.getpid()


def borrow(name):
    """Have a file of the program's own where the agent has its."""
    fd = os.open(name, os.O_RDWR)
    for number in range(200, 240):
        os.dup2(fd, number)
    return os.getpid()


def say(pid, task=""):
    print(pid, task, sep="\t", flush=True)


def gone(pid):
    """Wait until a worker has ended."""
    for process in multiprocessing.active_children():
        if process.pid == pid:
            process.join()


def pools(ctx, name):
    for how in "SIGKILL", "SIGSEGV", "code", "sys.exit":
        here, there = ctx.Pipe()
        with Pool(ctx) as pool:
            pool.apply(ident, (1,))
            pool.apply_async(end, (how, there), {"value": Value()})
            pid = here.recv()
            gone(pid)
            say(pid, "end(%r, <Connection>, value=<Value>)" % how)
    with Pool(ctx) as pool:
        pid = pool.apply(ident, (1,))
        pool.map_async(end_at_2, range(8), chunksize=4)
        gone(pid)
        say(pid, "end_at_2(0), or another of 4 items of its chunk")
    with Pool(ctx) as pool:
        pid = pool.apply(ident, (1,))
        os.kill(pid, signal.SIGKILL)
        gone(pid)
        say(pid)
    with Pool(ctx, maxtasksperchild=1) as pool:
        first, second = pool.apply(ident, (1,)), pool.apply(ident, (2,))
        gone(first)
        say(first)
        say(second)
        pid = pool.apply(borrow, (name,))
        gone(pid)
        say(pid)


def executors(ctx):
    here, there = ctx.Pipe()
    for how in "SIGKILL", "SIGSEGV", "code":
        with concurrent.futures.ProcessPoolExecutor(1, mp_context=ctx) as pool:
            pool.submit(ident, 1).result()
            pool.submit(Starter(there), how)
            pid = here.recv()
            gone(pid)
            say(pid, "<Starter>(%r)" % how)
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=ctx) as pool:
        pid = pool.submit(ident, 1).result()
        os.kill(pid, signal.SIGKILL)
        gone(pid)
        say(pid)


class Starter:
    def __init__(self, conn):
        self.fd = conn

    def __call__(self, how):
        end(how, self.fd)


if __name__ == "__main__":
    signal.alarm(100)  # an end, should it hang
    ctx = multiprocessing.get_context(sys.argv[1])
    pools(ctx, sys.argv[2])
    executors(ctx)
    for process in multiprocessing.active_children():
        process.kill()
    os._exit(0)
