"""A worker of a Pool ends in the midst of a task, by what else may have been asked of it: "term"
by a SIGTERM from outside. Its parent goes on, and wants the result."""
import os
import signal
import subprocess
import sys
import time

import truth


def decode(n):
    if n != 1:
        return n
    if sys.argv[2] == "term":
        truth.crash("lost_task", signal="SIGTERM", headline=["SIGTERM"], task="decode(1)", label="Pool", notes=["wait", "who sent SIGTERM is not known"])
        truth.stays()
        subprocess.Popen(["sh", "-c", "kill %d" % os.getpid()])
    time.sleep(600)


if __name__ == "__main__":
    with truth.context().Pool(2) as pool:
        print(pool.map(decode, range(4), chunksize=1))
