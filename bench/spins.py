"""bench/spins.py CASE PROCESSES ROUNDS: so many processes compute at the same time, each so many rounds, once all of
them are there; prints "ready" then, and at the end how long they took and how much of the processors. With 0 rounds
they go on for ever."""

import json
import os
import resource
import sys
import time


def multiplies(n):
    total = 1
    for i in range(n):
        total = total * i % 1000003
    return total


def adds(n):
    total = 0
    for i in range(n):
        total += i * 3
    return total


def spins():
    multiplies(3000)
    adds(2000)


if __name__ == "__main__":
    name, processes, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    begin, end = os.pipe()
    for _ in range(processes):
        if os.fork() == 0:
            os.close(end)
            os.read(begin, 1)  # until all are there
            while rounds == 0:
                spins()
            for _ in range(rounds):
                spins()
            os._exit(0)
    print("ready", flush=True)
    if rounds:
        sys.stdin.readline()  # until somebody looks on
    began = time.perf_counter()
    os.close(begin)
    os.close(end)
    for _ in range(processes):
        os.wait()
    took, used = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({"case": name, "own_s": took, "own_cpu_s": used.ru_utime + used.ru_stime}))
