"""idle.py METHOD pool|executor|condition|queue|simple|join|server|served|joiner|ends: nothing is wrong, and nothing is to be said.

pool and executor: workers without work. condition, queue, simple: threads that wait
for what nobody brings. join: threads that wait for another to end. server: a
process that has workers without work waits for an event, until it gets Ctrl-C;
served: until it gets SIGTERM. joiner: its main thread waits for the end of
the one that waits for the event. ends: it has come to its end, where it waits for that.
"""

import concurrent.futures
import queue
import signal
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


def serve(how):
    event = threading.Event()
    if how == "served":
        signal.signal(signal.SIGTERM, lambda *_: event.set())
    with truth.context().Pool(2) as pool:
        pool.map(ready, range(8), chunksize=1)
        with open(truth.PATH + ".workers", "w") as f:
            print(*(p.pid for p in truth.multiprocessing.active_children()), file=f)
        waiter = threading.Thread(target=event.wait)
        if how in ("joiner", "ends"):
            waiter.start()
        truth.mark("serves")
        if how == "ends":
            threading._shutdown()
        elif how == "joiner":
            waiter.join()
        event.wait()


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
    elif how in ("queue", "simple"):
        q = queue.Queue() if how == "queue" else queue.SimpleQueue()
        keep = [truth.thread(consume, q) for _ in range(3 if how == "queue" else 1)]
    elif how.startswith("serve") or how in ("joiner", "ends"):
        keep = ctx.Process(target=serve, args=(how,))
        keep.start()
        truth.await_mark("serves")
        with open(truth.PATH + ".workers") as f:
            for pid in map(int, f.read().split()):
                truth.ends_too(pid)
                truth.asleep(pid)
    else:
        sleeper = truth.thread(truth.rest)
        keep = [truth.thread(sleeper.join) for _ in range(2)]
    if isinstance(keep, list):
        for t in keep:
            truth.asleep(truth.os.getpid(), t.native_id, "futex")
            if how == "simple":
                truth.lock("thread_lock", [], [truth.who(truth.os.getpid(), t.native_id)], "idle")
    else:
        for p in ctx.active_children():
            if "Manager" not in p.name:
                truth.asleep(p.pid)
    truth.never("contended", "abandoned", "deadlock")
    truth.stay()


if __name__ == "__main__":
    main()
