"""Workers of a Pool that end in the midst of a task of which nobody wants the result any more:
"group": all are asked to terminate, and their parent ends as well, a moment later;
"dies": so does the parent of an executor's workers, at once."""
import os
import signal
import sys
import time
from concurrent.futures import ProcessPoolExecutor

import truth


def work(n):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    truth.mark("begun%d" % n)
    time.sleep(600)


def leave(*_):
    time.sleep(0.2)
    sys.exit(0)


def begun():
    for n in range(2):
        truth.await_mark("begun%d" % n)


if __name__ == "__main__":
    if sys.argv[2] == "dies":
        truth.crash("killed", pid=os.getpid(), signal="SIGTERM", headline=["SIGTERM"])
        with ProcessPoolExecutor(2, mp_context=truth.context()) as pool:
            pool.map(work, range(2))
            begun()
            os.killpg(0, signal.SIGTERM)
    signal.signal(signal.SIGTERM, leave)
    with truth.context().Pool(2) as pool:
        pool.map_async(work, range(2), chunksize=1)
        begun()
        truth.reached()
        os.killpg(0, signal.SIGTERM)
        time.sleep(600)
