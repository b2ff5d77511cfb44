"""Workers that resize pictures, one at a time."""
import multiprocessing
import sys
import time

pool_size = 4
lock = multiprocessing.Lock()


def load(name):
    with open(name, "rb") as f:
        return f.read()


def resize(name):
    picture = load(name)
    with lock:
        # The disk is slow, and everybody waits for it here.
        time.sleep(12)
        return len(picture)


def main():
    names = sys.argv[1:]
    with multiprocessing.Pool(pool_size) as pool:
        results = pool.map_async(resize, names)
        pool.close()
        pool.join()
    for name, size in zip(names, results.get()):
        print(name, size)
