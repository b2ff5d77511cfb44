"""outside.py METHOD: who holds a multiprocessing.Lock is no descendant of this program any more."""

import os

import truth


def hold(lock):
    if os.fork():
        os._exit(0)
    os.setsid()
    lock.acquire()
    with open(truth.PATH + ".pid.tmp", "w") as f:
        f.write(str(os.getpid()))
    os.rename(truth.PATH + ".pid.tmp", truth.PATH + ".pid")
    truth.rest()


def want(lock):
    lock.acquire()


def main():
    lock = truth.context().Lock()
    truth.process(hold, lock).join()
    truth.await_mark("pid")
    with open(truth.PATH + ".pid") as f:
        holder = int(f.read())
    truth.ends_too(holder)
    waiter = truth.process(want, lock)
    truth.asleep(waiter.pid, call="futex")
    truth.lock("mp.Lock", [{"pid": holder, "outside": True}], [truth.who(waiter.pid)], hidden=True)
    truth.never("abandoned")
    truth.stay()


if __name__ == "__main__":
    main()
