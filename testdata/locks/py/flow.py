"""flow.py METHOD: a producer and two consumers with a Queue(maxsize=1) that flows."""

import time

import truth


def produce(queue):
    for n in range(10**9):
        queue.put(n)
        if n == 20:
            truth.mark("flows")


def consume(queue):
    while True:
        queue.get()
        time.sleep(0.001)


def main():
    queue = truth.context().Queue(maxsize=1)
    truth.process(produce, queue)
    for _ in range(2):
        truth.process(consume, queue)
    truth.await_mark("flows")
    truth.never("abandoned")
    truth.stay()


if __name__ == "__main__":
    main()
