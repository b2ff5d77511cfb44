"""A pool of two, whose workers work until a file exists; it prints a sum."""

import multiprocessing
import os
import sys
import time


def work(n):
    secret = 4000 + n
    while not os.access(sys.argv[1], os.F_OK):
        time.sleep(0.01)
    return secret


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    with multiprocessing.Pool(2) as pool:
        print("sum", sum(pool.map(work, [0, 1], chunksize=1)), flush=True)
