"""locks.py N: takes a multiprocessing.Lock N times, beside a process that wants it now and then."""

import multiprocessing
import os
import sys
import time


def now_and_then(lock):
    while True:
        time.sleep(0.1)
        with lock:
            pass


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    lock = multiprocessing.Lock()
    other = multiprocessing.Process(target=now_and_then, args=(lock,), daemon=True)
    other.start()
    started = time.perf_counter()
    for _ in range(int(sys.argv[1])):
        with lock:
            pass
    took = time.perf_counter() - started
    if "BENCH_OWN" in os.environ:
        with open(os.environ["BENCH_OWN"], "w") as own:
            own.write(f"{took:.6f}")
