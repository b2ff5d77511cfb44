"""full_queue.py METHOD: a process is joined before what it has put into a queue is taken out.

Python's documentation warns of it under "joining processes that use queues":
the process does not end before its feeder thread has written everything to a
pipe, and whoever could read that waits for it to end.
"""

import os

import truth


def produce(queue):
    queue.put("x" * 1000000)


def join_too_soon():
    queue = truth.context().Queue()
    producer = truth.context().Process(target=produce, args=(queue,))
    producer.start()
    with open(truth.PATH + ".pid", "w") as f:
        f.write(str(producer.pid))
    truth.mark("started")
    producer.join()


def other_thread(pid):
    """The thread of a process that is not its main one, once it is there."""
    while True:
        others = [int(tid) for tid in os.listdir("/proc/%d/task" % pid) if int(tid) != pid]
        if others:
            return others[0]


def main():
    joiner = truth.context().Process(target=join_too_soon)
    joiner.start()
    truth.await_mark("started")
    with open(truth.PATH + ".pid") as f:
        producer = int(f.read())
    truth.ends_too(producer)
    feeder = other_thread(producer)
    truth.asleep(producer, feeder, call="write")
    truth.asleep(joiner.pid)
    truth.lock("pipe", [{"pid": joiner.pid}, {"pid": producer}], [truth.who(producer, feeder)])
    truth.deadlock(joiner.pid, producer)
    truth.never("abandoned")
    truth.stay()


if __name__ == "__main__":
    main()
