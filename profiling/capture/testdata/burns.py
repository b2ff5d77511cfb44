"""Burns processor time in functions, in parts that it measures, until the end of
standard input; then prints the part of each: NAME SECONDS. The argument says how:
plain, deep (recursion), lazy (generators), native (C), threads."""

import hashlib
import os
import sys
import threading
import time

truth = {}
over = threading.Event()


def spin(seconds):
    end = time.thread_time() + seconds
    n = 0
    while time.thread_time() < end:
        for i in range(100):
            n += i * i
    return n


def seventy():
    spin(0.0014)


def twenty():
    spin(0.0004)


def ten():
    spin(0.0002)


def deep(depth, seconds):
    if depth == 0:
        return spin(seconds)
    return deep(depth - 1, seconds)


def deepest():
    deep(40, 0.0014)


def numbers(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        for i in range(100):
            yield i


def lazy():
    for n in numbers(0.0014):
        n += 1


block = b"x" * 200000


def native():
    end = time.thread_time() + 0.0014
    while time.thread_time() < end:
        hashlib.sha256(block).digest()


def burn(*functions):
    while not over.is_set():
        for f in functions:
            began = time.thread_time()
            f()
            truth[f.__name__] = truth.get(f.__name__, 0) + time.thread_time() - began


def main(how):
    ways = {"plain": seventy, "deep": deepest, "lazy": lazy, "native": native}
    if how == "threads":
        groups = [[seventy], [twenty], [lazy], [ten]]
    else:
        groups = [[ways[how], twenty, ten]]
    threads = [threading.Thread(target=burn, args=group, daemon=True) for group in groups]
    for t in threads:
        t.start()
    print("ready", flush=True)
    os.read(0, 1)
    over.set()
    for t in threads:
        t.join()
    for name, seconds in truth.items():
        print(name, seconds)


main(sys.argv[1])
