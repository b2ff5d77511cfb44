"""Workers whose wait for a task ends in an exception: what they print is the library's."""

import multiprocessing
import os
import signal
import sys

from pools import Pool


class Unready:
    def __reduce__(self):
        return unready, ()


def unready():
    raise ValueError("not to be unpickled")


def ident(number):
    return os.getpid()


def gone(pid):
    for process in multiprocessing.active_children():
        if process.pid == pid:
            process.join()


def wait_asleep(pid):
    """Wait until a worker reads from its pipe."""
    while True:
        with open("/proc/%d/stat" % pid) as file:
            if file.read().rpartition(")")[2].split()[0] == "S":
                return


if __name__ == "__main__":
    signal.alarm(100)  # an end, should it hang
    ctx = multiprocessing.get_context(sys.argv[1])
    with Pool(ctx) as pool:
        pid = pool.apply(ident, (1,))
        wait_asleep(pid)
        os.kill(pid, signal.SIGINT)
        gone(pid)
    with Pool(ctx) as pool:
        pid = pool.apply(ident, (1,))
        pool.apply_async(ident, (Unready(),))
        gone(pid)
