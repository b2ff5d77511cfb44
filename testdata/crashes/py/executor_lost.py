"""A worker of a ProcessPoolExecutor ends in the midst of a call, by what else may have been asked
of it: "term" by a SIGTERM from outside, "zero" by os._exit; "twice" by a code just after a call
that was interrupted. The executor ends its other workers, which says nothing."""
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor

import truth

OTHERS = 1 if sys.argv[1] == "fork" else 0  # else one worker may get all calls


def busy():
    truth.mark("busy")
    time.sleep(600)


def decode(n):
    if n == 0:
        truth.crash("exception", lives=True, type="KeyboardInterrupt", headline=["KeyboardInterrupt"], task="decode(0)", handled=True)
        raise KeyboardInterrupt
    if OTHERS:
        truth.await_mark("busy")
    if sys.argv[2] == "term":
        truth.crash("killed", signal="SIGTERM", headline=["SIGTERM"], task="decode(1)", notes=["BrokenProcessPool"])
        subprocess.Popen(["sh", "-c", "kill %d" % os.getpid()])
    if sys.argv[2] == "zero":
        truth.crash("exit", code=0, headline=["exit 0 in the midst of a task"], task="decode(1)", notes=["BrokenProcessPool"])
        os._exit(0)
    if sys.argv[2] == "twice":
        truth.crash("exit", code=3, headline=["exit 3"], task="decode(1)", notes=["BrokenProcessPool"])
        os._exit(3)
    time.sleep(600)


if __name__ == "__main__":
    with ProcessPoolExecutor(1 + OTHERS, mp_context=truth.context()) as pool:
        for _ in range(OTHERS):
            pool.submit(busy)
        if sys.argv[2] == "twice":
            pool.submit(decode, 0).exception()
        print(type(pool.submit(decode, 1).exception()).__name__)
        time.sleep(3)  # who ends with 0 at once, as its worker, has given up the call
