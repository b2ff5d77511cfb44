"""mp_condition.py METHOD [event]: two processes wait for a multiprocessing.Condition that nobody notifies.

What they sleep on is one of the condition's semaphores, so it may be told as one.
"""

import sys

import truth


def want(condition):
    with condition:
        condition.wait()


def want_event(event):
    event.wait()


def main():
    ctx = truth.context()
    if len(sys.argv) > 2:
        what, target = ctx.Event(), want_event
    else:
        what, target = ctx.Condition(), want
    waiters = [truth.process(target, what) for _ in range(2)]
    for w in waiters:
        truth.asleep(w.pid, call="futex")
    truth.lock("mp.Condition|mp.Semaphore", [], [truth.who(w.pid) for w in waiters], hidden=True)
    truth.never("contended", "abandoned")
    truth.stay()


if __name__ == "__main__":
    main()
