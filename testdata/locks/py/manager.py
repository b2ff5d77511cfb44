"""manager.py METHOD: one process has a lock of a Manager, another waits for the manager's answer."""

import truth


def hold(lock):
    lock.acquire()
    truth.mark("held")
    truth.rest()


def want(lock):
    lock.acquire()


def main():
    ctx = truth.context()
    manager = ctx.Manager()
    lock = manager.Lock()
    truth.process(hold, lock)
    truth.await_mark("held")
    waiter = truth.process(want, lock)
    truth.asleep(waiter.pid, call="read")
    truth.lock("socket", [{"pid": manager._process.pid}], [truth.who(waiter.pid)])
    truth.never("abandoned")
    truth.stay()


if __name__ == "__main__":
    main()
