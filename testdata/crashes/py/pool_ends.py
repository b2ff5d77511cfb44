"""Workers of pools that end with code 0, and no task of theirs is lost: after one task each, with
the pool that is closed, and by a handler of their own for the SIGTERM that the pool sends them."""
import signal
import sys
import time
from concurrent.futures import ProcessPoolExecutor

import truth


def ident(n):
    return n


def leave(*_):
    sys.exit(0)


def work():
    signal.signal(signal.SIGTERM, leave)
    truth.mark("begun")
    time.sleep(600)


if __name__ == "__main__":
    with truth.context().Pool(2, maxtasksperchild=1) as pool:
        pool.map(ident, range(6), chunksize=1)
        pool.close()
        pool.join()
    with truth.context().Pool(1) as pool:
        pool.apply_async(work)
        truth.await_mark("begun")
    with ProcessPoolExecutor(2, mp_context=truth.context()) as pool:
        list(pool.map(ident, range(4)))
    time.sleep(1)  # longer than it may take until an end is judged
    truth.reached()
