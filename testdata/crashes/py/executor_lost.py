"""A worker of a ProcessPoolExecutor ends in the midst of a call, by what else may have been asked
of it: "term" by a SIGTERM from outside. The executor ends its other workers, which says nothing."""
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
    if OTHERS:
        truth.await_mark("busy")
    if sys.argv[2] == "term":
        truth.crash("killed", signal="SIGTERM", headline=["SIGTERM"], task="decode(1)", notes=["BrokenProcessPool"])
        subprocess.Popen(["sh", "-c", "kill %d" % os.getpid()])
    time.sleep(600)


if __name__ == "__main__":
    with ProcessPoolExecutor(1 + OTHERS, mp_context=truth.context()) as pool:
        for _ in range(OTHERS):
            pool.submit(busy)
        print(type(pool.submit(decode, 1).exception()).__name__)
