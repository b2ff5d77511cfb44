"""idle.py METHOD pool|executor|condition|queue|join: nothing is wrong, and nothing is to be said.

pool and executor: workers without work. condition, queue: threads that wait
for what nobody brings. join: threads that wait for another to end.
"""

import concurrent.futures
import queue
import sys
import threading

import truth


def ready(n):
    return n


def consume(q):
    while True:
        q.get()


def want(condition):
    with condition:
        condition.wait()


def main():
    ctx, how = truth.context(), sys.argv[2]
    keep = None
    if how == "pool":
        keep = ctx.Pool(4)
        truth.at_end(keep.terminate)  # it would start others for those that are killed
        keep.map(ready, range(8), chunksize=1)
    elif how == "executor":
        keep = concurrent.futures.ProcessPoolExecutor(3, mp_context=ctx)
        list(keep.map(ready, range(8)))
    elif how == "condition":
        condition = threading.Condition()
        keep = [truth.thread(want, condition) for _ in range(3)]
    elif how == "queue":
        q = queue.Queue()
        keep = [truth.thread(consume, q) for _ in range(3)]
    else:
        sleeper = truth.thread(truth.rest)
        keep = [truth.thread(sleeper.join) for _ in range(2)]
    if isinstance(keep, list):
        for t in keep:
            truth.asleep(truth.os.getpid(), t.native_id, "futex")
    else:
        for p in ctx.active_children():
            if "Manager" not in p.name:
                truth.asleep(p.pid)
    truth.never("contended", "abandoned")
    truth.stay()


if __name__ == "__main__":
    main()
