"""joiner.py METHOD rlock|lock|process|future|pool: one has a lock and waits for the end of a thread or a child, two want the lock.

Whoever is waited for does nothing, or waits for work: it makes no difference.
future, pool: it waits for the result of what a thread of an executor, or of a
pool, does for it.
"""

import multiprocessing.pool
import queue
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import truth


def get_work():
    queue.Queue().get()


def hold(lock, how):
    lock.acquire()
    end = None
    if how == "future":
        result = ThreadPoolExecutor(1).submit(truth.rest).result
    elif how == "pool":
        result = multiprocessing.pool.ThreadPool(1).apply_async(truth.rest).get
    elif how == "process":
        end = truth.context().Process(target=get_work)
        end.start()
        with open(truth.PATH + ".child", "w") as f:
            f.write(str(end.pid))
    else:
        end = threading.Thread(target=get_work if how == "lock" else truth.rest, daemon=True)
        end.start()
    if how != "process":
        open(truth.PATH + ".child", "w").close()
    truth.mark("held")
    end.join() if end else result()


def want(lock):
    truth.await_mark("held")
    lock.acquire()


def main():
    how = sys.argv[2]
    lock = truth.context().RLock() if how == "rlock" else truth.context().Lock()
    waiters = [truth.process(want, lock) for _ in range(2)]
    holder = truth.context().Process(target=hold, args=(lock, how))
    holder.start()
    truth.await_mark("held")
    with open(truth.PATH + ".child") as f:
        child = f.read()
    if child:
        truth.ends_too(int(child))
    for p in waiters:
        truth.asleep(p.pid, call="futex")
    truth.asleep(holder.pid)
    truth.lock("mp.RLock" if how == "rlock" else "mp.Lock", [{"pid": holder.pid}], [truth.who(p.pid) for p in waiters], "contended")
    truth.never("abandoned")
    truth.stay()


if __name__ == "__main__":
    main()
