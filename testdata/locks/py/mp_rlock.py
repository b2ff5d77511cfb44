"""mp_rlock.py METHOD: one process has taken a multiprocessing.RLock twice, two wait."""

import truth


def hold(lock):
    lock.acquire()
    lock.acquire()
    truth.mark("held")
    truth.rest()


def want(lock):
    lock.acquire()
    truth.rest()


def main():
    lock = truth.context().RLock()
    holder = truth.process(hold, lock)
    truth.await_mark("held")
    waiters = [truth.process(want, lock) for _ in range(2)]
    for w in waiters:
        truth.asleep(w.pid, call="futex")
    truth.lock("mp.RLock", [{"pid": holder.pid}], [truth.who(w.pid) for w in waiters], "contended")
    truth.never("abandoned")
    truth.stay()


if __name__ == "__main__":
    main()
