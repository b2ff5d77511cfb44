"""A pool of two whose workers work a while; it prints its pids, then the sum."""

import multiprocessing
import os
import sys
import time


def work(n):
    secret = 40 + n
    end = time.monotonic() + 2
    while time.monotonic() < end:
        time.sleep(0.05)
    after = secret
    return after


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    with multiprocessing.Pool(2) as pool:
        result = pool.map_async(work, [1, 2, 3, 4], chunksize=1)
        print(*[p.pid for p in pool._pool], flush=True)
        print(sum(result.get()), flush=True)
