"""bench/pool.py N: what multiprocessing.Pool(2) does, one item at a time; prints how many a second."""
import json
import multiprocessing
import sys
import time


def plus(x):
    return int(x) + 1


if __name__ == "__main__":
    n = int(sys.argv[1])
    with multiprocessing.Pool(2) as pool:
        pool.map(plus, range(100))
        began = time.perf_counter()
        for _ in pool.imap_unordered(plus, range(n)):
            pass
        print(json.dumps({"case": sys.argv[2], "per_s": n / (time.perf_counter() - began)}))
