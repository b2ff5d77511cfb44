"""A worker of a Pool ends in the midst of a task, by what else may have been asked of it: "term"
by a SIGTERM from outside, "hup" by a SIGHUP, "zero" by os._exit, "leave" by sys.exit, "interrupt" by a SIGINT that
its parent does not get. That goes on, and wants the result."""
import os
import signal
import subprocess
import sys
import time

import truth


def lost(**what):
    truth.crash("lost_task", task="decode(1)", label="Pool", notes=["is lost: decode(1)", "will never come"], **what)
    truth.stays()


def decode(n):
    if n != 1:
        return n
    if sys.argv[2] == "term":
        lost(signal="SIGTERM", headline=["SIGTERM"])
        subprocess.Popen(["sh", "-c", "kill %d" % os.getpid()])
    if sys.argv[2] == "hup":
        lost(signal="SIGHUP", headline=["SIGHUP"])
        subprocess.Popen(["sh", "-c", "kill -HUP %d" % os.getpid()])
    if sys.argv[2] == "zero":
        lost(code=0, headline=["exit 0 in the midst of a task"])
        os._exit(0)
    if sys.argv[2] == "leave":  # which Python 3.8 makes a code of 1
        lost(code=0 if sys.version_info >= (3, 9) else 1, headline=["exit [01]"])
        sys.exit()
    if sys.argv[2] == "interrupt":
        signal.signal(signal.SIGINT, signal.default_int_handler)
        lost(code=1, headline=["KeyboardInterrupt.* in decode"], type="KeyboardInterrupt")
        os.kill(os.getpid(), signal.SIGINT)
    time.sleep(600)


if __name__ == "__main__":
    with truth.context().Pool(2) as pool:
        print(pool.map(decode, range(4), chunksize=1))
