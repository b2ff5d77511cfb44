"""Workers of a Pool that end in the midst of a task of which nobody wants the result any more:
"group": all are asked to terminate, and their parent ends as well, a moment later;
"hangup": all are hung up, as by a terminal that is closed, and so does their parent;
"leave": so are they, and leave with code 0;
"dies": so does the parent of an executor's workers, at once;
"interrupt": all are interrupted, as by Ctrl-C, and Python ends;
"executor": so are an executor's workers, of which one waits for a call."""
import os
import signal
import sys
import time
from concurrent.futures import ProcessPoolExecutor

import truth


def work(n):
    signal.signal(signal.SIGTERM, leave_at_once if sys.argv[2] == "leave" else signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    truth.mark("begun%d" % n)
    time.sleep(600)


def meet(n):
    signal.signal(signal.SIGINT, signal.default_int_handler)
    truth.mark("met%d" % n)
    truth.await_mark("met%d" % (1 - n))


def leave_at_once(*_):
    sys.exit(0)


def leave(*_):
    time.sleep(1.3 if sys.argv[2] == "hangup" else 0.1)
    os._exit(0)  # a Pool that puts workers in the place of others may hang when it is ended


def begun(count=2):
    for n in range(count):
        truth.await_mark("begun%d" % n)


def interrupted():
    signal.signal(signal.SIGINT, signal.default_int_handler)
    truth.crash("killed", pid=os.getpid(), signal="SIGINT", headline=["SIGINT|KeyboardInterrupt"])
    if sys.argv[2] == "executor":
        with ProcessPoolExecutor(2, mp_context=truth.context()) as pool:
            list(pool.map(meet, range(2)))
            pool.submit(work, 0)
            begun(1)
            time.sleep(0.2)  # now the other waits
            os.killpg(0, signal.SIGINT)
            time.sleep(600)
    with truth.context().Pool(2) as pool:
        pool.map_async(work, range(2), chunksize=1)
        begun()
        try:
            os.killpg(0, signal.SIGINT)
            time.sleep(600)
        except KeyboardInterrupt:
            time.sleep(0.2)  # it ends later than its workers
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)


if __name__ == "__main__":
    if sys.argv[2] == "dies":
        truth.crash("killed", pid=os.getpid(), signal="SIGTERM", headline=["SIGTERM"])
        with ProcessPoolExecutor(2, mp_context=truth.context()) as pool:
            pool.map(work, range(2))
            begun()
            os.killpg(0, signal.SIGTERM)
    if sys.argv[2] in ("interrupt", "executor"):
        interrupted()
    end = signal.SIGHUP if sys.argv[2] == "hangup" else signal.SIGTERM
    signal.signal(end, leave)
    with truth.context().Pool(2) as pool:
        pool.map_async(work, range(2), chunksize=1)
        begun()
        truth.reached()
        os.killpg(0, end)
        time.sleep(600)
