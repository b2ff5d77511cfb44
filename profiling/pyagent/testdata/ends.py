"""Processes of multiprocessing that end in several ways. Prints for each of them its pid, the
number of the signal by which this process has ended it, whether its pool was given up, and
its name if it was ended before it could tell that. The argument is the start method."""

import concurrent.futures
import multiprocessing
import os
import signal
import sys
import time


def ident(number):
    return os.getpid()


def leave():
    os._exit(0)


def wait():
    time.sleep(100)


def have(event):
    global begun
    begun = event


def wait_at_once():
    begun.set()
    wait()


def say(pid, ended, given_up, name=""):
    print(pid, ended, given_up, name, flush=True)


def gone(pid):
    """Wait until a worker has ended."""
    for process in multiprocessing.active_children():
        if process.pid == pid:
            process.join()


def processes(ctx):
    for end, number in ("terminate", 15), ("kill", 9):
        process = ctx.Process(target=wait, name="W")
        process.start()
        while not named(process.pid):
            time.sleep(0.01)
        getattr(process, end)()
        process.join()
        say(process.pid, number, "false")
        process = ctx.Process(target=wait, name="at-once")
        process.start()
        getattr(process, end)()
        process.join()
        say(process.pid, number, "false", process.name)
    process = ctx.Process(target=ident, args=(1,))
    process.start()
    process.join()
    process.terminate()
    say(process.pid, 0, "false")


def named(pid):
    """Return whether the agent of a process has told its name."""
    with open(os.environ["MUSTER_AGENT"]) as reports:
        return any('"pid":%d,' % pid in line and '"name":"W"' in line for line in reports)


def pools(ctx):
    event = ctx.Event()
    with ctx.Pool(1, have, (event,)) as pool:
        pid = pool.apply(ident, (1,))
        pool.apply_async(wait_at_once)
        event.wait()
    say(pid, 15, "true")
    with ctx.Pool(1) as pool:
        pid = pool.apply(ident, (1,))
        pool.apply_async(leave)
        gone(pid)
        say(pid, 0, "true")
    with ctx.Pool(1, maxtasksperchild=1) as pool:
        pid = pool.apply(ident, (1,))
        gone(pid)
        say(pid, 0, "true")


def executors(ctx):
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=ctx) as pool:
        pid = pool.submit(ident, 1).result()
        pool.submit(leave)  # upon which all its workers are terminated
        gone(pid)
        say(pid, 0, "false")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=ctx) as pool:
        pid = pool.submit(ident, 1).result()
    say(pid, 0, "false")


if __name__ == "__main__":
    signal.alarm(100)  # an end, should it hang
    ctx = multiprocessing.get_context(sys.argv[1])
    processes(ctx)
    pools(ctx)
    executors(ctx)
