"""queue_idle.py METHOD: four processes wait in Queue.get of an empty queue.

One of them has the queue's lock and reads its pipe; the others wait for the
lock. That is no contention: there is nothing to do.
"""

import truth


def consume(queue):
    while True:
        queue.get()


def reads(pid):
    return truth._look(pid, pid, "read") is not None


def main():
    queue = truth.context().Queue()
    consumers = [truth.process(consume, queue) for _ in range(4)]
    for c in consumers:
        truth.asleep(c.pid, call="futex|read")
    reader = next(c for c in consumers if reads(c.pid))
    truth.lock("mp.Lock", [{"pid": reader.pid}], [truth.who(c.pid) for c in consumers if c is not reader], "idle")
    truth.never("contended", "abandoned")
    truth.stay()


if __name__ == "__main__":
    main()
