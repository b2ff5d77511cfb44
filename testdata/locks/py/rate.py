"""rate.py METHOD: one process takes and releases a multiprocessing.Lock 200,000 times a second.

Nobody else wants it.
"""

import time

import truth


def use(lock):
    n, began = 0, time.monotonic()
    while True:
        for _ in range(200):
            lock.acquire()
            lock.release()
        n += 200
        ahead = n / 200e3 - (time.monotonic() - began)
        if n == 2000:
            truth.mark("runs")
        if ahead > 0:
            time.sleep(ahead)


def main():
    lock = truth.context().Lock()
    truth.process(use, lock)
    truth.await_mark("runs")
    truth.never("contended", "abandoned")
    truth.stay()


if __name__ == "__main__":
    main()
