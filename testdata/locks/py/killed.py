"""killed.py METHOD [lock]: the holder of a multiprocessing.Lock was killed, two wait for ever.

As it happens most: a consumer dies in Queue.get, with the queue's lock
(python/cpython#96062). lock: a plain lock.
"""

import os
import signal
import sys

import truth


def consume(queue, ready):
    queue.get()


def hold(lock, ready):
    lock.acquire()
    truth.mark("held")
    truth.rest()


def want(lock, ready):
    lock.acquire()


def main():
    ctx = truth.context()
    if len(sys.argv) > 2:
        what, take, wait = ctx.Lock(), hold, want
        victim = truth.process(take, what, None)
        truth.await_mark("held")
    else:
        what, wait = ctx.Queue(), consume
        victim = truth.process(consume, what, None)
        truth.asleep(victim.pid, call="read")
    waiters = [truth.process(wait, what, None) for _ in range(2)]
    for w in waiters:
        truth.asleep(w.pid, call="futex")
    os.kill(victim.pid, signal.SIGKILL)
    victim.join()
    for w in waiters:
        truth.asleep(w.pid, call="futex")
    truth.lock("mp.Lock", [{"pid": victim.pid, "dead": True}], [truth.who(w.pid) for w in waiters], "abandoned", releasable=len(sys.argv) > 2)
    truth.stay()


if __name__ == "__main__":
    main()
